#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "desk/spread.h"
#include "desk/stats.h"
#include "tests/unit/desk/world.h"

/* Wednesday, 2026-11-25, 12:00 in Berlin. */
#define NOW	(clock_local_ms(clock_days(2026, 11, 25), 12 * 3600))

/* Ten tickets: day of November and hour made, likewise closed (0 not), what
 * else there is to say of them. Mia is person 1 here, Tom 2. */
static const struct {
	int		 day, hour, closed_day;
	const char	*category, *building;
	int		 priority, assignee;
	const char	*source;
	int		 response_s, resolution_s;
	unsigned	 promises;
	int		 reopened, messages, rating;
} facts[] = {
	{ 2, 9, 3, "it", "Library", 1, 1, "mail", 600, 7200, 5, 0, 3, 5 },
	{ 2, 9, 4, "it", "Library", 1, 1, "mail", 1200, 9000, 5, 1, 5, 4 },
	{ 3, 14, 3, "it", "", 2, 2, "slack", 60, 3600, 5, 0, 2, 1 },
	{ 9, 9, 20, "facilities", "Hall", 1, 1, "mail", 90000, 360000, 10, 2,
	  9, 3 },
	{ 9, 23, 0, "it", "Hall", 3, 1, "mail", 300, -1, 1, 0, 4, 0 },
	{ 10, 9, 0, "it", "", 1, 0, "mail", -1, -1, 2, 0, 1, 0 },
	{ 16, 9, 16, "facilities", "Hall", 0, 2, "cli", 30, 30, 0, 0, 1, 5 },
	{ 23, 9, 0, "services", "Library", 1, 0, "mail", -1, -1, 0, 0, 1, 0 },
	{ 24, 10, 25, "it", "Library", 1, 1, "mail", 60, 600, 5, 0, 2, 5 },
	{ 25, 9, 25, "it", "Library", 1, 1, "mail", 120, 1800, 5, 0, 2, 4 },
};
#define NFACTS	((int)(sizeof facts / sizeof facts[0]))

static int64_t
at(int day, int hour)
{
	return clock_local_ms(clock_days(2026, 11, day), hour * 3600);
}

static void
must(int rc, const struct err *err)
{
	if (rc == -1)
		fail_msg("%s", err->msg);
}

static int
setup(void **state)
{
	static struct world w;
	struct err err = { 0 };
	struct person mia, tom;
	int i;

	world_open(&w);
	world_staff(&w, "tom@campus.example", "Tom", ROLE_STAFF);
	must(person_find(w.desk.db, "mia@campus.example", w.arena, &mia,
	    &err), &err);
	must(person_find(w.desk.db, "tom@campus.example", w.arena, &tom,
	    &err), &err);
	must(db_begin(w.desk.db, &err), &err);
	for (i = 0; i < NFACTS; i++) {
		struct fact f = {
			.number = i + 1,
			.created_ms = at(facts[i].day, facts[i].hour),
			.closed_ms = facts[i].closed_day == 0 ? 0 :
			    at(facts[i].closed_day, 16),
			.category = facts[i].category,
			.priority = (enum ticket_priority)facts[i].priority,
			.building = facts[i].building,
			.assignee = facts[i].assignee == 0 ? 0 :
			    facts[i].assignee == 1 ? mia.id : tom.id,
			.source = facts[i].source,
			.response_s = facts[i].response_s,
			.resolution_s = facts[i].resolution_s,
			.promises = facts[i].promises,
			.reopened = facts[i].reopened,
			.rating = facts[i].rating,
		};

		must(fact_put(w.desk.db, &f, &err), &err);
		for (int k = 0; k < facts[i].messages; k++)
			must(fact_message(w.desk.db, i + 1, &err), &err);
	}
	must(db_commit(w.desk.db, &err), &err);
	w.desk.now_ms = NOW;
	*state = &w;
	return 0;
}

static int
teardown(void **state)
{
	world_close(*state);
	return 0;
}

struct seen {
	int64_t	numbers[NFACTS];
	int	n;
};

static int
see(int64_t number, int64_t at_ms, void *arg)
{
	struct seen *seen = arg;

	assert_true(seen->n < NFACTS);
	assert_true(at_ms > 0);
	seen->numbers[seen->n++] = number;
	return 0;
}

static struct seen
behind(struct world *w, const struct stats_ask *ask, const char *key)
{
	struct stats_part part = { ask, key, 0, 0 };
	struct seen seen = { .n = 0 };
	struct err err = { 0 };

	must(stats_tickets(w->desk.db, &part, NOW, w->arena, see, &seen,
	    &err), &err);
	return seen;
}

static struct stats
make(struct world *w, const struct stats_ask *ask)
{
	struct stats stats = { .n = 0 };
	struct err err = { 0 };

	must(stats_make(w->desk.db, ask, NOW, w->arena, &stats, &err), &err);
	return stats;
}

static const struct stats_row *
row_of(const struct stats *stats, const char *key)
{
	size_t i;

	for (i = 0; i < stats->n; i++)
		if (strcmp(stats->rows[i].key, key) == 0)
			return &stats->rows[i];
	return NULL;
}

/* Every measure by several dimensions; the tickets behind each figure are as
 * many as it counts. -1: there is no such row, or it has no value. */
static void
test_table(void **state)
{
	static const struct {
		enum stats_measure	 measure;
		enum stats_by		 by;
		const char		*key;
		double			 value;
		int			 n;
	} t[] = {
		{ STATS_CREATED, STATS_DAY, "2026-11-02", 2, 2 },
		{ STATS_CREATED, STATS_DAY, "2026-11-01", 0, 0 },
		{ STATS_CREATED, STATS_DAY, "2026-11-09", 2, 2 },
		{ STATS_CREATED, STATS_DAY, "2026-12-01", -1, 0 },
		{ STATS_CREATED, STATS_WEEK, "2026-W45", 3, 3 },
		{ STATS_CREATED, STATS_WEEK, "2026-W48", 3, 3 },
		{ STATS_CREATED, STATS_MONTH, "2026-11", 10, 10 },
		{ STATS_CREATED, STATS_MONTH, "2026-10", 0, 0 },
		{ STATS_CREATED, STATS_WEEKDAY_HOUR, "mon 09:00", 5, 5 },
		{ STATS_CREATED, STATS_WEEKDAY_HOUR, "mon 23:00", 1, 1 },
		{ STATS_CREATED, STATS_WEEKDAY_HOUR, "sun 09:00", 0, 0 },
		{ STATS_CREATED, STATS_CATEGORY, "it", 7, 7 },
		{ STATS_CREATED, STATS_CATEGORY, "none", -1, 0 },
		{ STATS_CREATED, STATS_LOCATION, "Library", 5, 5 },
		{ STATS_CREATED, STATS_LOCATION, "", 2, 2 },
		{ STATS_CREATED, STATS_PRIORITY, "urgent", 1, 1 },
		{ STATS_CREATED, STATS_ASSIGNEE, "mia@campus.example", 6, 6 },
		{ STATS_CREATED, STATS_ASSIGNEE, "", 2, 2 },
		{ STATS_CREATED, STATS_SOURCE, "slack", 1, 1 },
		{ STATS_CLOSED, STATS_DAY, "2026-11-03", 2, 2 },
		{ STATS_CLOSED, STATS_CATEGORY, "facilities", 2, 2 },
		{ STATS_CLOSED, STATS_WEEKDAY_HOUR, "wed 16:00", 3, 3 },
		{ STATS_BACKLOG, STATS_CATEGORY, "it", 2, 2 },
		{ STATS_BACKLOG, STATS_ASSIGNEE, "", 2, 2 },
		{ STATS_BACKLOG, STATS_DAY, "2026-11-25", 3, 3 },
		{ STATS_RESPONSE_P50, STATS_CATEGORY, "it", 120, 6 },
		{ STATS_RESPONSE_P90, STATS_CATEGORY, "it", 1200, 6 },
		{ STATS_RESPONSE_P50, STATS_CATEGORY, "services", -1, 0 },
		{ STATS_RESOLUTION_P50, STATS_CATEGORY, "it", 3600, 5 },
		{ STATS_RESOLUTION_P90, STATS_CATEGORY, "it", 9000, 5 },
		{ STATS_RESOLUTION_P50, STATS_SOURCE, "cli", 30, 1 },
		{ STATS_REOPENED, STATS_CATEGORY, "it", 1, 1 },
		{ STATS_REOPENED, STATS_CATEGORY, "facilities", 1, 1 },
		{ STATS_MESSAGES, STATS_CATEGORY, "facilities", 5, 2 },
		{ STATS_SLA_MET, STATS_CATEGORY, "facilities", 0, 1 },
		{ STATS_SLA_MET, STATS_LOCATION, "Library", 100, 4 },
		{ STATS_SLA_MET, STATS_PRIORITY, "normal", 100. * 4 / 6, 6 },
		{ STATS_SATISFACTION, STATS_CATEGORY, "it", 19. / 5, 5 },
		{ STATS_SATISFACTION, STATS_ASSIGNEE, "mia@campus.example",
		  21. / 5, 5 },
		{ STATS_SATISFACTION, STATS_ASSIGNEE, "tom@campus.example",
		  -1, 2 },
	};
	struct world *w = *state;
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct stats_ask ask = { .measure = t[i].measure,
		    .by = t[i].by };
		const struct stats_row *row;
		struct stats stats;

		print_message("%s by %s: %s\n", stats_measure_name(
		    t[i].measure), stats_by_name(t[i].by), t[i].key);
		must(stats_period(&ask, "2026-10-01", "2026-11-30", NOW,
		    &err), &err);
		stats = make(w, &ask);
		row = row_of(&stats, t[i].key);
		assert_int_equal(row != NULL && row->known, t[i].value >= 0);
		if (row == NULL)
			continue;
		assert_true(row->value > t[i].value - 1e-9 ||
		    t[i].value < 0);
		assert_true(row->value < t[i].value + 1e-9 ||
		    t[i].value < 0);
		assert_int_equal(row->n, t[i].n);
		assert_int_equal(behind(w, &ask, t[i].key).n, t[i].n);
	}
}

/* The same bounds for totals, filters, and pages of the tickets behind. */
static void
test_behind(void **state)
{
	struct world *w = *state;
	struct stats_ask ask = { .measure = STATS_CREATED, .by = STATS_DAY,
	    .category = "it", .building = "Library" };
	struct stats_part part = { &ask, NULL, 0, 0 };
	struct seen seen = { .n = 0 };
	struct err err = { 0 };
	struct stats stats;

	must(stats_period(&ask, "", "2026-11-24", NOW, &err), &err);
	stats = make(w, &ask);
	assert_int_equal(stats.n, 28);
	assert_int_equal(stats.total.n, 3);
	seen = behind(w, &ask, NULL);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.numbers[0], 9);
	assert_int_equal(seen.numbers[1], 2);	/* the same moment as 1 */
	assert_int_equal(seen.numbers[2], 1);
	part.before_ms = at(2, 9);
	part.before_number = 2;
	seen.n = 0;
	must(stats_tickets(w->desk.db, &part, NOW, w->arena, see, &seen,
	    &err), &err);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.numbers[0], 1);
	ask.measure = STATS_BACKLOG;
	part.before_ms = part.before_number = 0;
	seen = behind(w, &ask, "2026-11-03");
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.numbers[0], 2);
}

/* Days that were kept; a week has its last, a day that was not kept none. */
static void
test_backlog(void **state)
{
	struct world *w = *state;
	struct stats_ask ask = { .measure = STATS_BACKLOG,
	    .by = STATS_WEEK };
	struct err err = { 0 };
	struct stats stats;
	int64_t day = clock_days(2026, 11, 23);

	must(db_begin(w->desk.db, &err), &err);
	must(backlog_keep(w->desk.db, day - 2, &err), &err);
	must(db_commit(w->desk.db, &err), &err);
	must(stats_period(&ask, "2026-11-09", "2026-11-25", NOW, &err),
	    &err);
	stats = make(w, &ask);
	assert_int_equal(stats.n, 3);
	assert_false(stats.rows[0].known);
	assert_int_equal(stats.rows[1].value, 3);
	assert_int_equal(stats.rows[2].value, 3);
	assert_int_equal(stats.total.value, 3);
	ask.by = STATS_DAY;
	ask.last = day - 1;
	stats = make(w, &ask);
	assert_true(stats.rows[stats.n - 2].known);
	assert_false(stats.rows[stats.n - 1].known);
}

static void
test_period(void **state)
{
	static const struct {
		enum stats_by	 by;
		const char	*from, *to, *wrong;
		int		 days;
	} t[] = {
		{ STATS_DAY, "", "", NULL, 28 },
		{ STATS_DAY, "2026-11-25", "2026-11-25", NULL, 1 },
		{ STATS_WEEK, "", "", NULL, 87 },	/* from a Monday on */
		{ STATS_MONTH, "", "", NULL, 390 },
		{ STATS_DAY, "2026-02-29", "", "no date", 0 },
		{ STATS_DAY, "yesterday", "", "no date", 0 },
		{ STATS_DAY, "", "2026-11-2x", "no date", 0 },
		{ STATS_DAY, "2026-11-26", "2026-11-25", "before", 0 },
		{ STATS_WEEK, "1999-11-26", "", "11 years", 0 },
		{ STATS_DAY, "2020-11-26", "", "weeks or months", 0 },
		{ STATS_WEEK, "2020-11-26", "", NULL, 2191 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct stats_ask ask = { .by = t[i].by };
		struct err err = { 0 };
		int rc = stats_period(&ask, t[i].from, t[i].to, NOW, &err);

		print_message("%s to %s\n", t[i].from, t[i].to);
		assert_int_equal(rc, t[i].wrong == NULL ? 0 : -1);
		if (rc == 0)
			assert_int_equal(ask.last - ask.first + 1, t[i].days);
		else
			assert_non_null(strstr(err.msg, t[i].wrong));
	}
}

static void
test_impossible(void **state)
{
	struct world *w = *state;
	struct stats_ask ask = { .measure = STATS_BACKLOG,
	    .by = STATS_WEEKDAY_HOUR };
	struct stats stats;
	struct err err = { 0 };

	assert_int_equal(stats_make(w->desk.db, &ask, NOW, w->arena, &stats,
	    &err), -1);
	assert_string_equal(err.msg, "backlog by weekday-hour makes no sense");
}

/* Few values are exact, many within their bucket. */
static void
test_spread(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct spread *s = spread_new(arena);
	int64_t p;
	int i;

	(void)state;
	assert_int_equal(spread_percentile(s, 50), -1);
	for (i = 100; i > 0; i--)
		assert_true(spread_add(s, i * 1001));
	assert_int_equal(spread_percentile(s, 50), 50 * 1001);
	assert_int_equal(spread_percentile(s, 90), 90 * 1001);
	assert_int_equal(spread_percentile(s, 100), 100 * 1001);
	for (i = 101; i <= 10000; i++)
		assert_true(spread_add(s, i * 1001));
	for (i = 1; i <= 100; i++) {
		p = spread_percentile(s, i);
		assert_true(p >= i * 100100 * 0.984);
		assert_true(p <= i * 100100 * 1.016);
	}
	assert_true(spread_add(s, INT64_MAX));
	assert_true(spread_percentile(s, 100) <= SPREAD_MAX * 1.016);
	s = spread_new(arena);
	for (i = 0; i < 400; i++)
		assert_true(spread_add(s, i % 2));
	assert_int_equal(spread_percentile(s, 50), 0);
	assert_int_equal(spread_percentile(s, 51), 1);
	arena_free(&arena);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_table), TEST(test_behind), TEST(test_backlog),
		TEST(test_period), TEST(test_impossible),
		cmocka_unit_test(test_spread),
	};

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
