/* The pump over a store, a desk and a parser that fail as they are told: the
 * functions below stand in for db/, desk/intake and parsers/reader. A mail's
 * text says what happens to it: "slow:MS" to read, "bad:N" unreadable N times,
 * "fail" the desk refuses it, "lose" the transaction ends once. */
#include <assert.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "daemon/pump_inside.h"
#include "parsers/reader.h"

#define MAX	2048
#define FAT	((size_t)8 << 20)	/* bytes that a mail is read into */

struct row {			/* of the ledger */
	char			source[16];
	int64_t			uid;
	enum ledger_outcome	outcome;
	char			why[100];
	int			commit;		/* which commit wrote it */
	int64_t			moment_ms;
};

struct db {			/* one connection */
	bool	in, note;
};

static struct {
	pthread_mutex_t	lock;
	struct row	rows[MAX];	/* committed, then pending */
	int		n, pending, mark, commits;
	int		noted[MAX];	/* in hand, by uid */
	int		begin_retries, commit_retries, lose;
	int		committed_calls, cancelled;
	int		largest;	/* items of one commit */
	_Atomic int	read;		/* mails */
} fake = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- db ---- */

int
db_open(const char *url, enum db_mode mode, struct db **db_out,
    struct err *err)
{
	(void)url;
	(void)err;
	*db_out = calloc(1, sizeof **db_out);
	(*db_out)->note = mode == DB_NOTE;
	return 0;
}

void
db_close(struct db **db)
{
	free(*db);
	*db = NULL;
}

int
db_begin(struct db *db, struct err *err)
{
	assert(!db->in);
	if (!db->note && fake.begin_retries > 0) {
		fake.begin_retries--;
		return err_set(err, ERR_RETRY, "busy");
	}
	db->in = true;
	if (!db->note)
		fake.pending = 0;
	return 0;
}

int
db_commit(struct db *db, struct err *err)
{
	assert(db->in);
	db->in = false;
	if (db->note)
		return 0;
	if (fake.commit_retries > 0) {
		fake.commit_retries--;
		return err_set(err, ERR_RETRY, "full");
	}
	pthread_mutex_lock(&fake.lock);
	fake.commits++;
	for (int i = 0; i < fake.pending; i++)
		fake.rows[fake.n + i].commit = fake.commits;
	fake.n += fake.pending;
	if (fake.pending > fake.largest)
		fake.largest = fake.pending;
	pthread_mutex_unlock(&fake.lock);
	return 0;
}

void
db_leave_log(struct db *db)
{
	(void)db;
}

void
db_rollback(struct db *db)
{
	db->in = false;
}

int
db_savepoint(struct db *db, struct err *err)
{
	(void)err;
	assert(db->in);
	fake.mark = fake.pending;
	return 0;
}

int
db_release(struct db *db, struct err *err)
{
	(void)err;
	assert(db->in);
	return 0;
}

void
db_rollback_to(struct db *db)
{
	assert(db->in);
	fake.pending = fake.mark;
}

bool
db_in_transaction(struct db *db)
{
	return db->in;
}

int
in_hand_note(struct db *db, const struct ledger_key *key, int attempts,
    struct err *err)
{
	(void)err;
	assert(db->note && db->in);
	fake.noted[key->uid] = attempts;
	return 0;
}

int
in_hand_drop(struct db *db, const struct ledger_key *key, struct err *err)
{
	(void)err;
	assert(db->in);
	fake.noted[key->uid] = 0;
	return 0;
}

int
in_hand_attempts(struct db *db, const struct ledger_key *key, struct err *err)
{
	(void)db;
	(void)err;
	return fake.noted[key->uid];
}

const char *
ledger_outcome_name(enum ledger_outcome outcome)
{
	return outcome == LEDGER_TICKET ? "ticket" : "other";
}

/* ---- desk ---- */

const struct settings_mailbox *
settings_mailbox(const struct settings *s, const char *name)
{
	(void)s;
	(void)name;
	return NULL;
}

static void
add_row(const struct ledger_key *key, enum ledger_outcome outcome,
    const char *why)
{
	struct row *row = &fake.rows[fake.n + fake.pending++];

	assert(fake.n + fake.pending < MAX);
	snprintf(row->source, sizeof row->source, "%s", key->source);
	row->uid = key->uid;
	row->outcome = outcome;
	snprintf(row->why, sizeof row->why, "%s", why);
}

int
intake_mail(struct desk *desk, const struct intake_item *item,
    struct intake_result *result_out, struct err *err)
{
	const char *subject = item->mail->subject;

	assert(desk->db->in && fake.noted[item->key.uid] > 0);
	add_row(&item->key, LEDGER_TICKET, subject);
	fake.rows[fake.n + fake.pending - 1].moment_ms = desk->now_ms;
	if (strcmp(subject, "fail") == 0)
		return err_set(err, ERR_INPUT, "refused");
	if (strcmp(subject, "vast") == 0 && arena_alloc(desk->arena,
	    (size_t)1 << 30) == NULL)
		return err_set(err, ERR_RETRY, "the memory given is too "
		    "little");
	if (strcmp(subject, "lose") == 0 && fake.lose-- > 0) {
		desk->db->in = false;
		return err_set(err, ERR_RETRY, "disk full");
	}
	*result_out = (struct intake_result){ .outcome = LEDGER_TICKET,
		.because = "", .step = "ticket" };
	return 0;
}

int
intake_quarantine(struct desk *desk, const struct intake_item *item,
    const char *fault, int attempts, struct intake_result *result_out,
    struct err *err)
{
	char why[100];

	(void)err;
	assert(desk->db->in);
	snprintf(why, sizeof why, "%s|%d|%s|%s", fault, attempts,
	    item->mail->subject == NULL ? "" : item->mail->subject,
	    item->mail->from.address == NULL ? "" : item->mail->from.address);
	add_row(&item->key, LEDGER_QUARANTINED, why);
	*result_out = (struct intake_result){ .outcome = LEDGER_QUARANTINED,
		.because = "", .step = "quarantine" };
	return 0;
}

int
intake_note(struct desk *desk, const struct ledger_key *key,
    enum ledger_outcome outcome, const char *because, struct err *err)
{
	(void)err;
	assert(desk->db->in);
	add_row(key, outcome, because);
	return 0;
}

const char *
mail_kind_name(enum mail_kind kind)
{
	return kind == MAIL_UNREADABLE ? "unreadable" : "person";
}

/* ---- parser ---- */

int
reader_start(size_t mail_size, const struct worker_limits *limits,
    struct worker **worker_out, struct err *err)
{
	(void)mail_size;
	(void)limits;
	(void)err;
	*worker_out = malloc(1);
	return 0;
}

void
worker_stop(struct worker **worker)
{
	free(*worker);
	*worker = NULL;
}

void
worker_end_run(struct worker *worker)
{
	assert(worker != NULL);
}

void
worker_cancel(struct worker *worker)
{
	assert(worker != NULL);
	__atomic_store_n(&fake.cancelled, 1, __ATOMIC_SEQ_CST);
}

static void
slow(int ms)
{
	for (; ms > 0; ms -= 10) {
		if (__atomic_load_n(&fake.cancelled, __ATOMIC_SEQ_CST))
			return;
		clock_sleep_ms(10);
	}
}

int
reader_read(struct worker *worker, const struct blob *raw, bool alone,
    struct arena *arena, struct mail **mail_out, enum worker_end *end_out,
    struct err *why)
{
	static _Atomic int readings[10];
	struct slice s = blob_inline(raw);
	char *text = arena_strndup(arena, s.p, s.len);
	int times = strncmp(text, "bad:", 4) == 0 ? text[4] - '0' : 0;

	(void)worker;
	(void)alone;
	*end_out = WORKER_OK;
	fake.read++;
	if (strcmp(text, "fat") == 0)
		arena_alloc(arena, FAT);
	if (strncmp(text, "slow:", 5) == 0)
		slow((int)strtol(text + 5, NULL, 10));
	if (readings[times] < times) {
		readings[times]++;
		err_set(why, ERR_INPUT, "crashed");
		*end_out = WORKER_CRASHED;
		return 0;
	}
	*mail_out = arena_calloc(arena, 1, sizeof **mail_out);
	(*mail_out)->subject = text;
	return 0;
}

/* ---- the tests ---- */

static void
committed(void *arg)
{
	(void)arg;
	fake.committed_calls++;
}

static struct settings settings = {
	.store_url = "sqlite:/nowhere",
	.limits = { .parse_run = 8, .parse_seconds = 1 },
};

static struct pump *
start(void)
{
	struct pump_options options = { .settings = &settings,
		.parse_threads = 2, .committed = committed };
	struct pump *pump = NULL;
	struct err err = { 0 };

	fake.n = fake.pending = fake.commits = fake.largest = 0;
	fake.begin_retries = fake.commit_retries = fake.lose = 0;
	fake.cancelled = fake.committed_calls = 0;
	fake.read = 0;
	memset(fake.noted, 0, sizeof fake.noted);
	assert_int_equal(pump_start(&options, &pump, &err), 0);
	return pump;
}

static bool
submit(struct pump *pump, const char *source, int64_t uid, const char *text)
{
	struct source_item *item = calloc(1, sizeof *item);
	struct err err = { 0 };

	item->source = source;
	item->uid = uid;
	item->raw = blob_start(1 << 20);
	assert_int_equal(blob_add(item->raw, text, strlen(text), &err), 0);
	assert_int_equal(blob_done(item->raw, &err), 0);
	if (pump_submit(pump, item))
		return true;
	source_item_free(&item);
	return false;
}

/* Wait until n items of the source are handed back. */
static void
collect(struct pump *pump, const char *source, int n)
{
	int64_t until = clock_mono_ms() + 20000;
	struct source_item *item, *next;
	int pending;

	while (n > 0) {
		assert_true(clock_mono_ms() < until);
		item = pump_done(pump, source, 1000, &pending);
		for (; item != NULL; item = next, n--) {
			next = item->next;
			assert_true(item->durable);
			assert_null(item->raw);
			source_item_free(&item);
		}
	}
	assert_int_equal(n, 0);
	assert_null(pump_done(pump, source, 0, &pending));
	assert_int_equal(pending, 0);
}

/* Where the row of that item is in the ledger; exactly one there must be. */
static int
row_of(const char *source, int64_t uid)
{
	int found = -1;

	for (int i = 0; i < fake.n; i++) {
		if (fake.rows[i].uid != uid ||
		    strcmp(fake.rows[i].source, source) != 0)
			continue;
		assert_int_equal(found, -1);
		found = i;
	}
	if (found == -1)
		fail_msg("%s %d is not in the ledger", source, (int)uid);
	return found;
}

static void
test_order(void **state)
{
	struct pump *pump = start();

	(void)state;
	for (int i = 1; i <= 300; i++) {
		assert_true(submit(pump, "a", i, i % 50 == 0 ? "slow:30" :
		    "x"));
		assert_true(submit(pump, "b", 1000 + i, "x"));
	}
	collect(pump, "a", 300);
	collect(pump, "b", 300);
	for (int i = 1; i < 300; i++) {
		assert_true(row_of("a", i) < row_of("a", i + 1));
		assert_true(row_of("b", 1000 + i) < row_of("b", 1001 + i));
	}
	assert_int_equal(fake.n, 600);
	/* what follows from each is told apart by its moment */
	for (int i = 1; i < 600; i++)
		assert_true(fake.rows[i - 1].moment_ms <
		    fake.rows[i].moment_ms);
	assert_true(fake.largest <= PUMP_GROUP);
	assert_true(fake.commits < 600);
	for (int i = 0; i < MAX; i++)
		assert_int_equal(fake.noted[i], 0);
	pump_stop(&pump, 1000);
	assert_null(pump);
	assert_int_equal(fake.committed_calls, fake.commits);
}

/* Under a second the order holds, above it others pass; other mailboxes do not
 * wait at all. */
static void
test_aside(void **state)
{
	struct pump *pump = start();
	int64_t began = clock_mono_ms();

	(void)state;
	submit(pump, "a", 1, "slow:300");
	submit(pump, "a", 2, "x");
	submit(pump, "b", 3, "x");
	collect(pump, "b", 1);
	assert_true(clock_mono_ms() - began < 250);
	collect(pump, "a", 2);
	assert_true(row_of("a", 1) < row_of("a", 2));

	began = clock_mono_ms();
	submit(pump, "a", 4, "slow:3000");
	submit(pump, "a", 5, "slow:3000");
	submit(pump, "a", 6, "slow:3000");	/* more than the threads */
	submit(pump, "a", 7, "x");
	submit(pump, "a", 8, "x");
	collect(pump, "a", 5);
	assert_true(row_of("a", 7) < row_of("a", 8));
	assert_true(row_of("a", 8) < row_of("a", 4));
	assert_true(row_of("a", 8) < row_of("a", 6));
	pump_stop(&pump, 1000);
}

/* What cannot be read is read again, alone, three times in all; what the desk
 * refuses is tried again, alone, three times; then both are quarantined.
 * Meanwhile others pass. */
static void
test_quarantine(void **state)
{
	static const char mail[] = "bad:9\r\nFrom: A <a@b.example>\r\n"
	    "Subject: what it \xff is\r\n\r\nSubject: not this\r\n";
	struct pump *pump = start();

	(void)state;
	submit(pump, "a", 1, mail);
	submit(pump, "a", 2, "bad:2");
	for (int i = 3; i <= 9; i++)
		submit(pump, "a", i, i == 5 ? "fail" : i == 6 ? "vast" : "x");
	collect(pump, "a", 9);
	for (int i = 1; i <= 9; i++) {
		assert_int_equal(fake.rows[row_of("a", i)].outcome,
		    i == 1 || i == 5 || i == 6 ? LEDGER_QUARANTINED : LEDGER_TICKET);
		assert_int_equal(fake.noted[i], 0);
	}
	assert_string_equal(fake.rows[row_of("a", 1)].why,
	    "crashed|3|what it \xef\xbf\xbd is|a@b.example");
	assert_string_equal(fake.rows[row_of("a", 5)].why,
	    "refused|3|fail|");
	/* more memory than a decision may take is no store that is away */
	assert_string_equal(fake.rows[row_of("a", 6)].why,
	    "the memory given is too little|3|vast|");
	assert_true(row_of("a", 9) < row_of("a", 1));
	assert_true(row_of("a", 9) < row_of("a", 2));
	assert_true(row_of("a", 9) < row_of("a", 5));
	pump_stop(&pump, 1000);
}

/* A store that is busy, full at commit, or ends the transaction in the middle:
 * all are taken in once, in order. */
static void
test_store_trouble(void **state)
{
	static const struct {
		int		 begin, commit, lose;
	} t[] = { { 3, 0, 0 }, { 0, 2, 0 }, { 0, 0, 1 }, { 1, 1, 2 } };

	(void)state;
	for (size_t k = 0; k < sizeof t / sizeof t[0]; k++) {
		struct pump *pump = start();

		print_message("store trouble %zu\n", k);
		fake.begin_retries = t[k].begin;
		fake.commit_retries = t[k].commit;
		fake.lose = t[k].lose;
		for (int i = 1; i <= 20; i++)
			submit(pump, "a", i, i == 7 ? "lose" : "x");
		collect(pump, "a", 20);
		for (int i = 1; i < 20; i++)
			assert_true(row_of("a", i) < row_of("a", i + 1));
		assert_int_equal(fake.n, 20);
		assert_int_equal(fake.rows[row_of("a", 7)].outcome,
		    LEDGER_TICKET);
		pump_stop(&pump, 1000);
	}
}

/* Left in hand by an unclean end: alone; at the third such end quarantined,
 * undecided; when even that ends us, a note of it. */
static void
test_leftovers(void **state)
{
	struct pump *pump = start();
	int alone = 0;

	(void)state;
	fake.begin_retries = 2;		/* so that they are queued together */
	fake.noted[3] = 1;
	fake.noted[4] = 3;
	fake.noted[5] = 6;
	for (int i = 1; i <= 8; i++)
		submit(pump, "a", i, "x");
	collect(pump, "a", 8);
	for (int i = 0; i < fake.n; i++)
		if (fake.rows[i].commit == fake.rows[row_of("a", 3)].commit)
			alone++;
	assert_int_equal(alone, 1);
	for (int i = 1; i < 8; i++)
		assert_true(row_of("a", i) < row_of("a", i + 1));
	assert_string_equal(fake.rows[row_of("a", 4)].why, "the daemon ended 3 "
	    "times while deciding on it|3|x|");
	assert_string_equal(fake.rows[row_of("a", 5)].why,
	    "the daemon ended 6 times while deciding on it");
	assert_int_equal(fake.rows[row_of("a", 5)].outcome,
	    LEDGER_QUARANTINED);
	for (int i = 1; i <= 8; i++)
		assert_int_equal(fake.noted[i], 0);
	pump_stop(&pump, 1000);
}

static void
test_note(void **state)
{
	static const int64_t uids[] = { 11, 12, 15 };
	struct pump *pump = start();
	struct err err = { 0 };

	(void)state;
	fake.begin_retries = 2;
	assert_int_equal(pump_note(pump, "a", 7, uids, 3,
	    LEDGER_BEFORE_START, "before start", &err), 0);
	assert_int_equal(fake.n, 3);
	assert_int_equal(fake.rows[2].uid, 15);
	assert_int_equal(fake.rows[2].outcome, LEDGER_BEFORE_START);
	assert_int_equal(fake.rows[0].commit, fake.rows[2].commit);
	pump_stop(&pump, 1000);
}

struct feeder {
	struct pump	*pump;
	_Atomic int	 taken;
};

static void *
feed(void *arg)
{
	struct feeder *f = arg;
	char *large = malloc(100001);

	memset(large, 'x', 100000);
	large[100000] = '\0';
	memcpy(large, "slow:60000 ", 11);
	while (submit(f->pump, "a", f->taken + 1, large))
		f->taken++;
	free(large);
	return NULL;
}

/* I8: a source waits while its mail is not taken in; it is let go at the end,
 * and a stop does not wait for what hangs. */
static void
test_bound(void **state)
{
	struct feeder f = { .pump = start() };
	int64_t began;
	pthread_t thread;
	int taken;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, feed, &f), 0);
	clock_sleep_ms(300);
	taken = f.taken;
	assert_in_range(taken, 2, PUMP_BYTES / 2 / 100000 + 1);
	clock_sleep_ms(100);
	assert_int_equal(f.taken, taken);
	/* others still get in */
	assert_true(submit(f.pump, "b", 900, "x"));
	pump_close(f.pump);
	pthread_join(thread, NULL);
	assert_false(submit(f.pump, "b", 901, "x"));
	began = clock_mono_ms();
	pump_stop(&f.pump, 200);
	assert_true(clock_mono_ms() - began < 2000);
	assert_int_equal(fake.cancelled, 1);
}

/* I8: nor does what was read pile up while the store is not to be had. */
static void
test_bound_of_read(void **state)
{
	struct pump *pump = start();
	const int most = (int)(PUMP_READ / FAT) + 2 + PUMP_SPARE;
	int i;

	(void)state;
	fake.begin_retries = 4;
	for (i = 1; i <= 3 * most; i++)
		assert_true(submit(pump, "a", i, "fat"));
	clock_sleep_ms(500);
	assert_in_range(fake.read, 2, most);
	collect(pump, "a", 3 * most);
	assert_int_equal(fake.read, 3 * most);
	pump_stop(&pump, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_aside),
		cmocka_unit_test(test_quarantine),
		cmocka_unit_test(test_store_trouble),
		cmocka_unit_test(test_leftovers),
		cmocka_unit_test(test_note),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_bound_of_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
