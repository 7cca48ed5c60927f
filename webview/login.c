#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/requests.h"
#include "base/text.h"
#include "base/utf8.h"
#include "desk/login.h"
#include "webview/login.h"

#define DAEMON_MS	3000	/* for a login */
#define NOTE_MS		300	/* for a view noted */
#define QUIET_MS	30000	/* after one that could not be */

static const char *
cookie_name(const struct site *site)
{
	return site->https ? "__Host-campusdesk" : "campusdesk";
}

/* ---- who ---- */

static void
set_viewer(struct ask *ask, const struct person *p)
{
	ask->page.viewer = (struct viewer){ .person = p->id,
	    .role = p->removed ? ROLE_REQUESTER : p->role,
	    .address = p->address, .name = p->name };
	ask->http->note->person = p->id;
}

static int
by_cookie(struct ask *ask, struct err *err)
{
	const char *field = http_field(ask->http, "Cookie"), *text;
	unsigned char hash[CRYPT_SHA256];
	struct person p;
	struct slice value;
	int64_t id;
	int rc;

	if (field == NULL || !query_cookie(field, cookie_name(ask->site),
	    &value))
		return 0;
	text = arena_strndup(ask->http->arena, value.p, value.len);
	if (text == NULL || strlen(text) != value.len ||
	    !login_hash(text, hash))
		return 0;
	rc = session_find(ask->page.db, hash, ask->page.now_ms, &id, err);
	if (rc == 1)
		rc = person_get(ask->page.db, id, ask->http->arena, &p, err);
	if (rc == 1) {
		ask->session = text;
		set_viewer(ask, &p);
	}
	return rc == -1 ? -1 : 0;
}

/* The proxy's word, on every request. */
static int
by_header(struct ask *ask, const char *name, struct err *err)
{
	const char *who = http_field(ask->http, name);
	const char *domain = ask->site->settings->web.login_domain, *at;
	struct person p;
	int rc;

	if (who == NULL || who[0] == '\0' || strlen(who) > 254)
		return 0;
	at = strchr(who, '@');
	if (at == NULL && domain[0] == '\0')
		return 0;
	if (at == NULL)
		who = arena_printf(ask->http->arena, "%s@%s", who, domain);
	else if (domain[0] != '\0' && !text_ieq(slice_of(at + 1),
	    slice_of(domain)))
		return 0;
	if (who == NULL)
		return 0;
	rc = person_find(ask->page.db, who, ask->http->arena, &p, err);
	if (rc == 1)
		set_viewer(ask, &p);
	return rc == -1 ? -1 : 0;
}

int
login_who(struct ask *ask, struct err *err)
{
	const struct strings *ways = &ask->site->settings->web.login;
	int rc = 0;

	ask->session = "";
	for (size_t i = 0; rc == 0 && ask->page.viewer.person == 0 &&
	    i < ways->n; i++) {
		if (strcmp(ways->v[i], "link") == 0)
			rc = by_cookie(ask, err);
		else if (strncmp(ways->v[i], "header:", 7) == 0 &&
		    ask_from_proxy(ask))
			rc = by_header(ask, ways->v[i] + 7, err);
	}
	return rc;
}

/* ---- does a POST come from a page of ours? ---- */

/* "https://host:port" of an address. */
static struct slice
origin_of(const char *url)
{
	const char *p = strstr(url, "://");

	if (p == NULL)
		return (struct slice){ url, 0 };
	p += 3;
	return (struct slice){ url, (size_t)(p - url) + strcspn(p, "/?#") };
}

static bool
is_own_origin(const struct ask *ask, const char *origin)
{
	const char *host = http_field(ask->http, "Host"), *p;
	struct slice desk = origin_of(ask->site->settings->url);

	if (desk.len > 0 && text_ieq(slice_of(origin), desk))
		return true;
	p = strstr(origin, "://");
	return p != NULL && host != NULL && text_ieq(slice_of(p + 3),
	    slice_of(host));
}

static bool
is_own_post(const struct ask *ask)
{
	const char *site = http_field(ask->http, "Sec-Fetch-Site");
	const char *origin = http_field(ask->http, "Origin");

	if (site != NULL)
		return strcmp(site, "same-origin") == 0;
	return origin != NULL && is_own_origin(ask, origin);
}

static bool
refused(struct ask *ask)
{
	if (is_own_post(ask))
		return false;
	ask_problem(ask, 403, "Not from here", "This was not sent by a page "
	    "of the helpdesk. Open the page anew and press the button there.");
	return true;
}

/* ---- pages ---- */

static void
render(struct ask *ask, json_t *context)
{
	struct page_answer answer = { .body = BUF_INIT(PAGE_MAX) };
	struct err err = { 0 };
	int rc = page_render(&ask->page, "login", context, &answer, &err);

	json_decref(context);
	if (rc == 0) {
		ask_page(ask, &answer);
		return;
	}
	log_at(LOG_ERROR, "web", "the page for logging in cannot be made",
	    LOG_S("error", err.msg));
	buf_free(&answer.body);
	ask_plain(ask->out, ask->site->https, 500);
}

static bool
has_links(const struct site *site)
{
	for (size_t i = 0; i < site->settings->web.login.n; i++)
		if (strcmp(site->settings->web.login.v[i], "link") == 0)
			return true;
	return false;
}

void
login_page(struct ask *ask)
{
	render(ask, json_pack("{s:s, s:b, s:b}", "title", "Log in",
	    "how", 1, "links", has_links(ask->site)));
}

static void
no_link(struct ask *ask)
{
	ask_problem(ask, 404, "This link does not work any more",
	    "A link logs in once, within ten minutes. Ask for a new one.");
}

/* Does this link log in, as far as the store tells? */
static bool
is_link(struct ask *ask)
{
	unsigned char hash[CRYPT_SHA256];
	int64_t person;

	return login_hash(ask->rest, hash) && login_find(ask->page.db, hash,
	    ask->page.now_ms, &person, NULL) == 1;
}

void
login_link(struct ask *ask)
{
	if (!is_link(ask)) {
		no_link(ask);
		return;
	}
	/* a button, so that a scanner that follows it uses nothing up */
	render(ask, json_pack("{s:s, s:s}", "title", "Log in",
	    "token", ask->rest));
}

/* Ask the daemon; takes the request. */
static int
daemon_says(struct ask *ask, json_t *request, int64_t wait_ms,
    json_t **answer_out, struct err *err)
{
	int rc = request == NULL ? err_set(err, ERR_RETRY, "out of memory") :
	    requests_call(ask->site->settings->store_path, request, wait_ms,
	    answer_out, err);

	json_decref(request);
	return rc;
}

static void
set_cookie(struct ask *ask, const char *value, int64_t seconds)
{
	http_add(ask->out, "Set-Cookie", arena_printf(ask->http->arena,
	    "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
	    cookie_name(ask->site), value, (long long)seconds,
	    ask->site->https ? "; Secure" : ""));
}

static void
try_again(struct ask *ask, const struct err *err)
{
	log_at(LOG_WARN, "web", "the daemon does not answer",
	    LOG_S("error", err->msg));
	ask_problem(ask, 503, "Try again soon", "Logging in and out needs the "
	    "helpdesk's other half, which is just away. Reading goes on.");
	http_add(ask->out, "Retry-After", "10");
}

void
login_use(struct ask *ask)
{
	const char *agent = http_field(ask->http, "User-Agent"), *session;
	struct err err = { 0 };
	json_t *answer = NULL;
	struct buf clean = BUF_INIT(4096);

	if (refused(ask))
		return;
	if (!is_link(ask)) {	/* guesses are not the daemon's business */
		no_link(ask);
		return;
	}
	if (agent != NULL)
		utf8_clean(&clean, agent, utf8_cut(agent, strlen(agent), 300));
	if (daemon_says(ask, json_pack("{s:s, s:s, s:s}", "type",
	    "login-consume", "token", ask->rest, "agent", buf_str(&clean)),
	    DAEMON_MS, &answer, &err) == -1) {
		if (err.code == ERR_INPUT)
			no_link(ask);
		else
			try_again(ask, &err);
	} else {
		session = json_string_value(json_object_get(answer,
		    "session"));
		ask_redirect(ask, "/tickets");
		set_cookie(ask, arena_strdup(ask->http->arena, session == NULL
		    ? "" : session), LOGIN_SESSION_MS / 1000);
	}
	json_decref(answer);
	buf_free(&clean);
}

void
login_out(struct ask *ask)
{
	struct err err = { 0 };

	if (refused(ask))
		return;
	if (ask->session[0] != '\0' && daemon_says(ask,
	    json_pack("{s:s, s:s}", "type", "logout", "session",
	    ask->session), DAEMON_MS, NULL, &err) == -1)
		try_again(ask, &err);
	else
		ask_redirect(ask, "/login");
	/* whatever the daemon does, this browser forgets it */
	set_cookie(ask, "", 0);
}

void
login_viewed(struct ask *ask, int64_t ticket)
{
	int64_t person = ask->page.viewer.person, now = clock_mono_ms();
	struct err err = { 0 };

	if (person == 0 || now < atomic_load(ask->site->quiet_until_ms) ||
	    viewed_has(ask->page.db, person, ticket,
	    ask->page.now_ms, &err) != 0)
		return;
	/* the daemon may be away for long: do not hold up each page for it */
	if (daemon_says(ask, json_pack("{s:s, s:I, s:I}", "type", "viewed",
	    "person", (json_int_t)person, "ticket", (json_int_t)ticket),
	    NOTE_MS, NULL, &err) == -1) {
		atomic_store(ask->site->quiet_until_ms, now + QUIET_MS);
		log_at(LOG_WARN, "web", "views are not noted for now",
		    LOG_N("ticket", ticket), LOG_N("person", person),
		    LOG_S("error", err.msg));
	}
}
