#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "db/quota_store.h"
#include "desk/budget.h"

#define HOUR_MS	((int64_t)3600 * 1000)
#define DAY_MS	(24 * HOUR_MS)

/* "what:address" without case; long addresses are a key all the same. */
static char *
key_of(struct desk *desk, const char *what, const char *address)
{
	char *key = arena_printf(desk->arena, "%s:%s", what, address);
	char *p;

	for (p = key; p != NULL && *p != '\0'; p++)
		*p = text_lower(*p);
	return key == NULL ? "overflow" : key;
}

int
budget_auto_mail(struct desk *desk, const char *address, struct err *err)
{
	const struct settings_limits *l = &desk->settings->limits;
	int rc;

	rc = quota_take(desk->db, key_of(desk, "auto-hour", address),
	    desk->now_ms, HOUR_MS, l->auto_mail_per_hour, err);
	if (rc != 1)
		return rc;
	return quota_take(desk->db, key_of(desk, "auto-day", address),
	    desk->now_ms, DAY_MS, l->auto_mail_per_day, err);
}

int
budget_unproven_ack(struct desk *desk, struct err *err)
{
	return quota_take(desk->db, "unproven-acks", desk->now_ms, HOUR_MS,
	    desk->settings->limits.unproven_acks_per_hour, err);
}

int
budget_ticket(struct desk *desk, const char *address, struct err *err)
{
	return quota_take(desk->db, key_of(desk, "tickets", address),
	    desk->now_ms, HOUR_MS,
	    desk->settings->limits.tickets_per_sender_per_hour, err);
}

int
budget_flood(struct desk *desk, struct err *err)
{
	const struct settings_limits *l = &desk->settings->limits;
	int64_t n;

	if (l->flood_tickets == 0 || l->flood_window == 0)
		return 1;
	if (quota_count(desk->db, "flood", desk->now_ms,
	    (int64_t)l->flood_window * 1000, &n, err) == -1)
		return -1;
	return n <= l->flood_tickets;
}
