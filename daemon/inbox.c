#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/inbox.h"

#define GROUP		64	/* of one commit */
#define STORE_MS	50	/* between two tries of a busy store */
#define CLEAR_MS	300	/* more for one whose commit has begun */
#define ARENA_MAX	((size_t)1 << 20)

enum stage { STAGE_WAITS, STAGE_TAKEN, STAGE_ENDED };

/* Lives until both who put it and the thread have left it. */
struct waiting {
	TAILQ_ENTRY(waiting)	 queue;
	struct inbox_row	 row;		/* its texts: behind it */
	enum stage		 stage;
	enum inbox_end		 end;
	bool			 left;		/* nobody waits any more */
};
TAILQ_HEAD(waiting_list, waiting);

struct inbox {
	struct db		*db;
	void			(*kept)(void *arg);
	void			*arg;
	pthread_t		 thread;
	bool			 runs, stopping, away;
	pthread_mutex_t		 lock;
	pthread_cond_t		 came, ended;
	struct waiting_list	 queue;
};

static void
wait_until(struct inbox *inbox, pthread_cond_t *cond, int64_t until)
{
	struct timespec ts = { until / 1000, until % 1000 * 1000000 };

	pthread_cond_timedwait(cond, &inbox->lock, &ts);
}

/* ---- who puts ---- */

static struct waiting *
copy_of(const struct inbox_row *row)
{
	size_t door = strlen(row->door) + 1, key = strlen(row->key) + 1;
	struct waiting *w = calloc(1, sizeof *w + door + key + row->body.len);
	char *p = w == NULL ? NULL : (char *)(w + 1);

	if (w == NULL)
		return NULL;
	w->row = *row;
	w->row.door = memcpy(p, row->door, door);
	w->row.key = memcpy(p + door, row->key, key);
	if (row->body.len > 0)
		w->row.body.p = memcpy(p + door + key, row->body.p,
		    row->body.len);
	w->end = INBOX_NOT;
	return w;
}

enum inbox_end
inbox_put(struct inbox *inbox, const struct inbox_row *row, int64_t wait_ms)
{
	struct waiting *w = copy_of(row);
	int64_t until = clock_mono_ms() + wait_ms;
	enum inbox_end end;

	if (w == NULL)
		return INBOX_NOT;
	pthread_mutex_lock(&inbox->lock);
	TAILQ_INSERT_TAIL(&inbox->queue, w, queue);
	pthread_cond_signal(&inbox->came);
	while (w->stage != STAGE_ENDED && !inbox->stopping &&
	    clock_mono_ms() < until)
		wait_until(inbox, &inbox->ended, until);
	while (w->stage == STAGE_TAKEN && clock_mono_ms() < until + CLEAR_MS)
		wait_until(inbox, &inbox->ended, until + CLEAR_MS);
	end = w->end;
	w->left = true;
	if (w->stage == STAGE_WAITS)
		TAILQ_REMOVE(&inbox->queue, w, queue);
	if (w->stage != STAGE_TAKEN)
		free(w);		/* else the thread does it */
	pthread_mutex_unlock(&inbox->lock);
	return end;
}

/* ---- the thread ---- */

static size_t
take(struct inbox *inbox, struct waiting *group[GROUP])
{
	struct waiting *w;
	size_t n = 0;

	pthread_mutex_lock(&inbox->lock);
	while (n < GROUP && (w = TAILQ_FIRST(&inbox->queue)) != NULL) {
		TAILQ_REMOVE(&inbox->queue, w, queue);
		w->stage = STAGE_TAKEN;
		group[n++] = w;
	}
	pthread_mutex_unlock(&inbox->lock);
	return n;
}

/* They ended so, or (again) wait as before. */
static void
hand_out(struct inbox *inbox, struct waiting *group[GROUP], size_t n,
    bool durable)
{
	pthread_mutex_lock(&inbox->lock);
	while (n-- > 0) {
		struct waiting *w = group[n];

		if (!durable)
			w->end = INBOX_NOT;
		if (w->left) {
			free(w);
			continue;
		}
		w->stage = durable ? STAGE_ENDED : STAGE_WAITS;
		if (!durable)
			TAILQ_INSERT_HEAD(&inbox->queue, w, queue);
	}
	pthread_cond_broadcast(&inbox->ended);
	pthread_mutex_unlock(&inbox->lock);
}

/* Inside the transaction: only what is still waited for is taken, after the
 * store is there. */
static int
keep(struct inbox *inbox, struct waiting *group[GROUP], size_t *n_out,
    bool *new_out, struct err *err)
{
	size_t n = take(inbox, group), i;
	int rc = 0;

	*n_out = n;
	for (i = 0; i < n && rc != -1; i++) {
		rc = inbox_add(inbox->db, &group[i]->row, err);
		group[i]->end = rc == 1 ? INBOX_KEPT : INBOX_KNOWN;
		if (rc == 1)
			*new_out = true;
	}
	return rc == -1 ? -1 : 0;
}

static int
commit_group(struct inbox *inbox, struct err *err)
{
	struct waiting *group[GROUP];
	bool any = false;
	size_t n = 0;
	int rc;

	if (db_begin(inbox->db, err) == -1)
		return -1;
	rc = keep(inbox, group, &n, &any, err);
	if (rc == -1)
		db_rollback(inbox->db);
	else
		rc = db_commit(inbox->db, err);
	hand_out(inbox, group, n, rc == 0);
	if (rc == 0 && any)
		inbox->kept(inbox->arg);
	return rc;
}

static void *
run(void *arg)
{
	struct inbox *inbox = arg;
	struct err err = { 0 };
	int rc;

	pthread_mutex_lock(&inbox->lock);
	while (!inbox->stopping) {
		if (TAILQ_EMPTY(&inbox->queue)) {
			pthread_cond_wait(&inbox->came, &inbox->lock);
			continue;
		}
		pthread_mutex_unlock(&inbox->lock);
		rc = commit_group(inbox, &err);
		if (rc == -1 && !inbox->away)
			log_at(LOG_WARN, "inbox", "waiting for the store",
			    LOG_S("error", err.msg));
		inbox->away = rc == -1;
		if (rc == -1)
			clock_sleep_ms(STORE_MS);
		pthread_mutex_lock(&inbox->lock);
	}
	pthread_cond_broadcast(&inbox->ended);
	pthread_mutex_unlock(&inbox->lock);
	return NULL;
}

int
inbox_start(const struct settings *settings, void (*kept)(void *arg),
    void *arg, struct inbox **inbox_out, struct err *err)
{
	struct inbox *inbox = calloc(1, sizeof *inbox);
	pthread_condattr_t attr;

	if (inbox == NULL)
		return err_set(err, ERR_FATAL, "inbox: out of memory");
	inbox->kept = kept;
	inbox->arg = arg;
	TAILQ_INIT(&inbox->queue);
	pthread_mutex_init(&inbox->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&inbox->came, &attr);
	pthread_cond_init(&inbox->ended, &attr);
	pthread_condattr_destroy(&attr);
	if (db_open(settings->store_url, DB_WRITE, &inbox->db, err) == -1) {
		inbox_stop(&inbox);
		return -1;
	}
	db_leave_log(inbox->db);
	if (pthread_create(&inbox->thread, NULL, run, inbox) != 0) {
		inbox_stop(&inbox);
		return err_set(err, ERR_FATAL, "inbox: no thread");
	}
	inbox->runs = true;
	*inbox_out = inbox;
	return 0;
}

void
inbox_close(struct inbox *inbox)
{
	pthread_mutex_lock(&inbox->lock);
	inbox->stopping = true;
	pthread_cond_broadcast(&inbox->came);
	pthread_cond_broadcast(&inbox->ended);
	pthread_mutex_unlock(&inbox->lock);
	if (inbox->runs)
		pthread_join(inbox->thread, NULL);
	inbox->runs = false;
}

void
inbox_stop(struct inbox **inbox)
{
	struct inbox *i = *inbox;

	if (i == NULL)
		return;
	inbox_close(i);
	db_close(&i->db);
	pthread_cond_destroy(&i->came);
	pthread_cond_destroy(&i->ended);
	pthread_mutex_destroy(&i->lock);
	free(i);
	*inbox = NULL;
}
