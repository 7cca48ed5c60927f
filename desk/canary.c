#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_text.h"
#include "db/quota_store.h"
#include "desk/canary.h"
#include "desk/notify.h"
#include "desk/trouble.h"

#define WORDS_MAX	400	/* bytes of an error's */

struct canary {
	int64_t	id, sent_ms;		/* the last one; 0 none */
	bool	home;			/* it came back, or is not judged */
	bool	late;			/* and staff know */
	int64_t	back_ms, took_ms;	/* whichever came back last; 0 none */
	bool	seen;			/* that was judged */
};

/* What there is to do. */
struct plan {
	struct canary	canary;
	bool		judge, late, send, stop;
	bool		open;		/* the trouble is known */
};

/* ---- its row of state ---- */

static int
load(struct desk *desk, struct canary *c, struct err *err)
{
	const char *value;
	int rc = state_get(desk->db, CANARY, desk->arena, &value, err);
	json_t *o = rc == 1 ? json_loads(value, 0, NULL) : NULL;

	*c = (struct canary){
		.id = json_integer_value(json_object_get(o, "id")),
		.sent_ms = json_integer_value(json_object_get(o, "sent")),
		.home = json_is_true(json_object_get(o, "home")),
		.late = json_is_true(json_object_get(o, "late")),
		.back_ms = json_integer_value(json_object_get(o, "back")),
		.took_ms = json_integer_value(json_object_get(o, "took")),
		.seen = json_is_true(json_object_get(o, "seen")),
	};
	json_decref(o);
	return rc;
}

static int
save(struct desk *desk, const struct canary *c, struct err *err)
{
	json_t *o = json_pack("{s:I,s:I,s:b,s:b,s:I,s:I,s:b}",
	    "id", (json_int_t)c->id, "sent", (json_int_t)c->sent_ms,
	    "home", c->home, "late", c->late,
	    "back", (json_int_t)c->back_ms, "took", (json_int_t)c->took_ms,
	    "seen", c->seen);
	char *text = o == NULL ? NULL : json_text(o, JSON_COMPACT);
	int rc = text == NULL ? err_set(err, ERR_RETRY, "canary: no memory") :
	    state_set(desk->db, CANARY, text, err);

	free(text);
	json_decref(o);
	return rc == -1 ? -1 : 0;
}

/* ---- the plan ---- */

static int64_t
warn_ms(const struct desk *desk)
{
	return (int64_t)desk->settings->canary_warn_after * 1000;
}

/* While something is wrong we look more often, and need not wait for one. */
static bool
is_due(const struct desk *desk, const struct plan *p)
{
	int64_t pace = (int64_t)desk->settings->canary_interval * 1000;

	if (p->open && pace > warn_ms(desk))
		pace = warn_ms(desk);
	return p->canary.id == 0 || ((p->canary.home || p->canary.late) &&
	    desk->now_ms - p->canary.sent_ms >= pace);
}

/* 1 there is something, 0, -1. */
static int
make_plan(struct desk *desk, struct plan *p, struct err *err)
{
	const struct settings *s = desk->settings;
	struct trouble trouble;
	int there, open;

	*p = (struct plan){ .stop = false };
	there = load(desk, &p->canary, err);
	open = trouble_get(desk->db, CANARY, desk->arena, &trouble, err);
	if (there == -1 || open == -1)
		return -1;
	p->open = open == 1;
	if (s->canary_interval == 0 || !s->smtp.present) {
		p->stop = there == 1 || p->open;
		return p->stop;
	}
	p->judge = p->canary.back_ms != 0 && !p->canary.seen;
	p->late = p->canary.id != 0 && !p->canary.home && !p->canary.late &&
	    desk->now_ms - p->canary.sent_ms > warn_ms(desk);
	p->send = is_due(desk, p);
	return p->judge || p->late || p->send;
}

int
canary_wants(struct desk *desk, struct err *err)
{
	struct plan plan;

	return make_plan(desk, &plan, err);
}

/* ---- a turn ---- */

/* "7 min", "40 s" */
static const char *
span(struct desk *desk, int64_t ms)
{
	return ms < 120000 ? arena_printf(desk->arena, "%lld s",
	    (long long)ms / 1000) : arena_printf(desk->arena, "%lld min",
	    (long long)ms / 60000);
}

/* One that took too long is known by its trouble already, or was on its way
 * when nobody was there to receive it. */
static int
judge(struct desk *desk, struct plan *p, struct canary_result *r,
    struct err *err)
{
	const char *words;
	int rc;

	p->canary.seen = true;
	if (p->canary.took_ms > warn_ms(desk))
		return 0;
	words = arena_printf(desk->arena, "A mail to ourselves came back after "
	    "%s.", span(desk, p->canary.took_ms));
	rc = words == NULL ? err_set(err, ERR_RETRY, "canary: no memory") :
	    trouble_end(desk, CANARY, words, err);
	if (rc == 1) {
		p->open = false;
		*r = (struct canary_result){ true, CANARY_WELL, words };
	}
	return rc == -1 ? -1 : 0;
}

/* How far it got, as the outbox knows. */
static int
how_far(struct desk *desk, const struct canary *c, const char **words_out,
    struct err *err)
{
	struct outbox_row row;
	int rc = outbox_get(desk->db, c->id, desk->arena, &row, err);

	if (rc != 1)
		return rc;
	if (row.state == OUTBOX_SENT)
		*words_out = "; smtp took it";
	else if (row.error != NULL)
		*words_out = arena_printf(desk->arena, "; it was not sent: "
		    "%.*s", WORDS_MAX, row.error);
	else
		*words_out = "; it was not sent yet";
	return 0;
}

static int
begin_late(struct desk *desk, struct plan *p, const char *doors,
    struct canary_result *r, struct err *err)
{
	time_t sent = p->canary.sent_ms / 1000;
	const char *far = "", *words;
	char at[64];
	struct tm tm;
	int rc;

	localtime_r(&sent, &tm);
	strftime(at, sizeof at, "%-d %b %Y %H:%M", &tm);
	if (how_far(desk, &p->canary, &far, err) == -1)
		return -1;
	words = arena_printf(desk->arena, "a mail to ourselves of %s did not "
	    "come back within %s%s%s%s", at, span(desk, warn_ms(desk)), far,
	    *doors == '\0' ? "" : "; ", doors);
	if (far == NULL || words == NULL)
		return err_set(err, ERR_RETRY, "canary: no memory");
	rc = trouble_begin(desk, CANARY, words, err);
	if (rc == 1)
		*r = (struct canary_result){ true, CANARY_LATE, words };
	p->canary.late = p->open = true;
	return rc == -1 ? -1 : 0;
}

/* The one before: what has not left by now need not leave. */
static int
drop_unsent(struct desk *desk, int64_t id, struct err *err)
{
	struct outbox_row row;
	int rc = id == 0 ? 0 : outbox_get(desk->db, id, desk->arena, &row,
	    err);

	if (rc != 1)
		return rc;
	if (row.state == OUTBOX_SENT || row.state == OUTBOX_SENDING ||
	    row.state == OUTBOX_DROPPED)
		return 0;
	row.state = OUTBOX_DROPPED;
	row.done_ms = desk->now_ms;
	return outbox_update(desk->db, &row, err);
}

static int
send_one(struct desk *desk, struct canary *c, struct canary_result *r,
    struct err *err)
{
	if (drop_unsent(desk, c->id, err) == -1 ||
	    notify_canary(desk, &c->id, err) == -1)
		return -1;
	c->sent_ms = desk->now_ms;
	c->home = c->late = false;
	r->queued = true;
	return 0;
}

static int
stop(struct desk *desk, const struct canary *c, struct err *err)
{
	return drop_unsent(desk, c->id, err) == -1 ||
	    trouble_drop(desk, CANARY, err) == -1 ||
	    state_drop(desk->db, CANARY, err) == -1 ? -1 : 0;
}

int
canary_turn(struct desk *desk, const char *doors,
    struct canary_result *result_out, struct err *err)
{
	struct canary_result r = { .words = "" };
	struct plan p;
	int rc = make_plan(desk, &p, err);

	if (rc == 1 && p.stop)
		rc = stop(desk, &p.canary, err);
	else if (rc == 1 &&
	    ((p.judge && judge(desk, &p, &r, err) == -1) ||
	    (p.late && begin_late(desk, &p, doors, &r, err) == -1) ||
	    (is_due(desk, &p) && send_one(desk, &p.canary, &r, err) == -1) ||
	    save(desk, &p.canary, err) == -1))
		rc = -1;
	if (rc == -1)
		return -1;
	*result_out = r;
	return 0;
}

/* ---- from elsewhere ---- */

int
canary_start(struct desk *desk, struct err *err)
{
	struct canary c;
	int rc = load(desk, &c, err);

	if (rc != 1)
		return rc;
	c.home = true;
	c.sent_ms = 0;		/* the next one is due now */
	return save(desk, &c, err);
}

int
canary_back(struct desk *desk, const struct outbox_row *row, struct err *err)
{
	struct canary c;

	if (desk->settings->canary_interval == 0)
		return 0;
	if (load(desk, &c, err) == -1)
		return -1;
	c.home |= row->id == c.id;
	c.back_ms = desk->now_ms;
	c.took_ms = desk->now_ms - row->created_ms;
	c.seen = false;
	return save(desk, &c, err);
}
