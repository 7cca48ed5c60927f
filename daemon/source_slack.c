#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypt.h"
#include "base/log.h"
#include "daemon/slack_form.h"
#include "daemon/source_slack_inside.h"
#include "daemon/webhook.h"
#include "db/ledger_store.h"

#define ARENA_MAX	((size_t)64 * 1024 * 1024)
#define ROWS		50		/* of the inbox, read at once */
#define LOOK_MS		1000
#define TRIES		3		/* decisions of one row */
#define QUIET_FIRST_MS	500
#define QUIET_MAX_MS	60000

static bool
is_stopping(void *arg)
{
	return atomic_load(&((struct source_slack *)arg)->stopping);
}

int
slack_transact(struct source_slack *s, int (*fn)(struct source_slack *s,
    void *arg, struct err *err), void *arg, struct err *err)
{
	int rc;

	arena_reset(s->desk.arena);
	s->desk.now_ms = clock_now_ms();
	if (db_begin(s->desk.db, err) == -1)
		return -1;
	rc = fn(s, arg, err);
	if (rc == -1)
		db_rollback(s->desk.db);
	else if (db_commit(s->desk.db, err) == -1)
		rc = -1;
	if (rc != -1)
		s->committed(s->arg);
	return rc;
}

/* ---- how Slack is ---- */

void
slack_trouble(struct source_slack *s, const struct slack_api_reply *r)
{
	bool first = s->quiet_ms == 0;

	if (r->how == SLACK_API_LIMITED || is_stopping(s))
		return;
	s->quiet_ms = first ? QUIET_FIRST_MS : 2 * s->quiet_ms;
	if (s->quiet_ms > QUIET_MAX_MS)
		s->quiet_ms = QUIET_MAX_MS;
	if (first)
		log_at(LOG_WARN, "slack", "not to be had for now",
		    LOG_S("error", r->why.msg));
	watch_tell(s->watch, SLACK_DOOR, r->how == SLACK_API_AWAY ?
	    WATCH_DOWN : WATCH_FAULT, r->why.msg);
}

void
slack_well(struct source_slack *s)
{
	if (s->quiet_ms != 0) {
		log_msg(LOG_INFO, "slack", "to be had again");
		s->history_ms = 0;	/* it may have missed us, too */
	}
	s->quiet_ms = 0;
	watch_tell(s->watch, SLACK_DOOR, WATCH_WELL, "");
}

static bool
keep_id(char out[SLACK_ID_MAX], const json_t *json, const char *key)
{
	const char *s = slack_api_text(json, key);

	if (!slack_is_id(s))
		return false;
	memcpy(out, s, strlen(s) + 1);
	return true;
}

/* Who are we, and where? */
static bool
begin(struct source_slack *s)
{
	struct slack_api_reply r;
	bool good;

	slack_api_ask(&s->api, &r, "auth.test", NULL);
	good = r.how == SLACK_API_OK && keep_id(s->self, r.json, "user_id") &&
	    keep_id(s->team, r.json, "team_id");
	if (good) {
		keep_id(s->bot, r.json, "bot_id");
		slack_well(s);
		log_at(LOG_INFO, "slack", "connected", LOG_S("user", s->self),
		    LOG_S("team", s->team));
	} else {
		if (r.how == SLACK_API_OK)
			err_set(&r.why, ERR_INPUT, "auth.test does not say who "
			    "we are");
		slack_trouble(s, &r);
	}
	slack_api_free(&r);
	return good;
}

/* ---- one event ---- */

struct taking {
	const struct slack_event *in;
	struct chat_event	 event;
	int64_t			 row;
	const char		*row_key, *because;	/* why nothing is done */
	bool			 quarantine;
	bool			 asks;		/* whether it is to be sent */
	char			 fault[ERR_MSG_MAX];
};

/* Nothing is done; the ledger says why (I2). */
static int
put_aside(struct source_slack *s, void *arg, struct err *err)
{
	struct taking *t = arg;
	struct ledger_row row = {
		.key = { SLACK_DOOR, 0, 0, t->row_key },
		.seen_ms = s->desk.now_ms,
		.outcome = t->quarantine ? LEDGER_QUARANTINED : LEDGER_CHAT,
		.because = t->because,
		.from = t->in == NULL ? "" : t->in->user,
		.acked = true,
	};
	int rc = ledger_find(s->desk.db, &row.key, s->desk.arena, NULL, err);

	if (rc == -1 || (rc == 0 && ledger_add(s->desk.db, &row, &row.id,
	    err) == -1))
		return -1;
	return t->row == 0 ? 0 : inbox_drop(s->desk.db, t->row, err);
}

/* "Send & wait": the same words, with the command above them. */
static int
with_wait(struct source_slack *s, const struct chat_event *click,
    struct err *err)
{
	struct chat_event e = *click;
	struct chat_result result;
	struct chat_item item;
	int rc = chat_item_find(s->desk.db, SLACK_DOOR, click->room,
	    click->target, s->desk.arena, &item, err);

	if (rc != 1 || item.state != CHAT_ASKING || item.words == NULL)
		return rc == -1 ? -1 : 0;
	e.what = CHAT_EDITS;
	e.id = arena_printf(s->desk.arena, "%s:wait", click->id);
	e.text = arena_printf(s->desk.arena, "!status waiting\n%s",
	    item.words);
	e.mark = NULL;
	if (e.id == NULL || e.text == NULL)
		return err_set(err, ERR_RETRY, "slack: out of memory");
	return chat_take(&s->desk, SLACK_DOOR, s->self, &e, &result, err);
}

static int
is_asking(struct source_slack *s, struct taking *t, struct err *err)
{
	struct chat_item item;
	int rc = t->event.what == CHAT_SAYS ? chat_item_find(s->desk.db,
	    SLACK_DOOR, t->event.room, t->event.id, s->desk.arena, &item,
	    err) : 0;

	t->asks = rc == 1 && item.state == CHAT_ASKING;
	return rc == -1 ? -1 : 0;
}

static int
take(struct source_slack *s, void *arg, struct err *err)
{
	struct taking *t = arg;
	struct chat_result result;

	if (t->in->kind == SLACK_CLICK && strcmp(t->in->action,
	    SLACK_SEND_WAIT) == 0 && with_wait(s, &t->event, err) == -1)
		return -1;
	if (chat_take(&s->desk, SLACK_DOOR, s->self, &t->event, &result,
	    err) == -1 || is_asking(s, t, err) == -1)
		return -1;
	if (!result.known && result.because != NULL)
		log_at(result.ticket != 0 ? LOG_INFO : LOG_DEBUG, "slack",
		    "event", LOG_N("ticket", result.ticket),
		    LOG_S("id", t->event.id), LOG_S("sender",
		    t->event.sender), LOG_S("because", result.because));
	return t->row == 0 ? 0 : inbox_drop(s->desk.db, t->row, err);
}

/* A click away for who wrote it, where nobody else sees it; Slack may be slow,
 * the mark that asks the same is there. */
static void
offer(struct source_slack *s, const struct taking *t)
{
	const struct slack_event *in = t->in;
	struct slack_api_reply r;
	json_t *call = json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:o}, "
	    "{s:s, s:[{s:s, s:s, s:o, s:s, s:s}, {s:s, s:s, s:o, s:s}]}]}",
	    "channel", in->channel, "user", in->user, "thread_ts",
	    *in->thread == '\0' ? in->ts : in->thread,
	    "text", "Send it to the requester?", "blocks",
	    "type", "section", "text", slack_plain("Send it to the requester? "
	    "A click on the envelope does the same.", 300),
	    "type", "actions", "elements",
	    "type", "button", "action_id", SLACK_SEND, "text",
	    slack_plain("Send", 75), "value", t->event.id, "style", "primary",
	    "type", "button", "action_id", SLACK_SEND_WAIT, "text",
	    slack_plain("Send & wait", 75), "value", t->event.id);

	if (call == NULL)
		return;
	slack_api_call(&s->api, "chat.postEphemeral", call, SLACK_API_MS, &r);
	json_decref(call);
	slack_api_free(&r);
}

static enum slack_done
aside(struct source_slack *s, struct taking *t, const char *because)
{
	struct err err = { 0 };

	t->because = because;
	log_at(LOG_DEBUG, "slack", "nothing is done", LOG_S("id", t->row_key),
	    LOG_S("user", t->in == NULL ? "" : t->in->user),
	    LOG_S("because", because));
	return slack_transact(s, put_aside, t, &err) == -1 ? SLACK_LATER :
	    SLACK_DONE;
}

static int
count_failure(struct source_slack *s, void *arg, struct err *err)
{
	return inbox_failed(s->desk.db, *(int64_t *)arg, err);
}

/* The same fault each time is not the store's: others must not wait. */
static enum slack_done
failed(struct source_slack *s, struct taking *t, int attempts,
    const struct err *why)
{
	struct err err = { 0 };

	if (why->code == ERR_RETRY)
		return SLACK_LATER;
	log_at(LOG_ERROR, "slack", "an event could not be taken in",
	    LOG_S("id", t->event.id), LOG_S("error", why->msg));
	memcpy(t->fault, why->msg, sizeof t->fault);
	t->quarantine = true;
	if (t->row == 0 || attempts + 1 >= TRIES)
		return aside(s, t, t->fault);
	slack_transact(s, count_failure, &t->row, &err);
	return SLACK_LATER;
}

/* Where a command is answered: in the conversation with who gave it. */
static enum slack_done
conversation(struct source_slack *s, struct taking *t)
{
	struct slack_api_reply r;
	enum slack_done done = SLACK_LATER;

	slack_api_ask(&s->api, &r, "conversations.open", "users",
	    t->in->user, NULL);
	if (r.how == SLACK_API_OK) {
		slack_well(s);
		t->event.room = arena_strdup(s->read, slack_api_text(
		    json_object_get(r.json, "channel"), "id"));
		done = t->event.room == NULL || !slack_is_id(t->event.room) ?
		    SLACK_LATER : SLACK_DONE;
	} else
		slack_trouble(s, &r);
	slack_api_free(&r);
	return done;
}

/* Rows of this user, and what they said, wait. */
static void
block(struct source_slack *s, const char *user)
{
	if (s->nblocked < sizeof s->blocked / sizeof s->blocked[0] &&
	    strlen(user) < SLACK_ID_MAX)
		memcpy(s->blocked[s->nblocked++], user, strlen(user) + 1);
}

static bool
is_blocked(const struct source_slack *s, const char *user)
{
	if (s->nblocked == sizeof s->blocked / sizeof s->blocked[0])
		return true;
	for (size_t i = 0; i < s->nblocked; i++)
		if (strcmp(s->blocked[i], user) == 0)
			return true;
	return false;
}

static enum slack_done
identify(struct source_slack *s, struct taking *t, bool direct,
    const char **refused_out)
{
	struct chat_user user;

	*refused_out = NULL;
	if (*t->event.sender == '\0')
		return SLACK_DONE;
	if (slack_who(s, t->event.sender, direct, &user) == SLACK_LATER)
		return SLACK_LATER;
	*refused_out = user.refused;
	return SLACK_DONE;
}

static enum slack_done
take_known(struct source_slack *s, struct taking *t, int attempts)
{
	struct slack_event *in = (struct slack_event *)t->in;
	bool asked = in->kind == SLACK_COMMAND || in->kind == SLACK_FORM;
	const char *refused;
	struct err err = { 0 };

	if (identify(s, t, asked || in->direct, &refused) == SLACK_LATER)
		return SLACK_LATER;
	if (refused != NULL)
		return aside(s, t, refused);
	if (asked && conversation(s, t) == SLACK_LATER)
		return SLACK_LATER;
	if (slack_transact(s, take, t, &err) == -1)
		return failed(s, t, attempts, &err);
	if (t->asks)
		offer(s, t);
	return SLACK_DONE;
}

static enum slack_done
take_event(struct source_slack *s, struct slack_event *event, int64_t row,
    const char *row_key, int attempts)
{
	struct taking t = { .in = event, .row = row, .row_key = row_key };

	/* our own posts and marks come back */
	if (strcmp(event->user, s->self) == 0 || (*s->bot != '\0' &&
	    strcmp(event->bot, s->bot) == 0))
		return aside(s, &t, "our own");
	if (*event->team != '\0' && strcmp(event->team, s->team) != 0)
		return aside(s, &t, "of another workspace");
	if (slack_chat(event, s->self, s->read, &t.event) == 0)
		return aside(s, &t, "nothing to us");
	return take_known(s, &t, attempts);
}

enum slack_done
slack_take(struct source_slack *s, struct slack_event *event, int64_t row,
    const char *row_key)
{
	return take_event(s, event, row, row_key, TRIES);
}

/* ---- the inbox ---- */

static enum slack_done
take_row(struct source_slack *s, const struct inbox_row *row)
{
	static int (*const read[])(struct slice body, struct arena *arena,
	    struct slack_event *event_out, struct err *err) = {
		[WEBHOOK_EVENT] = slack_event,
		[WEBHOOK_COMMAND] = slack_command,
		[WEBHOOK_INTERACT] = slack_interact,
	};
	struct taking t = { .row = row->id, .row_key = row->key,
	    .quarantine = true };
	struct slack_event event;
	struct err err = { 0 };
	enum slack_done done;

	if (row->kind < 0 || row->kind > WEBHOOK_INTERACT ||
	    read[row->kind](row->body, s->read, &event, &err) == -1)
		return err.code == ERR_RETRY ? SLACK_LATER : aside(s, &t,
		    "it cannot be read");
	if (is_blocked(s, event.user))
		return SLACK_LATER;
	done = take_event(s, &event, row->id, row->key, row->attempts);
	if (done == SLACK_LATER)
		block(s, event.user);
	return done;
}

/* All that can be decided now; false: something waits. */
static bool
take_inbox(struct source_slack *s)
{
	struct arena *rows = arena_new(ARENA_MAX);
	struct inbox_row *v;
	struct err err = { 0 };
	int64_t after = 0;
	bool all = true;
	size_t n, i;

	s->nblocked = 0;
	while (rows != NULL && !is_stopping(s)) {
		arena_reset(rows);
		if (inbox_list(s->desk.db, SLACK_DOOR, after, ROWS, rows, &v,
		    &n, &err) == -1) {
			all = false;
			break;
		}
		for (i = 0; i < n && !is_stopping(s); i++) {
			arena_reset(s->read);
			if (take_row(s, &v[i]) == SLACK_LATER)
				all = false;
			after = v[i].id;
		}
		if (n < ROWS)
			break;
	}
	arena_free(&rows);
	return all;
}

/* ---- the thread ---- */

static void
pause_for(struct source_slack *s, int64_t ms, uint64_t was, bool whatever)
{
	int64_t until = clock_mono_ms() + ms;
	struct timespec ts = { until / 1000, until % 1000 * 1000000 };

	pthread_mutex_lock(&s->lock);
	while (!is_stopping(s) && (whatever || s->wakes == was) &&
	    pthread_cond_timedwait(&s->wake, &s->lock, &ts) == 0)
		;
	pthread_mutex_unlock(&s->lock);
}

static void *
run(void *arg)
{
	struct source_slack *s = arg;
	bool begun = false, all;
	int64_t wait;
	uint64_t was;

	while (!is_stopping(s)) {
		if (!begun) {
			begun = begin(s);
			if (!begun)
				pause_for(s, s->quiet_ms == 0 ? LOOK_MS :
				    s->quiet_ms, 0, true);
			continue;
		}
		pthread_mutex_lock(&s->lock);
		was = s->wakes;
		pthread_mutex_unlock(&s->lock);
		all = take_inbox(s);
		wait = slack_history(s);
		if (!all && s->quiet_ms > 0) {
			pause_for(s, s->quiet_ms + (int64_t)
			    (crypt_random_u64() % 200), was, false);
			continue;
		}
		pause_for(s, wait < LOOK_MS ? wait : LOOK_MS, was, false);
	}
	return NULL;
}

/* ---- start and stop ---- */

static void
free_all(struct source_slack **source)
{
	struct source_slack *s = *source;

	db_close(&s->desk.db);
	arena_free(&s->desk.arena);
	arena_free(&s->read);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
	*source = NULL;
}

static int
start(struct source_slack *s, struct err *err)
{
	s->desk.arena = arena_new(ARENA_MAX);
	s->read = arena_new(ARENA_MAX);
	if (s->desk.arena == NULL || s->read == NULL)
		return err_set(err, ERR_FATAL, "slack: out of memory");
	if (db_open(s->desk.settings->store_url, DB_WRITE, &s->desk.db,
	    err) == -1)
		return -1;
	db_leave_log(s->desk.db);
	if (pthread_create(&s->thread, NULL, run, s) != 0)
		return err_set(err, ERR_FATAL, "slack: no thread");
	return 0;
}

int
source_slack_start(const struct settings *settings,
    const struct secret *secret, struct watch *watch,
    void (*committed)(void *arg), void *arg,
    struct source_slack **source_out, struct err *err)
{
	struct source_slack *s;
	pthread_condattr_t attr;

	*source_out = NULL;
	if (!settings->slack.present || *settings->slack.bot_token == '\0')
		return 0;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return err_set(err, ERR_FATAL, "slack: out of memory");
	s->api = (struct slack_api){
		.url = settings->slack.api,
		.token = settings->slack.bot_token,
		.stop = is_stopping,
		.arg = s,
	};
	/* nothing is pushed: what there is is read */
	s->poll = strcmp(settings->slack.mode, "events") != 0 ||
	    *settings->webhook_listen == '\0';
	if (strcmp(settings->slack.mode, "socket") == 0)
		log_msg(LOG_WARN, "slack", "this version has no Socket Mode: "
		    "channels are polled");
	s->desk.settings = settings;
	s->desk.secret = secret;
	s->watch = watch;
	s->committed = committed;
	s->arg = arg;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (start(s, err) == -1) {
		free_all(&s);
		return -1;
	}
	*source_out = s;
	return 0;
}

void
source_slack_wake(struct source_slack *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->wakes++;
	pthread_cond_broadcast(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

void
source_slack_stop(struct source_slack **source)
{
	struct source_slack *s = *source;

	if (s == NULL)
		return;
	atomic_store(&s->stopping, true);
	source_slack_wake(s);
	pthread_join(s->thread, NULL);
	free_all(source);
}
