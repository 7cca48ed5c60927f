#include "base/clock.h"
#include "base/log.h"
#include "daemon/alarms.h"
#include "db/fact_store.h"
#include "desk/alarm.h"

#define AT_ONCE		100
#define ARENA_MAX	((size_t)32 * 1024 * 1024)

/* It failed: others must not wait for it. */
static int
put_off(struct desk *desk, int64_t number, const struct err *why,
    struct err *err)
{
	log_at(LOG_ERROR, "alarms", "a ticket's alarm failed; again in an hour",
	    LOG_N("ticket", number), LOG_S("error", why->msg));
	if (db_begin(desk->db, err) == -1)
		return -1;
	if (alarm_put_off(desk, number, err) == 0 &&
	    db_commit(desk->db, err) == 0)
		return 0;
	db_rollback(desk->db);
	return -1;
}

/* 1 one was done, or put off; 0 none is due; -1. */
static int
ring_one(struct desk *desk, struct err *err)
{
	struct err why = { 0 };
	int64_t number = 0;
	int rc;

	if (db_begin(desk->db, err) == -1)
		return -1;
	rc = alarm_run(desk, &number, &why);
	if (rc == 1 && db_commit(desk->db, err) == 0)
		return 1;
	db_rollback(desk->db);
	if (rc != -1)
		return rc == 0 ? 0 : -1;
	if (number == 0 || why.code == ERR_RETRY) {
		*err = why;
		return -1;
	}
	return put_off(desk, number, &why, err) == -1 ? -1 : 1;
}

int
alarms_ring(struct db *db, const struct settings *settings,
    const struct secret *secret, struct err *err)
{
	struct desk desk = { db, settings, secret, clock_now_ms(), NULL, 0 };
	int64_t number;
	int done = 0, rc;

	/* mostly nothing: no transaction for that */
	rc = ticket_alarm(db, desk.now_ms, &number, err);
	if (rc != 1)
		return rc;
	desk.arena = arena_new(ARENA_MAX);
	if (desk.arena == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	while (done < AT_ONCE && (rc = ring_one(&desk, err)) == 1) {
		done++;
		arena_reset(desk.arena);
	}
	arena_free(&desk.arena);
	return rc == -1 ? -1 : done;
}

int
alarms_day(struct db *db, struct err *err)
{
	int64_t today, last = 0;
	int second, rc;

	clock_local(clock_now_ms(), &today, &second);
	rc = backlog_last(db, &last, err);
	if (rc == -1 || (rc == 1 && last >= today - 1))
		return rc == -1 ? -1 : 0;
	if (db_begin(db, err) == -1)
		return -1;
	if (backlog_keep(db, today - 1, err) == 0 && db_commit(db, err) == 0)
		return 0;
	db_rollback(db);
	return -1;
}
