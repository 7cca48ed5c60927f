/* The pump over a real store, the real rules and real parser children
 * (tests/tools/poison_parse): what test_pump.c checks with stand-ins, whole. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/paths.h"
#include "daemon/pump.h"
#include "db/audit_store.h"
#include "db/db.h"

static char folder[64];
static struct settings *settings;
static struct secret *secret;
static struct settings_mailbox mailbox = { .name = "inbox", .category = "",
	.authserv_id = "" };

static int
setup(void **state)
{
	char path[PATHS_MAX], store[96];
	struct err err = { 0 };
	struct db *db = NULL;

	(void)state;
	setenv("CAMPUSDESK_PARSE", paths_program("../../tests/poison_parse",
	    path), 1);
	snprintf(folder, sizeof folder, "/tmp/campusdesk-pump.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(store, sizeof store, "%s/desk.db", folder);
	settings = settings_default("helpdesk@campus.example", store);
	settings->limits.parse_seconds = 1;
	secret = secret_from_seed(SLICE_LIT("test"));
	if (db_open(settings->store_url, DB_WRITE, &db, &err) == -1)
		return -1;
	db_close(&db);
	return 0;
}

static int
teardown(void **state)
{
	char command[128];
	static const char *const names[] = { "desk.db", "desk.db-wal",
	    "desk.db-shm" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(command, sizeof command, "%s/%s", folder, names[i]);
		unlink(command);
	}
	rmdir(folder);
	settings_free(&settings);
	secret_free(&secret);
	return 0;
}

static struct pump *
start(void)
{
	struct pump_options options = { .settings = settings,
		.secret = secret, .parse_threads = 2 };
	struct pump *pump = NULL;
	struct err err = { 0 };

	if (pump_start(&options, &pump, &err) == -1)
		fail_msg("%s", err.msg);
	return pump;
}

static void
submit(struct pump *pump, int64_t uid, const char *subject)
{
	struct source_item *item = calloc(1, sizeof *item);
	struct err err = { 0 };
	char text[512];

	snprintf(text, sizeof text, "From: Jo <jo%d@students.example>\r\n"
	    "To: helpdesk@campus.example\r\nSubject: %s\r\n"
	    "Message-ID: <%d@students.example>\r\n\r\nIt is broken.\r\n",
	    (int)uid % 7, subject, (int)uid);
	item->source = "imap:inbox";
	item->epoch = 7;
	item->uid = uid;
	item->received_ms = clock_now_ms();
	item->mailbox = &mailbox;
	item->full_size = strlen(text);
	item->raw = blob_start(1 << 20);
	assert_int_equal(blob_add(item->raw, text, strlen(text), &err), 0);
	assert_int_equal(blob_done(item->raw, &err), 0);
	assert_true(pump_submit(pump, item));
}

/* Wait for n items; how many of them were quarantined? */
static int
collect(struct pump *pump, int n)
{
	int64_t until = clock_mono_ms() + 60000;
	struct source_item *item, *next;
	int pending, quarantined = 0;

	while (n > 0) {
		assert_true(clock_mono_ms() < until);
		item = pump_done(pump, "imap:inbox", 1000, &pending);
		for (; item != NULL; item = next, n--) {
			next = item->next;
			quarantined += item->outcome == LEDGER_QUARANTINED;
			source_item_free(&item);
		}
	}
	assert_int_equal(n, 0);
	return quarantined;
}

static int64_t
count(enum ledger_outcome outcome)
{
	struct err err = { 0 };
	struct db *db = NULL;
	int64_t n;

	assert_int_equal(db_open(settings->store_url, DB_WRITE, &db, &err), 0);
	n = ledger_count(db, outcome);
	assert_int_equal(audit_verify(db, secret, NULL, &err), 0);
	db_close(&db);
	return n;
}

/* Every mail ends in the ledger once, poison in quarantine; taken in again,
 * nothing changes (I2). */
static void
test_path(void **state)
{
	static const char *const poison[] = { "poison:crash", "poison:hang",
	    "poison:lie", "poison:flood" };
	struct pump *pump = start();
	char subject[32];

	(void)state;
	for (int i = 1; i <= 60; i++) {
		snprintf(subject, sizeof subject, "printer %d", i);
		submit(pump, i, i % 15 == 0 ? poison[i / 15 - 1] : subject);
	}
	assert_int_equal(collect(pump, 60), 4);
	for (int i = 10; i < 15; i++)
		submit(pump, i, "again");
	submit(pump, 15, "quarantined already");
	assert_int_equal(collect(pump, 6), 1);
	assert_int_equal(count(LEDGER_TICKET), 56);
	assert_int_equal(count(LEDGER_QUARANTINED), 4);
	pump_stop(&pump, 1000);
}

/* Another process has the store for a while. */
static void
test_locked(void **state)
{
	int64_t before = count(LEDGER_TICKET);
	struct pump *pump;
	int pipes[2], status;
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		struct db *db;

		if (db_open(settings->store_url, DB_WRITE, &db, NULL) != 0 ||
		    db_begin(db, NULL) != 0 || write(pipes[1], "x", 1) != 1)
			_exit(1);
		clock_sleep_ms(2500);
		db_rollback(db);
		_exit(0);
	}
	assert_int_equal(read(pipes[0], &c, 1), 1);
	pump = start();
	for (int i = 101; i <= 110; i++)
		submit(pump, i, "locked");
	assert_int_equal(collect(pump, 10), 0);
	assert_int_equal(count(LEDGER_TICKET), before + 10);
	pump_stop(&pump, 1000);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(pipes[0]);
	close(pipes[1]);
}

/* One life of the daemon, in a process of its own: the wait status. */
static int
life(const char *crash)
{
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		struct pump *pump;
		char subject[32];

		setenv("CAMPUSDESK_TEST_CRASH", crash, 1);
		signal(SIGABRT, SIG_DFL);
		pump = start();
		for (int i = 201; i <= 220; i++) {
			snprintf(subject, sizeof subject, i == 207 ?
			    "the BOOM" : "number %d", i);
			submit(pump, i, subject);
		}
		collect(pump, 20);
		pump_stop(&pump, 1000);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* What ends the daemon three times is quarantined; nothing else is, and
 * nothing is lost or doubled. */
static void
test_crash(void **state)
{
	static const char *const where[] = { "desk:BOOM", "committed:BOOM" };
	int64_t tickets = count(LEDGER_TICKET);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(WTERMSIG(life(where[0])), SIGABRT);
	assert_int_equal(count(LEDGER_QUARANTINED), 4);
	assert_int_equal(life(where[0]), 0);
	assert_int_equal(count(LEDGER_QUARANTINED), 5);
	assert_int_equal(count(LEDGER_TICKET), tickets + 19);
	/* it is known: decided before the fault, acknowledged again */
	assert_int_equal(WTERMSIG(life(where[1])), SIGABRT);
	assert_int_equal(count(LEDGER_TICKET), tickets + 19);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_crash),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
