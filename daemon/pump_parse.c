#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "daemon/pump_inside.h"
#include "parsers/reader.h"

#define ANSWER_MAX	((size_t)16 << 20)	/* bytes of JSON believed */
#define ARENA_MAX	((size_t)64 << 20)	/* bytes of one struct mail */
#define HEADER_MAX	((size_t)256 << 10)	/* bytes looked at of a mail
						 * that cannot be read */
#define POLL_MS		200	/* somebody may be aside since */
#define AGAIN_MS	1000	/* before a second reading; then double */

/* ---- which load next ---- */

/* How many are reading mail that others wait for; and is a retry among them? */
static int
count_readers(const struct pump *pump, bool *again_out)
{
	const struct load *load;
	int i, n = 0;

	*again_out = false;
	for (i = 0; i < pump->nparsers; i++) {
		load = pump->parsers[i].load;
		if (load == NULL)
			continue;
		if (load->readings > 0)
			*again_out = true;
		if (!pump_is_aside(load))
			n++;
	}
	return n;
}

/* The next fresh mail: of the run's mailbox while the run lasts, then of the
 * mailbox after it, so that a backlog of one does not hold up the others. */
static struct load *
next_fresh(struct parser *parser)
{
	struct pump *pump = parser->pump;
	struct lane *lane = parser->lane, *first;

	if (lane != NULL && parser->run < pump->settings->limits.parse_run &&
	    !TAILQ_EMPTY(&lane->fresh))
		return TAILQ_FIRST(&lane->fresh);
	first = lane == NULL ? NULL : TAILQ_NEXT(lane, lanes);
	if (first == NULL)
		first = TAILQ_FIRST(&pump->lanes);
	for (lane = first; lane != NULL; ) {
		if (!TAILQ_EMPTY(&lane->fresh))
			return TAILQ_FIRST(&lane->fresh);
		lane = TAILQ_NEXT(lane, lanes);
		if (lane == NULL)
			lane = TAILQ_FIRST(&pump->lanes);
		if (lane == first)
			break;
	}
	return NULL;
}

/* What those that were read wait for, however much there is of them. */
static struct load *
next_owed(struct pump *pump)
{
	struct lane *lane;
	struct load *load;

	TAILQ_FOREACH(lane, &pump->lanes, lanes) {
		load = TAILQ_FIRST(&lane->fresh);
		if (load != NULL && load->owed)
			return load;
	}
	return NULL;
}

static struct load *
take(struct parser *parser)
{
	struct pump *pump = parser->pump;
	struct load *load;
	bool again;

	if (count_readers(pump, &again) < pump->options.parse_threads) {
		load = pump->read < PUMP_READ ? next_fresh(parser) :
		    next_owed(pump);
		if (load != NULL) {
			TAILQ_REMOVE(&load->lane->fresh, load, queue);
			return load;
		}
	}
	load = TAILQ_FIRST(&pump->again);
	if (again || load == NULL || pump->read >= PUMP_READ ||
	    load->not_before_ms > clock_mono_ms())
		return NULL;
	TAILQ_REMOVE(&pump->again, load, queue);
	return load;
}

/* Nothing to take: what could change that? */
static void
idle(struct parser *parser)
{
	struct pump *pump = parser->pump;
	struct lane *lane;

	if (parser->worker != NULL)
		worker_end_run(parser->worker);
	parser->lane = NULL;
	if (!TAILQ_EMPTY(&pump->again)) {
		pump_wait(pump, &pump->parse, POLL_MS);
		return;
	}
	TAILQ_FOREACH(lane, &pump->lanes, lanes) {
		if (TAILQ_EMPTY(&lane->fresh))
			continue;
		pump_wait(pump, &pump->parse, POLL_MS);
		return;
	}
	pthread_cond_wait(&pump->parse, &pump->lock);
}

/* ---- reading ---- */

/* A worker with today's limits; pump->lock is not held. */
static int
need_worker(struct parser *parser, const struct settings *settings,
    struct err *err)
{
	struct worker_limits limits = {
		.seconds = settings->limits.parse_seconds,
		.memory = (size_t)settings->limits.parse_memory,
		.answer = ANSWER_MAX,
		.run = settings->limits.parse_run,
	};
	struct worker *worker, *old = parser->worker;

	if (old != NULL && parser->settings == settings)
		return 0;
	if (reader_start((size_t)settings->limits.mail_size, &limits,
	    &worker, err) == -1)
		return -1;
	pthread_mutex_lock(&parser->pump->lock);
	parser->worker = worker;
	parser->settings = settings;
	if (parser->pump->stopping)
		worker_cancel(worker);
	pthread_mutex_unlock(&parser->pump->lock);
	worker_stop(&old);
	return 0;
}

/* Is a child for several mails worth it? Only in a backlog of one mailbox. */
static bool
is_alone(struct parser *parser, struct load *load, bool backlog)
{
	if (load->readings > 0 || (parser->lane != load->lane && !backlog))
		return true;
	if (parser->lane != load->lane)
		worker_end_run(parser->worker);
	if (parser->lane != load->lane ||
	    parser->run >= parser->settings->limits.parse_run)
		parser->run = 0;
	parser->lane = load->lane;
	parser->run++;
	return false;
}

static void
keep_header_line(struct slice line, struct arena *arena, struct mail *mail)
{
	struct slice value;
	const char *lt, *gt;

	if (text_istarts(line, "subject:") && mail->subject == NULL) {
		value = text_trim((struct slice){ line.p + 8, line.len - 8 });
		mail->subject = utf8_clean_line(arena, value.p, value.len).p;
	} else if (text_istarts(line, "from:") && mail->from.address == NULL) {
		lt = memrchr(line.p, '<', line.len);
		gt = memrchr(line.p, '>', line.len);
		if (lt == NULL || gt == NULL || gt < lt)
			return;
		mail->from_count = 1;
		mail->from.address = utf8_clean_line(arena, lt + 1,
		    (size_t)(gt - lt - 1)).p;
	}
}

/* What people need to know of a mail that no parser can take: bare lines. */
static struct mail *
bare_mail(const struct blob *raw, struct arena *arena)
{
	size_t n = blob_size(raw) < HEADER_MAX ? blob_size(raw) : HEADER_MAX;
	struct mail *mail = arena_calloc(arena, 1, sizeof *mail);
	char *head = arena_alloc(arena, n + 1);
	struct slice rest = { head, n }, line;

	if (mail == NULL || head == NULL ||
	    blob_read(raw, 0, head, n, NULL) == -1)
		return NULL;
	mail->kind = MAIL_UNREADABLE;
	mail->text = mail->reply = "";
	mail->because = "could not be parsed";
	while (text_line(&rest, &line) && line.len > 0)
		keep_header_line(line, arena, mail);
	return mail;
}

static int
new_arena(struct load *load, struct err *err)
{
	arena_free(&load->arena);
	load->arena = arena_new(ARENA_MAX);
	return load->arena != NULL ? 0 : err_set(err, ERR_RETRY,
	    "out of memory");
}

/* The last try failed: it goes on with its header only, to quarantine. */
static int
give_up(struct load *load, const struct err *why, struct err *err)
{
	if (new_arena(load, err) == -1)
		return -1;
	load->mail = bare_mail(load->item->raw, load->arena);
	if (load->mail == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	memcpy(load->fault, why->msg, sizeof load->fault);
	return 0;
}

/* 1 on to the desk; 0 to be read again; -1 not the mail's fault: later. */
static int
read_load(struct parser *parser, struct load *load, bool alone,
    struct err *err)
{
	struct err why = { 0 };
	enum worker_end end;

	if (new_arena(load, err) == -1)
		return -1;
	if (reader_read(parser->worker, load->item->raw, alone, load->arena,
	    &load->mail, &end, &why) == -1) {
		*err = why;
		return -1;
	}
	if (end == WORKER_OK)
		return 1;
	load->readings++;
	log_at(LOG_WARN, "parse", "mail could not be read",
	    LOG_S("source", load->item->source),
	    LOG_N("uid", load->item->uid), LOG_N("try", load->readings),
	    LOG_S("error", why.msg));
	if (load->readings < PUMP_TRIES)
		return 0;
	return give_up(load, &why, err) == -1 ? -1 : 1;
}

/* Where a load goes after its reading. */
static void
pass_on(struct pump *pump, struct load *load, int rc)
{
	if (rc == 1) {
		load->stage = LOAD_DESK;
		load->read = arena_used(load->arena);
		pump->read += load->read;
		pthread_cond_signal(&pump->desk);
		return;
	}
	load->stage = LOAD_QUEUE;
	if (rc == 0 || load->readings > 0) {
		load->aside = true;
		load->not_before_ms = clock_mono_ms() +
		    (AGAIN_MS << (load->readings > 1));
		TAILQ_INSERT_TAIL(&pump->again, load, queue);
		pthread_cond_signal(&pump->desk);
	} else {
		load->owed = true;
		TAILQ_INSERT_HEAD(&load->lane->fresh, load, queue);
	}
}

void *
pump_parse_main(void *arg)
{
	struct parser *parser = arg;
	struct pump *pump = parser->pump;
	const struct settings *settings;
	struct worker *worker;
	struct err err;
	struct load *load;
	bool backlog, alone;
	int rc;

	pthread_mutex_lock(&pump->lock);
	while (!pump->stopping) {
		load = take(parser);
		if (load == NULL) {
			idle(parser);
			continue;
		}
		load->stage = LOAD_PARSE;
		load->parse_ms = clock_mono_ms();
		parser->load = load;
		backlog = !TAILQ_EMPTY(&load->lane->fresh);
		settings = pump->settings;
		pthread_mutex_unlock(&pump->lock);

		err = (struct err){ 0 };
		rc = need_worker(parser, settings, &err);
		if (rc == 0) {
			alone = is_alone(parser, load, backlog);
			rc = read_load(parser, load, alone, &err);
		}
		if (rc == -1)
			log_at(LOG_ERROR, "parse", "no parser to be had",
			    LOG_S("error", err.msg));

		pthread_mutex_lock(&pump->lock);
		parser->load = NULL;
		pass_on(pump, load, rc);
		if (pump->stopping)
			pthread_cond_broadcast(&pump->done);
		else if (rc == -1)
			pump_wait(pump, &pump->parse, AGAIN_MS);
	}
	worker = parser->worker;
	parser->worker = NULL;
	pthread_mutex_unlock(&pump->lock);
	worker_stop(&worker);
	return NULL;
}
