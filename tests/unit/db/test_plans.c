/* Pages and decisions must not cost more as tickets grow (design §9): no
 * statement may read a whole table or sort, but those named here. */
#include "tests/unit/db/store.h"

#include "db/catalogue.h"
#include "db/driver.h"

static bool
may_scan(enum stmt id)
{
	/* erasure, by hand: of sets, in a transaction of its own */
	if (id >= STMT_DOOM_CLEAR && id <= STMT_FTS_PURGE)
		return true;
	static const enum stmt scans[] = {
		STMT_QUOTA_SWEEP,	/* daily; as many rows as counters */
		STMT_LEDGER_COUNT_ALL,
		STMT_OUTBOX_FORGET,	/* daily; bodies of some days */
		STMT_EVENT_WALK,	/* verifies all */
		STMT_TICKET_SEARCH,	/* the full text table, by MATCH */
		STMT_TICKET_OWN_SEARCH,	/* of 500 tickets, and by MATCH */
		STMT_OUTBOX_DEPTH,	/* what is unfinished, and no more */
		STMT_EVENT_HEAD,	/* the end of it */
		STMT_PERSON_STAFF,	/* staff, by their own index */
		STMT_OUTBOX_HOLD,
		STMT_OUTBOX_RECOVER, STMT_OUTBOX_RECOVER_CHAT,
		STMT_LOGIN_SWEEP,	/* links of ten minutes */
		STMT_SESSION_SWEEP,	/* browsers in use */
		STMT_SESSION_LIST, STMT_SESSION_REVOKE,	/* likewise, by hand */
		STMT_BACKLOG_NOW, STMT_BACKLOG_KEEP,	/* what is not closed */
		/* one person becomes another, by hand */
		STMT_PERSON_FIGURES, STMT_MOVE_WATCHER, STMT_MOVE_MUTE,
		STMT_MOVE_MESSAGE, STMT_MOVE_FACT, STMT_MOVE_VIEWED,
		STMT_MOVE_ASSIGNEE, STMT_DROP_WATCHER, STMT_DROP_MUTE,
		STMT_DROP_VIEWED, STMT_DROP_LOGIN, STMT_DROP_SESSION,
		STMT_LIST_LIST,		/* by hand */
		STMT_FACT_BACK_CREATED, STMT_FACT_BACK_CLOSED,	/* sort what
					 * happened in the same ms */
		STMT_FACT_BACK_NOW, STMT_FACT_BACK_THEN,
		STMT_TICKET_COUNTS,	/* groups the tickets of one shelf */
		STMT_PERSON_ADD,	/* only planned: run when the statement
					 * has left a reference open, which an
					 * insertion of a parent cannot */
	};

	for (size_t i = 0; i < sizeof scans / sizeof scans[0]; i++)
		if (scans[i] == id)
			return true;
	return false;
}

static void
test_no_scan(void **state)
{
	struct store *s = *state;
	struct driver *driver = NULL;
	int bad = 0;

	ok(s, driver_open(s->path, DRIVER_READ, &driver, &s->err));
	for (int i = 0; i < NSTMT; i++) {
		struct driver_stmt *stmt = NULL;
		char sql[4096];

		snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s",
		    catalogue[i].sql);
		ok(s, driver_prepare(driver, sql, &stmt, &s->err));
		while (driver_step(stmt, &s->err) == 1) {
			const char *plan = driver_text(stmt, 3);

			if (getenv("PLANS") != NULL)
				print_message("%s: %s\n", catalogue[i].name,
				    plan);
			if (may_scan((enum stmt)i) || (strncmp(plan, "SCAN ",
			    5) != 0 && strstr(plan, "TEMP B-TREE") == NULL))
				continue;
			print_error("%s: %s\n", catalogue[i].name, plan);
			bad++;
		}
		driver_finalize(&stmt);
	}
	driver_close(&driver);
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_no_scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
