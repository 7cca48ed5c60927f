#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/sdnotify.h"
#include "daemon/alarms.h"
#include "daemon/chat_clock.h"
#include "daemon/timers.h"
#include "db/audit_store.h"
#include "db/erase_store.h"
#include "db/outbox_store.h"
#include "db/quota_store.h"
#include "db/session_store.h"

#define SECOND_MS	((int64_t)1000)
#define HOUR_MS		(3600 * SECOND_MS)
#define DAY_MS		(24 * HOUR_MS)
#define FIGURES_MAX	(1u << 20)	/* bytes of what we counted */
#define RAW_BATCH	100	/* mails removed in one transaction */
#define FORGET_MS	(7 * DAY_MS)	/* rendered mail after its delivery */

struct timers {
	pthread_t	 thread;
	pthread_mutex_t	 lock;
	pthread_cond_t	 wake;
	bool		 stopping;
	const struct settings *settings;	/* under lock */
	const struct secret *secret;
	struct db	*db;
	void		(*somebody_wrote)(void *arg);
	void		*arg;
	int64_t		 version;	/* of the store, seen last */
};

/* ---- the jobs ---- */

static int
look(struct timers *t, struct err *err)
{
	int64_t version = db_data_version(t->db);

	(void)err;
	if (version != t->version)
		t->somebody_wrote(t->arg);
	t->version = version;
	return 0;
}

static int
heartbeat(struct timers *t, struct err *err)
{
	struct buf figures = BUF_INIT(FIGURES_MAX);
	char now[24];
	int ret = -1;

	sdnotify("WATCHDOG=1");
	snprintf(now, sizeof now, "%" PRId64, clock_now_ms());
	metrics_write(&figures);
	if (db_begin(t->db, err) == 0 &&
	    state_set(t->db, "heartbeat", now, err) == 0 &&
	    state_set(t->db, "metrics", buf_str(&figures), err) == 0)
		ret = db_commit(t->db, err);
	if (ret == -1)
		db_rollback(t->db);
	buf_free(&figures);
	return ret;
}

/* The head goes outside (I4): a cut tail or a rewritten chain is found by it. */
static int
log_head(struct timers *t, struct err *err)
{
	char head[AUDIT_HEAD_MAX];

	if (audit_head(t->db, head, err) == -1)
		return -1;
	log_at(LOG_INFO, "audit", "chain head", LOG_S("head", head));
	return 0;
}

/* Beside the deciding thread, which leaves the log to us. */
static int
tidy(struct timers *t, struct err *err)
{
	return db_tidy(t->db, err);
}

static int
checkpoint(struct timers *t, struct err *err)
{
	return db_checkpoint(t->db, err);
}

static int
forget(struct timers *t, struct err *err)
{
	int64_t now = clock_now_ms();

	if (db_begin(t->db, err) == -1)
		return -1;
	if (outbox_forget(t->db, now - FORGET_MS, err) != -1 &&
	    quota_sweep(t->db, now, err) != -1 &&
	    session_sweep(t->db, now, err) != -1 && db_commit(t->db, err) == 0)
		return 0;
	db_rollback(t->db);
	return -1;
}

static const struct settings *
settings_now(struct timers *t)
{
	const struct settings *settings;

	pthread_mutex_lock(&t->lock);
	settings = t->settings;
	pthread_mutex_unlock(&t->lock);
	return settings;
}

static int
chat(struct timers *t, struct err *err)
{
	int n = chat_clock(t->db, settings_now(t), t->secret, err);

	if (n > 0)
		t->somebody_wrote(t->arg);
	return n == -1 ? -1 : 0;
}

static int
alarms(struct timers *t, struct err *err)
{
	int n = alarms_ring(t->db, settings_now(t), t->secret, err);

	if (n > 0)
		t->somebody_wrote(t->arg);
	return n == -1 ? -1 : 0;
}

static int
day(struct timers *t, struct err *err)
{
	return alarms_day(t->db, err);
}

static bool
is_stopping(struct timers *t)
{
	bool stopping;

	pthread_mutex_lock(&t->lock);
	stopping = t->stopping;
	pthread_mutex_unlock(&t->lock);
	return stopping;
}

/* The bytes of some mails older than keep-raw-days; how many, or -1. */
static int
remove_some(struct timers *t, int64_t before_ms, struct err *err)
{
	int n;

	if (db_begin(t->db, err) == -1)
		return -1;
	n = erase_old_raw(t->db, before_ms, RAW_BATCH, err);
	if (n == -1)
		db_rollback(t->db);
	else if (db_commit(t->db, err) == -1)
		n = -1;
	return n;
}

static int
retention(struct timers *t, struct err *err)
{
	int64_t all = 0;
	int days, n = RAW_BATCH;

	pthread_mutex_lock(&t->lock);
	days = t->settings->keep_raw_days;
	pthread_mutex_unlock(&t->lock);
	while (days > 0 && n == RAW_BATCH && !is_stopping(t)) {
		n = remove_some(t, clock_now_ms() - days * DAY_MS, err);
		all += n > 0 ? n : 0;
	}
	if (all > 0)
		log_at(LOG_INFO, "timers", "raw mail removed",
		    LOG_N("mails", all), LOG_N("keep-raw-days", days));
	return n == -1 ? -1 : 0;
}

static const struct job {
	const char	*name;
	int64_t		 every_ms, first_ms;
	int		(*fn)(struct timers *t, struct err *err);
} jobs[] = {
	{ "look",	SECOND_MS,	SECOND_MS,	look },
	{ "tidy",	SECOND_MS,	SECOND_MS,	tidy },
	{ "alarms",	SECOND_MS,	SECOND_MS,	alarms },
	{ "chat",	SECOND_MS,	SECOND_MS,	chat },
	{ "day",	60 * SECOND_MS,	SECOND_MS,	day },
	{ "heartbeat",	10 * SECOND_MS,	0,		heartbeat },
	{ "chain head",	HOUR_MS,	0,		log_head },
	{ "forget",	HOUR_MS,	60 * SECOND_MS,	forget },
	{ "retention",	HOUR_MS,	5 * SECOND_MS,	retention },
	{ "checkpoint",	HOUR_MS,	HOUR_MS,	checkpoint },
};
#define NJOBS	(sizeof jobs / sizeof jobs[0])

/* ---- the thread ---- */

static void
run(struct timers *t, const struct job *job)
{
	struct err err = { 0 };

	if (job->fn(t, &err) == -1)
		log_at(LOG_WARN, "timers", job->name,
		    LOG_S("error", err.msg));
}

/* Run what is due; when is the next? */
static int64_t
run_due(struct timers *t, int64_t due[NJOBS])
{
	int64_t now, next = INT64_MAX;
	size_t i;

	for (i = 0; i < NJOBS; i++) {
		now = clock_mono_ms();
		if (due[i] <= now) {
			run(t, &jobs[i]);
			due[i] = now + jobs[i].every_ms;
		}
		if (due[i] < next)
			next = due[i];
	}
	return next;
}

static void *
timers_main(void *arg)
{
	struct timers *t = arg;
	int64_t due[NJOBS], next;
	struct timespec ts;
	bool stopping = false;
	size_t i;

	t->version = db_data_version(t->db);
	for (i = 0; i < NJOBS; i++)
		due[i] = clock_mono_ms() + jobs[i].first_ms;
	while (!stopping) {
		next = run_due(t, due);
		ts = (struct timespec){ next / 1000, next % 1000 * 1000000 };
		pthread_mutex_lock(&t->lock);
		if (!t->stopping)
			pthread_cond_timedwait(&t->wake, &t->lock, &ts);
		stopping = t->stopping;
		pthread_mutex_unlock(&t->lock);
	}
	return NULL;
}

int
timers_start(const struct settings *settings, const struct secret *secret,
    void (*somebody_wrote)(void *arg), void *arg, struct timers **timers_out,
    struct err *err)
{
	struct timers *t = calloc(1, sizeof *t);
	pthread_condattr_t attr;

	if (t == NULL)
		return err_set(err, ERR_FATAL, "timers: out of memory");
	t->somebody_wrote = somebody_wrote;
	t->arg = arg;
	t->settings = settings;
	t->secret = secret;
	if (db_open(settings->store_url, DB_WRITE, &t->db, err) == -1) {
		free(t);
		return -1;
	}
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&t->thread, NULL, timers_main, t) != 0) {
		db_close(&t->db);
		free(t);
		return err_set(err, ERR_FATAL, "timers: no thread");
	}
	*timers_out = t;
	return 0;
}

void
timers_reload(struct timers *timers, const struct settings *settings)
{
	pthread_mutex_lock(&timers->lock);
	timers->settings = settings;
	pthread_mutex_unlock(&timers->lock);
}

void
timers_stop(struct timers **timers)
{
	struct timers *t = *timers;

	if (t == NULL)
		return;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	db_close(&t->db);
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
	free(t);
	*timers = NULL;
}
