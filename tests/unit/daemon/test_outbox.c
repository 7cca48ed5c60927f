/* The senders against a scripted server, on a real store. What a mail says is
 * not their business: compose is played here, and counts. */
#include "tests/unit/base/smtp_server.h"
#include "tests/unit/db/store.h"

#include "daemon/outbox.h"
#include "db/audit_store.h"
#include "db/outbox_store.h"
#include "desk/compose.h"

static _Atomic int rendered;

int
compose_render(struct desk *desk, const struct outbox_row *row,
    struct buf *out, struct err *err)
{
	(void)desk;
	if (strcmp(row->event, "broken") == 0)
		return err_set(err, ERR_INPUT, "no such template");
	buf_addf(out, "X-Id: %lld\r\nX-Made: %d\r\n\r\n%s\r\n",
	    (long long)row->id, ++rendered, row->event);
	return 0;
}

int
compose_fill(struct desk *desk, const struct outbox_row *row,
    struct slice text, struct buf *out, struct err *err)
{
	(void)desk, (void)row, (void)err;
	buf_addslice(out, text);
	return 0;
}

const char *
compose_envelope(struct desk *desk, const struct outbox_row *row)
{
	(void)desk, (void)row;
	return "helpdesk@campus.example";
}

struct bench {
	struct store		*store;
	struct settings		 settings;
	struct settings_category category;
	struct secret		*secret;
	struct server_state	 server;
	struct outbox		*outbox;
};

static struct bench *
bench_make(void **state, const struct script *scripts, int n)
{
	struct store *s = *state;
	struct bench *b = calloc(1, sizeof *b);

	b->store = s;
	b->secret = secret_from_seed(SLICE_LIT("seed"));
	b->category = (struct settings_category){ .name = "it",
	    .title = "IT", .address = "", .chat = "" };
	b->settings = (struct settings){ .store_url = s->url,
	    .domain = "campus.example", .address = "helpdesk@campus.example",
	    .categories = &b->category, .ncategories = 1 };
	b->settings.smtp = (struct settings_smtp){ .present = n > 0,
	    .connections = 1, .retry_first = 1, .retry_for = 100,
	    .retry_unknown_after = 1, .attach_limit = 1000 };
	if (n > 0)
		b->settings.smtp.server = server_start(&b->server, scripts, n);
	rendered = 0;
	return b;
}

static void
bench_start(struct bench *b)
{
	ok(b->store, outbox_start(&b->settings, b->secret, NULL, &b->outbox,
	    &b->store->err));
}

static void
bench_drop(struct bench *b)
{
	outbox_stop(&b->outbox, 3000);
	assert_null(b->outbox);
	if (b->settings.smtp.present)
		server_stop(&b->server);
	secret_free(&b->secret);
	free(b);
}

static int64_t
queue(struct bench *b, const char *to, const char *event, bool automatic)
{
	struct store *s = b->store;
	struct outbox_row row = { .to = to, .event = event, .ticket = 0,
	    .automatic = automatic, .message_id = "x@campus.example" };

	row.created_ms = row.next_ms = clock_now_ms();
	ok(s, db_begin(s->db, &s->err));
	ok(s, outbox_next_id(s->db, &row.id, &s->err));
	ok(s, outbox_insert(s->db, &row, &s->err));
	ok(s, db_commit(s->db, &s->err));
	if (b->outbox != NULL)
		outbox_wake(b->outbox);
	return row.id;
}

static struct outbox_row
row_of(struct bench *b, int64_t id)
{
	struct outbox_row row;

	assert_int_equal(outbox_get(b->store->db, id, b->store->arena, &row,
	    &b->store->err), 1);
	return row;
}

/* The row once it is in that state; fails after five seconds. */
static struct outbox_row
wait_state(struct bench *b, int64_t id, enum outbox_state state)
{
	struct outbox_row row = row_of(b, id);
	int i;

	for (i = 0; i < 250 && row.state != state; i++) {
		clock_sleep_ms(20);
		row = row_of(b, id);
	}
	if (row.state != state)
		print_error("row is %s: %s\n", outbox_state_name(row.state),
		    row.error == NULL ? "" : row.error);
	assert_int_equal(row.state, state);
	return row;
}

static int
times_seen(struct bench *b, const char *text)
{
	const char *p = buf_str(&b->server.seen);
	int n = 0;

	for (; (p = strstr(p, text)) != NULL; p++)
		n++;
	return n;
}

static void
test_sends(void **state)
{
	struct bench *b = bench_make(state, &good, 1);
	struct outbox_row row;
	int64_t id[20];
	int i;

	id[0] = queue(b, "a@x.example", "before", false);
	bench_start(b);
	for (i = 1; i < 20; i++)
		id[i] = queue(b, "a@x.example", "after", i % 2 == 0);
	for (i = 0; i < 20; i++) {
		row = wait_state(b, id[i], OUTBOX_SENT);
		assert_string_equal(row.error, "250 2.0.0 queued");
		assert_int_equal(row.attempts, 1);
		assert_true(row.done_ms >= row.first_try_ms);
		assert_true(row.first_try_ms >= row.created_ms);
		assert_int_equal(row.tried_unknown, 0);
	}
	assert_int_equal(rendered, 20);
	assert_int_equal(b->server.connections, 1);
	assert_int_equal(times_seen(b, "RCPT TO:<a@x.example>"), 20);
	assert_int_equal(times_seen(b, "EHLO campus.example\r\n"), 1);
	bench_drop(b);
}

static void
test_later(void **state)
{
	static const struct script s[] = {
		{ { "220 hi\r\n", HELLO, "", "250 m\r\n", "451 busy\r\n" } },
		{ { GOOD } },
	};
	struct bench *b = bench_make(state, s, 2);
	struct outbox_row row;
	int64_t id = queue(b, "a@x.example", "replied", false);

	bench_start(b);
	row = wait_state(b, id, OUTBOX_SENT);
	assert_int_equal(row.attempts, 2);
	assert_true(row.done_ms - row.first_try_ms >= 800);
	assert_int_equal(rendered, 1);
	bench_drop(b);
}

static void
test_server_away(void **state)
{
	static const struct script s[] = {
		{ { "421 away\r\n" } }, { { GOOD } },
	};
	struct bench *b = bench_make(state, s, 2);
	int64_t first = queue(b, "a@x.example", "replied", false);
	int64_t other = queue(b, "b@x.example", "replied", false);

	bench_start(b);
	/* one asked, the other waited with it and was not refused */
	wait_state(b, first, OUTBOX_SENT);
	assert_int_equal(wait_state(b, other, OUTBOX_SENT).attempts, 1);
	assert_int_equal(row_of(b, first).attempts, 2);
	bench_drop(b);
}

static int
count_event(const struct event *event, void *arg)
{
	int *n = arg;

	*n += strcmp(event->action, "delivery-failed") == 0;
	return 0;
}

static int
last_id(const struct outbox_row *row, void *arg)
{
	*(int64_t *)arg = row->id;
	return 0;
}

static void
test_failed(void **state)
{
	static const struct script s = { { "220 hi\r\n", HELLO, "",
	    "250 m\r\n", "550 5.1.1 no such user\r\n" } };
	struct bench *b = bench_make(state, &s, 1);
	struct store *st = b->store;
	struct person boss = { .name = "Boss", .address = "boss@x.example",
	    .role = ROLE_ADMIN, .categories = "" };
	int64_t id, person, notice = 0;
	struct outbox_row row;
	int events = 0;

	ok(st, db_begin(st->db, &st->err));
	ok(st, person_add(st->db, &boss, 1, &person, &st->err));
	ok(st, db_commit(st->db, &st->err));
	id = queue(b, "a@x.example", "replied", false);
	bench_start(b);
	row = wait_state(b, id, OUTBOX_FAILED);
	assert_string_equal(row.error, "550 5.1.1 no such user");
	assert_int_equal(row.attempts, 1);
	ok(st, outbox_list(st->db, true, 0, 100, st->arena, last_id, &notice,
	    &st->err));
	assert_int_not_equal(notice, id);
	row = wait_state(b, notice, OUTBOX_FAILED);
	assert_string_equal(row.event, "delivery-failed");
	assert_string_equal(row.to, "boss@x.example");
	assert_non_null(strstr(row.detail, "no such user"));
	clock_sleep_ms(100);		/* and no notice about the notice */
	ok(st, outbox_list(st->db, true, 0, 100, st->arena, last_id, &person,
	    &st->err));
	assert_int_equal(person, notice);
	ok(st, audit_list(st->db, 0, 0, 100, st->arena, count_event, &events,
	    &st->err));
	assert_int_equal(events, 2);
	ok(st, audit_verify(st->db, b->secret, NULL, &st->err));
	bench_drop(b);
}

static void
test_unknown(void **state)
{
	static const struct script s[] = {
		{ { "220 hi\r\n", HELLO, "", "250 m\r\n", "250 r\r\n",
		    "354 go\r\n", DROP } },
		{ { GOOD } },
	};
	struct bench *b = bench_make(state, s, 2);
	int64_t id = queue(b, "a@x.example", "replied", false);
	struct outbox_row row;

	bench_start(b);
	row = wait_state(b, id, OUTBOX_UNKNOWN);
	assert_false(row.tried_unknown);
	row = wait_state(b, id, OUTBOX_SENT);
	assert_int_equal(row.attempts, 2);
	assert_true(row.done_ms - row.first_try_ms >= 1000);
	assert_int_equal(times_seen(b, "X-Made: 1\r\n"), 2);
	bench_drop(b);
}

static void
test_unknown_twice(void **state)
{
	static const struct script s = { { "220 hi\r\n", HELLO, "",
	    "250 m\r\n", "250 r\r\n", "354 go\r\n", DROP } };
	struct bench *b = bench_make(state, &s, 1);
	int64_t id = queue(b, "a@x.example", "replied", false), other;
	int i;

	bench_start(b);
	for (i = 0; i < 250 && row_of(b, id).attempts < 2; i++)
		clock_sleep_ms(20);
	wait_state(b, id, OUTBOX_UNKNOWN);
	assert_true(row_of(b, id).tried_unknown);
	clock_sleep_ms(1500);
	assert_int_equal(row_of(b, id).attempts, 2);
	/* it does not hold up what comes after it */
	other = queue(b, "a@x.example", "replied", false);
	wait_state(b, other, OUTBOX_UNKNOWN);
	bench_drop(b);
}

/* What was `sending` when the former process ended is unclear. */
static void
test_recovers(void **state)
{
	struct bench *b = bench_make(state, &good, 1);
	struct store *st = b->store;
	int64_t id = queue(b, "a@x.example", "replied", false);
	struct outbox_row row = row_of(b, id);

	row.state = OUTBOX_SENDING;
	row.attempts = 1;
	row.first_try_ms = clock_now_ms();
	ok(st, db_begin(st->db, &st->err));
	ok(st, outbox_set_rendered(st->db, id,
	    SLICE_LIT("X-Made: before\r\n"), &st->err));
	ok(st, outbox_update(st->db, &row, &st->err));
	ok(st, db_commit(st->db, &st->err));
	bench_start(b);
	assert_int_equal(row_of(b, id).state, OUTBOX_UNKNOWN);
	row = wait_state(b, id, OUTBOX_SENT);
	assert_int_equal(row.attempts, 2);
	assert_int_equal(times_seen(b, "X-Made: before\r\n"), 1);
	assert_int_equal(rendered, 0);
	bench_drop(b);
}

static void
test_suppressed(void **state)
{
	struct bench *b = bench_make(state, &good, 1);
	struct store *st = b->store;
	struct address_state gone = { .suppressed = true };
	int64_t automatic, personal, broken;

	ok(st, db_begin(st->db, &st->err));
	ok(st, address_set(st->db, "Gone@x.example", &gone, &st->err));
	ok(st, db_commit(st->db, &st->err));
	automatic = queue(b, "gone@x.example", "acknowledged", true);
	broken = queue(b, "a@x.example", "broken", true);
	personal = queue(b, "gone@x.example", "replied", false);
	bench_start(b);
	wait_state(b, personal, OUTBOX_SENT);
	wait_state(b, automatic, OUTBOX_DROPPED);
	assert_string_equal(wait_state(b, broken, OUTBOX_FAILED).error,
	    "no such template");
	assert_int_equal(times_seen(b, "RCPT"), 1);
	bench_drop(b);
}

static void
test_no_smtp(void **state)
{
	struct bench *b = bench_make(state, NULL, 0);
	int64_t id = queue(b, "a@x.example", "replied", false);

	bench_start(b);
	outbox_wake(b->outbox);
	clock_sleep_ms(200);
	assert_int_equal(row_of(b, id).state, OUTBOX_QUEUED);
	bench_drop(b);
}

static void
test_per_minute(void **state)
{
	struct bench *b = bench_make(state, &good, 1);
	int64_t id[4];
	int i;

	b->settings.smtp.per_minute = 120;
	for (i = 0; i < 4; i++)
		id[i] = queue(b, "a@x.example", "replied", false);
	bench_start(b);
	for (i = 0; i < 4; i++)
		wait_state(b, id[i], OUTBOX_SENT);
	assert_true(row_of(b, id[3]).first_try_ms -
	    row_of(b, id[0]).first_try_ms >= 1450);
	bench_drop(b);
}

/* A dialogue that hangs does not hold up the end; its mail is not lost. */
static void
test_stops(void **state)
{
	static const struct script s = { { "220 hi\r\n", HELLO, "",
	    "250 m\r\n", "250 r\r\n", "354 go\r\n", STALL } };
	struct bench *b = bench_make(state, &s, 1);
	int64_t id = queue(b, "a@x.example", "replied", false), start;

	bench_start(b);
	wait_state(b, id, OUTBOX_SENDING);
	clock_sleep_ms(200);
	start = clock_mono_ms();
	outbox_stop(&b->outbox, 300);
	assert_in_range(clock_mono_ms() - start, 250, 3000);
	assert_int_equal(row_of(b, id).state, OUTBOX_UNKNOWN);
	bench_drop(b);
}

int
main(void)
{
#define story(f) cmocka_unit_test_setup_teardown(f, store_make, store_drop)
	const struct CMUnitTest tests[] = {
		story(test_sends),
		story(test_later),
		story(test_server_away),
		story(test_failed),
		story(test_unknown),
		story(test_unknown_twice),
		story(test_recovers),
		story(test_suppressed),
		story(test_no_smtp),
		story(test_per_minute),
		story(test_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
