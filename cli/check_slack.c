#include <string.h>

#include "base/slack_api.h"
#include "cli/check_slack.h"


struct looking {
	struct cli		*cli;
	struct slack_api	 api;
	check_slack_tell	*tell;
	void			*arg;
};

static const char *
advice(const struct slack_api_reply *r)
{
	if (strcmp(r->error, "missing_scope") == 0)
		return "install the app again with the scopes of "
		    "slack-app.yaml";
	if (r->how == SLACK_API_SHUT)
		return "put the Bot User OAuth Token of the app, xoxb-…, in "
		    "bot-token-file";
	if (strcmp(r->error, "channel_not_found") == 0)
		return "the id of the channel, C…, would be right; in a private "
		    "one /invite the app";
	return "see whether Slack is reachable from here";
}

static const char *
fault(struct looking *l, const struct slack_api_reply *r)
{
	const char *text = arena_printf(l->cli->arena, "%s: %s", r->why.msg,
	    advice(r));

	return text == NULL ? "out of memory" : text;
}

static bool
look_at_token(struct looking *l)
{
	struct slack_api_reply r;
	bool good;

	slack_api_ask(&l->api, &r, "auth.test", NULL);
	good = r.how == SLACK_API_OK;
	l->tell(l->arg, "slack", good ? arena_printf(l->cli->arena, "%s in "
	    "%s", slack_api_text(r.json, "user"), slack_api_text(r.json,
	    "team")) : NULL, good ? NULL : fault(l, &r));
	slack_api_free(&r);
	return good;
}

static void
look_at_channel(struct looking *l, const struct settings_category *c)
{
	const char *channel = c->chat + strlen("slack:");
	const char *what = arena_printf(l->cli->arena, "slack %.60s", c->name);
	struct slack_api_reply r;
	const json_t *info;

	slack_api_ask(&l->api, &r, "conversations.info", "channel", channel,
	    NULL);
	info = json_object_get(r.json, "channel");
	if (r.how != SLACK_API_OK)
		l->tell(l->arg, what, NULL, fault(l, &r));
	else if (json_is_true(json_object_get(info, "is_archived")))
		l->tell(l->arg, what, NULL, "the channel is archived");
	else if (!json_is_true(json_object_get(info, "is_member")))
		l->tell(l->arg, what, NULL, "the app is not in the channel: "
		    "/invite it there");
	else
		l->tell(l->arg, what, channel, NULL);
	slack_api_free(&r);
}

static void
look_at_mode(struct looking *l)
{
	const struct settings *s = l->cli->settings;

	if (strcmp(s->slack.mode, "events") != 0)
		return;
	if (*s->slack.signing_secret == '\0')
		l->tell(l->arg, "slack events", NULL, "there is no "
		    "signing-secret-file: all that Slack pushes is refused");
	else if (*s->webhook_listen == '\0')
		l->tell(l->arg, "slack events", NULL, "there is no webhook "
		    "for Slack to push to: webhook = { listen = "
		    "\"127.0.0.1:8081\"; }, or mode = \"poll\"");
}

void
check_slack(struct cli *cli, check_slack_tell *tell, void *arg)
{
	const struct settings *s = cli->settings;
	struct looking l = { cli, { .url = s->slack.api,
	    .token = s->slack.bot_token }, tell, arg };

	if (!s->slack.present)
		return;
	look_at_mode(&l);
	if (!look_at_token(&l))
		return;
	for (size_t i = 0; i < s->ncategories; i++)
		if (strncmp(s->categories[i].chat, "slack:", 6) == 0)
			look_at_channel(&l, &s->categories[i]);
}
