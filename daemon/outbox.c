#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/oauth2.h"
#include "base/smtp.h"
#include "daemon/dispatch.h"
#include "daemon/outbox.h"
#include "desk/compose.h"

#define LOOK_MS		1000	/* look again at least that often */
#define STORE_MS	200	/* between two tries of a busy store */
#define QUIET_FIRST_MS	1000	/* the server is away: first pause … */
#define QUIET_MAX_MS	60000	/* … and the longest */
#define ARENA_MAX	(64 * 1024 * 1024)	/* bytes a sender */
#define MAIL_EXTRA	(16 * 1024 * 1024)	/* bytes beside attachments */

struct sender {
	struct outbox		*outbox;
	pthread_t		 thread;
	struct desk		 desk;		/* its own connection */
	struct smtp		*smtp;
	struct dispatch_end	 last;		/* still to be stored */
	bool			 store_away;	/* said so already */
};

struct outbox {
	const struct settings	*settings;
	const struct secret	*secret;
	struct watch		*watch;
	pthread_mutex_t		 lock;		/* of all below */
	pthread_cond_t		 news, ended;
	uint64_t		 wakes;
	bool			 stopping, cancelled;
	int			 running;
	int64_t			 quiet_until, quiet_ms;	/* monotonic */
	int64_t			 slot;		/* of per-minute, monotonic */
	int			 nsenders;
	struct sender		*senders;
};

static void
cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

/* Until then at the latest; the lock is held. false: the time is over. */
static bool
wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t mono_ms)
{
	struct timespec ts = { mono_ms / 1000, mono_ms % 1000 * 1000000 };

	return pthread_cond_timedwait(cond, lock, &ts) != ETIMEDOUT;
}

/* Wait so long unless stopped or, since was, woken. */
static void
pause_for(struct outbox *o, int64_t ms, uint64_t was)
{
	int64_t until = clock_mono_ms() + ms;

	pthread_mutex_lock(&o->lock);
	while (!o->stopping && o->wakes == was &&
	    wait_until(&o->news, &o->lock, until))
		;
	pthread_mutex_unlock(&o->lock);
}

static uint64_t
wakes_so_far(struct outbox *o)
{
	uint64_t n;

	pthread_mutex_lock(&o->lock);
	n = o->wakes;
	pthread_mutex_unlock(&o->lock);
	return n;
}

/* May a mail go out now? 0 yes, and the place in per-minute is taken; else how
 * long to wait; -1: stopping. */
static int64_t
ask_leave(struct outbox *o)
{
	int per_minute = o->settings->smtp.per_minute;
	int64_t now = clock_mono_ms(), wait = 0;

	pthread_mutex_lock(&o->lock);
	if (o->stopping)
		wait = -1;
	else if (o->quiet_until > now)
		wait = o->quiet_until - now;
	else if (per_minute > 0 && o->slot > now)
		wait = o->slot - now;
	else if (per_minute > 0)
		o->slot = now + 60000 / per_minute;
	pthread_mutex_unlock(&o->lock);
	return wait;
}

/* The place was not used. */
static void
give_back(struct outbox *o)
{
	pthread_mutex_lock(&o->lock);
	o->slot = 0;
	pthread_mutex_unlock(&o->lock);
}

static bool
is_stopping(struct outbox *o)
{
	bool stopping;

	pthread_mutex_lock(&o->lock);
	stopping = o->stopping;
	pthread_mutex_unlock(&o->lock);
	return stopping;
}

/* The server itself could not be had: other mail would meet the same, so all
 * senders pause, longer each time. */
static void
note_server(struct outbox *o, const struct smtp *smtp, const char *why)
{
	bool reached = smtp_reached(smtp);
	int64_t most = (int64_t)o->settings->smtp.retry_first * 1000;
	bool first;

	pthread_mutex_lock(&o->lock);
	first = o->quiet_ms == 0;
	if (reached) {
		o->quiet_ms = o->quiet_until = 0;
	} else {
		o->quiet_ms = first ? QUIET_FIRST_MS : 2 * o->quiet_ms;
		if (o->quiet_ms > QUIET_MAX_MS)
			o->quiet_ms = QUIET_MAX_MS;
		if (o->quiet_ms > most && most >= QUIET_FIRST_MS)
			o->quiet_ms = most;
		o->quiet_until = clock_mono_ms() + o->quiet_ms;
	}
	pthread_mutex_unlock(&o->lock);
	watch_tell(o->watch, "smtp", reached ? WATCH_WELL :
	    smtp_hopeless(smtp) && oauth2_well(&o->settings->smtp.server.
	    oauth2) ? WATCH_FAULT : WATCH_DOWN, reached ? "" : why);
	if (!reached && first)
		log_at(LOG_WARN, "outbox", "no mail can leave for now",
		    LOG_S("error", why));
	if (reached && !first)
		log_msg(LOG_INFO, "outbox", "mail leaves again");
}

static bool
was_cancelled(struct outbox *o)
{
	bool cancelled;

	pthread_mutex_lock(&o->lock);
	cancelled = o->cancelled;
	pthread_mutex_unlock(&o->lock);
	return cancelled;
}

static const struct metric mail_out = { METRIC_COUNTER,
    "campusdesk_mail_out_total", "Tries to send a mail, by their end." };

static void
count_mail(enum smtp_result result)
{
	struct buf label = BUF_INIT(METRICS_LABELS_MAX);

	metrics_label(&label, "result", smtp_result_name(result));
	metrics_add(&mail_out, buf_str(&label), 1);
	buf_free(&label);
}

static void
log_mail(const struct outbox_row *row, const struct dispatch_end *end)
{
	enum log_level level = end->result == SMTP_FAILED ||
	    end->result == SMTP_UNKNOWN ? LOG_WARN : LOG_INFO;

	count_mail(end->result);
	log_at(level, "outbox", "mail", LOG_N("ticket", row->ticket),
	    LOG_N("id", row->id), LOG_S("to", row->to),
	    LOG_S("event", row->event), LOG_N("try", row->attempts),
	    LOG_S("result", smtp_result_name(end->result)),
	    LOG_S("reply", end->reply));
}

/* One dialogue; its end goes to s->last. */
static void
send_row(struct sender *s, const struct outbox_row *row)
{
	const struct settings *settings = s->outbox->settings;
	struct buf mail = BUF_INIT((size_t)settings->smtp.attach_limit * 2 +
	    MAIL_EXTRA);
	struct err reply = { 0 };

	s->last.id = row->id;
	s->desk.now_ms = clock_now_ms();
	if (compose_fill(&s->desk, row, row->rendered, &mail, &reply) == -1 ||
	    mail.failed) {
		s->last.result = reply.code == ERR_INPUT ? SMTP_FAILED :
		    SMTP_LATER;
		if (mail.failed)
			err_set(&reply, ERR_INPUT, "the mail is too large");
	} else {
		s->last.result = smtp_send(s->smtp,
		    compose_envelope(&s->desk, row), row->to,
		    buf_slice(&mail), &reply);
		if (!was_cancelled(s->outbox))
			note_server(s->outbox, s->smtp, reply.msg);
	}
	s->last.interrupted = was_cancelled(s->outbox);
	memcpy(s->last.reply, reply.msg, sizeof s->last.reply);
	log_mail(row, &s->last);
	buf_free(&mail);
}

static void
note_store(struct sender *s, bool away, const struct err *err)
{
	if (away && !s->store_away)
		log_at(LOG_WARN, "outbox", "waiting for the store",
		    LOG_S("error", err->msg));
	s->store_away = away;
}

/* End what was sent before, begin and send the next when that may be. true:
 * something was done, go on at once; else *wait_out. */
static bool
turn(struct sender *s, int64_t *wait_out)
{
	struct outbox_row row;
	struct err err = { 0 };
	int64_t leave = ask_leave(s->outbox);
	int rc;

	*wait_out = leave > 0 && leave < LOOK_MS ? leave : LOOK_MS;
	if (leave != 0 && s->last.id == 0)
		return false;
	s->desk.now_ms = clock_now_ms();
	rc = dispatch_turn(&s->desk, &s->last, leave == 0, &row, &err);
	if (rc == -1 && s->last.id != 0 && leave == 0)
		/* not because of the next one: the end alone comes first */
		rc = dispatch_turn(&s->desk, &s->last, false, &row, &err);
	note_store(s, rc == -1, &err);
	if (rc != 1 && leave == 0)
		give_back(s->outbox);
	if (rc == -1) {
		*wait_out = STORE_MS;
		return false;
	}
	s->last.id = 0;
	if (rc == 1)
		send_row(s, &row);
	return rc == 1;
}

/* Anything to do? A look without a write, so that an idle desk is idle. */
static bool
is_due(struct sender *s, int64_t *wait_out)
{
	struct err err = { 0 };
	int64_t next_ms = 0, now = clock_now_ms();
	int rc;

	*wait_out = LOOK_MS;
	if (s->last.id != 0)
		return true;
	s->desk.now_ms = now;
	rc = dispatch_peek(&s->desk, &next_ms, &err);
	note_store(s, rc == -1, &err);
	if (rc == 0 && next_ms > now && next_ms - now < LOOK_MS)
		*wait_out = next_ms - now;
	return rc == 1;
}

static void
count(struct outbox *o, int change)
{
	pthread_mutex_lock(&o->lock);
	o->running += change;
	pthread_cond_broadcast(&o->ended);
	pthread_mutex_unlock(&o->lock);
}

/* The end of a last mail is stored even now, as long as there is time; a store
 * that cannot be had leaves it `sending`, which the next start finds. */
static void
run_out(struct sender *s)
{
	int64_t wait;
	bool late;

	do {
		late = was_cancelled(s->outbox);
		turn(s, &wait);
		if (s->last.id != 0 && !late)
			clock_sleep_ms(STORE_MS);
	} while (s->last.id != 0 && !late);
}

static void *
run(void *arg)
{
	struct sender *s = arg;
	struct outbox *o = s->outbox;
	int64_t wait;
	uint64_t was;

	while (!is_stopping(o)) {
		was = wakes_so_far(o);
		if (!is_due(s, &wait) || !turn(s, &wait))
			pause_for(o, wait, was);
	}
	if (s->last.id != 0)
		run_out(s);
	count(o, -1);
	return NULL;
}

static int
sender_open(struct outbox *o, struct sender *s, struct err *err)
{
	s->outbox = o;
	s->desk.settings = o->settings;
	s->desk.secret = o->secret;
	s->desk.arena = arena_new(ARENA_MAX);
	if (s->desk.arena == NULL)
		return err_set(err, ERR_FATAL, "outbox: out of memory");
	if (db_open(o->settings->store_url, DB_WRITE, &s->desk.db, err) == -1)
		return -1;
	db_leave_log(s->desk.db);	/* to the timers */
	return smtp_open(&o->settings->smtp.server, o->settings->domain,
	    &s->smtp, err);
}

static void
sender_close(struct sender *s)
{
	smtp_close(&s->smtp);
	db_close(&s->desk.db);
	arena_free(&s->desk.arena);
}

/* What was in hand when a former process ended. */
static int
recover(struct outbox *o, struct err *err)
{
	struct desk desk = {
		.settings = o->settings,
		.secret = o->secret,
		.now_ms = clock_now_ms(),
	};
	int n;

	if (db_open(o->settings->store_url, DB_WRITE, &desk.db, err) == -1)
		return -1;
	n = dispatch_recover(&desk, err);
	db_close(&desk.db);
	if (n > 0)
		log_at(LOG_WARN, "outbox", "left in the middle of a dialogue",
		    LOG_N("mails", n));
	return n == -1 ? -1 : 0;
}

static int
start_senders(struct outbox *o, struct err *err)
{
	int i, n = o->settings->smtp.present ?
	    o->settings->smtp.connections : 0;

	o->senders = calloc((size_t)n + 1, sizeof *o->senders);
	if (o->senders == NULL)
		return err_set(err, ERR_FATAL, "outbox: out of memory");
	for (i = 0; i < n; i++) {
		struct sender *s = &o->senders[i];

		if (sender_open(o, s, err) == -1) {
			sender_close(s);
			return -1;
		}
		count(o, 1);	/* before it can end */
		if (pthread_create(&s->thread, NULL, run, s) != 0) {
			count(o, -1);
			sender_close(s);
			return err_set(err, ERR_FATAL, "outbox: no thread");
		}
		o->nsenders++;
	}
	return 0;
}

int
outbox_start(const struct settings *settings, const struct secret *secret,
    struct watch *watch, struct outbox **outbox_out, struct err *err)
{
	struct outbox *o = calloc(1, sizeof *o);

	if (o == NULL)
		return err_set(err, ERR_FATAL, "outbox: out of memory");
	o->settings = settings;
	o->secret = secret;
	o->watch = watch;
	pthread_mutex_init(&o->lock, NULL);
	cond_init(&o->news);
	cond_init(&o->ended);
	if (recover(o, err) == -1 || start_senders(o, err) == -1) {
		outbox_stop(&o, 0);
		return -1;
	}
	*outbox_out = o;
	return 0;
}

void
outbox_wake(struct outbox *outbox)
{
	pthread_mutex_lock(&outbox->lock);
	outbox->wakes++;
	pthread_cond_broadcast(&outbox->news);
	pthread_mutex_unlock(&outbox->lock);
}

void
outbox_stop(struct outbox **outbox, int64_t wait_ms)
{
	struct outbox *o = *outbox;
	int64_t until = clock_mono_ms() + wait_ms;
	int i;

	if (o == NULL)
		return;
	pthread_mutex_lock(&o->lock);
	o->stopping = true;
	pthread_cond_broadcast(&o->news);
	while (o->running > 0 && wait_until(&o->ended, &o->lock, until))
		;
	o->cancelled = true;
	pthread_mutex_unlock(&o->lock);
	for (i = 0; i < o->nsenders; i++)
		smtp_cancel(o->senders[i].smtp);
	for (i = 0; i < o->nsenders; i++) {
		pthread_join(o->senders[i].thread, NULL);
		sender_close(&o->senders[i]);
	}
	pthread_cond_destroy(&o->news);
	pthread_cond_destroy(&o->ended);
	pthread_mutex_destroy(&o->lock);
	free(o->senders);
	free(o);
	*outbox = NULL;
}
