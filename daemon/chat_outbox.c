#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypt.h"
#include "base/log.h"
#include "base/metrics.h"
#include "daemon/chat_outbox.h"
#include "desk/change.h"
#include "desk/chat_post.h"
#include "desk/notify.h"

#define LOOK_MS		1000	/* look again at least that often */
#define STORE_MS	200	/* between two tries of a busy store */
#define QUIET_FIRST_MS	500	/* the door is away: first pause … */
#define QUIET_MAX_MS	60000	/* … and the longest */
#define ROOM_MS		300000	/* a room that does not take us */
#define LATER_MS	5000
#define ARENA_MAX	((size_t)64 * 1024 * 1024)
#define POST_MAX	((size_t)256 * 1024)	/* bytes of JSON */
#define SKIPS_MAX	64	/* rows ended without a post in one turn */

struct ended {
	int64_t			 id;		/* of the row; 0: none */
	enum chat_end		 end;
	struct chat_reply	 reply;
};

struct chat_outbox {
	const struct chat_door	*door;
	void			*open;
	struct watch		*watch;
	struct desk		 desk;		/* own connection */
	pthread_t		 thread;
	bool			 runs;
	pthread_mutex_t		 lock;		/* of news */
	pthread_cond_t		 wake;
	uint64_t		 wakes;
	atomic_bool		 stopping, cut;
	int64_t			 quiet_until, quiet_ms;	/* monotonic */
	bool			 store_away;
	struct ended		 last;
};

static const struct metric chat_out = { METRIC_COUNTER,
    "campusdesk_chat_out_total", "Tries to post in chat, by their end." };

static const char *const end_names[] = {
	[CHAT_END_SENT] = "sent", [CHAT_END_UNCLEAR] = "unclear",
	[CHAT_END_LATER] = "later", [CHAT_END_REFUSED] = "refused",
	[CHAT_END_ROOM] = "room", [CHAT_END_SHUT] = "shut",
};

static bool
is_cut(void *arg)
{
	return atomic_load(&((struct chat_outbox *)arg)->cut);
}

/* ---- what the end of a try does to its row ---- */

/* Does the room take us? What else went wrong says nothing of that. */
static void
tell_room(struct chat_outbox *o, const struct outbox_row *row)
{
	bool out = o->last.end == CHAT_END_ROOM;
	char name[160];

	snprintf(name, sizeof name, "%s room %.100s", o->door->name, row->to);
	if (out || o->last.end == CHAT_END_SENT)
		watch_tell(o->watch, name, out ? WATCH_FAULT : WATCH_WELL,
		    out ? o->last.reply.why : "");
}

static int64_t
wait_of(const struct chat_outbox *o)
{
	const struct ended *e = &o->last;

	if (e->end == CHAT_END_ROOM)
		return ROOM_MS;
	return e->reply.wait_ms > 0 ? e->reply.wait_ms :
	    e->reply.away ? 0 : LATER_MS;
}

static int
note_refused(struct desk *desk, const struct outbox_row *row, struct err *err)
{
	struct actor actor = {
		.name = "system",
		.system = true,
		.source = "outbox",
		.because = row->error,
	};

	return change_event(desk, &actor, row->ticket, "chat-refused",
	    row->event, NULL, row->to, err);
}

static int
end_row(struct chat_outbox *o, struct outbox_row *row, struct err *err)
{
	struct desk *desk = &o->desk;

	row->error = o->last.reply.why;
	switch (o->last.end) {
	case CHAT_END_SENT:
		row->state = OUTBOX_SENT;
		row->done_ms = desk->now_ms;
		row->error = NULL;
		if (chat_post_done(desk, row, o->last.reply.item, err) == -1)
			return -1;
		break;
	case CHAT_END_REFUSED:
		row->state = OUTBOX_FAILED;
		row->done_ms = desk->now_ms;
		if (note_refused(desk, row, err) == -1)
			return -1;
		break;
	case CHAT_END_UNCLEAR:
		row->state = OUTBOX_UNKNOWN;
		row->next_ms = desk->now_ms + wait_of(o);
		break;
	case CHAT_END_LATER:
	case CHAT_END_ROOM:
	case CHAT_END_SHUT:
		row->state = row->tried_unknown ? OUTBOX_UNKNOWN :
		    OUTBOX_QUEUED;
		row->next_ms = desk->now_ms + wait_of(o);
		break;
	}
	row->tried_unknown = false;
	return outbox_update(desk->db, row, err);
}

static int
end_last(struct chat_outbox *o, struct err *err)
{
	struct outbox_row row;
	int rc = outbox_get(o->desk.db, o->last.id, o->desk.arena, &row, err);

	/* held or dropped meanwhile: that counts, unless it is there now */
	if (rc != 1 || (row.state != OUTBOX_SENDING &&
	    o->last.end != CHAT_END_SENT))
		return rc == -1 ? -1 : 0;
	return end_row(o, &row, err);
}

/* ---- the next one ---- */

/* Fixed once: 1 there it is, 0 the row has ended, -1. */
static int
make(struct chat_outbox *o, struct outbox_row *row, struct err *err)
{
	struct desk *desk = &o->desk;
	struct buf out = BUF_INIT(POST_MAX);
	const char *why = "";
	struct err fault = { 0 };
	int rc = 1;

	if (row->rendered.p != NULL)
		return 1;
	rc = chat_post_render(desk, row, &out, &why, &fault);
	if (rc == -1 && (fault.code == ERR_RETRY ||
	    !db_in_transaction(desk->db))) {
		buf_free(&out);
		return err_set(err, ERR_RETRY, "%s", fault.msg);
	}
	row->rendered = rc == 1 && !out.failed ? arena_slice(desk->arena,
	    buf_slice(&out)) : (struct slice){ NULL, 0 };
	buf_free(&out);
	if (row->rendered.p != NULL)
		return outbox_set_rendered(desk->db, row->id, row->rendered,
		    err) == -1 ? -1 : 1;
	row->state = rc == 0 ? OUTBOX_DROPPED : OUTBOX_FAILED;
	row->done_ms = desk->now_ms;
	row->error = rc == 0 ? why : rc == -1 ? arena_strdup(desk->arena,
	    fault.msg) : "the post is too long";
	return outbox_update(desk->db, row, err) == -1 ? -1 : 0;
}

/* The next row, marked. tried_unknown of a row in hand says that an earlier
 * try may have arrived. */
static int
begin_next(struct chat_outbox *o, struct outbox_row *row_out, struct err *err)
{
	struct desk *desk = &o->desk;
	struct outbox_row row;
	int64_t next;
	int rc, i;

	for (i = 0; i < SKIPS_MAX; i++) {
		rc = outbox_due_at(desk->db, o->door->name, desk->now_ms,
		    desk->arena, &row, &next, err);
		if (rc != 1)
			return rc;
		rc = make(o, &row, err);
		if (rc == -1)
			return -1;
		if (rc == 0)
			continue;
		row.tried_unknown = row.state == OUTBOX_UNKNOWN;
		row.state = OUTBOX_SENDING;
		row.attempts++;
		if (row.first_try_ms == 0)
			row.first_try_ms = desk->now_ms;
		if (outbox_update(desk->db, &row, err) == -1)
			return -1;
		*row_out = row;
		return 1;
	}
	return 0;
}

/* The end of the last and the beginning of the next, in one commit. */
static int
turn(struct chat_outbox *o, bool take, struct outbox_row *row_out,
    struct err *err)
{
	int rc = 0;

	arena_reset(o->desk.arena);
	o->desk.now_ms = clock_now_ms();
	if (db_begin(o->desk.db, err) == -1)
		return -1;
	if (o->last.id != 0 && end_last(o, err) == -1)
		rc = -1;
	if (rc == 0 && take)
		rc = begin_next(o, row_out, err);
	if (rc == -1)
		db_rollback(o->desk.db);
	else if (db_commit(o->desk.db, err) == -1)
		rc = -1;
	if (rc != -1)
		o->last.id = 0;
	return rc;
}

/* ---- the post ---- */

static void
note_door(struct chat_outbox *o)
{
	const struct ended *e = &o->last;
	bool was = o->quiet_ms > 0;

	if (e->end == CHAT_END_SHUT || e->reply.away) {
		o->quiet_ms = was ? 2 * o->quiet_ms : QUIET_FIRST_MS;
		if (o->quiet_ms > QUIET_MAX_MS)
			o->quiet_ms = QUIET_MAX_MS;
		o->quiet_until = clock_mono_ms() + o->quiet_ms +
		    (int64_t)(crypt_random_u64() % 200);
		if (!was)
			log_at(LOG_WARN, "chat", "nothing can be posted for "
			    "now", LOG_S("door", o->door->name),
			    LOG_S("error", e->reply.why));
		return;		/* the source tells of the door */
	}
	o->quiet_ms = 0;
	o->quiet_until = e->reply.wait_ms > 0 ? clock_mono_ms() +
	    e->reply.wait_ms : 0;
	if (was)
		log_at(LOG_INFO, "chat", "posts leave again",
		    LOG_S("door", o->door->name));
}

static void
send_row(struct chat_outbox *o, const struct outbox_row *row)
{
	struct buf label = BUF_INIT(METRICS_LABELS_MAX);
	struct ended *e = &o->last;
	json_t *post = json_loadb(row->rendered.p, row->rendered.len, 0, NULL);

	*e = (struct ended){ .id = row->id, .end = CHAT_END_REFUSED };
	e->end = o->door->send(o->open, row, post, row->tried_unknown,
	    &e->reply);
	json_decref(post);
	note_door(o);
	tell_room(o, row);
	metrics_label(&label, "door", o->door->name);
	metrics_label(&label, "result", end_names[e->end]);
	metrics_add(&chat_out, buf_str(&label), 1);
	buf_free(&label);
	log_at(e->reply.away ? LOG_DEBUG : e->end == CHAT_END_SENT ?
	    LOG_INFO : LOG_WARN, "chat", "post",
	    LOG_N("ticket", row->ticket), LOG_N("id", row->id),
	    LOG_S("door", o->door->name), LOG_S("event", row->event),
	    LOG_S("result", end_names[e->end]), LOG_S("reply", e->reply.why));
}

/* ---- the thread ---- */

static void
pause_for(struct chat_outbox *o, int64_t ms, uint64_t was)
{
	int64_t until = clock_mono_ms() + ms;
	struct timespec ts = { until / 1000, until % 1000 * 1000000 };

	pthread_mutex_lock(&o->lock);
	while (!atomic_load(&o->stopping) && o->wakes == was &&
	    pthread_cond_timedwait(&o->wake, &o->lock, &ts) == 0)
		;
	pthread_mutex_unlock(&o->lock);
}

/* Is there anything to do, and when not, how long to wait? A look without a
 * write, so that an idle desk is idle. */
static bool
is_due(struct chat_outbox *o, int64_t *wait_out)
{
	int64_t next = 0, now = clock_now_ms(), mono = clock_mono_ms();
	struct outbox_row row;
	int rc;

	*wait_out = LOOK_MS;
	if (o->last.id != 0)
		return true;
	if (o->quiet_until > mono) {
		if (o->quiet_until - mono < LOOK_MS)
			*wait_out = o->quiet_until - mono;
		return false;
	}
	arena_reset(o->desk.arena);
	rc = outbox_due_at(o->desk.db, o->door->name, now, o->desk.arena,
	    &row, &next, NULL);
	if (rc == 0 && next > now && next - now < LOOK_MS)
		*wait_out = next - now;
	return rc == 1;
}

static void *
run(void *arg)
{
	struct chat_outbox *o = arg;
	struct outbox_row row;
	struct err err = { 0 };
	int64_t wait;
	uint64_t was;
	bool take;
	int rc;

	while (!atomic_load(&o->stopping) || o->last.id != 0) {
		pthread_mutex_lock(&o->lock);
		was = o->wakes;
		pthread_mutex_unlock(&o->lock);
		if (!is_due(o, &wait)) {
			pause_for(o, wait, was);
			continue;
		}
		take = !atomic_load(&o->stopping) &&
		    o->quiet_until <= clock_mono_ms();
		rc = turn(o, take, &row, &err);
		if (rc == -1 && !o->store_away)
			log_at(LOG_WARN, "chat", "waiting for the store",
			    LOG_S("error", err.msg));
		o->store_away = rc == -1;
		if (rc == 1)
			send_row(o, &row);
		else if (rc == -1 && is_cut(o))
			break;	/* the next start finds it */
		else if (rc == -1)
			clock_sleep_ms(STORE_MS);
	}
	return NULL;
}

static int
recover(struct chat_outbox *o, struct err *err)
{
	int n;

	if (db_begin(o->desk.db, err) == -1)
		return -1;
	n = outbox_recover_at(o->desk.db, o->door->name, clock_now_ms(), err);
	if (n == -1) {
		db_rollback(o->desk.db);
		return -1;
	}
	return db_commit(o->desk.db, err);
}

static void
free_all(struct chat_outbox **outbox)
{
	struct chat_outbox *o = *outbox;

	if (o->open != NULL)
		o->door->close(o->open);
	db_close(&o->desk.db);
	arena_free(&o->desk.arena);
	pthread_cond_destroy(&o->wake);
	pthread_mutex_destroy(&o->lock);
	free(o);
	*outbox = NULL;
}

static int
start(struct chat_outbox *o, const struct settings *settings, struct err *err)
{
	o->desk.arena = arena_new(ARENA_MAX);
	if (o->desk.arena == NULL)
		return err_set(err, ERR_FATAL, "chat: out of memory");
	if (db_open(settings->store_url, DB_WRITE, &o->desk.db, err) == -1)
		return -1;
	db_leave_log(o->desk.db);
	if (recover(o, err) == -1)
		return -1;
	o->open = o->door->open(settings, is_cut, o, err);
	if (o->open == NULL)
		return -1;
	if (pthread_create(&o->thread, NULL, run, o) != 0)
		return err_set(err, ERR_FATAL, "chat: no thread");
	o->runs = true;
	return 0;
}

int
chat_outbox_start(const struct chat_door *door,
    const struct settings *settings, const struct secret *secret,
    struct watch *watch, struct chat_outbox **outbox_out, struct err *err)
{
	struct chat_outbox *o;
	pthread_condattr_t attr;

	*outbox_out = NULL;
	if (!door->is_configured(settings))
		return 0;
	o = calloc(1, sizeof *o);
	if (o == NULL)
		return err_set(err, ERR_FATAL, "chat: out of memory");
	o->door = door;
	o->watch = watch;
	o->desk.settings = settings;
	o->desk.secret = secret;
	pthread_mutex_init(&o->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&o->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (start(o, settings, err) == -1) {
		free_all(&o);
		return -1;
	}
	*outbox_out = o;
	return 0;
}

void
chat_outbox_wake(struct chat_outbox *o)
{
	if (o == NULL)
		return;
	pthread_mutex_lock(&o->lock);
	o->wakes++;
	pthread_cond_broadcast(&o->wake);
	pthread_mutex_unlock(&o->lock);
}

void
chat_outbox_stop(struct chat_outbox **outbox, int64_t wait_ms)
{
	struct chat_outbox *o = *outbox;
	int64_t until = clock_mono_ms() + wait_ms;
	struct timespec ts = { until / 1000, until % 1000 * 1000000 };

	if (o == NULL)
		return;
	atomic_store(&o->stopping, true);
	chat_outbox_wake(o);
	if (pthread_clockjoin_np(o->thread, NULL, CLOCK_MONOTONIC, &ts) != 0) {
		atomic_store(&o->cut, true);
		pthread_join(o->thread, NULL);
	}
	free_all(outbox);
}
