#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/text.h"
#include "webview/fields.h"
#include "webview/health.h"
#include "webview/login.h"
#include "webview/routes.h"

enum method { GET = 1, POST = 2 };	/* GET: HEAD too */
enum form { HTML = 1, JSON = 2, CSV = 4 };
enum who { ANYBODY, SOMEBODY, MACHINES };	/* SOMEBODY: logged in */

static void	show_home(struct ask *ask);
static void	show_file(struct ask *ask);
static void	show_robots(struct ask *ask);

/* In a pattern # is a number (a ticket, then an attachment), * one segment of
 * any kind. Whoever may use a route may still not see that ticket: its page
 * asks. */
static const struct route {
	const char	*pattern;
	unsigned	 methods, forms;
	enum who	 who;
	bool		 bare;		/* needs neither store nor viewer */
	page_fn		*page;
	void		(*get)(struct ask *ask), (*post)(struct ask *ask);
} routes[] = {
	{ "/", GET, HTML, ANYBODY, false, NULL, show_home, NULL },
	{ "/tickets", GET, HTML | JSON | CSV, SOMEBODY, false, page_tickets,
	  NULL, NULL },
	{ "/tickets/#", GET, HTML | JSON, SOMEBODY, false, page_ticket, NULL,
	  NULL },
	{ "/tickets/#/attachments/#", GET, HTML, SOMEBODY, false,
	  page_attachment, NULL, NULL },
	{ "/analytics", GET, HTML | JSON | CSV, SOMEBODY, false,
	  page_analytics, NULL, NULL },
	{ "/report", GET, HTML, ANYBODY, false, page_report, NULL, NULL },
	{ "/login", GET, HTML, ANYBODY, false, NULL, login_page, NULL },
	{ "/login/*", GET | POST, HTML, ANYBODY, false, NULL, login_link,
	  login_use },
	{ "/logout", POST, HTML, ANYBODY, false, NULL, NULL, login_out },
	{ "/healthz", GET, HTML, MACHINES, false, NULL, health_page, NULL },
	{ "/metrics", GET, HTML, MACHINES, false, NULL, health_metrics, NULL },
	{ "/static/*", GET, HTML, ANYBODY, true, NULL, show_file, NULL },
	{ "/robots.txt", GET, HTML, ANYBODY, true, NULL, show_robots, NULL },
};

static const struct metric took = { METRIC_SECONDS,
    "campusdesk_request_seconds", "From a whole request to its answer sent." };

/* ---- which route ---- */

static struct slice
segment(const char **path)
{
	struct slice s = { *path, strcspn(*path, "/") };

	*path += s.len;
	if (**path == '/')
		(*path)++;
	return s;
}

static bool
take_number(struct ask *ask, struct slice s)
{
	int64_t *where = ask->page.number == 0 ? &ask->page.number :
	    &ask->page.id;

	return query_number(s, where);
}

/* Segment by segment; the path has none that is empty. */
static bool
fits(struct ask *ask, const char *pattern, const char *path)
{
	struct slice want, got;

	ask->page.number = ask->page.id = 0;
	ask->rest = "";
	if (path[0] != '\0' && path[1] != '\0' &&
	    path[strlen(path) - 1] == '/')
		return false;
	for (pattern++, path++; *pattern != '\0' || *path != '\0';) {
		want = segment(&pattern);
		got = segment(&path);
		if (slice_is(want, "#")) {
			if (!take_number(ask, got))
				return false;
		} else if (slice_is(want, "*")) {
			ask->rest = arena_strndup(ask->http->arena, got.p,
			    got.len);
			if (got.len == 0 || ask->rest == NULL)
				return false;
		} else if (!slice_eq(want, got)) {
			return false;
		}
	}
	return true;
}

/* "/tickets.json": the path without its end, and the form that it asks for. */
static enum form
form_of(struct ask *ask, const char **path)
{
	static const struct { const char *end; enum form form; } ends[] = {
		{ ".json", JSON }, { ".csv", CSV },
	};
	size_t len = strlen(*path), n;

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		n = strlen(ends[i].end);
		if (!text_iends(slice_of(*path), ends[i].end) || len <= n)
			continue;
		*path = arena_strndup(ask->http->arena, *path, len - n);
		return ends[i].form;
	}
	return HTML;
}

static const struct route *
find(struct ask *ask, const char *path)
{
	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
		if (fits(ask, routes[i].pattern, path))
			return &routes[i];
	return NULL;
}

/* The path as it is, else without an end that names a form. */
static const struct route *
route_of(struct ask *ask)
{
	static const enum page_format formats[] = { [HTML] = PAGE_HTML,
	    [JSON] = PAGE_JSON, [CSV] = PAGE_CSV };
	const char *accept = http_field(ask->http, "Accept");
	const char *path = ask->path;
	const struct route *route = find(ask, path);
	enum form form = HTML;

	if (route == NULL) {
		form = form_of(ask, &path);
		if (form != HTML && path != NULL)
			route = find(ask, path);
		if (route != NULL && (route->forms & form) == 0)
			route = NULL;
	} else if ((route->forms & JSON) != 0 && accept != NULL &&
	    query_prefers(accept, "application/json")) {
		form = JSON;
	}
	ask->page.format = formats[form];
	return route;
}

/* ---- what it does ---- */

static void
show_home(struct ask *ask)
{
	ask_redirect(ask, ask->page.viewer.person != 0 ? "/tickets" :
	    "/login");
}

static void
show_robots(struct ask *ask)
{
	ask_answer(ask, 200, "text/plain; charset=utf-8",
	    "User-agent: *\nDisallow: /\n");
}

/* For ever when the address has the file's version in it. */
static void
show_file(struct ask *ask)
{
	const struct file *file = files_find(ask->site->files, ask->rest);
	const char *known = http_field(ask->http, "If-None-Match");
	const char *version = page_param(&ask->page, "v");
	bool same;

	if (file == NULL) {
		ask_plain(ask->out, ask->site->https, 404);
		return;
	}
	same = known != NULL && query_matches(known, file->etag);
	ask->out->status = same ? 304 : 200;
	fields_secure(ask->out, ask->site->https);
	http_add(ask->out, "ETag", file->etag);
	http_add(ask->out, "Cache-Control", strlen(version) >= 8 &&
	    strncmp(version, file->etag + 1, strlen(version)) == 0 ?
	    "public, max-age=31536000, immutable" : "no-cache");
	if (same)
		return;
	http_add(ask->out, "Content-Type", file->type);
	ask->out->lasting = file->bytes;
}

/* Made now, or a moment ago for the same person. */
static int
make_page(struct ask *ask, page_fn *page, struct page_answer *answer,
    struct err *err)
{
	int64_t version = db_data_version(ask->page.db);
	int64_t now = clock_mono_ms();
	const char *key = arena_printf(ask->http->arena, "%lld %d %d %s",
	    (long long)ask->page.viewer.person, (int)ask->page.viewer.role,
	    (int)ask->page.format, ask->http->target);

	if (kept_find(ask->kept, key, version, now, ask->http->arena, answer))
		return 0;
	buf_reset(&answer->body);
	if (page(&ask->page, answer, err) == -1)
		return -1;
	kept_put(ask->kept, key, version, now, answer);
	return 0;
}

static void
show_page(struct ask *ask, page_fn *page)
{
	struct page_answer answer = { .body = BUF_INIT(PAGE_MAX) };
	struct err err = { 0 };

	if (make_page(ask, page, &answer, &err) == 0) {
		ask_page(ask, &answer);
		if (ask->page.number != 0 && (ask->out->status == 200 ||
		    ask->out->status == 304))
			login_viewed(ask, ask->page.number);
		return;
	}
	log_at(err.code == ERR_FATAL ? LOG_ERROR : LOG_WARN, "web",
	    "a page failed", LOG_S("path", ask->path),
	    LOG_S("error", err.msg));
	buf_free(&answer.body);
	ask->store_failed = err.code == ERR_FATAL;
	ask_plain(ask->out, ask->site->https,
	    err.code == ERR_RETRY ? 503 : 500);
}

/* ---- who may ---- */

static void
send_to_login(struct ask *ask)
{
	if (ask->page.format == PAGE_HTML) {
		ask_redirect(ask, "/login");
		return;
	}
	ask_answer(ask, 401, "application/json",
	    "{\"error\":\"not logged in\"}\n");
	http_add(ask->out, "WWW-Authenticate", "Session realm=\"campusdesk\"");
}

static void
not_found(struct ask *ask)
{
	ask_problem(ask, 404, "Not found", "There is nothing here, or nothing "
	    "that you may see.");
}

static void
not_so(struct ask *ask, const struct route *route)
{
	ask_problem(ask, 405, "Not possible", "This address can be read, not "
	    "written to. What is to change is written to the helpdesk by "
	    "mail.");
	http_add(ask->out, "Allow", route->methods == GET ? "GET, HEAD" :
	    route->methods == POST ? "POST" : "GET, HEAD, POST");
}

static unsigned
method_of(const char *method)
{
	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		return GET;
	return strcmp(method, "POST") == 0 ? POST : 0;
}

static void
run(struct ask *ask, const struct route *route)
{
	unsigned method = method_of(ask->http->method);

	if (route == NULL || (route->who == MACHINES &&
	    !health_may_ask(ask)))
		not_found(ask);
	else if ((route->methods & method) == 0)
		not_so(ask, route);
	else if (route->who == SOMEBODY && ask->page.viewer.person == 0)
		send_to_login(ask);
	else if (route->page != NULL)
		show_page(ask, route->page);
	else if (method == POST)
		route->post(ask);
	else
		route->get(ask);
}

/* With a connection to the store, and the viewer found in it. */
static void
run_with_store(struct ask *ask, const struct route *route)
{
	struct pooled pooled;
	struct err err = { 0 };

	if (pool_take(ask->site->pool, &pooled, &err) == -1) {
		log_at(LOG_WARN, "web", "no store", LOG_S("error", err.msg));
		ask_plain(ask->out, ask->site->https, 503);
		return;
	}
	ask->page.db = pooled.db;
	ask->kept = pooled.kept;
	if (login_who(ask, &err) == 0) {
		run(ask, route);
	} else {
		log_at(LOG_WARN, "web", "no viewer", LOG_S("error", err.msg));
		ask->store_failed = err.code == ERR_FATAL;
		ask_plain(ask->out, ask->site->https, 503);
	}
	pool_give(ask->site->pool, &pooled, !ask->store_failed);
}

/* The path behind the base; false: it lies elsewhere. */
static bool
below_base(struct ask *ask)
{
	size_t len = strlen(ask->site->base);

	if (strncmp(ask->target.path, ask->site->base, len) != 0 ||
	    ask->target.path[len] != '/')
		return false;
	ask->path = ask->target.path + len;
	return true;
}

void
routes_handle(const struct http_request *http, struct http_response *out,
    void *arg)
{
	struct ask ask = { .site = arg, .http = http, .out = out,
	    .rest = "", .session = "" };
	const struct route *route;
	struct err err = { 0 };

	if (query_target(http->target, http->arena, &ask.target, &err) == -1 ||
	    !below_base(&ask)) {
		ask_plain(out, ask.site->https, err.code == ERR_INPUT ? 400 :
		    err.code == ERR_RETRY ? 503 : 404);
		return;
	}
	ask.page = (struct page_request){ .settings = ask.site->settings,
	    .arena = http->arena, .path = ask.path,
	    .templates = ask.site->templates,
	    .now_ms = clock_now_ms(), .params = ask.target.params,
	    .nparams = ask.target.nparams, .viewer = { .address = "",
	    .name = "" } };
	route = route_of(&ask);
	http->note->route = route == NULL ? "" : route->pattern;
	if (route != NULL && route->bare &&
	    (route->methods & method_of(http->method)) != 0)
		route->get(&ask);
	else
		run_with_store(&ask, route);
}

void
routes_refuse(int status, struct http_response *out, void *arg)
{
	const struct site *site = arg;

	ask_plain(out, site->https, status);
}

/* The address is not logged: tokens and what people look for stand in it. */
void
routes_log(const struct http_request *http, int status, int64_t bytes,
    int64_t ms, void *arg)
{
	const char *route = http->note->route;

	(void)arg;
	metrics_took(&took, "", ms);
	log_at(LOG_INFO, "web", status == 0 ? "not sent" : "answered",
	    LOG_S("method", http->method),
	    LOG_S("route", route == NULL ? "" : route),
	    LOG_N("status", status), LOG_N("bytes", bytes), LOG_N("ms", ms),
	    LOG_N("person", http->note->person), LOG_S("peer", http->peer));
}
