#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "daemon/pump_inside.h"

#define OVERHEAD	2048	/* bytes that each load costs beside its mail */
#define STACK_SIZE	((size_t)1 << 20)

/* ---- loads and lanes ---- */

void
source_item_free(struct source_item **item)
{
	if (*item == NULL)
		return;
	blob_free(&(*item)->raw);
	free(*item);
	*item = NULL;
}

void
pump_load_free(struct load *load)
{
	arena_free(&load->arena);
	arena_free(&load->desk_arena);
	source_item_free(&load->item);
	free(load);
}

bool
pump_is_aside(const struct load *load)
{
	return load->aside || (load->stage == LOAD_PARSE &&
	    clock_mono_ms() - load->parse_ms > PUMP_ASIDE_MS);
}

static struct lane *
lane_find(struct pump *pump, const char *source)
{
	struct lane *lane;

	TAILQ_FOREACH(lane, &pump->lanes, lanes)
		if (strcmp(lane->source, source) == 0)
			return lane;
	return NULL;
}

static struct lane *
lane_need(struct pump *pump, const char *source)
{
	struct lane *lane = lane_find(pump, source);

	if (lane != NULL)
		return lane;
	lane = calloc(1, sizeof *lane);
	if (lane == NULL)
		return NULL;
	lane->source = strdup(source);
	if (lane->source == NULL) {
		free(lane);
		return NULL;
	}
	TAILQ_INIT(&lane->order);
	TAILQ_INIT(&lane->fresh);
	lane->done_end = &lane->done;
	TAILQ_INSERT_TAIL(&pump->lanes, lane, lanes);
	return lane;
}

static void
lane_free(struct lane *lane)
{
	struct source_item *item;
	struct load *load, *next;

	for (load = TAILQ_FIRST(&lane->order); load != NULL; load = next) {
		next = TAILQ_NEXT(load, order);
		pump_load_free(load);
	}
	while ((item = lane->done) != NULL) {
		lane->done = item->next;
		source_item_free(&item);
	}
	free(lane->source);
	free(lane);
}

void
pump_wait(struct pump *pump, pthread_cond_t *cond, int64_t ms)
{
	int64_t until = clock_mono_ms() + ms;
	struct timespec ts = { until / 1000, until % 1000 * 1000000 };

	pthread_cond_timedwait(cond, &pump->lock, &ts);
}

/* ---- what sources call ---- */

static bool
is_full(const struct pump *pump, const struct lane *lane)
{
	return pump->bytes >= PUMP_BYTES || lane->bytes >= PUMP_BYTES / 2;
}

bool
pump_submit(struct pump *pump, struct source_item *item)
{
	struct load *load = calloc(1, sizeof *load);
	struct lane *lane;
	bool taken = false;

	assert(item->raw != NULL);
	if (load == NULL)
		return false;
	pthread_mutex_lock(&pump->lock);
	lane = lane_need(pump, item->source);
	if (lane == NULL)
		goto out;
	while (is_full(pump, lane) && !pump->closing)
		pthread_cond_wait(&pump->room, &pump->lock);
	if (pump->closing)
		goto out;
	load->lane = lane;
	load->item = item;
	load->ends = -1;
	load->came_ms = clock_mono_ms();
	load->cost = OVERHEAD + blob_size(item->raw);
	item->durable = false;
	TAILQ_INSERT_TAIL(&lane->order, load, order);
	TAILQ_INSERT_TAIL(&lane->fresh, load, queue);
	lane->bytes += load->cost;
	lane->inside++;
	pump->bytes += load->cost;
	load = NULL;
	taken = true;
	pthread_cond_signal(&pump->parse);
out:
	pthread_mutex_unlock(&pump->lock);
	free(load);
	return taken;
}

void
pump_finish(struct load *load)
{
	struct lane *lane = load->lane;
	struct source_item *item = load->item;

	TAILQ_REMOVE(&lane->order, load, order);
	lane->inside--;
	lane->bytes -= load->cost;
	item->outcome = load->result.outcome;
	item->durable = true;
	item->next = NULL;
	blob_free(&item->raw);
	*lane->done_end = item;
	lane->done_end = &item->next;
	load->item = NULL;
	pump_load_free(load);
}

struct source_item *
pump_done(struct pump *pump, const char *source, int64_t wait_ms,
    int *pending_out)
{
	int64_t until = clock_mono_ms() + wait_ms, left;
	struct source_item *list = NULL;
	struct lane *lane;

	*pending_out = 0;
	pthread_mutex_lock(&pump->lock);
	for (;;) {
		lane = lane_find(pump, source);
		left = until - clock_mono_ms();
		if (lane == NULL || lane->done != NULL ||
		    lane->inside == 0 || left <= 0 || pump->stopping)
			break;
		pump_wait(pump, &pump->done, left);
	}
	if (lane != NULL) {
		list = lane->done;
		lane->done = NULL;
		lane->done_end = &lane->done;
		*pending_out = lane->inside;
	}
	pthread_mutex_unlock(&pump->lock);
	return list;
}

int
pump_note(struct pump *pump, const char *source, int64_t epoch,
    const int64_t *uids, size_t n, enum ledger_outcome outcome,
    const char *because, struct err *err)
{
	struct pump_note note = { .source = source, .because = because,
		.epoch = epoch, .uids = uids, .n = n, .outcome = outcome };

	pthread_mutex_lock(&pump->lock);
	TAILQ_INSERT_TAIL(&pump->notes, &note, notes);
	pthread_cond_signal(&pump->desk);
	while (!note.done && pump->decider_runs)
		pthread_cond_wait(&pump->done, &pump->lock);
	if (!note.done) {
		TAILQ_REMOVE(&pump->notes, &note, notes);
		note.rc = err_set(&note.err, ERR_RETRY, "stopping");
	}
	pthread_mutex_unlock(&pump->lock);
	if (note.rc == -1 && err != NULL)
		*err = note.err;
	return note.rc;
}

/* ---- life ---- */

void
pump_reload(struct pump *pump, const struct settings *settings)
{
	pthread_mutex_lock(&pump->lock);
	pump->settings = settings;
	pthread_mutex_unlock(&pump->lock);
}

void
pump_close(struct pump *pump)
{
	pthread_mutex_lock(&pump->lock);
	pump->closing = true;
	pthread_cond_broadcast(&pump->room);
	pthread_mutex_unlock(&pump->lock);
}

/* The lock is held, so that none looks around before all are there. */
static int
start_threads(struct pump *pump, struct err *err)
{
	pthread_attr_t attr;
	int i, rc;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	rc = pthread_create(&pump->decider, &attr, pump_decide_main, pump);
	pump->has_decider = pump->decider_runs = rc == 0;
	for (i = 0; rc == 0 && i < pump->options.parse_threads + PUMP_SPARE;
	    i++) {
		pump->parsers[i].pump = pump;
		rc = pthread_create(&pump->parsers[i].thread, &attr,
		    pump_parse_main, &pump->parsers[i]);
		if (rc == 0)
			pump->nparsers++;
	}
	pthread_attr_destroy(&attr);
	return rc == 0 ? 0 : err_set(err, ERR_FATAL, "threads: %s",
	    strerror(rc));
}

static void
init(struct pump *pump, const struct pump_options *options)
{
	pthread_cond_t *conds[] = { &pump->room, &pump->parse, &pump->desk,
		&pump->done };
	pthread_condattr_t attr;
	size_t i;

	pump->options = *options;
	pump->settings = options->settings;
	pthread_mutex_init(&pump->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	for (i = 0; i < sizeof conds / sizeof conds[0]; i++)
		pthread_cond_init(conds[i], &attr);
	pthread_condattr_destroy(&attr);
	TAILQ_INIT(&pump->lanes);
	TAILQ_INIT(&pump->again);
	TAILQ_INIT(&pump->notes);
}

int
pump_start(const struct pump_options *options, struct pump **pump_out,
    struct err *err)
{
	struct pump *pump = calloc(1, sizeof *pump);
	int ret = -1;

	if (pump == NULL)
		return err_set(err, ERR_FATAL, "pump: out of memory");
	init(pump, options);
	pump->parsers = calloc((size_t)options->parse_threads + PUMP_SPARE,
	    sizeof *pump->parsers);
	if (pump->parsers == NULL) {
		err_set(err, ERR_FATAL, "pump: out of memory");
		goto out;
	}
	if (db_open(options->settings->store_url, DB_WRITE, &pump->db,
	    err) == -1 || db_open(options->settings->store_url, DB_NOTE,
	    &pump->note_db, err) == -1)
		goto out;
	db_leave_log(pump->db);		/* to the timers */
	pthread_mutex_lock(&pump->lock);
	ret = start_threads(pump, err);
	pthread_mutex_unlock(&pump->lock);
	if (ret == -1)
		goto out;
	*pump_out = pump;
	pump = NULL;
out:
	pump_stop(&pump, 0);
	return ret;
}

/* End what a parse thread waits for. */
static void
hurry(struct pump *pump)
{
	int i;

	for (i = 0; i < pump->nparsers; i++)
		if (pump->parsers[i].worker != NULL)
			worker_cancel(pump->parsers[i].worker);
}

static bool
is_parsing(const struct pump *pump)
{
	int i;

	for (i = 0; i < pump->nparsers; i++)
		if (pump->parsers[i].load != NULL)
			return true;
	return false;
}

static void
stop_threads(struct pump *pump, int64_t wait_ms)
{
	int64_t until = clock_mono_ms() + wait_ms;
	int i;

	pthread_mutex_lock(&pump->lock);
	pump->closing = pump->stopping = true;
	pthread_cond_broadcast(&pump->room);
	pthread_cond_broadcast(&pump->parse);
	pthread_cond_broadcast(&pump->desk);
	pthread_cond_broadcast(&pump->done);
	while (is_parsing(pump) && clock_mono_ms() < until)
		pump_wait(pump, &pump->done, until - clock_mono_ms());
	hurry(pump);
	pthread_mutex_unlock(&pump->lock);
	for (i = 0; i < pump->nparsers; i++)
		pthread_join(pump->parsers[i].thread, NULL);
	if (pump->has_decider)
		pthread_join(pump->decider, NULL);
}

void
pump_stop(struct pump **pumpp, int64_t wait_ms)
{
	struct pump *pump = *pumpp;
	struct lane *lane, *next;

	if (pump == NULL)
		return;
	stop_threads(pump, wait_ms);
	for (lane = TAILQ_FIRST(&pump->lanes); lane != NULL; lane = next) {
		next = TAILQ_NEXT(lane, lanes);
		lane_free(lane);
	}
	db_close(&pump->note_db);
	db_close(&pump->db);
	pthread_cond_destroy(&pump->room);
	pthread_cond_destroy(&pump->parse);
	pthread_cond_destroy(&pump->desk);
	pthread_cond_destroy(&pump->done);
	pthread_mutex_destroy(&pump->lock);
	free(pump->parsers);
	free(pump);
	*pumpp = NULL;
}
