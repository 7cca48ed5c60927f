#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "daemon/pump_inside.h"

#define ARENA_MAX	((size_t)64 << 20)	/* bytes, one decision */
#define AGAIN_MS	1000	/* before a second decision alone; doubles */
#define BACKOFF_MIN_MS	100
#define BACKOFF_MAX_MS	5000
#define POLL_MS		250	/* a reading may have become aside since */
#define SECOND_MS	1000
#define ENDS_MAX	3	/* unclean ends with one mail in hand */
#define ENDS_HOPELESS	6	/* its quarantine ends us too: a note only */

struct decider {
	struct pump		*pump;
	struct db		*db, *note_db;
	const struct settings	*settings;	/* of this round */
	const char		*crash;		/* planted fault, or NULL */
	struct load		*group[PUMP_GROUP];
	size_t			 n;		/* taken */
	size_t			 decided;	/* of them, in this commit */
	int64_t			 backoff_ms;
	int64_t			 moment_ms;	/* of the last decision */
};

/* What to do after a round or a step of it. */
enum next {
	NEXT_GO,		/* done, or nothing that waiting would help */
	NEXT_WAIT		/* the store is not to be had now */
};

/* ---- planted faults (docs/testing.md) ---- */

/* CAMPUSDESK_TEST_CRASH = "WHERE:PART", PART of the mail's subject. */
static bool
is_planted(const struct decider *d, const char *where, const struct load *load)
{
	size_t n = strlen(where);

	return d->crash != NULL && strncmp(d->crash, where, n) == 0 &&
	    d->crash[n] == ':' && load->mail->subject != NULL &&
	    strstr(load->mail->subject, d->crash + n + 1) != NULL;
}

/* ---- taking a group ---- */

static struct ledger_key
key_of(const struct load *load)
{
	return (struct ledger_key){ load->item->source, load->item->epoch,
	    load->item->uid, "" };
}

/* What is ready of a lane, in its order; false: the group is complete. */
static bool
take_of_lane(struct decider *d, struct lane *lane)
{
	int64_t now = clock_mono_ms();
	struct load *load;

	TAILQ_FOREACH(load, &lane->order, order) {
		if (load->stage != LOAD_DESK || load->not_before_ms > now) {
			if (pump_is_aside(load))
				continue;
			return true;
		}
		if (d->n == PUMP_GROUP || (load->alone && d->n > 0))
			return false;
		load->stage = LOAD_DECIDE;
		d->group[d->n++] = load;
		if (load->alone)
			return false;
	}
	return true;
}

static void
take_group(struct decider *d)
{
	struct pump *pump = d->pump;
	struct lane *lane, *first = TAILQ_FIRST(&pump->lanes);

	d->n = d->decided = 0;
	d->settings = pump->settings;
	TAILQ_FOREACH(lane, &pump->lanes, lanes)
		if (!take_of_lane(d, lane))
			break;
	/* the lanes take turns in being the first */
	if (first != NULL) {
		TAILQ_REMOVE(&pump->lanes, first, lanes);
		TAILQ_INSERT_TAIL(&pump->lanes, first, lanes);
	}
}

/* Give loads back from index on. */
static void
give_back(struct decider *d, size_t from)
{
	size_t i;

	pthread_mutex_lock(&d->pump->lock);
	for (i = from; i < d->n; i++)
		d->group[i]->stage = LOAD_DESK;
	pthread_mutex_unlock(&d->pump->lock);
	d->n = from;
}

/* Ask once, of each, how often it was in hand at an unclean end; such a one
 * runs alone (design §5.5). */
static int
cut_at_leftover(struct decider *d, struct err *err)
{
	struct load *load;
	struct ledger_key key;
	size_t i;

	for (i = 0; i < d->n; i++) {
		load = d->group[i];
		if (load->ends == -1) {
			key = key_of(load);
			load->ends = in_hand_attempts(d->note_db, &key, err);
		}
		if (load->ends == -1)
			return -1;
		if (load->ends == 0)
			continue;
		load->alone = true;
		give_back(d, i == 0 ? 1 : i);
	}
	return 0;
}

/* ---- in hand ---- */

static int
note_group(struct decider *d, struct err *err)
{
	struct ledger_key key;
	size_t i;
	int rc;

	if (db_begin(d->note_db, err) == -1)
		return -1;
	for (rc = 0, i = 0; rc == 0 && i < d->n; i++) {
		key = key_of(d->group[i]);
		rc = in_hand_note(d->note_db, &key, d->group[i]->ends + 1,
		    err);
	}
	if (rc == 0)
		rc = db_commit(d->note_db, err);
	if (rc == -1)
		db_rollback(d->note_db);
	return rc;
}

/* These were not decided, and it was not their fault: the note of before. Best
 * effort; a note too many only makes them run alone. */
static void
unnote(struct decider *d, size_t from)
{
	struct ledger_key key;
	struct load *load;
	size_t i;

	if (from == d->n || db_begin(d->note_db, NULL) == -1)
		return;
	for (i = from; i < d->n; i++) {
		load = d->group[i];
		key = key_of(load);
		if (load->ends == 0)
			in_hand_drop(d->note_db, &key, NULL);
		else
			in_hand_note(d->note_db, &key, load->ends, NULL);
	}
	if (db_commit(d->note_db, NULL) == -1)
		db_rollback(d->note_db);
}

/* ---- one item, inside the transaction ---- */

static int
quarantine(struct load *load, struct desk *desk,
    const struct intake_item *item, struct err *err)
{
	/* the result keeps it until it is reported */
	const char *fault = load->fault;
	int tries = load->readings;

	if (load->ends >= ENDS_MAX) {
		fault = arena_printf(desk->arena, "the daemon ended %d times "
		    "while deciding on it", load->ends);
		if (fault == NULL)
			return err_set(err, ERR_RETRY, "out of memory");
		tries = load->ends;
	} else if (load->decisions >= PUMP_TRIES) {
		tries = load->decisions;
	}
	if (load->ends < ENDS_HOPELESS)
		return intake_quarantine(desk, item, fault, tries,
		    &load->result, err);
	load->result = (struct intake_result){
		.outcome = LEDGER_QUARANTINED, .because = "", .step = "note",
	};
	return intake_note(desk, &item->key, LEDGER_QUARANTINED, fault, err);
}

/* Now, and never the moment of another item: by it what one mail set going is
 * told from what the next one did. A clock put back is not waited for. */
static int64_t
moment(struct decider *d)
{
	int64_t now_ms = clock_now_ms();

	if (now_ms <= d->moment_ms && d->moment_ms - now_ms < SECOND_MS)
		now_ms = d->moment_ms + 1;
	d->moment_ms = now_ms;
	return now_ms;
}

static int
intake(struct decider *d, struct load *load, struct err *err)
{
	const struct settings_mailbox *mailbox = load->item->mailbox, *now;
	struct desk desk = { d->db, d->settings, d->pump->options.secret,
		moment(d), load->desk_arena, 0 };
	struct intake_item item = {
		.key = key_of(load),
		.raw = load->item->raw,
		.mail = load->mail,
		.received_ms = load->item->received_ms,
		.full_size = load->item->full_size,
		.too_large = load->item->too_large,
		.stale = load->item->stale,
	};

	/* the settings may have been read again since */
	now = mailbox == NULL ? NULL : settings_mailbox(d->settings,
	    mailbox->name);
	item.mailbox = now == NULL ? mailbox : now;
	if (load->fault[0] != '\0' || load->ends >= ENDS_MAX)
		return quarantine(load, &desk, &item, err);
	if (is_planted(d, "desk", load))
		abort();
	if (is_planted(d, "desk-fail", load))
		return err_set(err, ERR_FATAL, "planted fault");
	return intake_mail(&desk, &item, &load->result, err);
}

/* With a savepoint of its own: decided, or as if it had not been touched. */
static int
decide_one(struct decider *d, struct load *load, struct err *err)
{
	struct ledger_key key = key_of(load);

	arena_free(&load->desk_arena);
	load->desk_arena = arena_new(ARENA_MAX);
	if (load->desk_arena == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	if (db_savepoint(d->db, err) == -1)
		return -1;
	if (intake(d, load, err) == 0 &&
	    in_hand_drop(d->db, &key, err) == 0 &&
	    db_release(d->db, err) == 0)
		return 0;
	if (db_in_transaction(d->db))
		db_rollback_to(d->db);
	/* too much for the memory that one decision may take is too much
	 * tomorrow, too: it must not look like a store that is away */
	if (arena_failed(load->desk_arena))
		err->code = ERR_FATAL;
	return -1;
}

/* ---- a group ---- */

static void
complain(const struct load *load, const struct err *err)
{
	log_at(LOG_ERROR, "intake", "mail could not be decided",
	    LOG_S("source", load->item->source),
	    LOG_N("uid", load->item->uid), LOG_S("error", err->msg));
}

/* An item failed by itself: alone from now on, and in the end quarantined. */
static void
count_failure(struct decider *d, struct load *load, const struct err *err)
{
	int64_t wait_ms = 0;

	complain(load, err);
	if (load->fault[0] != '\0') {	/* not even the quarantine */
		wait_ms = BACKOFF_MAX_MS;
	} else if (load->alone && ++load->decisions == PUMP_TRIES) {
		memcpy(load->fault, err->msg, sizeof load->fault);
	} else if (load->alone) {
		wait_ms = AGAIN_MS * load->decisions;
	}
	pthread_mutex_lock(&d->pump->lock);
	load->alone = load->aside = true;
	load->not_before_ms = clock_mono_ms() + wait_ms;
	pthread_mutex_unlock(&d->pump->lock);
}

/* Nothing of the group was kept: each by itself, in order. */
static void
one_by_one(struct decider *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		d->group[i]->alone = true;
	d->decided = 0;
}

/* To the end of the group, behind what is still to be decided. */
static void
move_out(struct decider *d, size_t i)
{
	struct load *load = d->group[i];

	memmove(&d->group[i], &d->group[i + 1],
	    (d->n - i - 1) * sizeof d->group[0]);
	d->group[d->n - 1] = load;
}

/* Decide what fits into the time; decided ones come to stand in front. */
static enum next
decide_group(struct decider *d, struct err *err)
{
	int64_t until = clock_mono_ms() + PUMP_GROUP_MS;
	size_t left = d->n;
	struct load *load;

	while (left > 0) {
		load = d->group[d->decided];
		if (d->decided > 0 && clock_mono_ms() >= until)
			break;
		*err = (struct err){ 0 };
		left--;
		if (decide_one(d, load, err) == 0) {
			d->decided++;
			continue;
		}
		if (!db_in_transaction(d->db)) {
			if (load->alone && err->code != ERR_RETRY)
				count_failure(d, load, err);
			one_by_one(d);
			return NEXT_WAIT;
		}
		if (err->code == ERR_RETRY)
			return NEXT_WAIT;
		count_failure(d, load, err);
		move_out(d, d->decided);
	}
	return NEXT_GO;
}

static const struct metric mail_in = { METRIC_COUNTER,
    "campusdesk_mail_in_total", "Mails taken in since the daemon started." };
static const struct metric ingest = { METRIC_SECONDS,
    "campusdesk_ingest_seconds", "From a mail seen to its commit." };

static void
count(const struct load *load)
{
	const char *colon = strchr(load->item->source, ':');
	struct buf labels = BUF_INIT(METRICS_LABELS_MAX);

	metrics_label(&labels, "mailbox", colon == NULL ?
	    load->item->source : colon + 1);
	metrics_label(&labels, "kind", mail_kind_name(load->mail->kind));
	metrics_add(&mail_in, buf_str(&labels), 1);
	metrics_took(&ingest, "", clock_mono_ms() - load->came_ms);
	buf_free(&labels);
}

static void
report(const struct load *load)
{
	const struct intake_result *r = &load->result;

	count(load);
	log_at(LOG_INFO, "intake", ledger_outcome_name(r->outcome),
	    LOG_N("ticket", r->ticket), LOG_S("step", r->step),
	    LOG_S("source", load->item->source),
	    LOG_N("uid", load->item->uid), LOG_N("item", r->ledger),
	    LOG_S("kind", mail_kind_name(load->mail->kind)),
	    LOG_S("because", r->because),
	    LOG_N("ms", clock_mono_ms() - load->came_ms));
}

/* I1: only now may the source acknowledge them. */
static void
hand_out(struct decider *d)
{
	struct pump *pump = d->pump;
	size_t i, cost = 0, read = 0;

	for (i = 0; i < d->decided; i++) {
		if (is_planted(d, "committed", d->group[i]))
			abort();
		report(d->group[i]);
	}
	pthread_mutex_lock(&pump->lock);
	for (i = 0; i < d->decided; i++) {
		cost += d->group[i]->cost;
		read += d->group[i]->read;
		pump_finish(d->group[i]);
	}
	pump->bytes -= cost;
	pump->read -= read;
	pthread_cond_broadcast(&pump->room);
	pthread_cond_broadcast(&pump->parse);
	pthread_cond_broadcast(&pump->done);
	pthread_mutex_unlock(&pump->lock);
	memmove(d->group, d->group + d->decided,
	    (d->n - d->decided) * sizeof d->group[0]);
	d->n -= d->decided;
	d->decided = 0;
	if (pump->options.committed != NULL)
		pump->options.committed(pump->options.arg);
}

/* Decide and commit; afterwards the group holds what was not kept. */
static enum next
run_group(struct decider *d, struct err *err)
{
	struct err end = { 0 };
	enum next next;

	if (db_begin(d->db, err) == -1)
		return NEXT_WAIT;
	next = decide_group(d, err);
	if (d->decided == 0) {
		db_rollback(d->db);
		return next;
	}
	if (db_commit(d->db, &end) == 0) {
		hand_out(d);
		return next;
	}
	db_rollback(d->db);
	if (d->n == 1 && end.code != ERR_RETRY)
		count_failure(d, d->group[0], &end);
	one_by_one(d);
	*err = end;
	return NEXT_WAIT;
}

/* ---- notes: ledger rows without mail ---- */

static int
write_note(struct decider *d, const struct pump_note *note, struct err *err)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct desk desk = { d->db, d->settings, d->pump->options.secret,
		clock_now_ms(), arena, 0 };
	struct ledger_key key = { note->source, note->epoch, 0, "" };
	size_t i;
	int rc;

	if (arena == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	rc = db_begin(d->db, err);
	for (i = 0; rc == 0 && i < note->n; i++) {
		key.uid = note->uids[i];
		rc = intake_note(&desk, &key, note->outcome, note->because,
		    err);
		arena_reset(arena);
	}
	if (rc == 0)
		rc = db_commit(d->db, err);
	if (rc == -1)
		db_rollback(d->db);
	arena_free(&arena);
	return rc;
}

/* The lock is held, but for the writing. A busy store is waited for. */
static enum next
run_note(struct decider *d, struct pump_note *note, struct err *err)
{
	struct pump *pump = d->pump;
	int rc;

	d->settings = pump->settings;
	pthread_mutex_unlock(&pump->lock);
	rc = write_note(d, note, err);
	pthread_mutex_lock(&pump->lock);
	if (rc == -1 && err->code == ERR_RETRY)
		return NEXT_WAIT;
	TAILQ_REMOVE(&pump->notes, note, notes);
	note->rc = rc;
	if (rc == -1)
		note->err = *err;
	note->done = true;
	pthread_cond_broadcast(&pump->done);
	return NEXT_GO;
}

/* ---- the thread ---- */

/* The store is not to be had: wait, longer each time; nothing is lost (I1). */
static void
back_off(struct decider *d, const struct err *err)
{
	struct pump *pump = d->pump;
	int64_t until;

	d->backoff_ms = d->backoff_ms == 0 ? BACKOFF_MIN_MS :
	    d->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS :
	    d->backoff_ms * 2;
	log_at(LOG_WARN, "pump", "store is not to be had, waiting",
	    LOG_S("error", err->msg), LOG_N("ms", d->backoff_ms));
	until = clock_mono_ms() + d->backoff_ms;
	while (!pump->stopping && clock_mono_ms() < until)
		pump_wait(pump, &pump->desk, until - clock_mono_ms());
}

static enum next
run_loads(struct decider *d, struct err *err)
{
	enum next next = NEXT_WAIT;

	pthread_mutex_unlock(&d->pump->lock);
	if (cut_at_leftover(d, err) == 0 && note_group(d, err) == 0) {
		next = run_group(d, err);
		unnote(d, 0);
	}
	give_back(d, 0);
	pthread_mutex_lock(&d->pump->lock);
	return next;
}

/* One round; the lock is held. false: there was nothing to do. */
static bool
round_of(struct decider *d)
{
	struct pump *pump = d->pump;
	struct pump_note *note = TAILQ_FIRST(&pump->notes);
	struct err err = { 0 };
	enum next next;

	if (note != NULL) {
		next = run_note(d, note, &err);
	} else {
		take_group(d);
		if (d->n == 0)
			return false;
		next = run_loads(d, &err);
	}
	if (next == NEXT_WAIT)
		back_off(d, &err);
	else
		d->backoff_ms = 0;
	return true;
}

void *
pump_decide_main(void *arg)
{
	struct pump *pump = arg;
	struct decider d = { .pump = pump, .db = pump->db,
		.note_db = pump->note_db,
		.crash = getenv("CAMPUSDESK_TEST_CRASH") };

	pthread_mutex_lock(&pump->lock);
	while (!pump->stopping) {
		if (round_of(&d))
			continue;
		if (pump->bytes > 0)
			pump_wait(pump, &pump->desk, POLL_MS);
		else if (TAILQ_EMPTY(&pump->notes))
			pthread_cond_wait(&pump->desk, &pump->lock);
	}
	pump->decider_runs = false;
	pthread_cond_broadcast(&pump->done);
	pthread_mutex_unlock(&pump->lock);
	return NULL;
}
