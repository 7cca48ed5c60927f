#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "daemon/watch.h"
#include "desk/canary.h"
#include "desk/trouble.h"

#define NAME_BYTES	160
#define DOORS_MAX	256
#define LONG_MS		((int64_t)10 * 60 * 1000)	/* down so long is a
							 * fault */
#define LOOK_MS		1000
#define GAP_MS		30000	/* without a look: nobody could receive mail */
#define PATIENCE_MS	30000	/* for mailboxes, before the first canary */
#define ARENA_MAX	(8 * 1024 * 1024)

struct door {
	char		 name[NAME_BYTES];
	enum watch_how	 how;
	char		 fault[ERR_MSG_MAX];
	int64_t		 since_ms;	/* not well; monotonic */
	bool		 known;		/* it has told how it is */
	bool		 news;		/* still to be told */
	bool		 told;		/* with the canary */
};

struct watch {
	pthread_t		 thread;
	pthread_mutex_t		 lock;		/* of all below */
	pthread_cond_t		 wake;
	bool			 stopping;
	const struct settings	*settings;
	struct door		 doors[DOORS_MAX];
	size_t			 ndoors;
	/* the thread's own */
	struct desk		 desk;
	void			(*queued)(void *arg);
	void			*arg;
	bool			 flies;		/* the canary */
	int64_t			 start_ms;	/* monotonic */
	int64_t			 looked_ms;	/* wall clock; the last look */
};

/* ---- from any thread ---- */

static struct door *
door_of(struct watch *w, const char *whole)
{
	char name[NAME_BYTES];
	struct door *d;

	snprintf(name, sizeof name, "%s", whole);
	for (size_t i = 0; i < w->ndoors; i++)
		if (strcmp(w->doors[i].name, name) == 0)
			return &w->doors[i];
	if (w->ndoors == DOORS_MAX)
		return NULL;
	d = &w->doors[w->ndoors++];
	*d = (struct door){ .how = WATCH_WELL };
	snprintf(d->name, sizeof d->name, "%s", name);
	return d;
}

static const struct metric up = { METRIC_GAUGE, "campusdesk_source_up",
    "1 while a door of the desk works." };

static void
count(const char *name, enum watch_how how)
{
	struct buf label = BUF_INIT(METRICS_LABELS_MAX);

	metrics_label(&label, "source", name);
	metrics_set(&up, buf_str(&label), how == WATCH_WELL);
	buf_free(&label);
}

void
watch_tell(struct watch *w, const char *name, enum watch_how how,
    const char *fault)
{
	struct door *d;

	count(name, how);
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	d = door_of(w, name);
	/* what somebody must mend stays so until it is well */
	if (d != NULL && (d->how != WATCH_FAULT || how != WATCH_DOWN)) {
		if (how != WATCH_WELL && (!d->known || d->how == WATCH_WELL))
			d->since_ms = clock_mono_ms();
		/* the first time, too: a former process may have told staff
		 * of a fault */
		if (!d->known || d->how != how)
			d->news = true;
		d->known = true;
		d->told &= how != WATCH_WELL;
		d->how = how;
		snprintf(d->fault, sizeof d->fault, "%s", fault);
		if (d->news)
			pthread_cond_signal(&w->wake);
	}
	pthread_mutex_unlock(&w->lock);
}

/* ---- the thread ---- */

/* One door whose news are to be told, taken out. */
static bool
take_news(struct watch *w, struct door *out)
{
	bool found = false;
	int64_t now = clock_mono_ms();

	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < w->ndoors && !found; i++) {
		struct door *d = &w->doors[i];

		if (d->how == WATCH_DOWN && !d->told &&
		    now - d->since_ms > LONG_MS) {
			d->how = WATCH_FAULT;
			d->news = true;
		}
		found = d->news;
		if (found) {
			d->news = false;
			*out = *d;
		}
	}
	pthread_mutex_unlock(&w->lock);
	return found;
}

static void
news_again(struct watch *w, const char *name)
{
	struct door *d;

	pthread_mutex_lock(&w->lock);
	d = door_of(w, name);
	if (d != NULL)
		d->news = true;
	pthread_mutex_unlock(&w->lock);
}

/* 1 staff were told, 0 nothing to tell, -1. */
static int
record(struct watch *w, const struct door *d, struct err *err)
{
	int rc;

	w->desk.now_ms = clock_now_ms();
	if (db_begin(w->desk.db, err) == -1)
		return -1;
	rc = d->how == WATCH_WELL ? trouble_end(&w->desk, d->name, "", err) :
	    trouble_begin(&w->desk, d->name, d->fault, err);
	if (rc != -1 && db_commit(w->desk.db, err) == 0)
		return rc;
	db_rollback(w->desk.db);
	return -1;
}

/* false: the store cannot be had, come back. */
static bool
tell_staff(struct watch *w, const struct door *d)
{
	struct err err = { 0 };
	int rc;

	if (d->how == WATCH_DOWN)
		return true;
	rc = record(w, d, &err);
	if (rc == -1) {
		log_at(LOG_WARN, "watch", "staff not told yet",
		    LOG_S("what", d->name), LOG_S("error", err.msg));
		news_again(w, d->name);
		return false;
	}
	if (rc == 1 && d->how == WATCH_WELL)
		log_at(LOG_INFO, "watch", "well again, staff told",
		    LOG_S("what", d->name));
	if (rc == 1 && d->how == WATCH_FAULT)
		log_at(LOG_ERROR, "watch", "trouble, staff told",
		    LOG_S("what", d->name), LOG_S("error", d->fault));
	if (rc == 1)
		w->queued(w->arg);
	return true;
}

/* ---- the canary ---- */

/* A canary does not fly through chat. */
static bool
is_chat(const struct door *d)
{
	return strncmp(d->name, "matrix", 6) == 0 ||
	    strncmp(d->name, "slack", 5) == 0;
}

/* What is not well, for people. */
static const char *
ill_doors(struct watch *w)
{
	const char *text = "";

	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < w->ndoors && text != NULL; i++)
		if (w->doors[i].how != WATCH_WELL && !is_chat(&w->doors[i]))
			text = arena_printf(w->desk.arena, "%s%s%s: %s", text,
			    *text == '\0' ? "" : "; ", w->doors[i].name,
			    w->doors[i].fault);
	pthread_mutex_unlock(&w->lock);
	return text == NULL ? "" : text;
}

/* Staff heard of these just now; when the canary is well again and they are
 * not, they are told by themselves. */
static void
mark_told(struct watch *w, bool told)
{
	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < w->ndoors; i++)
		w->doors[i].told = told && w->doors[i].how == WATCH_DOWN &&
		    !is_chat(&w->doors[i]);
	pthread_mutex_unlock(&w->lock);
}

/* A canary that is there before a mailbox is read for the first time would be
 * lost: mail from before the start. */
static bool
is_open(struct watch *w)
{
	size_t known = 0, i;

	if (clock_mono_ms() - w->start_ms > PATIENCE_MS)
		return true;
	pthread_mutex_lock(&w->lock);
	for (i = 0; i < w->ndoors; i++)
		known += w->doors[i].known && strncmp(w->doors[i].name,
		    "mailbox ", 8) == 0;
	pthread_mutex_unlock(&w->lock);
	return known >= w->desk.settings->nmailboxes;
}

static int
fly_once(struct watch *w, struct canary_result *result, struct err *err)
{
	int rc;

	if (db_begin(w->desk.db, err) == -1)
		return -1;
	rc = w->flies ? 0 : canary_start(&w->desk, err);
	if (rc != -1 && canary_turn(&w->desk, ill_doors(w), result,
	    err) == 0 && db_commit(w->desk.db, err) == 0)
		return 0;
	db_rollback(w->desk.db);
	return -1;
}

static void
tell_canary(struct watch *w, const struct canary_result *result)
{
	const char *what = CANARY;

	if (result->news == CANARY_LATE)
		log_at(LOG_ERROR, "watch", "trouble, staff told",
		    LOG_S("what", what), LOG_S("error", result->words));
	if (result->news == CANARY_WELL)
		log_at(LOG_INFO, "watch", "well again, staff told",
		    LOG_S("what", what), LOG_S("how", result->words));
	if (result->news != CANARY_NONE)
		mark_told(w, result->news == CANARY_LATE);
	if (result->queued)
		w->queued(w->arg);
}

static void
fly(struct watch *w)
{
	struct canary_result result = { .words = "" };
	struct err err = { 0 };
	int rc;

	w->desk.now_ms = clock_now_ms();
	if (w->desk.now_ms - w->looked_ms > GAP_MS ||
	    w->desk.now_ms < w->looked_ms)
		w->flies = false;	/* asleep, or another clock */
	w->looked_ms = w->desk.now_ms;
	if (!w->flies && !is_open(w))
		return;
	rc = w->flies ? canary_wants(&w->desk, &err) : 1;
	if (rc == 1)
		rc = fly_once(w, &result, &err);
	if (rc == -1) {
		log_at(LOG_WARN, "watch", "canary", LOG_S("error", err.msg));
		return;
	}
	w->flies = true;
	tell_canary(w, &result);
}

static void
look(struct watch *w)
{
	struct door door;

	arena_reset(w->desk.arena);
	pthread_mutex_lock(&w->lock);
	w->desk.settings = w->settings;
	pthread_mutex_unlock(&w->lock);
	while (take_news(w, &door))
		if (!tell_staff(w, &door))
			break;
	fly(w);
}

static void *
watch_main(void *arg)
{
	struct watch *w = arg;
	bool stopping = false;
	struct timespec ts;
	int64_t until;

	while (!stopping) {
		look(w);
		until = clock_mono_ms() + LOOK_MS;
		ts = (struct timespec){ until / 1000, until % 1000 * 1000000 };
		pthread_mutex_lock(&w->lock);
		if (!w->stopping)
			pthread_cond_timedwait(&w->wake, &w->lock, &ts);
		stopping = w->stopping;
		pthread_mutex_unlock(&w->lock);
	}
	return NULL;
}

/* ---- life ---- */

static bool
is_server(const struct settings *s, const char *name)
{
	char at[NAME_BYTES];

	if (strncmp(name, "oauth2 ", 7) == 0)
		name += 7;
	for (size_t i = 0; i < s->nmailboxes; i++) {
		snprintf(at, sizeof at, "mailbox %s", s->mailboxes[i].name);
		if (strcmp(name, at) == 0)
			return true;
	}
	if (strncmp(name, "matrix", 6) == 0)
		return s->matrix.present;
	if (strncmp(name, "slack", 5) == 0)
		return s->slack.present;
	return s->smtp.present && strcmp(name, "smtp") == 0;
}

/* Troubles of what is no longer in the configuration are no more. */
static int
drop_strangers(struct watch *w, struct err *err)
{
	struct trouble *v;
	size_t n, i;

	if (db_begin(w->desk.db, err) == -1)
		return -1;
	if (trouble_list(w->desk.db, w->desk.arena, &v, &n, err) == -1)
		goto fail;
	for (i = 0; i < n; i++)
		if (!is_server(w->settings, v[i].name) &&
		    strcmp(v[i].name, CANARY) != 0 &&
		    trouble_drop(&w->desk, v[i].name, err) == -1)
			goto fail;
	if (db_commit(w->desk.db, err) == 0)
		return 0;
fail:
	db_rollback(w->desk.db);
	return -1;
}

static void
watch_free(struct watch **watch)
{
	struct watch *w = *watch;

	db_close(&w->desk.db);
	arena_free(&w->desk.arena);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
	*watch = NULL;
}

int
watch_start(const struct settings *settings, const struct secret *secret,
    void (*queued)(void *arg), void *arg, struct watch **watch_out,
    struct err *err)
{
	struct watch *w = calloc(1, sizeof *w);
	pthread_condattr_t attr;

	if (w == NULL)
		return err_set(err, ERR_FATAL, "watch: out of memory");
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	w->settings = w->desk.settings = settings;
	w->desk.secret = secret;
	w->queued = queued;
	w->arg = arg;
	w->desk.now_ms = clock_now_ms();
	w->start_ms = clock_mono_ms();
	w->desk.arena = arena_new(ARENA_MAX);
	if (w->desk.arena == NULL)
		err_set(err, ERR_FATAL, "watch: out of memory");
	else if (db_open(settings->store_url, DB_WRITE, &w->desk.db, err) ==
	    0 && drop_strangers(w, err) == 0) {
		if (pthread_create(&w->thread, NULL, watch_main, w) == 0) {
			*watch_out = w;
			return 0;
		}
		err_set(err, ERR_FATAL, "watch: no thread");
	}
	watch_free(&w);
	return -1;
}

void
watch_reload(struct watch *w, const struct settings *settings)
{
	pthread_mutex_lock(&w->lock);
	w->settings = settings;
	pthread_mutex_unlock(&w->lock);
}

void
watch_stop(struct watch **watch)
{
	struct watch *w = *watch;

	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	watch_free(watch);
}
