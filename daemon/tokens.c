#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/oauth2.h"
#include "daemon/tokens.h"

#define LOOK_MS		1000
#define PATIENCE_MS	5000	/* without a token, until staff are told */
#define NAME_BYTES	160

struct grant {
	const struct server_oauth2	*oauth2;
	char				 name[NAME_BYTES];
	int64_t				 failing_ms;	/* since; 0 not */
};

struct tokens {
	pthread_t	 thread;
	bool		 runs;
	atomic_bool	 stopping;
	pthread_mutex_t	 lock;
	pthread_cond_t	 wake;
	struct watch	*watch;
	struct grant	*v;
	size_t		 n;
};

static bool
is_stopping(void *arg)
{
	struct tokens *t = arg;

	return atomic_load(&t->stopping);
}

static void
tell_renewal(struct tokens *t, struct grant *g, int64_t left_ms,
    const struct err *err)
{
	int64_t now = clock_mono_ms();

	if (g->failing_ms == 0) {
		g->failing_ms = now;
		log_at(LOG_WARN, "oauth2", "token not renewed",
		    LOG_S("what", g->name), LOG_N("left_ms", left_ms),
		    LOG_S("error", err->msg));
	}
	if (err->code == ERR_INPUT ||
	    (left_ms == 0 && now - g->failing_ms > PATIENCE_MS))
		watch_tell(t->watch, g->name, WATCH_FAULT, err->msg);
}

static void
renew(struct tokens *t, struct grant *g)
{
	struct oauth2_stop stop = { is_stopping, t };
	struct err err = { 0 };
	int64_t left_ms;
	int rc = oauth2_renew(g->oauth2, stop, &left_ms, &err);

	if (is_stopping(t))
		return;
	if (rc == -1) {
		tell_renewal(t, g, left_ms, &err);
		return;
	}
	if (g->failing_ms != 0)
		log_at(LOG_INFO, "oauth2", "token renewed again",
		    LOG_S("what", g->name));
	g->failing_ms = 0;
	watch_tell(t->watch, g->name, WATCH_WELL, "");
}

static void *
tokens_main(void *arg)
{
	struct tokens *t = arg;
	struct timespec ts;
	int64_t until;

	while (!is_stopping(t)) {
		for (size_t i = 0; i < t->n && !is_stopping(t); i++)
			renew(t, &t->v[i]);
		until = clock_mono_ms() + LOOK_MS;
		ts = (struct timespec){ until / 1000, until % 1000 * 1000000 };
		pthread_mutex_lock(&t->lock);
		if (!is_stopping(t))
			pthread_cond_timedwait(&t->wake, &t->lock, &ts);
		pthread_mutex_unlock(&t->lock);
	}
	return NULL;
}

/* Those with the same token are one. */
static void
add(struct tokens *t, const struct server_oauth2 *oauth2, const char *what,
    const char *name)
{
	struct grant *g = &t->v[t->n];

	if (oauth2->grant == GRANT_NONE)
		return;
	for (size_t i = 0; i < t->n; i++)
		if (oauth2_same(t->v[i].oauth2, oauth2))
			return;
	g->oauth2 = oauth2;
	snprintf(g->name, sizeof g->name, "oauth2 %s%s", what, name);
	t->n++;
}

static int
start_thread(struct tokens *t, struct err *err)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (t->n == 0)
		return 0;
	if (pthread_create(&t->thread, NULL, tokens_main, t) != 0)
		return err_set(err, ERR_FATAL, "tokens: no thread");
	t->runs = true;
	return 0;
}

int
tokens_start(const struct settings *boxes, const struct settings *smtp,
    struct watch *watch, struct tokens **tokens_out, struct err *err)
{
	struct tokens *t = calloc(1, sizeof *t);
	size_t i;

	if (t != NULL)
		t->v = calloc(boxes->nmailboxes + 1, sizeof *t->v);
	if (t == NULL || t->v == NULL) {
		free(t);
		return err_set(err, ERR_FATAL, "tokens: out of memory");
	}
	t->watch = watch;
	for (i = 0; i < boxes->nmailboxes; i++)
		add(t, &boxes->mailboxes[i].server.oauth2, "mailbox ",
		    boxes->mailboxes[i].name);
	if (smtp->smtp.present)
		add(t, &smtp->smtp.server.oauth2, "smtp", "");
	if (start_thread(t, err) == -1) {
		tokens_stop(&t);
		return -1;
	}
	*tokens_out = t;
	return 0;
}

void
tokens_stop(struct tokens **tokens)
{
	struct tokens *t = *tokens;

	if (t == NULL)
		return;
	pthread_mutex_lock(&t->lock);
	atomic_store(&t->stopping, true);
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	if (t->runs)
		pthread_join(t->thread, NULL);
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
	free(t->v);
	free(t);
	*tokens = NULL;
}
