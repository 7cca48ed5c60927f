/* source_imap - a mailbox on an IMAP server: looks what is there that the
 * ledger does not know, fetches it into the pump in order of UID, acknowledges
 * what has become durable, waits for more. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypt.h"
#include "base/imap.h"
#include "base/log.h"
#include "base/oauth2.h"
#include "daemon/mailbox_book.h"
#include "daemon/pump.h"
#include "daemon/source.h"
#include "daemon/watch.h"

#define TODO_MAX	5000		/* mails of one look */
#define RUN_MAX		1000		/* mails of one fetch, and their bytes; */
#define RUN_BYTES	(16 << 20)	/* between two, what is done is acked */
#define BODY_MAX	((size_t)2 << 30)	/* where mail-size says none */
#define HEADER_MAX	(256 * 1024)	/* of a mail that is too large */
#define ACKS_MAX	500		/* of one command and transaction */
#define STALE_MS	(INT64_C(3) * 24 * 3600 * 1000)
#define SETTLE_MS	1000		/* wait for the pump after a look */
#define SLICE_MS	1000		/* while something is inside it */
#define IDLE_MS		(10 * 60 * 1000)
#define AGAIN_MS	(10 * 60 * 1000)	/* after a refusal */
#define REFUSED_MAX	100		/* mails kept an eye on */
#define HEADER_TRY	3		/* refusals: then its header only */
#define GIVE_UP		8		/* refusals: then it is filed */
#define BREAKS_MAX	3		/* connections one mail may break */
#define BACKOFF_MIN_MS	1000
#define BACKOFF_MAX_MS	(5 * 60 * 1000)

enum how {
	HOW_BODY,
	HOW_HEADER,	/* too large, or not given whole */
	HOW_LIAR,	/* larger than it said: its header, afterwards */
	HOW_NOTE,	/* was there before the start: a row */
	HOW_FILE	/* never given out: a row */
};

struct todo {
	struct imap_info info;
	enum how	 how;
};
struct refusal {		/* a mail the server does not give */
	int64_t	uid, again_ms;
	int	times;
};

struct reader {			/* one mailbox's thread */
	const struct settings_mailbox *mailbox;
	const struct settings	*settings;
	struct pump		*pump;
	struct source_status	*status;
	int			 stop_fd;
	char			 source[128];	/* "imap:NAME" */
	char			 door[128];	/* "mailbox NAME" */
	struct book		*book;
	struct imap		*imap;		/* NULL between sessions */
	struct imap_folder	 folder;
	struct cursor		 cursor, stored;
	bool			 rescan;	/* another UIDVALIDITY */
	int64_t			 started_ms;	/* rescan: mail before it was
						 * there before we began */
	bool			 worked;	/* this session did a look */
	/* of one look */
	struct todo		*todo;		/* TODO_MAX */
	size_t			 ntodo;
	int64_t			 highest, lowest_open;
	bool			 cut;
	struct err		*err;		/* of the look, for callbacks */
	/* of one fetch */
	const struct todo	*run;
	size_t			 nrun;
	int64_t			 told;		/* last UID heard of */
	size_t			 submitted;
	/* troublesome mails of this epoch */
	struct refusal		 refused[REFUSED_MAX];
	size_t			 nrefused;
	int64_t			 suspect;	/* broke the connection */
	int			 breaks;
	/* acknowledgements */
	int64_t			 ack[ACKS_MAX], untouched[ACKS_MAX];
	size_t			 nack, nuntouched;
	int64_t			 owed_ms;	/* when to redo them; monotonic */
	int			 pending;	/* inside the pump */
};

static bool
stopping(const struct reader *r)
{
	struct pollfd p = { .fd = r->stop_fd, .events = POLLIN };

	return r->stop_fd >= 0 && poll(&p, 1, 0) > 0;
}

static void
sleep_ms(const struct reader *r, int64_t ms)
{
	struct pollfd p = { .fd = r->stop_fd, .events = POLLIN };

	poll(&p, 1, (int)ms);
}

static void
tell(const struct reader *r, enum log_level level, const char *what,
    const char *why)
{
	log_at(level, "imap", what, LOG_S("mailbox", r->mailbox->name),
	    LOG_S("error", why));
}

/* Mails that make trouble. */
static struct refusal *
refusal_of(struct reader *r, int64_t uid)
{
	for (size_t i = 0; i < r->nrefused; i++)
		if (r->refused[i].uid == uid)
			return &r->refused[i];
	return NULL;
}

static void
refuse(struct reader *r, int64_t uid, const char *why)
{
	struct refusal *f = refusal_of(r, uid);

	if (f == NULL) {
		if (r->nrefused == REFUSED_MAX)		/* the oldest goes */
			memmove(r->refused, r->refused + 1, --r->nrefused *
			    sizeof *r->refused);
		f = &r->refused[r->nrefused++];
		*f = (struct refusal){ .uid = uid };
	}
	f->times++;
	f->again_ms = clock_mono_ms() + AGAIN_MS;
	log_at(LOG_WARN, "imap", "mail not to be had",
	    LOG_S("mailbox", r->mailbox->name), LOG_N("uid", uid),
	    LOG_N("times", f->times), LOG_S("error", why));
}

/* Acknowledging: only what pump_done() says is durable (I1). */
static int
flag_or_move(struct reader *r, struct err *err)
{
	switch (r->mailbox->after) {
	case AFTER_SEEN:
		return imap_mark_seen(r->imap, r->ack, r->nack, err);
	case AFTER_MOVE:
		return imap_move(r->imap, r->ack, r->nack,
		    r->mailbox->after_folder, err);
	case AFTER_KEEP:
		break;
	}
	return 0;
}

/* What cannot be done at the server now is owed: the ledger remembers. */
static int
acknowledge(struct reader *r, struct err *err)
{
	struct err why = { 0 };
	int ret = 0;

	if (r->nack > 0 && flag_or_move(r, &why) != 0) {
		r->nack = 0;
		r->owed_ms = clock_mono_ms() + AGAIN_MS;
		if (imap_dead(r->imap)) {
			*err = why;
			ret = -1;
		} else {
			tell(r, LOG_WARN, "mail not acknowledged", why.msg);
		}
	}
	if (ret == 0)
		ret = book_settle(r->book, r->ack, r->nack, NULL, err);
	if (ret == 0)
		ret = book_settle(r->book, r->untouched, r->nuntouched, NULL,
		    err);
	r->nack = r->nuntouched = 0;
	return ret;
}

/* Take back what is durable; ack it when a server is there to be told, else
 * the ledger knows that it is owed. */
static int
collect(struct reader *r, int64_t wait_ms, struct err *err)
{
	struct source_item *list = pump_done(r->pump, r->source, wait_ms,
	    &r->pending), *item;
	int ret = 0;

	while (list != NULL) {
		item = list;
		list = item->next;
		book_comes_out(r->book, item->epoch, item->uid);
		if (item->durable && r->imap != NULL && ret == 0 &&
		    item->epoch == r->folder.uidvalidity) {
			if (item->too_large)
				r->untouched[r->nuntouched++] = item->uid;
			else
				r->ack[r->nack++] = item->uid;
			if (r->nack == ACKS_MAX || r->nuntouched == ACKS_MAX)
				ret = acknowledge(r, err);
		}
		source_item_free(&item);
	}
	return ret;
}

static int
collect_and_acknowledge(struct reader *r, int64_t wait_ms, struct err *err)
{
	int64_t until_ms = clock_mono_ms() + wait_ms, left;

	do {
		left = until_ms - clock_mono_ms();
		if (collect(r, left > 0 ? left : 0, err) != 0)
			return -1;
	} while (r->pending > 0 && left > 0);
	return acknowledge(r, err);
}

/* Acknowledgements from before: a crash, or a server that was away. */
static int
redo_owed(struct reader *r, struct err *err)
{
	int64_t after = 0, next;
	size_t n;

	if (clock_mono_ms() < r->owed_ms)
		return 0;
	r->owed_ms = INT64_MAX;
	do {
		if (book_owed(r->book, after, r->ack, ACKS_MAX, &n, err) != 0)
			return -1;
		r->nack = n;
		next = n > 0 ? r->ack[n - 1] : after;
		if (acknowledge(r, err) != 0)
			return -1;
		after = next;
	} while (n == ACKS_MAX && r->owed_ms == INT64_MAX);
	return 0;
}

/* Looking. */
static enum how
how_to_take(struct reader *r, const struct imap_info *info)
{
	const struct refusal *f = refusal_of(r, info->uid);
	int64_t most = r->settings->limits.mail_size;

	/* the server keeps whole seconds */
	if (r->rescan && !r->mailbox->start_all && info->internal_ms != 0 &&
	    info->internal_ms < r->started_ms - 1000)
		return HOW_NOTE;
	if (f != NULL && f->times >= GIVE_UP)
		return HOW_FILE;
	if ((most > 0 && info->size > most) ||
	    (f != NULL && f->times >= HEADER_TRY))
		return HOW_HEADER;
	return HOW_BODY;
}

/* One mail that is there: known, on its way, not yet again, or to be taken. */
static int
consider(const struct imap_info *info, void *arg)
{
	struct reader *r = arg;
	const struct refusal *f;
	int has;

	if (r->ntodo == TODO_MAX) {
		r->cut = true;
		return 1;
	}
	has = book_has(r->book, info->uid, r->err);
	if (has < 0)
		return -1;
	r->highest = info->uid;
	if (has)
		return 0;
	if (r->lowest_open == 0)
		r->lowest_open = info->uid;
	f = refusal_of(r, info->uid);
	if (book_is_inside(r->book, info->uid) ||
	    (f != NULL && clock_mono_ms() < f->again_ms))
		return 0;
	r->todo[r->ntodo++] = (struct todo){ *info, how_to_take(r, info) };
	return 0;
}

/* The cursor follows: below the lowest mail that has no row yet, all is
 * accounted for; what is not there needs no row. */
static void
advance(struct reader *r)
{
	int64_t uid = r->highest;

	if (!r->cut && r->folder.uidnext - 1 > uid)
		uid = r->folder.uidnext - 1;
	if (r->lowest_open > 0)
		uid = r->lowest_open - 1;
	if (uid > r->cursor.uid)
		r->cursor.uid = uid;
}

static int
look(struct reader *r, struct err *err)
{
	int64_t from = r->cursor.uid + 1;
	int ret;

	if (from < r->cursor.first_uid)
		from = r->cursor.first_uid;
	r->ntodo = 0;
	r->cut = false;
	r->lowest_open = 0;
	r->highest = from - 1;
	r->err = err;
	ret = imap_list(r->imap, from, consider, r, err);
	if (ret < 0)
		return -1;
	advance(r);
	r->status->last_ok_ms = clock_now_ms();
	return 0;
}

/* Fetching. */
static const struct todo *
todo_of(const struct reader *r, int64_t uid)
{
	for (size_t low = 0, high = r->nrun, mid; low < high;) {
		mid = low + (high - low) / 2;
		if (r->run[mid].info.uid == uid)
			return &r->run[mid];
		if (r->run[mid].info.uid < uid)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* The source's name lies behind the item, since the pump may keep it longer
 * than this thread lives. blob is taken over. */
static struct source_item *
make_item(const struct reader *r, const struct todo *todo, struct blob *blob)
{
	size_t len = strlen(r->source) + 1;
	struct source_item *item = calloc(1, sizeof *item + len);
	const struct imap_info *info = &todo->info;
	int64_t now_ms = clock_now_ms();

	if (item == NULL) {
		blob_free(&blob);
		return NULL;
	}
	item->source = memcpy(item + 1, r->source, len);
	item->epoch = r->folder.uidvalidity;
	item->uid = info->uid;
	item->raw = blob;
	item->received_ms = info->internal_ms > 0 ? info->internal_ms : now_ms;
	item->full_size = (size_t)info->size;
	item->too_large = todo->how == HOW_HEADER;
	item->stale = (r->mailbox->start_all || r->rescan) &&
	    item->received_ms < now_ms - STALE_MS;
	item->mailbox = r->mailbox;
	return item;
}

static int
hand_over(struct reader *r, const struct todo *todo, struct blob *blob)
{
	int64_t uid = todo->info.uid;
	struct source_item *item = make_item(r, todo, blob);

	if (item == NULL || book_goes_in(r->book, uid) != 0) {
		source_item_free(&item);
		return -1;
	}
	if (!pump_submit(r->pump, item)) {
		book_comes_out(r->book, item->epoch, uid);
		source_item_free(&item);
		return -1;
	}
	r->submitted++;
	return 0;
}

static int
take_body(int64_t uid, enum imap_body what, struct blob *blob, void *arg)
{
	struct reader *r = arg;
	const struct todo *todo = todo_of(r, uid);
	struct todo *again;

	r->told = uid;
	if (todo == NULL) {
		blob_free(&blob);
		return 0;
	}
	switch (what) {
	case IMAP_BODY_HERE:
		return hand_over(r, todo, blob);
	case IMAP_BODY_LARGE:
		again = &r->todo[todo - r->todo];
		again->how = HOW_LIAR;
		break;
	case IMAP_BODY_REFUSED:
		refuse(r, uid, "refused by the server");
		break;
	case IMAP_BODY_GONE:	/* if it is there again, it is looked at again */
		break;
	}
	return 0;
}

/* The connection broke with that mail under way. One that does so again and
 * again must not keep the others out. */
static void
suspect(struct reader *r, const struct err *why)
{
	size_t i = 0;

	while (i < r->nrun && r->run[i].info.uid <= r->told)
		i++;
	if (i == r->nrun || stopping(r))
		return;
	if (r->suspect != r->run[i].info.uid)
		r->breaks = 0;
	r->suspect = r->run[i].info.uid;
	if (++r->breaks >= BREAKS_MAX) {
		refuse(r, r->suspect, why->msg);
		r->breaks = 0;
	}
}

static int
fetch_run(struct reader *r, struct err *err)
{
	bool header = r->run[0].how == HOW_HEADER;
	int64_t most = r->settings->limits.mail_size;
	struct imap_info *infos = calloc(r->nrun, sizeof *infos);
	int ret;

	if (infos == NULL)
		return err_set(err, ERR_RETRY, "no memory");
	for (size_t i = 0; i < r->nrun; i++)
		infos[i] = r->run[i].info;
	r->told = 0;
	err_set(err, ERR_RETRY, "stopping");	/* when take_body ends it */
	ret = imap_fetch(r->imap, infos, r->nrun, header ? HEADER_MAX :
	    most > 0 ? (size_t)most : BODY_MAX, header, take_body, r, err);
	if (ret != 0)
		suspect(r, err);
	free(infos);
	return ret;
}

/* Rows without a mail: there before the start, or never given out. */
static int
note_run(struct reader *r, struct err *err)
{
	bool file = r->run[0].how == HOW_FILE;
	int64_t *uids = calloc(r->nrun, sizeof *uids);
	int ret;

	if (uids == NULL)
		return err_set(err, ERR_RETRY, "no memory");
	for (size_t i = 0; i < r->nrun; i++)
		uids[i] = r->run[i].info.uid;
	ret = pump_note(r->pump, r->source, r->folder.uidvalidity, uids,
	    r->nrun, file ? LEDGER_FILED : LEDGER_BEFORE_START, file ?
	    "the server does not give this mail out" : "before start", err);
	if (ret == 0)
		ret = book_settle(r->book, uids, r->nrun, NULL, err);
	free(uids);
	return ret;
}

/* The next mails of one kind, within the bounds of a run. */
static size_t
next_run(const struct reader *r, size_t from)
{
	int64_t bytes = 0;
	size_t i;

	for (i = from; i < r->ntodo && i - from < RUN_MAX; i++) {
		if (r->todo[i].how != r->todo[from].how)
			break;
		if (r->todo[i].how == HOW_BODY)
			bytes += r->todo[i].info.size;
		if (i > from && bytes > RUN_BYTES)
			break;
	}
	return i - from;
}

static int
take_all(struct reader *r, struct err *err)
{
	int ret = 0;

	for (size_t at = 0; at < r->ntodo && ret == 0; at += r->nrun) {
		r->run = &r->todo[at];
		r->nrun = next_run(r, at);
		if (r->run[0].how == HOW_NOTE || r->run[0].how == HOW_FILE) {
			ret = note_run(r, err);
			r->submitted++;		/* look again */
		} else {
			ret = fetch_run(r, err);
		}
		if (ret == 0)
			ret = collect_and_acknowledge(r, 0, err);
	}
	return ret;
}

/* Those whose size was a lie, found on the way. */
static int
take_liars(struct reader *r, struct err *err)
{
	int ret = 0;

	for (size_t i = 0; i < r->ntodo && ret == 0; i++) {
		if (r->todo[i].how != HOW_LIAR)
			continue;
		r->todo[i].how = HOW_HEADER;
		r->run = &r->todo[i];
		r->nrun = 1;
		ret = fetch_run(r, err);
	}
	return ret;
}

/* Sessions. */

/* The first time: what there is below UIDNEXT is "before start" when the
 * configuration says so. One row marks it, and when that was. */
static int
begin_mailbox(struct reader *r, struct err *err)
{
	int64_t mark = r->folder.uidnext - 1;

	if (!r->mailbox->start_all) {
		if (r->folder.uidnext == 0)
			return err_set(err, ERR_INPUT, "%s: the server does "
			    "not tell the next UID, so \"new\" mail cannot be "
			    "told from old: set start = \"all\"",
			    r->mailbox->server.host);
		if (pump_note(r->pump, r->source, r->folder.uidvalidity,
		    &mark, 1, LEDGER_BEFORE_START, "before start: this and "
		    "all below", err) != 0)
			return -1;
		r->cursor.uid = mark;
		r->cursor.first_uid = r->folder.uidnext;
	}
	log_at(LOG_INFO, "imap", "reading this mailbox for the first time",
	    LOG_S("mailbox", r->mailbox->name),
	    LOG_N("first_uid", r->cursor.first_uid));
	return book_settle(r->book, &mark, r->mailbox->start_all ? 0 : 1,
	    &r->cursor, err);
}

static int
enter(struct reader *r, struct err *err)
{
	int64_t before = r->cursor.epoch;
	enum book_epoch was;

	if (imap_select(r->imap, r->mailbox->folder, &r->folder, err) != 0 ||
	    (r->mailbox->after == AFTER_MOVE && imap_ensure_folder(r->imap,
	    r->mailbox->after_folder, err) != 0) ||
	    book_enter(r->book, r->folder.uidvalidity, &was, &r->cursor,
	    err) != 0)
		return -1;
	if (before != 0 && before != r->cursor.epoch) {
		r->nrefused = 0;
		r->suspect = 0;
	}
	if (was == BOOK_FIRST && begin_mailbox(r, err) != 0)
		return -1;
	if (was == BOOK_OTHER) {
		r->rescan = true;
		if (book_started_ms(r->book, &r->started_ms, err) != 0)
			return -1;
		log_at(LOG_WARN, "imap", "the server numbers this folder "
		    "anew: all of it is looked at again",
		    LOG_S("mailbox", r->mailbox->name),
		    LOG_N("uidvalidity", r->folder.uidvalidity));
	}
	r->stored = r->cursor;
	r->owed_ms = 0;
	return 0;
}

/* The epoch of a rescan is stored at its end: cut short, it starts again, and
 * still knows old mail from new. */
static int
store_cursor(struct reader *r, struct err *err)
{
	if (r->rescan && (r->cut || r->submitted > 0))
		return 0;
	if (!r->rescan && r->cursor.uid == r->stored.uid)
		return 0;
	if (book_settle(r->book, NULL, 0, &r->cursor, err) != 0)
		return -1;
	r->stored = r->cursor;
	r->rescan = false;
	return 0;
}

/* Look, take, acknowledge. 1: something came, so look again; 0; -1. */
static int
one_round(struct reader *r, struct err *err)
{
	r->submitted = 0;
	if (redo_owed(r, err) != 0 || look(r, err) != 0)
		return -1;
	if (take_all(r, err) != 0 || take_liars(r, err) != 0)
		return -1;
	if (collect_and_acknowledge(r, r->submitted > 0 ? SETTLE_MS : 0,
	    err) != 0 || store_cursor(r, err) != 0)
		return -1;
	r->worked = true;
	return r->submitted > 0 || r->cut;
}

/* Until there may be something new, or the pump may have finished more. */
static int
wait_for_news(struct reader *r, struct err *err)
{
	bool idle = r->mailbox->idle && imap_has_idle(r->imap);
	int64_t ms = idle ? IDLE_MS :
	    r->mailbox->poll_interval * INT64_C(1000);

	if (r->pending > 0 && ms > SLICE_MS)
		ms = SLICE_MS;
	if (idle)
		return imap_idle(r->imap, ms, err) < 0 ? -1 : 0;
	sleep_ms(r, ms);
	return stopping(r) ? 0 : imap_noop(r->imap, err);
}

static int
session(struct reader *r, struct err *err)
{
	int more;

	if (r->book == NULL && book_open(r->settings->store_url, r->source,
	    &r->book, err) != 0)
		return -1;
	if (imap_open(&r->mailbox->server, r->stop_fd, &r->imap, err) != 0 ||
	    enter(r, err) != 0)
		return -1;
	r->status->up = true;
	watch_tell(r->status->watch, r->door, WATCH_WELL, "");
	log_at(LOG_INFO, "imap", "connected",
	    LOG_S("mailbox", r->mailbox->name));
	while (!stopping(r)) {
		more = one_round(r, err);
		if (more < 0 || (more == 0 && wait_for_news(r, err) != 0))
			return -1;
	}
	imap_finish(r->imap, IMAP_FINISH_MS);
	return collect_and_acknowledge(r, IMAP_FINISH_MS / 2, err);
}

static void
end_session(struct reader *r)
{
	struct err err = { 0 };

	r->status->up = false;
	imap_close(&r->imap);
	r->nack = r->nuntouched = 0;	/* the ledger knows they are owed */
	if (r->book != NULL && collect(r, 0, &err) != 0)
		tell(r, LOG_WARN, "mail not settled", err.msg);
}

/* Of a token that cannot be had the tokens' thread tells (daemon/tokens). */
static void
tell_door(const struct reader *r, const struct err *err)
{
	bool fault = err->code == ERR_INPUT &&
	    oauth2_well(&r->mailbox->server.oauth2);

	watch_tell(r->status->watch, r->door, fault ? WATCH_FAULT :
	    WATCH_DOWN, err->msg);
}

/* Doubling, with jitter, so that many mailboxes do not come back in step. */
static int64_t
backoff(int64_t *next_ms)
{
	int64_t ms = *next_ms / 2 +
	    (int64_t)(crypt_random_u64() % (uint64_t)(*next_ms / 2 + 1));

	*next_ms = *next_ms * 2 < BACKOFF_MAX_MS ? *next_ms * 2 :
	    BACKOFF_MAX_MS;
	return ms;
}

static void
run(const struct settings_mailbox *mailbox, const struct settings *settings,
    struct pump *pump, struct source_status *status, int stop_fd)
{
	struct reader *r = calloc(1, sizeof *r);
	int64_t next_ms = BACKOFF_MIN_MS, ms;
	struct err err;

	if (r != NULL)
		r->todo = calloc(TODO_MAX, sizeof *r->todo);
	if (r == NULL || r->todo == NULL) {
		log_at(LOG_ERROR, "imap", "no memory for this mailbox",
		    LOG_S("mailbox", mailbox->name));
		free(r);
		return;
	}
	*r = (struct reader){ .mailbox = mailbox, .settings = settings,
	    .pump = pump, .status = status, .stop_fd = stop_fd,
	    .todo = r->todo };
	snprintf(r->source, sizeof r->source, "imap:%s", mailbox->name);
	snprintf(r->door, sizeof r->door, "mailbox %s", mailbox->name);
	while (!stopping(r)) {
		err = (struct err){ 0 };
		r->worked = false;
		session(r, &err);
		end_session(r);
		if (stopping(r))
			break;
		if (r->worked)
			next_ms = BACKOFF_MIN_MS;
		ms = backoff(&next_ms);
		tell_door(r, &err);
		log_at(err.code == ERR_RETRY ? LOG_WARN : LOG_ERROR, "imap",
		    "no connection", LOG_S("mailbox", mailbox->name),
		    LOG_S("error", err.msg), LOG_N("again_ms", ms));
		sleep_ms(r, ms);
	}
	book_close(&r->book);
	free(r->todo);
	free(r);
}

const struct source source_imap = { .name = "imap", .run = run };
