#include "base/text.h"
#include "desk/promise.h"

#define DAY_MS		((int64_t)86400 * 1000)
#define WARN_PART	3 / 4

static const struct settings_targets *
targets(const struct desk *desk, const struct ticket *ticket)
{
	static const struct settings_targets none;
	const struct settings_category *c = settings_category(desk->settings,
	    ticket->category);

	if (c == NULL || (ticket->flags & (TICKET_SPAM | TICKET_BULK)) != 0)
		return &none;
	return &c->targets[ticket->priority];
}

/* When so much of the target, in seconds, will be over; 0: none. */
static int64_t
after(const struct desk *desk, const struct ticket *ticket, int64_t ms)
{
	return ms == 0 ? 0 : hours_after(desk->settings->hours,
	    ticket->created_ms, ms + ticket->paused_ms);
}

struct next {
	enum promise_kind	kind;
	int64_t			when_ms;
};

static void
consider(struct next *next, enum promise_kind kind, int64_t when_ms)
{
	if (when_ms > 0 && (next->kind == PROMISE_NONE ||
	    when_ms < next->when_ms))
		*next = (struct next){ kind, when_ms };
}

/* Warn, unless it is late already, and be late once. */
static void
consider_due(const struct desk *desk, const struct ticket *t,
    struct next *next, enum promise_kind warn, int64_t target_ms,
    int64_t due_ms, unsigned warned)
{
	if (due_ms == 0 || (t->alarms & (warned << 1)) != 0)
		return;
	if ((t->alarms & warned) == 0 && due_ms > desk->now_ms)
		consider(next, warn, after(desk, t, target_ms * WARN_PART));
	consider(next, warn + 1, due_ms);
}

static void
consider_waiting(const struct desk *desk, const struct ticket *t,
    struct next *next)
{
	const struct settings *s = desk->settings;
	int64_t close = s->autoclose_waiting_days * DAY_MS;
	int64_t remind = s->remind_waiting_days * DAY_MS;

	if (close > 0)
		consider(next, PROMISE_CLOSE, t->waiting_ms + close);
	if (remind > 0 && (close == 0 || remind < close) &&
	    (t->alarms & ALARM_REMINDED) == 0)
		consider(next, PROMISE_REMIND, t->waiting_ms + remind);
}

enum promise_kind
promise_next(const struct desk *desk, const struct ticket *t,
    int64_t *when_out)
{
	struct next next = { PROMISE_NONE, 0 };
	const struct settings_targets *goal = targets(desk, t);

	if (t->status == TICKET_CLOSED || (t->flags & TICKET_SPAM) != 0)
		return PROMISE_NONE;
	if (t->status == TICKET_WAITING)
		consider_waiting(desk, t, &next);
	if (t->status != TICKET_WAITING && t->first_response_ms == 0)
		consider_due(desk, t, &next, PROMISE_RESPONSE_WARN,
		    goal->first_response * 1000, t->first_response_due_ms,
		    ALARM_RESPONSE_WARNED);
	if (t->status != TICKET_WAITING)
		consider_due(desk, t, &next, PROMISE_RESOLVE_WARN,
		    goal->resolve * 1000, t->resolve_due_ms,
		    ALARM_RESOLVE_WARNED);
	if ((t->alarms & ALARM_DUE) == 0)
		consider(&next, PROMISE_DUE, t->due_ms);
	*when_out = next.when_ms;
	return next.kind;
}

void
promise_renew(const struct desk *desk, struct ticket *t)
{
	const struct settings_targets *goal = targets(desk, t);

	if (t->first_response_ms == 0 && t->status != TICKET_CLOSED)
		t->first_response_due_ms = after(desk, t,
		    goal->first_response * 1000);
	if (t->status != TICKET_CLOSED)
		t->resolve_due_ms = after(desk, t, goal->resolve * 1000);
	t->alarm_ms = 0;
	promise_next(desk, t, &t->alarm_ms);
}

void
promise_resumed(const struct desk *desk, struct ticket *ticket,
    int64_t since_ms)
{
	ticket->paused_ms += hours_between(desk->settings->hours, since_ms,
	    desk->now_ms);
}

const char *
promise_length(struct arena *arena, int64_t seconds)
{
	long long days = (long long)(seconds / 86400);
	long long hours = (long long)(seconds % 86400 / 3600);
	long long minutes = (long long)(seconds % 3600 / 60);

	if (days > 0)
		return hours == 0 ? arena_printf(arena, "%lld d", days) :
		    arena_printf(arena, "%lld d %lld h", days, hours);
	if (hours > 0)
		return minutes == 0 ? arena_printf(arena, "%lld h", hours) :
		    arena_printf(arena, "%lld h %lld min", hours, minutes);
	return arena_printf(arena, "%lld min", minutes);
}

const char *
promise_because(const struct desk *desk, const struct ticket *ticket,
    bool response)
{
	const struct settings_targets *goal = targets(desk, ticket);
	int64_t s = response ? goal->first_response : goal->resolve;
	const char *paused = ticket->paused_ms < 60000 ? "" :
	    arena_printf(desk->arena, ", without the %s that it waited",
	    promise_length(desk->arena, ticket->paused_ms / 1000));

	if (s == 0)
		return "its category has no target";
	return arena_printf(desk->arena, "%s of opening hours since it was "
	    "made: %s, %s%s", promise_length(desk->arena, s),
	    ticket->category, ticket_priority_name(ticket->priority), paused);
}

static unsigned
kept(int64_t due_ms, int64_t done_ms, int64_t now_ms, unsigned in_time,
    unsigned late)
{
	if (due_ms == 0)
		return 0;
	if (done_ms != 0)
		return done_ms <= due_ms ? in_time : late;
	return now_ms > due_ms ? late : 0;
}

static const char *
building_of(const struct desk *desk, const struct ticket *t)
{
	const struct location *l = t->location == NULL ? NULL :
	    locations_code(desk->settings->locations, slice_of(t->location),
	    desk->arena);

	return l == NULL ? "" : l->building;
}

struct fact
promise_fact(const struct desk *desk, const struct ticket *t)
{
	const struct hours *hours = desk->settings->hours;
	int64_t answered = t->first_response_ms != 0 ? t->first_response_ms :
	    t->closed_ms;
	struct fact f = {
		.number = t->number, .created_ms = t->created_ms,
		.closed_ms = t->closed_ms, .category = t->category,
		.priority = t->priority, .building = building_of(desk, t),
		.assignee = t->assignee, .source = t->source,
		.response_s = -1, .resolution_s = -1,
		.reopened = t->reopened, .rating = t->rating,
	};

	if (t->first_response_ms != 0)
		f.response_s = hours_between(hours, t->created_ms,
		    t->first_response_ms) / 1000;
	if (t->closed_ms != 0)
		f.resolution_s = (hours_between(hours, t->created_ms,
		    t->closed_ms) - t->paused_ms) / 1000;
	if (t->closed_ms != 0 && f.resolution_s < 0)
		f.resolution_s = 0;
	f.promises = kept(t->first_response_due_ms, answered, desk->now_ms,
	    FACT_ANSWERED, FACT_UNANSWERED) | kept(t->resolve_due_ms,
	    t->closed_ms, desk->now_ms, FACT_RESOLVED, FACT_UNRESOLVED);
	return f;
}
