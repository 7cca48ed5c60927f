#include "daemon/delivery.h"

#define WAIT_MAX	3600	/* seconds */

int64_t
delivery_wait_ms(int retry_first, int attempts, uint32_t random)
{
	int64_t most = retry_first > WAIT_MAX ? retry_first : WAIT_MAX;
	int64_t wait = retry_first;
	int64_t part;		/* of a thousand: 800 to 1200 */

	for (; attempts > 1 && wait < most; attempts--)
		wait *= 2;
	if (wait > most)
		wait = most;
	part = 800 + (int64_t)(random % 401);
	return wait * part;
}

void
delivery_begin(struct outbox_row *row, int64_t now_ms)
{
	if (row->state == OUTBOX_UNKNOWN)
		row->tried_unknown = true;
	row->state = OUTBOX_SENDING;
	row->attempts++;
	if (row->first_try_ms == 0)
		row->first_try_ms = now_ms;
}

/* It surely did not arrive by this try. What was unknown before stays so. */
static void
end_later(struct outbox_row *row, int64_t now_ms, uint32_t random,
    const struct settings_smtp *smtp)
{
	int64_t last = row->first_try_ms + (int64_t)smtp->retry_for * 1000;
	bool over = now_ms >= last;

	row->next_ms = now_ms + delivery_wait_ms(smtp->retry_first,
	    row->attempts, random);
	if (row->next_ms > last)
		row->next_ms = last;	/* one more at the very end */
	if (row->tried_unknown) {
		row->state = OUTBOX_UNKNOWN;
		row->tried_unknown = over;
	} else if (over) {
		row->state = OUTBOX_FAILED;
		row->done_ms = now_ms;
	} else
		row->state = OUTBOX_QUEUED;
}

void
delivery_end(struct outbox_row *row, enum smtp_result result,
    const char *reply, int64_t now_ms, uint32_t random,
    const struct settings_smtp *smtp)
{
	row->error = reply;
	switch (result) {
	case SMTP_SENT:
	case SMTP_FAILED:
		row->state = result == SMTP_SENT ? OUTBOX_SENT : OUTBOX_FAILED;
		row->done_ms = now_ms;
		break;
	case SMTP_LATER:
		end_later(row, now_ms, random, smtp);
		break;
	case SMTP_UNKNOWN:
		row->state = OUTBOX_UNKNOWN;
		row->next_ms = now_ms +
		    (int64_t)smtp->retry_unknown_after * 1000;
		break;
	}
}
