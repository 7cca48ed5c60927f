#include <string.h>

#include "base/crypt.h"
#include "daemon/delivery.h"
#include "daemon/dispatch.h"
#include "desk/canary.h"
#include "desk/change.h"
#include "desk/compose.h"
#include "desk/notify.h"

#define RENDERED_MAX	(8 * 1024 * 1024)	/* bytes, without attachments */
#define SKIPS_MAX	32	/* rows ended without a dialogue in one turn */

static uint32_t
dice(void)
{
	return (uint32_t)crypt_random_u64();
}

/* An event about a row, by the desk itself. */
static int
note(struct desk *desk, const struct outbox_row *row, const char *action,
    struct err *err)
{
	struct actor actor = {
		.name = "system",
		.system = true,
		.source = "outbox",
		.because = row->error,
	};

	return change_event(desk, &actor, row->ticket, action, "to", NULL,
	    row->to, err);
}

/* Staff hear once of a mail that will not arrive; not of one that was itself
 * such a notice, or our own canary (I6). */
static int
tell_failed(struct desk *desk, const struct outbox_row *row, struct err *err)
{
	struct ticket ticket;
	const char *detail;
	int rc = 0;

	if (note(desk, row, "delivery-failed", err) == -1)
		return -1;
	if (notify_is_about_us(row->event))
		return 0;
	detail = notify_detail(desk, "to", row->to, "error", row->error, NULL);
	if (row->ticket != 0)
		rc = ticket_get(desk->db, row->ticket, desk->arena, &ticket,
		    err);
	return rc == -1 ? -1 : notify_delivery_failed(desk,
	    rc == 1 ? &ticket : NULL, detail, err);
}

/* Store how a try ended, and what follows from that. */
static int
end_row(struct desk *desk, struct outbox_row *row, enum smtp_result result,
    const char *reply, struct err *err)
{
	delivery_end(row, result, reply, desk->now_ms, dice(),
	    &desk->settings->smtp);
	if (row->state == OUTBOX_FAILED && result == SMTP_LATER)
		row->error = arena_printf(desk->arena, "given up after %d "
		    "tries: %s", row->attempts, reply);
	if (outbox_update(desk->db, row, err) == -1)
		return -1;
	if (row->state == OUTBOX_FAILED)
		return tell_failed(desk, row, err);
	if (row->state == OUTBOX_UNKNOWN && row->tried_unknown)
		return note(desk, row, "delivery-unknown", err);
	return 0;
}

static int
end_last(struct desk *desk, const struct dispatch_end *last, struct err *err)
{
	struct outbox_row row;
	int rc = outbox_head(desk->db, last->id, desk->arena, &row, err);

	/* erased, held or bounced meanwhile: that counts */
	if (rc != 1 || row.state != OUTBOX_SENDING)
		return rc == -1 ? -1 : 0;
	if (end_row(desk, &row, last->result, last->reply, err) == -1)
		return -1;
	if (!last->interrupted || last->result != SMTP_LATER)
		return 0;
	row.next_ms = desk->now_ms;	/* not the mail's fault */
	return outbox_update(desk->db, &row, err);
}

/* Automatic mail to an address that bounced or is blocked goes nowhere (I6):
 * 1 dropped, 0 not concerned, -1. */
static int
drop_unwanted(struct desk *desk, struct outbox_row *row, struct err *err)
{
	struct address_state state = { 0 };

	if (!row->automatic || strcmp(row->event, CANARY) == 0)
		return 0;
	if (address_get(desk->db, row->to, &state, err) == -1)
		return -1;
	if (!state.suppressed && !state.blocked)
		return 0;
	row->state = OUTBOX_DROPPED;
	row->done_ms = desk->now_ms;
	row->error = state.suppressed ?
	    "no automatic mail: the address bounced" :
	    "no automatic mail: the sender is blocked";
	if (outbox_update(desk->db, row, err) == -1 ||
	    note(desk, row, "mail dropped", err) == -1)
		return -1;
	return 1;
}

/* The bytes are made once, before the first try, and never again: 1 there
 * they are, 0 they cannot be made and the row has ended, -1. */
static int
render(struct desk *desk, struct outbox_row *row, struct err *err)
{
	struct buf out = BUF_INIT(RENDERED_MAX);
	struct err why = { 0 };
	int ret = 1;

	if (row->rendered.p != NULL)
		return 1;
	if (compose_render(desk, row, &out, &why) == -1 || out.failed) {
		if (!db_in_transaction(desk->db))
			ret = err_set(err, ERR_RETRY, "%s", why.msg);
		else
			ret = end_row(desk, row, why.code == ERR_INPUT ?
			    SMTP_FAILED : SMTP_LATER, out.failed ?
			    "the mail is too large to be made" :
			    arena_strdup(desk->arena, why.msg), err);
	} else {
		row->rendered = arena_slice(desk->arena, buf_slice(&out));
		if (row->rendered.p == NULL)
			ret = err_set(err, ERR_RETRY, "out of memory");
		else if (outbox_set_rendered(desk->db, row->id, row->rendered,
		    err) == -1)
			ret = -1;
	}
	buf_free(&out);
	return ret;
}

/* The next row, marked; ends those on the way that need no dialogue. */
static int
begin_next(struct desk *desk, struct outbox_row *row_out, struct err *err)
{
	struct outbox_row row;
	int64_t next_ms;
	int rc, i;

	for (i = 0; i < SKIPS_MAX; i++) {
		rc = outbox_due(desk->db, desk->now_ms, desk->arena, &row,
		    &next_ms, err);
		if (rc != 1)
			return rc;
		rc = drop_unwanted(desk, &row, err);
		if (rc == -1)
			return -1;
		if (rc == 1)
			continue;
		delivery_begin(&row, desk->now_ms);
		rc = render(desk, &row, err);
		if (rc == -1)
			return -1;
		if (rc == 0)
			continue;
		if (outbox_update(desk->db, &row, err) == -1)
			return -1;
		*row_out = row;
		return 1;
	}
	return 0;
}

int
dispatch_peek(struct desk *desk, int64_t *next_ms_out, struct err *err)
{
	struct outbox_row row;

	arena_reset(desk->arena);
	return outbox_due(desk->db, desk->now_ms, desk->arena, &row,
	    next_ms_out, err);
}

int
dispatch_turn(struct desk *desk, const struct dispatch_end *last, bool take,
    struct outbox_row *row_out, struct err *err)
{
	struct outbox_row row;
	int rc = 0;

	arena_reset(desk->arena);
	if (db_begin(desk->db, err) == -1)
		return -1;
	if (last->id != 0 && end_last(desk, last, err) == -1)
		rc = -1;
	if (rc == 0 && take)
		rc = begin_next(desk, &row, err);
	if (rc == -1)
		db_rollback(desk->db);
	else if (db_commit(desk->db, err) == -1)
		rc = -1;
	if (rc == 1)
		*row_out = row;
	return rc;
}

int
dispatch_recover(struct desk *desk, struct err *err)
{
	int n;

	if (db_begin(desk->db, err) == -1)
		return -1;
	n = outbox_recover(desk->db, desk->now_ms,
	    (int64_t)desk->settings->smtp.retry_unknown_after * 1000, err);
	if (n == -1)
		db_rollback(desk->db);
	else if (db_commit(desk->db, err) == -1)
		n = -1;
	return n;
}
