#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/answerer.h"
#include "daemon/chat_outbox.h"
#include "daemon/mailboxes.h"
#include "daemon/outbox.h"
#include "daemon/pump.h"
#include "daemon/service.h"
#include "daemon/source_matrix.h"
#include "daemon/source_slack.h"
#include "daemon/timers.h"
#include "daemon/tokens.h"
#include "daemon/watch.h"
#include "daemon/webhook.h"

static const struct chat_door *const doors[] = { &chat_door_matrix,
	&chat_door_slack };
#define NDOORS	(sizeof doors / sizeof doors[0])

/* What is left of the ten seconds goes to what comes later in the list. */
#define MAILBOXES_MS	3500
#define OUTBOX_MS	3000
#define PUMP_MS		1000
#define CHAT_MS		500

struct kept {			/* settings once read: mailboxes point into
				 * the first, mails on their way into others */
	struct kept	*next;
	struct settings	*settings;
};

struct service {
	struct kept		*kept;		/* newest first */
	const struct secret	*secret;
	pthread_mutex_t		 lock;		/* of outbox, for the wakers */
	struct outbox		*outbox;
	struct chat_outbox	*chat[NDOORS];
	struct source_matrix	*matrix;
	struct source_slack	*slack;
	struct pump		*pump;
	struct answerer		*answerer;
	struct timers		*timers;
	struct webhook		*webhook;
	struct mailboxes	*mailboxes;
	struct watch		*watch;
	struct tokens		*tokens;
	const struct settings	*first;		/* of the mailboxes */
};

static void
wake(void *arg)
{
	struct service *s = arg;
	size_t i;

	pthread_mutex_lock(&s->lock);
	if (s->outbox != NULL)
		outbox_wake(s->outbox);
	for (i = 0; i < NDOORS; i++)
		chat_outbox_wake(s->chat[i]);
	pthread_mutex_unlock(&s->lock);
}

/* Slack pushed something. */
static void
came(void *arg)
{
	struct service *s = arg;

	pthread_mutex_lock(&s->lock);
	source_slack_wake(s->slack);
	pthread_mutex_unlock(&s->lock);
}

static int
keep(struct service *s, struct settings **settings, struct err *err)
{
	struct kept *kept = malloc(sizeof *kept);

	if (kept == NULL) {
		settings_free(settings);
		return err_set(err, ERR_RETRY, "out of memory");
	}
	kept->settings = *settings;
	kept->next = s->kept;
	s->kept = kept;
	*settings = NULL;
	return 0;
}

static int
pump_for(struct service *s, const struct settings *settings, struct err *err)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct pump_options options = {
		.settings = settings,
		.secret = s->secret,
		.parse_threads = cores < 1 ? 1 : cores > 16 ? 16 : (int)cores,
		.committed = wake,
		.arg = s,
	};

	return pump_start(&options, &s->pump, err);
}

/* Chat that cannot be had never keeps mail from running. */
static void
chat_start(struct service *s, const struct settings *settings)
{
	struct source_slack *slack = NULL;
	struct err err = { 0 };
	size_t i;

	for (i = 0; i < NDOORS; i++) {
		struct chat_outbox *made = NULL;

		if (chat_outbox_start(doors[i], settings, s->secret, s->watch,
		    &made, &err) == -1)
			log_at(LOG_ERROR, "chat", "nothing is posted",
			    LOG_S("door", doors[i]->name),
			    LOG_S("error", err.msg));
		pthread_mutex_lock(&s->lock);
		s->chat[i] = made;
		pthread_mutex_unlock(&s->lock);
	}
	if (source_matrix_start(settings, s->secret, s->watch, wake, s,
	    &s->matrix, &err) == -1)
		log_at(LOG_ERROR, "chat", "nothing is heard",
		    LOG_S("door", chat_door_matrix.name), LOG_S("error", err.msg));
	if (source_slack_start(settings, s->secret, s->watch, wake, s,
	    &slack, &err) == -1)
		log_at(LOG_ERROR, "chat", "nothing is heard",
		    LOG_S("door", chat_door_slack.name), LOG_S("error", err.msg));
	pthread_mutex_lock(&s->lock);
	s->slack = slack;
	pthread_mutex_unlock(&s->lock);
}

static void
chat_stop(struct service *s)
{
	struct source_slack *slack;
	struct chat_outbox *made;
	size_t i;

	source_matrix_stop(&s->matrix);
	pthread_mutex_lock(&s->lock);
	slack = s->slack;
	s->slack = NULL;
	pthread_mutex_unlock(&s->lock);
	source_slack_stop(&slack);
	for (i = 0; i < NDOORS; i++) {
		pthread_mutex_lock(&s->lock);
		made = s->chat[i];
		s->chat[i] = NULL;
		pthread_mutex_unlock(&s->lock);
		chat_outbox_stop(&made, CHAT_MS);
	}
}

int
service_start(struct settings *settings, const struct secret *secret,
    struct service **service_out, struct err *err)
{
	struct service *s = calloc(1, sizeof *s);
	const struct settings *mine = settings;

	if (s == NULL) {
		settings_free(&settings);
		return err_set(err, ERR_FATAL, "out of memory");
	}
	s->secret = secret;
	pthread_mutex_init(&s->lock, NULL);
	s->first = mine;
	if (keep(s, &settings, err) == -1 || pump_for(s, mine, err) == -1 ||
	    watch_start(mine, secret, wake, s, &s->watch, err) == -1 ||
	    outbox_start(mine, secret, s->watch, &s->outbox, err) == -1 ||
	    tokens_start(mine, mine, s->watch, &s->tokens, err) == -1 ||
	    answerer_start(mine, wake, s, &s->answerer, err) == -1 ||
	    timers_start(mine, secret, wake, s, &s->timers, err) == -1 ||
	    mailboxes_start(mine, s->pump, s->watch, &s->mailboxes,
	    err) == -1) {
		service_stop(&s);
		return -1;
	}
	chat_start(s, mine);
	if (webhook_start(mine, came, s, &s->webhook, err) == -1)
		log_at(LOG_ERROR, "webhook", "nothing is listened to",
		    LOG_S("error", err->msg));
	*service_out = s;
	return 0;
}

/* Senders with the new settings; with the old ones when that fails. */
static void
renew_outbox(struct service *s, const struct settings *settings,
    const struct settings *old)
{
	struct outbox *outbox;
	struct err err = { 0 };

	pthread_mutex_lock(&s->lock);
	outbox = s->outbox;
	s->outbox = NULL;
	pthread_mutex_unlock(&s->lock);
	if (outbox != NULL)
		outbox_stop(&outbox, OUTBOX_MS);
	if (outbox_start(settings, s->secret, s->watch, &outbox, &err) == -1) {
		log_at(LOG_ERROR, "reload", "senders keep the old settings",
		    LOG_S("error", err.msg));
		if (outbox_start(old, s->secret, s->watch, &outbox, &err) == -1) {
			log_at(LOG_ERROR, "reload", "no senders",
			    LOG_S("error", err.msg));
			outbox = NULL;
		}
	}
	pthread_mutex_lock(&s->lock);
	s->outbox = outbox;
	pthread_mutex_unlock(&s->lock);
}

/* The senders may use another grant now. */
static void
renew_tokens(struct service *s, const struct settings *settings)
{
	struct err err = { 0 };

	tokens_stop(&s->tokens);
	if (tokens_start(s->first, settings, s->watch, &s->tokens, &err) == -1)
		log_at(LOG_ERROR, "reload", "tokens are renewed when they are "
		    "needed only", LOG_S("error", err.msg));
}

void
service_reload(struct service *s)
{
	struct settings *old = s->kept->settings, *settings;
	const struct settings *mine;
	struct err err = { 0 };

	if (settings_load(old->file, SETTINGS_DAEMON, &settings, &err) == -1) {
		log_at(LOG_ERROR, "reload", "old settings kept",
		    LOG_S("error", err.msg));
		return;
	}
	settings->store_url = old->store_url;
	settings->store_path = old->store_path;
	settings->secret_file = old->secret_file;
	mine = settings;
	if (keep(s, &settings, &err) == -1) {
		log_at(LOG_ERROR, "reload", "old settings kept",
		    LOG_S("error", err.msg));
		return;
	}
	log_setup(mine->log_level, mine->log_json);
	pump_reload(s->pump, mine);
	renew_outbox(s, mine, old);
	chat_stop(s);
	chat_start(s, mine);
	renew_tokens(s, mine);
	webhook_reload(s->webhook, mine);
	timers_reload(s->timers, mine);
	watch_reload(s->watch, mine);
	log_at(LOG_INFO, "reload", "settings read again",
	    LOG_S("file", mine->file));
}

bool
service_stop(struct service **service)
{
	struct service *s = *service;
	struct outbox *outbox;
	struct kept *kept;

	if (s == NULL)
		return true;
	if (s->pump != NULL)
		pump_close(s->pump);
	if (!mailboxes_stop(&s->mailboxes, MAILBOXES_MS))
		return false;
	webhook_stop(&s->webhook);
	chat_stop(s);
	tokens_stop(&s->tokens);
	timers_stop(&s->timers);
	answerer_stop(&s->answerer);
	pump_stop(&s->pump, PUMP_MS);
	pthread_mutex_lock(&s->lock);
	outbox = s->outbox;
	s->outbox = NULL;
	pthread_mutex_unlock(&s->lock);
	if (outbox != NULL)
		outbox_stop(&outbox, OUTBOX_MS);
	watch_stop(&s->watch);
	while ((kept = s->kept) != NULL) {
		s->kept = kept->next;
		settings_free(&kept->settings);
		free(kept);
	}
	pthread_mutex_destroy(&s->lock);
	free(s);
	*service = NULL;
	return true;
}
