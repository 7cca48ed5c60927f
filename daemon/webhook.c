#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/httpd.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/slack_api.h"
#include "daemon/slack_form.h"
#include "daemon/webhook.h"
#include "parsers/slack.h"

#define BODY_MAX	((size_t)1 << 20)	/* bytes of a request */
#define ARENA_MAX	((size_t)8 << 20)
#define WAIT_MS		2500	/* for the commit; Slack waits 3 s */
#define OPEN_MS		2000	/* for a form to open */
#define TELL_MS		400	/* for an answer beside the answer */
#define JSON_TYPE	"application/json; charset=utf-8"

#define NOT_DONE	"Not done, try again: the helpdesk could not write " \
			"it down just now."

struct webhook {
	_Atomic(const struct settings *) settings;
	struct inbox		*inbox;
	struct httpd		*httpd;
};

/* One request on its way. */
struct asked {
	struct webhook		*webhook;
	const struct settings	*settings;
	const struct httpd_request *request;
	struct httpd_response	*response;
	struct arena		*arena;
	struct slack_event	 event;
	enum webhook_kind	 kind;
};

static const struct metric chat_in = { METRIC_COUNTER,
    "campusdesk_chat_in_total", "What chat systems sent us, by its end." };

static void
count(const char *result)
{
	struct buf labels = BUF_INIT(METRICS_LABELS_MAX);

	metrics_label(&labels, "door", "slack");
	metrics_label(&labels, "result", result);
	metrics_add(&chat_in, buf_str(&labels), 1);
	buf_free(&labels);
}

/* ---- answers ---- */

/* Takes json over. */
static void
answer_json(struct httpd_response *response, json_t *json)
{
	char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);

	response->status = text == NULL ? 503 : 200;
	response->type = JSON_TYPE;
	if (text != NULL)
		buf_adds(&response->body, text);
	free(text);
	json_decref(json);
}

static json_t *
only_to_them(const char *text)
{
	return json_pack("{s:s, s:s, s:b}", "response_type", "ephemeral",
	    "text", text, "replace_original", 0);
}

/* In the answer, and for a click where Slack shows it. */
static void
answer_not_done(struct asked *a)
{
	struct slack_api api = {
		.url = a->settings->slack.api,
		.token = a->settings->slack.bot_token,
	};
	struct slack_api_reply reply;

	if (a->event.kind == SLACK_CLICK && *a->event.reply_url != '\0') {
		json_t *body = only_to_them(NOT_DONE);

		slack_api_respond(&api, a->event.reply_url, body, TELL_MS,
		    &reply);
		json_decref(body);
	}
	answer_json(a->response, a->event.kind == SLACK_FORM ?
	    json_pack("{s:s, s:{s:s}}", "response_action", "errors", "errors",
	    "text", NOT_DONE) : only_to_them(NOT_DONE));
}

/* ---- what is asked ---- */

static void
keep(struct asked *a)
{
	const struct inbox_row row = {
		.door = "slack",
		.key = a->event.key,
		.kind = (int)a->kind,
		.body = a->request->body,
		.came_ms = clock_now_ms(),
	};
	enum inbox_end end = inbox_put(a->webhook->inbox, &row, WAIT_MS);

	count(end == INBOX_KEPT ? "kept" : end == INBOX_KNOWN ? "known" :
	    "not in time");
	if (end != INBOX_NOT) {
		a->response->status = 200;
		if (a->event.kind == SLACK_COMMAND)
			answer_json(a->response, only_to_them("Thank you: the "
			    "helpdesk has it. The answer comes as a message "
			    "from this app."));
		return;
	}
	if (a->kind == WEBHOOK_EVENT)
		a->response->status = 503;
	else
		answer_not_done(a);
}

/* /helpdesk alone. What opens a form can be used once, and soon. */
static void
open_form(struct asked *a)
{
	struct slack_api api = {
		.url = a->settings->slack.api,
		.token = a->settings->slack.bot_token,
	};
	struct slack_api_reply reply = { .json = NULL };
	json_t *call = json_pack("{s:s, s:o}", "trigger_id", a->event.trigger,
	    "view", slack_form(a->settings));
	enum slack_api_how how = call == NULL ? SLACK_API_AWAY :
	    slack_api_call(&api, "views.open", call, OPEN_MS, &reply);

	json_decref(call);
	slack_api_free(&reply);
	count(how == SLACK_API_OK ? "form" : "no form");
	if (how == SLACK_API_OK) {
		a->response->status = 200;
		return;
	}
	log_at(LOG_WARN, "webhook", "no form could be opened",
	    LOG_S("error", reply.why.msg));
	answer_json(a->response, only_to_them("Not done, try again: the form "
	    "could not be opened. Or write /helpdesk and, in the same line, "
	    "what is wrong."));
}

static void
act(struct asked *a)
{
	switch (a->event.kind) {
	case SLACK_CHALLENGE:
		answer_json(a->response, json_pack("{s:s}", "challenge",
		    a->event.text));
		return;
	case SLACK_LIMITED:
		log_msg(LOG_WARN, "webhook", "Slack withholds events: too many "
		    "an hour");
		a->response->status = 200;
		return;
	case SLACK_SSL_CHECK:
	case SLACK_NOTHING:
		a->response->status = 200;
		return;
	case SLACK_FORM:
		if (*a->event.text == '\0') {
			answer_json(a->response, json_pack("{s:s, s:{s:s}}",
			    "response_action", "errors", "errors", "text",
			    "Please say what is wrong."));
			return;
		}
		break;
	case SLACK_COMMAND:
		if (*a->event.text == '\0') {
			open_form(a);
			return;
		}
		break;
	default:
		break;
	}
	keep(a);
}

/* ---- requests ---- */

static const struct place {
	const char		*path;
	enum webhook_kind	 kind;
	bool			 form;
	int			(*read)(struct slice body, struct arena *arena,
				    struct slack_event *event_out,
				    struct err *err);
} places[] = {
	{ "/slack/events", WEBHOOK_EVENT, false, slack_event },
	{ "/slack/command", WEBHOOK_COMMAND, true, slack_command },
	{ "/slack/interact", WEBHOOK_INTERACT, true, slack_interact },
};

static bool
is_signed(const struct asked *a)
{
	return slack_signed(slice_of(a->settings->slack.signing_secret),
	    httpd_field(a->request, "X-Slack-Request-Timestamp"),
	    httpd_field(a->request, "X-Slack-Signature"), a->request->body,
	    clock_now_ms() / 1000);
}

static void
take(struct asked *a, const struct place *place)
{
	struct err err = { 0 };

	if (place->form && slack_is_ssl_check(a->request->body)) {
		a->response->status = 200;
		return;
	}
	if (!is_signed(a)) {
		count("not signed");
		a->response->status = 401;
		return;
	}
	a->kind = place->kind;
	a->arena = arena_new(ARENA_MAX);
	if (a->arena == NULL) {
		a->response->status = 503;
	} else if (place->read(a->request->body, a->arena, &a->event,
	    &err) == 0) {
		act(a);
	} else {
		count("malformed");
		log_at(LOG_WARN, "webhook", "signed, and not to be read",
		    LOG_S("path", place->path), LOG_S("error", err.msg));
		a->response->status = err.code == ERR_INPUT ? 400 : 503;
	}
	arena_free(&a->arena);
}

static void
handle(const struct httpd_request *request, struct httpd_response *response,
    void *arg)
{
	struct webhook *webhook = arg;
	struct asked a = { .webhook = webhook, .request = request,
	    .response = response,
	    .settings = atomic_load(&webhook->settings) };

	response->status = 404;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		if (strcmp(places[i].path, request->path) != 0)
			continue;
		if (strcmp(request->method, "POST") == 0) {
			take(&a, &places[i]);
			return;
		}
		response->status = 405;
		response->allow = "POST";
	}
}

/* ---- life ---- */

int
webhook_start(const struct settings *settings, void (*came)(void *arg),
    void *arg, struct webhook **webhook_out, struct err *err)
{
	struct httpd_options options = {
		.place = settings->webhook_listen,
		.body_max = BODY_MAX,
		.handler = handle,
	};
	struct webhook *webhook;

	*webhook_out = NULL;
	if (*settings->webhook_listen == '\0' || !settings->slack.present ||
	    strcmp(settings->slack.mode, "events") != 0)
		return 0;
	webhook = calloc(1, sizeof *webhook);
	if (webhook == NULL)
		return err_set(err, ERR_FATAL, "webhook: out of memory");
	atomic_store(&webhook->settings, settings);
	options.arg = webhook;
	if (inbox_start(settings, came, arg, &webhook->inbox, err) == -1 ||
	    httpd_start(&options, &webhook->httpd, err) == -1) {
		inbox_stop(&webhook->inbox);
		free(webhook);
		return -1;
	}
	*webhook_out = webhook;
	return 0;
}

void
webhook_reload(struct webhook *webhook, const struct settings *settings)
{
	if (webhook != NULL)
		atomic_store(&webhook->settings, settings);
}

void
webhook_stop(struct webhook **webhook)
{
	if (*webhook == NULL)
		return;
	inbox_close((*webhook)->inbox);
	httpd_stop(&(*webhook)->httpd);
	inbox_stop(&(*webhook)->inbox);
	free(*webhook);
	*webhook = NULL;
}
