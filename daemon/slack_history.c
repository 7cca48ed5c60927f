#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/source_slack_inside.h"
#include "db/quota_store.h"

#define POLL_MS		3000		/* between two looks in mode poll */
#define EVENTS_MS	((int64_t)600 * 1000)	/* and otherwise */
#define PAGES_MAX	20
#define PAGE_LIMIT	"200"
#define BACK_S		60		/* what is on its way yet */

/* Ways to go on after a call. */
enum going { GO_ON, GO_WAIT };

/* ---- what we have seen of a channel ---- */

static const char *
seen_name(struct source_slack *s, const char *channel)
{
	return arena_printf(s->desk.arena, "slack-seen:%s", channel);
}

struct seeing {
	const char	*channel, *ts;
};

/* Now, but for what may be on its way yet. */
static void
ts_of_now(char out[SLACK_TS_MAX])
{
	int64_t now_s = clock_now_ms() / 1000 - BACK_S;
	unsigned s = now_s < 0 ? 0 : (unsigned)now_s;	/* until 2106 */

	snprintf(out, SLACK_TS_MAX, "%u.000000", s);
}

static int
store_seen(struct source_slack *s, void *arg, struct err *err)
{
	const struct seeing *seeing = arg;
	const char *name = seen_name(s, seeing->channel);

	if (name == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	return state_set(s->desk.db, name, seeing->ts, err);
}

/* Nothing before our first start is read. */
static int
load_seen(struct source_slack *s, const char *channel,
    char ts_out[SLACK_TS_MAX], struct err *err)
{
	struct seeing seeing = { channel, ts_out };
	const char *value = NULL;
	int rc;

	arena_reset(s->desk.arena);
	rc = state_get(s->desk.db, seen_name(s, channel), s->desk.arena,
	    &value, err);
	if (rc == 1 && slack_is_ts(value)) {
		snprintf(ts_out, SLACK_TS_MAX, "%s", value);
		return 1;
	}
	if (rc == -1)
		return -1;
	ts_of_now(ts_out);
	return slack_transact(s, store_seen, &seeing, err) == -1 ? -1 : 1;
}

/* ---- a message of the history ---- */

/* We have it, and it says something else now? */
static bool
is_reworded(struct source_slack *s, const char *channel,
    const struct slack_event *e)
{
	struct chat_item item;
	const char *name;
	int rc;

	arena_reset(s->desk.arena);
	name = slack_chat_name(s->desk.arena, channel, e->ts);
	rc = name == NULL || *e->edited == '\0' ? 0 : chat_item_find(
	    s->desk.db, SLACK_DOOR, channel, name, s->desk.arena, &item,
	    NULL);
	return rc == 1 && item.kind == CHAT_SAID && item.words != NULL &&
	    strcmp(item.words, e->text) != 0;
}

static enum going
take_mark(struct source_slack *s, const char *channel, const char *ts,
    const char *name, const char *user)
{
	struct slack_event mark = { .kind = SLACK_MARKED, .user = user,
	    .team = s->team, .bot = "", .channel = channel, .item = ts,
	    .ts = "", .thread = "", .text = "", .before = "", .edited = "",
	    .action = "", .mark = slack_mark_in(s->read, name) };

	mark.key = arena_printf(s->read, "mark:%s:%s:%.60s:%s", channel, ts,
	    name, user);
	if (mark.key == NULL || !slack_is_id(user))
		return GO_ON;
	return slack_take(s, &mark, 0, mark.key) == SLACK_DONE ? GO_ON :
	    GO_WAIT;
}

static enum going
take_marks(struct source_slack *s, const char *channel, const json_t *m)
{
	const json_t *reaction, *user;
	size_t i, k;

	json_array_foreach(json_object_get(m, "reactions"), i, reaction) {
		json_array_foreach(json_object_get(reaction, "users"), k,
		    user) {
			const char *id = json_string_value(user);

			if (id != NULL && strcmp(id, s->self) != 0 &&
			    take_mark(s, channel, slack_api_text(m, "ts"),
			    slack_api_text(reaction, "name"), id) == GO_WAIT)
				return GO_WAIT;
		}
	}
	return GO_ON;
}

static enum going
take_message(struct source_slack *s, const char *channel, const json_t *m)
{
	struct slack_event e;
	struct err err = { 0 };
	const char *key;

	arena_reset(s->read);
	if (strcmp(slack_api_text(m, "ts"), s->waits) == 0)
		s->waits_there = true;
	if (slack_message(m, s->team, channel, s->read, &e, &err) == -1)
		return err.code == ERR_RETRY ? GO_WAIT : GO_ON;
	if (e.kind != SLACK_SAID)
		return GO_ON;
	e.direct = channel[0] == 'D';
	key = slack_chat_name(s->read, channel, e.ts);
	if (key == NULL)
		return GO_WAIT;
	e.key = key;
	if (is_reworded(s, channel, &e)) {
		e.kind = SLACK_CHANGED;
		e.item = e.ts;
		e.key = arena_printf(s->read, "%s:%s", key, e.edited);
	}
	if (e.key == NULL || slack_take(s, &e, 0, e.key) == SLACK_LATER)
		return GO_WAIT;
	return s->poll ? take_marks(s, channel, m) : GO_ON;
}

/* ---- pages ---- */

static bool
fetch(struct source_slack *s, const char *channel, const char *root,
    const char *oldest, const char *cursor, struct slack_api_reply *r)
{
	slack_api_ask(&s->api, r, *root == '\0' ? "conversations.history" :
	    "conversations.replies", "channel", channel, "ts", root,
	    "oldest", oldest, "limit", PAGE_LIMIT, "cursor", cursor, NULL);
	if (r->how == SLACK_API_OK) {
		slack_well(s);
		return true;
	}
	if (r->how != SLACK_API_NO)
		slack_trouble(s, r);
	return false;
}

static void
next_cursor(const struct slack_api_reply *r, char cursor[512])
{
	snprintf(cursor, 512, "%s", slack_api_text(json_object_get(r->json,
	    "response_metadata"), "next_cursor"));
}

static void
tell_room(struct source_slack *s, const char *channel,
    const struct slack_api_reply *r)
{
	char name[160];

	snprintf(name, sizeof name, "slack room %.100s", channel);
	watch_tell(s->watch, name, r->how == SLACK_API_OK ? WATCH_WELL :
	    WATCH_FAULT, r->how == SLACK_API_OK ? "" : r->why.msg);
}

/* A thread comes oldest first. One that is gone is nothing to wait for. */
static enum going
read_thread(struct source_slack *s, const char *channel, const char *root,
    const char *oldest)
{
	char cursor[512] = "";
	enum going going = GO_ON;

	for (int page = 0; page < PAGES_MAX && going == GO_ON; page++) {
		struct slack_api_reply r;
		const json_t *m;
		size_t i;

		if (!fetch(s, channel, root, oldest, cursor, &r)) {
			going = r.how == SLACK_API_NO ? GO_ON : GO_WAIT;
			s->waits[0] = '\0';
			slack_api_free(&r);
			break;
		}
		json_array_foreach(json_object_get(r.json, "messages"), i, m)
			if (going == GO_ON)
				going = take_message(s, channel, m);
		next_cursor(&r, cursor);
		slack_api_free(&r);
		if (*cursor == '\0')
			break;
	}
	return going;
}

/* A channel comes newest first: pages are kept, and taken from the last. */
static enum going
read_channel(struct source_slack *s, const char *channel, const char *oldest,
    char newest_out[SLACK_TS_MAX])
{
	json_t *pages[PAGES_MAX];
	char cursor[512] = "";
	enum going going = GO_ON;
	int n = 0;

	while (n < PAGES_MAX) {
		struct slack_api_reply r;
		bool good = fetch(s, channel, "", oldest, cursor, &r);

		if (r.how == SLACK_API_OK || r.how == SLACK_API_NO)
			tell_room(s, channel, &r);
		if (!good) {
			going = GO_WAIT;
			slack_api_free(&r);
			break;
		}
		next_cursor(&r, cursor);
		pages[n++] = json_incref(json_object_get(r.json, "messages"));
		slack_api_free(&r);
		if (*cursor == '\0')
			break;
	}
	while (n-- > 0) {
		for (size_t i = json_array_size(pages[n]); i-- > 0;) {
			const json_t *m = json_array_get(pages[n], i);
			const char *ts = slack_api_text(m, "ts");

			if (going != GO_ON)
				break;
			going = take_message(s, channel, m);
			if (going == GO_ON && slack_is_ts(ts) &&
			    slack_ts_compare(ts, newest_out) > 0)
				snprintf(newest_out, SLACK_TS_MAX, "%s", ts);
		}
		json_decref(pages[n]);
	}
	return going;
}

/* ---- what is to go out ---- */

/* From when on a thread is read: what waits in it is read, too. */
static void
note_waiting(struct source_slack *s, int64_t ticket, const char *channel,
    char oldest[SLACK_TS_MAX])
{
	struct chat_item item;
	const char *ts;

	s->waits[0] = '\0';
	s->waits_there = false;
	if (chat_item_waiting(s->desk.db, ticket, 0, s->desk.arena, &item,
	    NULL) != 1 || strcmp(item.door, SLACK_DOOR) != 0)
		return;
	ts = slack_chat_ts(item.item, channel);
	if (ts == NULL)
		return;
	snprintf(s->waits, sizeof s->waits, "%s", ts);
	/* oldest itself is not read */
	if (slack_ts_compare(ts, oldest) <= 0)
		snprintf(oldest, SLACK_TS_MAX, "0.000000");
}

/* The thread was read, and what waits is not in it: it was deleted. */
static enum going
take_back(struct source_slack *s, const char *channel)
{
	struct slack_event gone = { .kind = SLACK_DELETED, .user = "",
	    .team = s->team, .bot = "", .channel = channel,
	    .item = s->waits, .ts = "", .thread = "", .text = "",
	    .before = "", .edited = "", .action = "", .mark = "" };

	if (s->waits[0] == '\0' || s->waits_there)
		return GO_ON;
	arena_reset(s->read);
	gone.key = arena_printf(s->read, "gone:%s:%s", channel, s->waits);
	return gone.key != NULL && slack_take(s, &gone, 0, gone.key) ==
	    SLACK_DONE ? GO_ON : GO_WAIT;
}

/* ---- a round: each channel, and in each the threads of open tickets ---- */

static enum going
read_threads(struct source_slack *s, const char *channel, const char *oldest)
{
	struct chat_card card;
	struct err err = { 0 };
	char root[SLACK_TS_MAX], since[SLACK_TS_MAX];
	const char *ts;
	int rc;

	for (;;) {
		if (atomic_load(&s->stopping))
			return GO_WAIT;
		arena_reset(s->desk.arena);
		rc = chat_card_next(s->desk.db, SLACK_DOOR, channel,
		    s->round_ticket, s->desk.arena, &card, &err);
		if (rc != 1)
			return rc == 0 ? GO_ON : GO_WAIT;
		ts = slack_chat_ts(card.item, channel);
		if (ts != NULL) {
			snprintf(root, sizeof root, "%s", ts);
			snprintf(since, sizeof since, "%s", oldest);
			note_waiting(s, card.ticket, channel, since);
			if (read_thread(s, channel, root, since) == GO_WAIT ||
			    take_back(s, channel) == GO_WAIT)
				return GO_WAIT;
		}
		s->round_ticket = card.ticket;
	}
}

/* Threads first: what they lack is since what was seen before. */
static enum going
read_room(struct source_slack *s, const char *channel)
{
	char oldest[SLACK_TS_MAX], newest[SLACK_TS_MAX];
	char latest[SLACK_TS_MAX];
	struct seeing seeing = { channel, newest };
	struct err err = { 0 };

	ts_of_now(latest);
	if (load_seen(s, channel, oldest, &err) == -1 ||
	    read_threads(s, channel, oldest) == GO_WAIT)
		return GO_WAIT;
	memcpy(newest, oldest, sizeof newest);
	if (read_channel(s, channel, oldest, newest) == GO_WAIT)
		return GO_WAIT;
	s->round_ticket = 0;
	/* the last minute is read again: of threads that were read already,
	 * and of what is edited or marked soon after it was said */
	if (slack_ts_compare(newest, latest) > 0)
		memcpy(newest, latest, sizeof newest);
	if (slack_ts_compare(newest, oldest) <= 0)
		return GO_ON;
	return slack_transact(s, store_seen, &seeing, &err) == -1 ? GO_WAIT :
	    GO_ON;
}

static bool
is_first_with(const struct settings *settings, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(settings->categories[k].chat,
		    settings->categories[i].chat) == 0)
			return false;
	return strncmp(settings->categories[i].chat, "slack:", 6) == 0;
}

int64_t
slack_history(struct source_slack *s)
{
	const struct settings *settings = s->desk.settings;
	int64_t now = clock_mono_ms();

	if (now < s->history_ms)
		return s->history_ms - now;
	while (s->round_room < settings->ncategories) {
		const char *chat = settings->categories[s->round_room].chat;

		if (is_first_with(settings, s->round_room) &&
		    slack_is_id(chat + 6) &&
		    read_room(s, chat + 6) == GO_WAIT) {
			s->history_ms = now + POLL_MS;
			return POLL_MS;
		}
		s->round_room++;
	}
	s->round_room = 0;
	s->history_ms = clock_mono_ms() + (s->poll ? POLL_MS : EVENTS_MS);
	return s->history_ms - clock_mono_ms();
}
