#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "webview/ask.h"
#include "webview/fields.h"
#include "webview/peers.h"

#define HTML	"text/html; charset=utf-8"

const char *
ask_url(const struct ask *ask, const char *path)
{
	const char *url = arena_printf(ask->http->arena, "%s%s",
	    ask->site->base, path);

	return url == NULL ? "/" : url;
}

bool
ask_from_proxy(const struct ask *ask)
{
	return strcmp(ask->http->peer, "unix") == 0 ||
	    peers_have(&ask->site->settings->web.trusted_proxies,
	    slice_of(ask->http->peer));
}

static void
begin(struct ask *ask, int status, const char *type)
{
	ask->out->status = status;
	http_add(ask->out, "Content-Type", type);
	fields_secure(ask->out, ask->site->https);
}

void
ask_answer(struct ask *ask, int status, const char *type, const char *text)
{
	begin(ask, status, type);
	http_add(ask->out, "Cache-Control", "no-store");
	ask->out->body = BUF_INIT(PAGE_MAX);
	buf_adds(&ask->out->body, text);
}

void
ask_redirect(struct ask *ask, const char *path)
{
	begin(ask, 303, NULL);
	http_add(ask->out, "Location", ask_url(ask, path));
	http_add(ask->out, "Cache-Control", "no-store");
}

/* ---- without store and templates ---- */

static const struct words {
	int		 status;
	const char	*title, *what;
} words[] = {
	{ 400, "Bad request", "The browser sent something that cannot be "
	  "understood. Going back and trying again may help." },
	{ 411, "Length required", "The form came without its length." },
	{ 413, "Too large", "No form here is that large." },
	{ 414, "Too long", "The address is too long." },
	{ 404, "Not found", "There is nothing here, or nothing that you may "
	  "see." },
	{ 500, "Something broke", "The page could not be made; what happened "
	  "is in the log. Please tell the administrator." },
	{ 503, "Try again soon", "The helpdesk is being started or is busy. "
	  "This page works again in a moment." },
};

static const struct words *
words_for(int status)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (words[i].status == status)
			return &words[i];
	return &words[0];
}

void
ask_plain(struct http_response *out, bool https, int status)
{
	const struct words *w = words_for(status);

	*out = (struct http_response){ .status = status,
	    .body = BUF_INIT(4096) };
	http_add(out, "Content-Type", HTML);
	fields_secure(out, https);
	http_add(out, "Cache-Control", "no-store");
	if (status == 503)
		http_add(out, "Retry-After", "10");
	buf_addf(&out->body, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>"
	    "<meta charset=\"utf-8\"><meta name=\"viewport\" "
	    "content=\"width=device-width\"><title>%s</title></head>\n<body>"
	    "<h1>%s</h1>\n<p>%s</p></body>\n</html>\n", w->title, w->title,
	    w->what);
}

/* ---- with them ---- */

/* What a page says of itself beside its body. */
static void
describe(struct ask *ask, const struct page_answer *a)
{
	struct http_response *out = ask->out;

	out->status = a->status == 0 ? 200 : a->status;
	if (a->download != NULL) {
		fields_secure_file(out, ask->site->https);
		http_add(out, "Content-Type", fields_file_type(a->type));
		http_add(out, "Content-Disposition",
		    fields_disposition(a->download, ask->http->arena));
		http_add(out, "Cache-Control", "private, no-store");
		return;
	}
	fields_secure(out, ask->site->https);
	if (out->status != 304 && out->status != 303)
		http_add(out, "Content-Type", a->type == NULL ? HTML :
		    a->type);
	/* what a browser keeps, its way back shows to whoever comes after
	 * the logout */
	http_add(out, "Cache-Control", a->etag != NULL &&
	    ask->page.viewer.person == 0 ? "private, no-cache" : "no-store");
	http_add(out, "Vary", "Accept, Cookie");
	http_add(out, "ETag", a->etag);
	if (a->location != NULL)
		http_add(out, "Location", a->location);
}

struct reading {		/* a page_stream with connections */
	struct page_stream	 stream;
	struct pool		*pool;
};

static ssize_t
reading_read(void *self, char *p, size_t len)
{
	struct reading *reading = self;
	struct pooled pooled;
	struct err err = { 0 };
	ssize_t n;

	if (pool_take(reading->pool, &pooled, &err) == -1)
		return -1;
	n = reading->stream.read(reading->stream.self, pooled.db, p, len);
	pool_give(reading->pool, &pooled, n >= 0);
	return n;
}

static void
reading_close(void *self)
{
	struct reading *reading = self;

	reading->stream.close(reading->stream.self);
}

/* The reading lives in the request's arena, which ends after the answer. */
static bool
take_stream(struct ask *ask, const struct page_stream *stream)
{
	struct reading *reading = arena_alloc(ask->http->arena,
	    sizeof *reading);

	if (reading == NULL) {
		stream->close(stream->self);
		return false;
	}
	*reading = (struct reading){ *stream, ask->site->pool };
	ask->out->stream = (struct http_stream){ stream->size, reading_read,
	    reading_close, reading };
	return true;
}

void
ask_page(struct ask *ask, struct page_answer *a)
{
	const char *known = http_field(ask->http, "If-None-Match");

	if (a->etag != NULL && known != NULL &&
	    (a->status == 0 || a->status == 200) &&
	    query_matches(known, a->etag)) {
		a->status = 304;
		buf_free(&a->body);
	}
	if (a->body.failed || (a->stream != NULL && !take_stream(ask,
	    a->stream))) {
		buf_free(&a->body);
		ask_plain(ask->out, ask->site->https, 503);
		return;
	}
	describe(ask, a);
	ask->out->body = a->body;
}

void
ask_problem(struct ask *ask, int status, const char *title,
    const char *what_to_do)
{
	struct page_answer answer = { .body = BUF_INIT(PAGE_MAX) };
	struct err err = { 0 };

	if (page_problem(&ask->page, status, title, what_to_do, &answer,
	    &err) == 0) {
		answer.etag = NULL;
		ask_page(ask, &answer);
		return;
	}
	log_at(LOG_WARN, "web", "a page of ours cannot be made",
	    LOG_S("error", err.msg));
	buf_free(&answer.body);
	ask_plain(ask->out, ask->site->https, status);
}
