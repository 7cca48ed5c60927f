/* imap: what is there, and the bodies, several commands in flight. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/imap.h"
#include "base/imap_wire.h"
#include "base/text.h"

#define IN_FLIGHT	4		/* commands sent and not answered */
#define SET_BYTES	(1024 * 1024)	/* of one command; larger mails alone */
#define SLOW_RATE	32		/* bytes a millisecond we insist on */
#define WINDOW_MIN	10000		/* UIDs asked about in one command */
#define WINDOW_MAX	(4 * LISTING_MAX)
#define WINDOW_FULL	5000		/* answers; fewer: wider next time */
#define LISTING_MAX	100000		/* answers held at a time */
#define ANSWER_BYTES	512		/* of one UID in a listing, about */
#define HEADER_MAX	4096		/* of one Message-ID field */

/* One FETCH response, the parts we ask for. */
struct answer {
	struct imap_info info;
	int		 bodies;
	bool		 sized;	/* RFC822.SIZE was there */
	bool		 nil;	/* the (first) body is NIL */
};

/* Milliseconds since the epoch; 0 when the server gives no sensible date. */
static int64_t
date_ms(const struct mailimap_date_time *d)
{
	int zone = (d->dt_zone / 100) * 60 + d->dt_zone % 100;

	if (d->dt_year < 1970 || d->dt_year > 9999 || d->dt_month < 1 ||
	    d->dt_month > 12 || d->dt_day < 1 || d->dt_day > 31 ||
	    d->dt_hour < 0 || d->dt_hour > 23 || d->dt_min < 0 ||
	    d->dt_min > 59 || d->dt_sec < 0 || d->dt_sec > 60 ||
	    zone < -24 * 60 || zone > 24 * 60)
		return 0;
	return ((clock_days(d->dt_year, d->dt_month, d->dt_day) * 24 +
	    d->dt_hour) * 60 + d->dt_min - zone) * 60000 +
	    d->dt_sec * INT64_C(1000);
}

static void
read_flags(const struct mailimap_msg_att_dynamic *dyn, struct answer *out)
{
	const struct mailimap_flag_fetch *f;

	if (dyn == NULL || dyn->att_list == NULL)
		return;
	for (clistiter *it = clist_begin(dyn->att_list); it != NULL;
	    it = clist_next(it)) {
		f = clist_content(it);
		if (f->fl_type != MAILIMAP_FLAG_FETCH_OTHER ||
		    f->fl_flag == NULL)
			continue;
		out->info.seen |= f->fl_flag->fl_type == MAILIMAP_FLAG_SEEN;
		out->info.deleted |=
		    f->fl_flag->fl_type == MAILIMAP_FLAG_DELETED;
	}
}

static void
read_static(const struct mailimap_msg_att_static *st, struct answer *out)
{
	const struct mailimap_msg_att_body_section *b;

	switch (st->att_type) {
	case MAILIMAP_MSG_ATT_UID:
		out->info.uid = st->att_data.att_uid;
		break;
	case MAILIMAP_MSG_ATT_RFC822_SIZE:
		out->info.size = st->att_data.att_rfc822_size;
		out->sized = true;
		break;
	case MAILIMAP_MSG_ATT_INTERNALDATE:
		if (st->att_data.att_internal_date != NULL)
			out->info.internal_ms =
			    date_ms(st->att_data.att_internal_date);
		break;
	case MAILIMAP_MSG_ATT_BODY_SECTION:
		b = st->att_data.att_body_section;
		if (out->bodies++ == 0)
			out->nil = b == NULL || b->sec_body_part == NULL;
		break;
	default:
		break;
	}
}

static struct answer
read_answer(const struct mailimap_msg_att *att)
{
	const struct mailimap_msg_att_item *item;
	struct answer a = { 0 };

	for (clistiter *it = clist_begin(att->att_list); it != NULL;
	    it = clist_next(it)) {
		item = clist_content(it);
		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_DYNAMIC)
			read_flags(item->att_data.att_dyn, &a);
		else if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC &&
		    item->att_data.att_static != NULL)
			read_static(item->att_data.att_static, &a);
	}
	return a;
}

/* A listing: UIDs in windows, so that memory does not grow with the mailbox. */
struct found {
	struct imap_info info;
	char		*id;	/* Message-ID, when those are asked for */
};
struct listing {
	struct found	*v;
	size_t		 n, cap;
	int64_t		 first;		/* of the window; answers below: not
					 * asked for ("n:*" names the last) */
	bool		 failed, crowded;	/* no memory; too many answers */
	bool		 ids;
	struct buf	 header;	/* of the response being read */
};

static void
listing_clear(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].id);
	l->n = 0;
}

static void
listing_free(struct listing *l)
{
	listing_clear(l);
	free(l->v);
	buf_free(&l->header);
}

/* The id between < and > of a Message-ID field; NULL none. */
static char *
header_id(struct slice header)
{
	const char *at = text_ifind(header, "message-id:"), *from, *to;
	size_t left;

	if (at == NULL)
		return NULL;
	left = header.len - (size_t)(at - header.p);
	from = memchr(at, '<', left);
	if (from == NULL)
		return NULL;
	from++;
	to = memchr(from, '>', header.len - (size_t)(from - header.p));
	if (to == NULL || to == from || text_has_control((struct slice){ from,
	    (size_t)(to - from) }))
		return NULL;
	return strndup(from, (size_t)(to - from));
}

static bool
listing_body(int type, struct mailimap_msg_att_body_section *section,
    const char *bytes, size_t len, void *arg)
{
	struct listing *l = arg;

	(void)type;
	(void)section;
	if (l->header.len + len <= l->header.max)
		buf_add(&l->header, bytes, len);
	return true;
}

static void
listing_att(struct mailimap_msg_att *att, void *arg)
{
	struct listing *l = arg;
	struct answer a = read_answer(att);
	struct found *more;

	l->crowded |= l->n == LISTING_MAX;
	if (a.info.uid == 0 || a.info.uid < l->first || l->failed ||
	    l->crowded)
		goto out;
	if (l->ids ? a.bodies == 0 : !a.sized)
		goto out;	/* only somebody's change of flags */
	if (l->n == l->cap) {
		more = reallocarray(l->v, l->cap * 2 + 64, sizeof *l->v);
		if (more == NULL) {
			l->failed = true;
			goto out;
		}
		l->v = more;
		l->cap = l->cap * 2 + 64;
	}
	l->v[l->n++] = (struct found){ a.info,
	    l->ids ? header_id(buf_slice(&l->header)) : NULL };
out:
	buf_reset(&l->header);
}

static int
by_uid(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return (x->info.uid > y->info.uid) - (x->info.uid < y->info.uid);
}

static void
handlers(struct imap *imap, mailimap_msg_body_handler *body,
    mailimap_msg_att_handler *att, void *arg)
{
	mailimap_set_msg_body_handler(imap->session, body, arg);
	mailimap_set_msg_att_handler(imap->session, att, arg);
}

/* One window [first, first + width), or to the end when last. */
static int
listing_window(struct imap *imap, struct listing *l, int64_t width, bool last,
    struct err *err)
{
	char command[160], to[24] = "*";
	enum imap_status status = IMAP_OK;
	int64_t most = width < LISTING_MAX ? width : LISTING_MAX;
	int tag, ret;

	listing_clear(l);
	l->crowded = false;
	if (!last)
		snprintf(to, sizeof to, "%lld",
		    (long long)(l->first + width - 1));
	snprintf(command, sizeof command, "UID FETCH %lld:%s (UID %s)",
	    (long long)l->first, to, l->ids ?
	    "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]" :
	    "FLAGS INTERNALDATE RFC822.SIZE");
	netstream_limit(imap->ns, IMAP_COMMAND_MS + most,
	    IMAP_COMMAND_BYTES + most * ANSWER_BYTES);
	if (imap_send(imap, command, &tag, err) != 0)
		return -1;
	handlers(imap, listing_body, listing_att, l);
	ret = imap_answer(imap, tag, &status, err);
	handlers(imap, NULL, NULL, NULL);
	if (ret != 0)
		return -1;
	if (status != IMAP_OK)
		return imap_fault(imap, ERR_RETRY, err, "the server does not "
		    "list the folder: %.150s", imap_said(imap));
	if (l->failed)
		return imap_fault(imap, ERR_RETRY, err, "no memory");
	if (l->n > 1)		/* v may be NULL */
		qsort(l->v, l->n, sizeof *l->v, by_uid);
	return 0;
}

static int
listing_tell(const struct listing *l,
    int (*fn)(const struct found *found, void *arg), void *arg)
{
	int ret = 0;

	for (size_t i = 0; i < l->n && ret == 0; i++)
		if (i == 0 || l->v[i].info.uid != l->v[i - 1].info.uid)
			ret = fn(&l->v[i], arg);
	return ret;
}

static int
list_all(struct imap *imap, int64_t first, bool ids,
    int (*fn)(const struct found *found, void *arg), void *arg,
    struct err *err)
{
	struct listing l = { .first = first < 1 ? 1 : first, .ids = ids,
	    .header = BUF_INIT(HEADER_MAX) };
	int64_t width = WINDOW_MIN;
	bool last = false;
	int ret = 0;

	if (imap_alive(imap, err) != 0)
		return -1;
	if (!imap->selected)
		return imap_fault(imap, ERR_RETRY, err, "no folder selected");
	while (ret == 0 && !last && l.first <= UINT32_MAX) {
		last = imap->folder.uidnext - l.first <= width;
		ret = listing_window(imap, &l, width, last, err);
		if (ret == 0 && l.crowded && width > WINDOW_MIN) {
			width = WINDOW_MIN;	/* the same again, in parts */
			last = false;
			continue;
		}
		if (ret == 0 && l.crowded)
			ret = imap_fault(imap, ERR_RETRY, err, "the server "
			    "lists more mails than there are UIDs");
		if (ret == 0)
			ret = listing_tell(&l, fn, arg);
		l.first += width;
		if (l.n < WINDOW_FULL && width < WINDOW_MAX)
			width *= 2;
		else if (width > WINDOW_MIN)
			width /= 2;
	}
	listing_free(&l);
	return ret;
}

struct tell {
	int	(*info)(const struct imap_info *info, void *arg);
	int	(*id)(int64_t uid, const char *message_id, void *arg);
	void	*arg;
};

static int
tell_info(const struct found *found, void *arg)
{
	struct tell *t = arg;

	return t->info(&found->info, t->arg);
}

static int
tell_id(const struct found *found, void *arg)
{
	struct tell *t = arg;

	return t->id(found->info.uid, found->id, t->arg);
}

int
imap_list(struct imap *imap, int64_t first,
    int (*fn)(const struct imap_info *info, void *arg), void *arg,
    struct err *err)
{
	struct tell tell = { .info = fn, .arg = arg };

	imap_news_seen(imap);
	return list_all(imap, first, false, tell_info, &tell, err);
}

int
imap_message_ids(struct imap *imap,
    int (*fn)(int64_t uid, const char *message_id, void *arg), void *arg,
    struct err *err)
{
	struct tell tell = { .id = fn, .arg = arg };

	return list_all(imap, 1, true, tell_id, &tell, err);
}

/* Fetching. */
enum slot_state { SLOT_WAITING, SLOT_HERE, SLOT_GONE, SLOT_LARGE, SLOT_TOLD };
struct slot {
	int64_t		 uid, size;
	enum slot_state	 state;
	struct blob	*blob;
};
struct set {			/* one command: slots [from, from + n) */
	size_t	from, n;
	int64_t	bytes;
	int	tag;
};
struct fetch {
	struct imap	*imap;
	struct slot	*slots;
	size_t		 n;
	struct set	*sets;		/* room for 2 n: refused ones again */
	size_t		 nsets, sent, answered;
	size_t		 max;
	bool		 header_only;
	/* of the response being read */
	struct blob	*spool;
	bool		 over;		/* more than max came */
	struct err	 trouble;	/* of ours: no memory, no memfd */
	int		(*body)(int64_t uid, enum imap_body what,
			    struct blob *blob, void *arg);
	void		*arg;
};

/* Bytes of one body. It is not known whose until fetch_att (a body comes
 * before its UID may), so nothing is committed here. */
static bool
fetch_body(int type, struct mailimap_msg_att_body_section *section,
    const char *bytes, size_t len, void *arg)
{
	struct fetch *f = arg;
	size_t room;

	(void)type;
	(void)section;
	if (f->over || f->trouble.code != ERR_NONE)
		return f->trouble.code == ERR_NONE;
	if (f->spool == NULL)
		f->spool = blob_start(f->max);
	if (f->spool == NULL) {
		err_set(&f->trouble, ERR_RETRY, "no memory for a mail");
		return false;
	}
	room = f->max - blob_size(f->spool);
	if (len > room) {
		f->over = true;
		len = f->header_only ? room : 0;
	}
	return len == 0 || blob_add(f->spool, bytes, len, &f->trouble) == 0;
}

static struct slot *
slot_find(const struct fetch *f, int64_t uid)
{
	size_t low = 0, high = f->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (f->slots[mid].uid == uid)
			return &f->slots[mid];
		if (f->slots[mid].uid < uid)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* A whole FETCH response is there. What was not asked for, or comes twice, or
 * brings no body (somebody changed flags) is ignored. */
static void
fetch_att(struct mailimap_msg_att *att, void *arg)
{
	struct fetch *f = arg;
	struct answer a = read_answer(att);
	struct slot *slot = a.bodies == 1 ? slot_find(f, a.info.uid) : NULL;

	if (slot == NULL || slot->state != SLOT_WAITING ||
	    f->trouble.code != ERR_NONE)
		goto out;
	if (f->over && !f->header_only) {
		slot->state = SLOT_LARGE;
	} else if (f->spool == NULL && a.nil) {
		slot->state = SLOT_GONE;	/* NIL: expunged meanwhile */
	} else {
		if (f->spool == NULL)		/* a mail of no bytes */
			f->spool = blob_start(f->max);
		if (f->spool == NULL) {
			err_set(&f->trouble, ERR_RETRY,
			    "no memory for a mail");
		} else if (blob_done(f->spool, &f->trouble) == 0) {
			slot->blob = f->spool;
			slot->state = SLOT_HERE;
			f->spool = NULL;
		}
	}
out:
	blob_free(&f->spool);
	f->over = false;
}

static void
plan_sets(struct fetch *f)
{
	struct set *set = NULL;

	for (size_t i = 0; i < f->n; i++) {
		int64_t size = f->header_only ? (int64_t)f->max :
		    f->slots[i].size;

		if (set == NULL || set->n == IMAP_SET_UIDS ||
		    set->bytes + size > SET_BYTES) {
			set = &f->sets[f->nsets++];
			*set = (struct set){ .from = i };
		}
		set->n++;
		set->bytes += size;
	}
}

static int
send_set(struct fetch *f, struct set *set, struct err *err)
{
	struct buf command = BUF_INIT(8192);
	int64_t uids[IMAP_SET_UIDS];
	int ret;

	for (size_t i = 0; i < set->n; i++)
		uids[i] = f->slots[set->from + i].uid;
	buf_adds(&command, "UID FETCH ");
	imap_set(&command, uids, set->n);
	buf_adds(&command, f->header_only ? " (UID BODY.PEEK[HEADER])" :
	    " (UID BODY.PEEK[])");
	netstream_limit(f->imap->ns, IMAP_COMMAND_MS, IMAP_COMMAND_BYTES);
	ret = imap_send(f->imap, buf_str(&command), &set->tag, err);
	buf_free(&command);
	return ret;
}

/* Hand the slots [from, from + n) over, in order of UID. end: what is waiting
 * still will not come. */
static int
tell_slots(struct fetch *f, size_t from, size_t n, bool end)
{
	static const enum imap_body what[] = {
		[SLOT_HERE] = IMAP_BODY_HERE, [SLOT_GONE] = IMAP_BODY_GONE,
		[SLOT_LARGE] = IMAP_BODY_LARGE,
	};
	struct slot *slot;
	struct blob *blob;
	enum slot_state state;

	for (size_t i = from; i < from + n; i++) {
		slot = &f->slots[i];
		if (slot->state == SLOT_WAITING && !end)
			break;		/* nothing overtakes it */
		if (slot->state == SLOT_WAITING)
			slot->state = SLOT_GONE;
		if (slot->state == SLOT_TOLD)
			continue;
		blob = slot->blob;
		state = slot->state;
		slot->blob = NULL;
		slot->state = SLOT_TOLD;
		if (f->body(slot->uid, what[state], blob, f->arg) != 0)
			return -1;
	}
	return 0;
}

/* The server said NO to a set: each that has not come is asked for alone; one
 * that was alone is given up. */
static int
refused(struct fetch *f, const struct set *set)
{
	struct slot *slot;

	for (size_t i = set->from; i < set->from + set->n; i++) {
		slot = &f->slots[i];
		if (slot->state != SLOT_WAITING) {
			if (tell_slots(f, i, 1, false) != 0)
				return -1;
		} else if (set->n > 1) {
			f->sets[f->nsets++] = (struct set){ .from = i, .n = 1,
			    .bytes = slot->size };
		} else {
			slot->state = SLOT_TOLD;
			if (f->body(slot->uid, IMAP_BODY_REFUSED, NULL,
			    f->arg) != 0)
				return -1;
		}
	}
	return 0;
}

/* A server may send the bodies of all commands in flight before it ends the
 * first of them (Dovecot does, when it is kept waiting), so all count. */
static void
limit_for_flight(const struct fetch *f, const struct set *oldest)
{
	int64_t bytes = 0, n = 0;

	for (const struct set *set = oldest; set < f->sets + f->sent; set++) {
		bytes += set->bytes;
		n += (int64_t)set->n;
	}
	netstream_limit(f->imap->ns, IMAP_COMMAND_MS + bytes / SLOW_RATE,
	    bytes * 2 + IMAP_COMMAND_BYTES + n * ANSWER_BYTES);
}

static int
answer_set(struct fetch *f, const struct set *set, struct err *err)
{
	enum imap_status status = IMAP_OK;
	int ret;

	limit_for_flight(f, set);
	handlers(f->imap, fetch_body, fetch_att, f);
	ret = imap_answer(f->imap, set->tag, &status, err);
	handlers(f->imap, NULL, NULL, NULL);
	blob_free(&f->spool);	/* a response that was not ended */
	f->over = false;
	if (f->trouble.code != ERR_NONE) {
		f->imap->dead = true;
		if (err != NULL)
			*err = f->trouble;
		return -1;
	}
	if (ret != 0) {		/* what came whole before the break counts */
		tell_slots(f, set->from, set->n, false);
		return -1;
	}
	if (status != IMAP_OK ? refused(f, set) != 0 :
	    tell_slots(f, set->from, set->n, true) != 0) {
		f->imap->dead = true;
		return -1;
	}
	return 0;
}

static int
run_sets(struct fetch *f, struct err *err)
{
	while (f->answered < f->nsets) {
		while (f->sent < f->nsets && f->sent - f->answered < IN_FLIGHT)
			if (send_set(f, &f->sets[f->sent++], err) != 0)
				return -1;
		if (answer_set(f, &f->sets[f->answered++], err) != 0)
			return -1;
	}
	return 0;
}

int
imap_fetch(struct imap *imap, const struct imap_info *infos, size_t n,
    size_t max, bool header_only,
    int (*body)(int64_t uid, enum imap_body what, struct blob *blob,
    void *arg), void *arg, struct err *err)
{
	struct fetch f = { .imap = imap, .n = n, .max = max,
	    .header_only = header_only, .body = body, .arg = arg };
	int ret = -1;

	if (imap_alive(imap, err) != 0)
		return -1;
	if (n == 0)
		return 0;
	f.slots = calloc(n, sizeof *f.slots);
	f.sets = calloc(n, 2 * sizeof *f.sets);
	if (f.slots == NULL || f.sets == NULL) {
		imap_fault(imap, ERR_RETRY, err, "no memory");
		goto out;
	}
	for (size_t i = 0; i < n; i++)
		f.slots[i] = (struct slot){ infos[i].uid, infos[i].size,
		    SLOT_WAITING, NULL };
	plan_sets(&f);
	ret = run_sets(&f, err);
out:
	for (size_t i = 0; f.slots != NULL && i < n; i++)
		blob_free(&f.slots[i].blob);
	free(f.slots);
	free(f.sets);
	return ret;
}
