#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/delivery.h"

static void
test_wait(void **state)
{
	static const struct {
		int		first, attempts;
		uint32_t	random;
		int64_t		wait;
	} t[] = {
		{ 60, 1, 200, 60000 },
		{ 60, 1, 0, 48000 },
		{ 60, 1, 400, 72000 },
		{ 60, 1, 401, 48000 },
		{ 60, 2, 200, 120000 },
		{ 60, 3, 200, 240000 },
		{ 60, 7, 200, 3600000 },
		{ 60, 7, 400, 4320000 },
		{ 60, 1000000, 200, 3600000 },
		{ 60, 0, 200, 60000 },
		{ 7200, 1, 200, 7200000 },
		{ 7200, 5, 200, 7200000 },
		{ 1, 3, 200, 4000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%d %d\n", t[i].first, t[i].attempts);
		assert_int_equal(delivery_wait_ms(t[i].first, t[i].attempts,
		    t[i].random), t[i].wait);
	}
}

#define T0	1000000		/* when it was tried first */
#define HOURS48	172800000

static void
test_end(void **state)
{
	static const struct settings_smtp smtp = { .retry_first = 60,
	    .retry_for = 172800, .retry_unknown_after = 600 };
	static const struct {
		const char		*name;
		bool			 resent;	/* it was unknown */
		enum smtp_result	 result;
		int64_t			 now;
		enum outbox_state	 state;
		bool			 tried_unknown;
		int64_t			 next, done;
	} t[] = {
		{ "sent", false, SMTP_SENT, T0,
		    OUTBOX_SENT, false, 5, T0 },
		{ "resent", true, SMTP_SENT, T0,
		    OUTBOX_SENT, true, 5, T0 },
		{ "refused", false, SMTP_FAILED, T0,
		    OUTBOX_FAILED, false, 5, T0 },
		{ "refused for now", false, SMTP_LATER, T0,
		    OUTBOX_QUEUED, false, T0 + 120000, 0 },
		{ "the last try is at the end", false, SMTP_LATER,
		    T0 + HOURS48 - 1, OUTBOX_QUEUED, false, T0 + HOURS48, 0 },
		{ "given up", false, SMTP_LATER, T0 + HOURS48,
		    OUTBOX_FAILED, false, T0 + HOURS48, T0 + HOURS48 },
		{ "unclear", false, SMTP_UNKNOWN, T0,
		    OUTBOX_UNKNOWN, false, T0 + 600000, 0 },
		{ "unclear again", true, SMTP_UNKNOWN, T0,
		    OUTBOX_UNKNOWN, true, T0 + 600000, 0 },
		{ "resending refused for now", true, SMTP_LATER, T0,
		    OUTBOX_UNKNOWN, false, T0 + 120000, 0 },
		{ "resending given up", true, SMTP_LATER, T0 + HOURS48,
		    OUTBOX_UNKNOWN, true, T0 + HOURS48, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct outbox_row row = { .next_ms = 5, .attempts = 1,
		    .first_try_ms = T0, .state = t[i].resent ?
		    OUTBOX_UNKNOWN : OUTBOX_QUEUED };

		print_message("%s\n", t[i].name);
		delivery_begin(&row, T0 + 1);
		assert_int_equal(row.state, OUTBOX_SENDING);
		assert_int_equal(row.attempts, 2);
		assert_int_equal(row.first_try_ms, T0);
		delivery_end(&row, t[i].result, "said", t[i].now, 200, &smtp);
		assert_int_equal(row.state, t[i].state);
		assert_int_equal(row.tried_unknown, t[i].tried_unknown);
		assert_int_equal(row.next_ms, t[i].next);
		assert_int_equal(row.done_ms, t[i].done);
		assert_string_equal(row.error, "said");
	}
}

static void
test_first_try_is_noted(void **state)
{
	struct outbox_row row = { .state = OUTBOX_QUEUED };

	(void)state;
	delivery_begin(&row, T0);
	assert_int_equal(row.first_try_ms, T0);
	assert_int_equal(row.attempts, 1);
	assert_false(row.tried_unknown);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_first_try_is_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
