#include <string.h>

#include "daemon/source_slack_inside.h"

struct learning {
	const struct chat_profile	*profile;
	bool				 make;
	struct chat_user		*user_out;
};

static int
learn(struct source_slack *s, void *arg, struct err *err)
{
	struct learning *l = arg;

	return chat_user_learn(&s->desk, l->profile, l->make, l->user_out,
	    err);
}

/* Why nothing that this user says counts; NULL: it does. */
static const char *
refusal(const struct source_slack *s, const json_t *user)
{
	static const struct flag {
		const char	*name, *why;
		bool		 bad;	/* this value of it */
	} flags[] = {
		{ "is_bot", "an app", true },
		{ "is_workflow_bot", "an app", true },
		{ "deleted", "a deleted user", true },
		{ "is_restricted", "a guest", true },
		{ "is_ultra_restricted", "a guest", true },
		{ "is_stranger", "a stranger", true },
		{ "is_invited_user", "invited, not yet here", true },
		{ "is_email_confirmed", "the address is not confirmed", false },
	};
	const char *team = slack_api_text(user, "team_id");

	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		const json_t *v = json_object_get(user, flags[i].name);

		if (flags[i].bad ? json_is_true(v) : json_is_false(v))
			return flags[i].why;
	}
	if (*team != '\0' && strcmp(team, s->team) != 0)
		return "of another workspace";
	return NULL;
}

static const char *
address_of(const json_t *user)
{
	const char *address = slack_api_text(json_object_get(user, "profile"),
	    "email");
	const char *at = strchr(address, '@');

	return at != NULL && at != address && at[1] != '\0' &&
	    strlen(address) < 255 && strchr(at + 1, '@') == NULL &&
	    strpbrk(address, " \t\r\n<>,;\"") == NULL ? address : "";
}

static const char *
name_of(const json_t *user)
{
	const json_t *profile = json_object_get(user, "profile");
	const char *name = slack_api_text(profile, "real_name");

	return *name == '\0' ? slack_api_text(user, "real_name") : name;
}

/* Slack is asked; one it does not know is a stranger. */
static enum slack_done
ask(struct source_slack *s, const char *id, bool direct,
    struct chat_user *user_out)
{
	struct chat_profile profile = { .door = SLACK_DOOR, .team = s->team,
	    .id = id, .address = "", .name = "",
	    .refused = "Slack does not know them" };
	struct learning l = { &profile, direct, user_out };
	struct slack_api_reply r;
	struct err err = { 0 };
	enum slack_done done = SLACK_LATER;

	slack_api_ask(&s->api, &r, "users.info", "user", id, NULL);
	if (r.how == SLACK_API_OK) {
		const json_t *user = json_object_get(r.json, "user");

		slack_well(s);
		profile.address = address_of(user);
		profile.name = name_of(user);
		profile.refused = refusal(s, user);
	}
	if (r.how != SLACK_API_OK && r.how != SLACK_API_NO)
		slack_trouble(s, &r);
	else if (slack_transact(s, learn, &l, &err) == 0)
		done = SLACK_DONE;
	/* what it points to goes with the answer and the transaction */
	if (done == SLACK_DONE) {
		user_out->refused = arena_strdup(s->read, user_out->refused);
		user_out->id = id;
		user_out->team = s->team;
		user_out->door = SLACK_DOOR;
	}
	slack_api_free(&r);
	return done;
}

enum slack_done
slack_who(struct source_slack *s, const char *id, bool direct,
    struct chat_user *user_out)
{
	struct err err = { 0 };
	int rc;

	arena_reset(s->desk.arena);
	rc = chat_user_ask(&s->desk, SLACK_DOOR, s->team, id, user_out, &err);
	if (rc == -1)
		return SLACK_LATER;
	/* whom we knew by name only may speak to us themselves now */
	if (rc == 1 || (direct && user_out->person == 0 &&
	    user_out->refused == NULL))
		return ask(s, id, direct, user_out);
	user_out->refused = arena_strdup(s->read, user_out->refused);
	return SLACK_DONE;
}
