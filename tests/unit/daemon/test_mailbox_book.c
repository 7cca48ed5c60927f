#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "daemon/mailbox_book.h"

static char folder[64], url[128];

static int
make_store(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/campusdesk-test-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(url, sizeof url, "sqlite:%s/desk.db", folder);
	return 0;
}

static int
drop_store(void **state)
{
	static const char *const names[] = { "desk.db", "desk.db-wal",
	    "desk.db-shm", "desk.db.lock" };
	char path[200];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
	return 0;
}

static void
add_row(int64_t epoch, int64_t uid, enum ledger_outcome outcome,
    int64_t seen_ms)
{
	const struct ledger_row row = { .key = { "imap:in", epoch, uid, "" },
	    .outcome = outcome, .because = "a test", .seen_ms = seen_ms };
	struct err err = { 0 };
	struct db *db = NULL;

	if (db_open(url, DB_WRITE, &db, &err) != 0 ||
	    db_begin(db, &err) != 0 ||
	    ledger_add(db, &row, NULL, &err) != 0 || db_commit(db, &err) != 0)
		fail_msg("%s", err.msg);
	db_close(&db);
}

static struct book *
open_book(int64_t epoch, enum book_epoch expected, struct cursor *cursor)
{
	struct book *book = NULL;
	enum book_epoch was = (enum book_epoch)-1;
	struct err err = { 0 };

	if (book_open(url, "imap:in", &book, &err) != 0 ||
	    book_enter(book, epoch, &was, cursor, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(was, expected);
	return book;
}

static void
test_epochs(void **state)
{
	struct cursor cursor;
	struct book *book = open_book(7, BOOK_FIRST, &cursor);
	struct err err = { 0 };
	int64_t ms = -1;

	(void)state;
	assert_int_equal(cursor.epoch, 7);
	assert_int_equal(cursor.uid, 0);
	assert_int_equal(cursor.first_uid, 1);
	assert_int_equal(book_started_ms(book, &ms, &err), 0);
	assert_int_equal(ms, 0);
	cursor = (struct cursor){ 7, 41, 30 };
	assert_int_equal(book_settle(book, NULL, 0, &cursor, &err), 0);
	book_close(&book);

	book = open_book(7, BOOK_SAME, &cursor);
	assert_int_equal(cursor.uid, 41);
	assert_int_equal(cursor.first_uid, 30);
	book_close(&book);

	book = open_book(8, BOOK_OTHER, &cursor);
	assert_int_equal(cursor.epoch, 8);
	assert_int_equal(cursor.uid, 0);
	book_close(&book);
	/* not stored by looking */
	book = open_book(7, BOOK_SAME, &cursor);
	book_close(&book);
}

static void
test_start_is_the_oldest_mark(void **state)
{
	struct cursor cursor;
	struct book *book;
	struct err err = { 0 };
	int64_t ms = -1;

	(void)state;
	add_row(7, 29, LEDGER_BEFORE_START, 1000);
	add_row(7, 30, LEDGER_TICKET, 10);
	add_row(8, 1, LEDGER_BEFORE_START, 2000);
	book = open_book(8, BOOK_FIRST, &cursor);
	assert_int_equal(book_started_ms(book, &ms, &err), 0);
	assert_int_equal(ms, 1000);
	book_close(&book);
}

static void
test_owed(void **state)
{
	static const int64_t done[] = { 3 };
	struct cursor cursor;
	struct book *book;
	struct err err = { 0 };
	int64_t uids[2];
	size_t n = 9;

	(void)state;
	add_row(7, 1, LEDGER_BEFORE_START, 1);
	for (int64_t uid = 2; uid <= 6; uid++)
		add_row(7, uid, LEDGER_MESSAGE, 1);
	add_row(6, 8, LEDGER_MESSAGE, 1);
	book = open_book(7, BOOK_FIRST, &cursor);
	assert_int_equal(book_has(book, 6, &err), 1);
	assert_int_equal(book_has(book, 8, &err), 0);
	assert_int_equal(book_settle(book, done, 1, NULL, &err), 0);
	assert_int_equal(book_owed(book, 0, uids, 2, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(uids[0], 2);
	assert_int_equal(uids[1], 4);
	assert_int_equal(book_settle(book, uids, 2, NULL, &err), 0);
	assert_int_equal(book_owed(book, 0, uids, 2, &n, &err), 0);
	assert_int_equal(uids[0], 5);
	assert_int_equal(uids[1], 6);
	assert_int_equal(book_owed(book, 6, uids, 2, &n, &err), 0);
	assert_int_equal(n, 0);
	book_close(&book);
}

static void
test_inside(void **state)
{
	static const int64_t in[] = { 5, 900, 3, 4, 70 };
	struct cursor cursor;
	struct book *book = open_book(7, BOOK_FIRST, &cursor);
	enum book_epoch was = (enum book_epoch)-1;
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof in / sizeof in[0]; i++)
		assert_int_equal(book_goes_in(book, in[i]), 0);
	for (size_t i = 0; i < sizeof in / sizeof in[0]; i++)
		assert_true(book_is_inside(book, in[i]));
	assert_false(book_is_inside(book, 6));
	assert_false(book_is_inside(book, 901));
	book_comes_out(book, 6, 5);	/* of another epoch */
	assert_true(book_is_inside(book, 5));
	book_comes_out(book, 7, 5);
	book_comes_out(book, 7, 5);
	assert_false(book_is_inside(book, 5));
	assert_true(book_is_inside(book, 4));
	assert_true(book_is_inside(book, 900));
	for (int64_t uid = 1000; uid < 1200; uid++)
		assert_int_equal(book_goes_in(book, uid), 0);
	assert_true(book_is_inside(book, 1199));
	assert_int_equal(book_enter(book, 8, &was, &cursor, &err), 0);
	assert_false(book_is_inside(book, 4));
	book_close(&book);
	assert_null(book);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_epochs, make_store,
		    drop_store),
		cmocka_unit_test_setup_teardown(test_start_is_the_oldest_mark,
		    make_store, drop_store),
		cmocka_unit_test_setup_teardown(test_owed, make_store,
		    drop_store),
		cmocka_unit_test_setup_teardown(test_inside, make_store,
		    drop_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
