#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/paths.h"
#include "base/text.h"
#include "desk/settings.h"
#include "desk/settings_check.h"
#include "desk/settings_files.h"

#define ARENA_MAX	(32 * 1024 * 1024)	/* a 1 MiB file needs less */
#define PATH_BYTES	256			/* of a setting's path */
#define CATEGORY_MAX	24			/* bytes: shorter than a token */
#define MAILBOX_MAX	64			/* bytes of a name */
#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define DAY		86400
#define ANY_COUNT	1000000

/* ---- the rows of contract §1 ---- */

#define TEXT(n, s, f, ...) \
	{ .name = (n), .type = CONF_TEXT, CONF_AT(struct s, f), __VA_ARGS__ }
#define FILE_PATH(n, s, f, ...) \
	{ .name = (n), .type = CONF_PATH, CONF_AT(struct s, f), __VA_ARGS__ }
#define FLAG(n, s, f, ...) \
	{ .name = (n), .type = CONF_BOOL, CONF_AT(struct s, f), __VA_ARGS__ }
#define NUMBER(n, s, f, lo, hi, ...) \
	{ .name = (n), .type = CONF_NUMBER, CONF_AT(struct s, f), \
	  .min = (lo), .max = (hi), __VA_ARGS__ }
#define WORD(n, s, f, ...) \
	{ .name = (n), .type = CONF_WORD, CONF_AT(struct s, f), __VA_ARGS__ }
#define LIST(n, s, f, ...) \
	{ .name = (n), .type = CONF_LIST, CONF_AT(struct s, f), __VA_ARGS__ }
#define SECRET(n, s, f, ...) \
	{ .name = (n), .type = CONF_SECRET, CONF_AT(struct s, f), __VA_ARGS__ }
#define SECRET_PATH(n, s, f, ...) \
	{ .name = (n), .type = CONF_SECRET_PATH, CONF_AT(struct s, f), \
	  __VA_ARGS__ }
#define GROUP(n, ...) \
	{ .name = (n), .type = CONF_GROUP, __VA_ARGS__ }

static const struct conf_row root_rows[] = {
	GROUP("desk", .help = "the desk itself"),
	GROUP("store", .help = "where everything is kept"),
	FILE_PATH("secret-file", settings, secret_file,
	    .help = "the keys; default: secret in the store's folder"),
	GROUP("mailbox", .help = "mailboxes, each with a name"),
	GROUP("smtp", .help = "how mail leaves"),
	GROUP("category", .help = "categories, each with a name"),
	TEXT("default-category", settings, default_category,
	    .help = "for mail that matches nothing; default: the first"),
	FILE_PATH("canned-dir", settings, canned_dir,
	    .help = "folder of stored answers, NAME.txt"),
	GROUP("hours", .help = "when the desk is staffed"),
	FILE_PATH("locations-file", settings, locations_file,
	    .help = "CSV of buildings and rooms"),
	GROUP("canary", .help = "a mail to ourselves"),
	GROUP("slack", .help = "Slack"),
	GROUP("matrix", .help = "Matrix"),
	GROUP("webhook", .help = "where Slack pushes to"),
	GROUP("web", .help = "the web view"),
	GROUP("limits", .help = "bounds"),
	WORD("staff-proof", settings, staff_proof, .fallback = "auto",
	    .words = "auto token verified both none",
	    .help = "what proves a member of staff by mail"),
	NUMBER("chat-undo-seconds", settings, chat_undo_seconds, 0, 3600,
	    .fallback = "20", .unit = "seconds",
	    .help = "how long an answer from chat waits"),
	NUMBER("reopen-days", settings, reopen_days, 0, 3650,
	    .fallback = "14", .unit = "days",
	    .help = "how long a closed ticket reopens; 0: never"),
	NUMBER("remind-waiting-days", settings, remind_waiting_days, 0, 3650,
	    .fallback = "7", .unit = "days",
	    .help = "when a waiting requester is reminded; 0: never"),
	NUMBER("autoclose-waiting-days", settings, autoclose_waiting_days, 0,
	    3650, .fallback = "14", .unit = "days",
	    .help = "when a waiting ticket closes; 0: never"),
	NUMBER("keep-raw-days", settings, keep_raw_days, 0, 36500,
	    .fallback = "0", .unit = "days",
	    .help = "how long mail is kept as it came; 0: for ever"),
	GROUP("log", .help = "the log"),
};
static const struct conf_row desk_rows[] = {
	TEXT("name", settings, name, .required = true, .fault = check_name,
	    .help = "name = \"Campus Helpdesk\""),
	TEXT("address", settings, address, .required = true,
	    .fault = check_address,
	    .help = "address = \"helpdesk@campus.example\""),
	FLAG("subaddressing", settings, subaddressing, .fallback = "true",
	    .help = "helpdesk+TOKEN@… reaches the mailbox; false: Reply-To is "
	    "the plain address"),
	TEXT("url", settings, url, .fault = check_web_url,
	    .help = "address of the web view"),
	TEXT("time-zone", settings, time_zone, .fault = check_time_zone,
	    .help = "of dates that people see, \"Europe/Berlin\"; default: the "
	    "system's"),
	TEXT("locale", settings, locale, .fallback = "en_US",
	    .fault = check_locale, .help = "which templates"),
};
static const struct conf_row store_rows[] = {
	TEXT("url", settings, store_url, .required = true,
	    .fault = check_store_url,
	    .help = "url = \"sqlite:/var/lib/campusdesk/desk.db\""),
};

/* What mailboxes and smtp have in common: how one logs in. */
#define SERVER_ROWS(s) \
	WORD("tls", s, server.plain, .words = "required none", \
	    .help = "none only to a loopback address"), \
	TEXT("user", s, server.user, .help = "who logs in"), \
	SECRET("password", s, server.password, .help = "its password"), \
	FILE_PATH("ca-file", s, server.ca_file, \
	    .help = "certificates believed; default: the system's"), \
	GROUP("oauth2", .help = "tokens instead of a password")

static const struct conf_row mailbox_rows[] = {
	TEXT("imap", settings_mailbox, server.url, .required = true,
	    .help = "imap = \"imaps://HOST/INBOX\""),
	SERVER_ROWS(settings_mailbox),
	WORD("start", settings_mailbox, start_all, .words = "new all",
	    .help = "what of the mail that is there already is taken"),
	TEXT("after", settings_mailbox, after_folder, .fallback = "seen",
	    .fault = check_after, .help = "what becomes of a mail taken in: "
	    "seen, keep, or move:FOLDER"),
	FLAG("idle", settings_mailbox, idle, .fallback = "true",
	    .help = "wait for the server to tell of new mail"),
	NUMBER("poll-interval", settings_mailbox, poll_interval, 1, DAY,
	    .fallback = "30", .unit = "seconds",
	    .help = "how often to look where IDLE is not to be had"),
	TEXT("category", settings_mailbox, category,
	    .help = "fixed category of its mail"),
	WORD("automatic", settings_mailbox, automatic, .words = "file ticket",
	    .help = "auto-generated mail that answers nothing"),
	TEXT("authserv-id", settings_mailbox, authserv_id, .fallback = "none",
	    .fault = check_authserv,
	    .help = "whose Authentication-Results are believed: a name, "
	    "m365, gmail, none"),
	LIST("received-by", settings_mailbox, received_by,
	    .fault = check_domain, .help = "our own hosts that write Received "
	    "lines, each once, top down; the last is the border"),
};
static const struct conf_row smtp_rows[] = {
	TEXT("url", settings_smtp, server.url, .required = true,
	    .help = "url = \"smtp://HOST:587\""),
	SERVER_ROWS(settings_smtp),
	NUMBER("connections", settings_smtp, connections, 1, 32,
	    .fallback = "2", .help = "how many are kept"),
	NUMBER("retry-first", settings_smtp, retry_first, 1, DAY,
	    .fallback = "60", .unit = "seconds",
	    .help = "wait after the first temporary refusal"),
	NUMBER("retry-for", settings_smtp, retry_for, 1, 30 * DAY,
	    .fallback = "172800", .unit = "seconds",
	    .help = "how long a mail is tried"),
	NUMBER("retry-unknown-after", settings_smtp, retry_unknown_after, 1,
	    30 * DAY, .fallback = "600", .unit = "seconds",
	    .help = "wait after an unclear end"),
	NUMBER("per-minute", settings_smtp, per_minute, 0, ANY_COUNT,
	    .fallback = "0", .unit = "mails", .help = "0: no bound"),
	NUMBER("attach-limit", settings_smtp, attach_limit, 0,
	    100 * 1024 * 1024, .fallback = "10485760", .unit = "bytes",
	    .help = "attachments that go along"),
	WORD("envelope", settings_smtp, envelope,
	    .words = "desk verp null-auto", .help = "the envelope sender"),
};
static const struct conf_row oauth2_rows[] = {
	WORD("grant", server_oauth2, grant, .required = true, .words = "none "
	    "client-credentials refresh-token service-account",
	    .help = "grant = \"client-credentials\", \"refresh-token\" or "
	    "\"service-account\""),
	TEXT("token-url", server_oauth2, token_url,
	    .fault = check_service_url, .help = "where tokens are made"),
	TEXT("client-id", server_oauth2, client_id, .help = "our id there"),
	SECRET("client-secret", server_oauth2, client_secret,
	    .help = "our secret there"),
	TEXT("scope", server_oauth2, scope, .help = "what we ask for"),
	SECRET_PATH("refresh-token-file", server_oauth2, refresh_token_file,
	    .help = "the refresh token; rewritten when renewed"),
	SECRET_PATH("key-file", server_oauth2, key_file,
	    .help = "key of the service account"),
	TEXT("subject", server_oauth2, subject,
	    .help = "whose mailbox the service account opens"),
	FILE_PATH("ca-file", server_oauth2, ca_file, .help = "certificates "
	    "believed at token-url; default: the system's"),
};
static const struct conf_row category_rows[] = {
	TEXT("title", settings_category, title, .fault = check_name,
	    .help = "shown to people; default: its name"),
	TEXT("address", settings_category, address, .fault = check_address,
	    .help = "mail to it gets this category"),
	LIST("keywords", settings_category, keywords,
	    .help = "words that make a guess"),
	TEXT("chat", settings_category, chat, .fault = check_chat,
	    .help = "its channel or room: \"slack:C0123456\", "
	    "\"matrix:!room:campus.example\""),
	WORD("chat-thread", settings_category, chat_thread,
	    .words = "ask reply note",
	    .help = "what plain text in a thread is"),
	WORD("mail-reply", settings_category, mail_reply, .fallback = "reply",
	    .words = "ask reply note",
	    .help = "what a mailed answer of staff is"),
	FLAG("send-as", settings_category, send_as,
	    .help = "answers come from its own address"),
	LIST("notify", settings_category, notify, .fallback = "staff",
	    .fault = check_notify, .help = "who is told: staff, or addresses "
	    "of lists"),
	NUMBER("first-response", settings_category, targets[1].first_response,
	    0, 3650 * DAY, .unit = "seconds",
	    .help = "target, of business hours; 0: none"),
	NUMBER("resolve", settings_category, targets[1].resolve, 0,
	    3650 * DAY, .unit = "seconds",
	    .help = "target, of business hours; 0: none"),
	GROUP("low", .help = "targets of this priority"),
	GROUP("normal", .help = "targets of this priority"),
	GROUP("high", .help = "targets of this priority"),
	GROUP("urgent", .help = "targets of this priority"),
};
static const struct conf_row target_rows[] = {	/* -1: as the category */
	NUMBER("first-response", settings_targets, first_response, 0,
	    3650 * DAY, .fallback = "-1", .unit = "seconds",
	    .help = "target, of business hours; 0: none"),
	NUMBER("resolve", settings_targets, resolve, 0, 3650 * DAY,
	    .fallback = "-1", .unit = "seconds",
	    .help = "target, of business hours; 0: none"),
};
static const struct conf_row hours_rows[] = {
	LIST("days", settings, hours_days, .fault = check_days,
	    .help = "opening hours, \"mon-thu 08:00-18:00\""),
	LIST("holidays", settings, hours_holidays, .fault = check_date,
	    .help = "closed days, \"2026-12-25\""),
	FILE_PATH("calendar-file", settings, hours_calendar_file,
	    .help = "iCalendar of closed days"),
};
static const struct conf_row canary_rows[] = {
	NUMBER("interval", settings, canary_interval, 0, DAY,
	    .fallback = "900", .unit = "seconds", .help = "0: off"),
	NUMBER("warn-after", settings, canary_warn_after, 1, DAY,
	    .fallback = "300", .unit = "seconds",
	    .help = "later than that staff are told"),
};
static const struct conf_row slack_rows[] = {
	SECRET("bot-token", settings_chat, bot_token, .help = "xoxb-…"),
	SECRET("signing-secret", settings_chat, signing_secret,
	    .help = "of the Slack app"),
	SECRET("app-token", settings_chat, app_token, .help = "xapp-…"),
	TEXT("mode", settings_chat, mode, .fallback = "events",
	    .help = "events, socket or poll"),
	TEXT("api", settings_chat, api, .fallback = "https://slack.com/api",
	    .fault = check_service_url, .help = "where Slack is"),
};
static const struct conf_row matrix_rows[] = {
	TEXT("homeserver", settings_chat, homeserver, .required = true,
	    .fault = check_service_url,
	    .help = "homeserver = \"https://matrix.campus.example\""),
	SECRET("access-token", settings_chat, access_token,
	    .help = "of the bot's account"),
	LIST("invite-from", settings_chat, invite_from, .fault = check_domain,
	    .help = "servers whose invitations are taken"),
	TEXT("user-address", settings_chat, user_address,
	    .fault = check_domain_or_user,
	    .help = "mail address of a local user"),
};
static const struct conf_row webhook_rows[] = {
	TEXT("listen", settings, webhook_listen, .required = true,
	    .fault = check_listen, .help = "listen = \"127.0.0.1:8081\""),
};
static const struct conf_row web_rows[] = {
	TEXT("listen", settings_web, listen, .fallback = "127.0.0.1:8080",
	    .fault = check_listen, .help = "HOST:PORT or unix:PATH"),
	LIST("login", settings_web, login, .fallback = "link",
	    .fault = check_login, .help = "link, header:NAME"),
	LIST("trusted-proxies", settings_web, trusted_proxies,
	    .fault = check_network, .help = "whose header is believed"),
	TEXT("login-domain", settings_web, login_domain,
	    .fault = check_domain, .help = "of addresses in the header"),
	LIST("metrics-from", settings_web, metrics_from,
	    .fallback = "127.0.0.1", .fault = check_network,
	    .help = "who may read /metrics"),
	TEXT("base", settings_web, base, .fallback = "/",
	    .fault = check_base, .help = "path below which it lives"),
};
#define LIMIT(n, f, lo, hi, d, u, h) \
	NUMBER(n, settings_limits, f, lo, hi, .fallback = (d), .unit = (u), \
	    .help = (h))
static const struct conf_row limits_rows[] = {
	LIMIT("mail-size", mail_size, 1024, 1024 * 1024 * 1024, "26214400",
	    "bytes", "a larger mail is read by its headers only"),
	LIMIT("parse-seconds", parse_seconds, 1, 600, "10", "seconds",
	    "for one mail"),
	LIMIT("parse-memory", parse_memory, 16 * 1024 * 1024,
	    (int64_t)16 * 1024 * 1024 * 1024, "268435456", "bytes",
	    "for one mail"),
	LIMIT("parse-run", parse_run, 1, 32, "8", "mails",
	    "a child may read in a backlog"),
	LIMIT("auto-mail-per-hour", auto_mail_per_hour, 0, ANY_COUNT, "10",
	    "mails", "to an address that is not staff"),
	LIMIT("auto-mail-per-day", auto_mail_per_day, 0, ANY_COUNT, "40",
	    "mails", "to an address that is not staff"),
	LIMIT("unproven-acks-per-hour", unproven_acks_per_hour, 0, ANY_COUNT,
	    "300", "mails", "of the desk, to senders that are not proven"),
	LIMIT("login-mails-per-hour", login_mails_per_hour, 0, ANY_COUNT, "3",
	    "mails", "to an address"),
	LIMIT("tickets-per-sender-per-hour", tickets_per_sender_per_hour, 0,
	    ANY_COUNT, "20", "tickets", "more become messages"),
	LIMIT("flood-tickets", flood_tickets, 0, ANY_COUNT, "60", "tickets",
	    "in flood-window: then notices fold"),
	LIMIT("flood-window", flood_window, 1, 7 * DAY, "600", "seconds",
	    "in which flood-tickets counts"),
	LIMIT("similar-reports", similar_reports, 0, ANY_COUNT, "5",
	    "tickets", "in similar-window: then an incident is proposed"),
	LIMIT("similar-window", similar_window, 1, 7 * DAY, "1800", "seconds",
	    "in which similar-reports counts"),
};
static const struct conf_row log_rows[] = {
	WORD("level", settings, log_level, .fallback = "info",
	    .words = "debug info warn error", .help = "the least logged"),
	WORD("format", settings, log_json, .words = "logfmt json",
	    .help = "of a line"),
};

/* Groups whose settings need nothing but their rows. */
static const struct section {
	const char		*path;
	const struct conf_row	*rows;
	size_t			 nrows;
	size_t			 offset;	/* of the target in settings */
	size_t			 present;	/* offset of a bool; 0: required
						 * rows are missing without it */
} sections[] = {
	{ "", root_rows, NELEM(root_rows), 0, 0 },
	{ "desk", desk_rows, NELEM(desk_rows), 0, 0 },
	{ "store", store_rows, NELEM(store_rows), 0, 0 },
	{ "smtp", smtp_rows, NELEM(smtp_rows), offsetof(struct settings, smtp),
	    offsetof(struct settings, smtp.present) },
	{ "hours", hours_rows, NELEM(hours_rows), 0, 0 },
	{ "canary", canary_rows, NELEM(canary_rows), 0, 0 },
	{ "slack", slack_rows, NELEM(slack_rows),
	    offsetof(struct settings, slack),
	    offsetof(struct settings, slack.present) },
	{ "matrix", matrix_rows, NELEM(matrix_rows),
	    offsetof(struct settings, matrix),
	    offsetof(struct settings, matrix.present) },
	{ "web", web_rows, NELEM(web_rows), offsetof(struct settings, web),
	    offsetof(struct settings, web.present) },
	{ "limits", limits_rows, NELEM(limits_rows),
	    offsetof(struct settings, limits), 0 },
	{ "log", log_rows, NELEM(log_rows), 0, 0 },
};

/* Every group, in the order of the sample: what the manual is made of. */
#define MANUAL(p, r, h)	{ (p), (r), NELEM(r), (h) }
static const struct settings_section manual[] = {
	MANUAL("", root_rows, "Settings outside of every group"),
	MANUAL("desk", desk_rows, "The desk itself"),
	MANUAL("store", store_rows, "Where everything is kept"),
	MANUAL("mailbox.NAME", mailbox_rows,
	    "Where mail comes from: any number of mailboxes, each with a name"),
	MANUAL("smtp", smtp_rows, "How mail leaves; without it nothing does"),
	MANUAL("mailbox.NAME.oauth2, smtp.oauth2", oauth2_rows,
	    "Tokens instead of a password"),
	MANUAL("category.NAME", category_rows, "Categories, each with a name; "
	    "without any there are three: it, facilities, services"),
	MANUAL("category.NAME.low, normal, high, urgent", target_rows,
	    "Targets of one priority, where they differ"),
	MANUAL("hours", hours_rows, "Opening hours; without them the desk is "
	    "always open"),
	MANUAL("canary", canary_rows, "A mail to ourselves now and then; late "
	    "or lost, and staff are told"),
	MANUAL("slack", slack_rows, "Slack"),
	MANUAL("matrix", matrix_rows, "Matrix"),
	MANUAL("webhook", webhook_rows, "Where Slack pushes to"),
	MANUAL("web", web_rows, "The web view"),
	MANUAL("limits", limits_rows, "Bounds"),
	MANUAL("log", log_rows, "The log, on standard error"),
};

const struct settings_section *
settings_sections(size_t *n_out)
{
	*n_out = NELEM(manual);
	return manual;
}

/* ---- loading ---- */

struct load {
	struct conf	*conf;
	struct settings	*s;
	bool		 secrets;	/* files that matter to them are read */
	struct err	*err;
};

static char *
join(char out[PATH_BYTES], const char *a, const char *b)
{
	if (snprintf(out, PATH_BYTES, "%s.%s", a, b) >= PATH_BYTES)
		out[PATH_BYTES - 1] = '\0';	/* its group's line is told */
	return out;
}

static void
oauth2_defaults(struct server *server, struct arena *arena)
{
	conf_defaults(oauth2_rows, NELEM(oauth2_rows), &server->oauth2, arena);
}

static int
read_section(struct load *l, const struct section *section)
{
	char *target = (char *)l->s + section->offset;
	bool there = conf_has(l->conf, section->path);

	if (section->present != 0) {
		memcpy((char *)l->s + section->present, &there, sizeof there);
		if (!there) {
			conf_defaults(section->rows, section->nrows, target,
			    l->s->arena);
			return 0;
		}
	}
	return conf_read(l->conf, section->path, section->rows,
	    section->nrows, target, l->s->arena, l->err);
}

/* Which settings a grant cannot do without. */
static int
check_grant(struct load *l, const char *path, const struct server_oauth2 *o)
{
	const struct {
		enum server_grant	 grant;
		const char		*name, *value;
		bool			 secret;
	} need[] = {
		{ GRANT_CLIENT, "token-url", o->token_url, false },
		{ GRANT_CLIENT, "client-id", o->client_id, false },
		{ GRANT_CLIENT, "client-secret", o->client_secret, true },
		{ GRANT_REFRESH, "token-url", o->token_url, false },
		{ GRANT_REFRESH, "client-id", o->client_id, false },
		{ GRANT_REFRESH, "refresh-token-file", o->refresh_token_file,
		    false },
		{ GRANT_SERVICE, "key-file", o->key_file, false },
		{ GRANT_SERVICE, "subject", o->subject, false },
	};
	char at[PATH_BYTES];
	size_t i;

	if (o->grant == GRANT_NONE)
		return conf_fail(l->conf, join(at, path, "grant"), l->err,
		    "\"none\" is no grant: \"client-credentials\", "
		    "\"refresh-token\" or \"service-account\" would be right");
	for (i = 0; i < NELEM(need); i++)
		if (need[i].grant == o->grant && *need[i].value == '\0' &&
		    (l->secrets || !need[i].secret))
			return conf_fail(l->conf, join(at, path, need[i].name),
			    l->err, "missing: this grant needs it");
	return 0;
}

static int
read_oauth2(struct load *l, const char *group, struct server *server)
{
	char path[PATH_BYTES], other[PATH_BYTES];

	oauth2_defaults(server, l->s->arena);
	if (!conf_has(l->conf, join(path, group, "oauth2")))
		return 0;
	if (conf_has(l->conf, join(other, group, "password")) ||
	    conf_has(l->conf, join(other, group, "password-file")))
		return conf_fail(l->conf, path, l->err, "a password is there "
		    "too: one of the two would be right");
	if (conf_read(l->conf, path, oauth2_rows, NELEM(oauth2_rows),
	    &server->oauth2, l->s->arena, l->err) == -1)
		return -1;
	return check_grant(l, path, &server->oauth2);
}

/* What is the same for IMAP and SMTP, once the rows are read. */
static int
read_server(struct load *l, const char *group, const char *url_name,
    const char *scheme, int tls_port, int plain_port, struct server *server,
    struct server_place *place)
{
	char at[PATH_BYTES];
	const char *fault = check_server_url(server->url, scheme, tls_port,
	    plain_port, l->s->arena, place);

	if (fault != NULL)
		return conf_fail(l->conf, join(at, group, url_name), l->err,
		    "%s (it is \"%.80s\")", fault, server->url);
	server->host = place->host;
	server->port = place->port;
	server->implicit_tls = place->implicit_tls;
	if (server->plain && server->implicit_tls)
		return conf_fail(l->conf, join(at, group, "tls"), l->err,
		    "\"none\" with %ss://: %s:// or \"required\" would be "
		    "right", scheme, scheme);
	if (server->plain && (server->host == NULL ||
	    !check_is_loopback(server->host)))
		return conf_fail(l->conf, join(at, group, "tls"), l->err,
		    "\"none\" only to a loopback address: \"required\" would "
		    "be right");
	if (l->secrets && *server->ca_file != '\0' &&
	    access(server->ca_file, R_OK) == -1)
		return conf_fail(l->conf, join(at, group, "ca-file"), l->err,
		    "%s cannot be read: a file of certificates would be right",
		    server->ca_file);
	return read_oauth2(l, group, server);
}

/* after = "move:FOLDER", authserv-id = "none", as the struct has them. */
static int
finish_mailbox(struct load *l, const char *path, struct settings_mailbox *m)
{
	const char *after = m->after_folder;
	char at[PATH_BYTES];

	m->after = strcmp(after, "seen") == 0 ? AFTER_SEEN :
	    strcmp(after, "keep") == 0 ? AFTER_KEEP : AFTER_MOVE;
	m->after_folder = m->after == AFTER_MOVE ? after + 5 : "";
	if (m->after == AFTER_MOVE && strcmp(m->after_folder, m->folder) == 0)
		return conf_fail(l->conf, join(at, path, "after"), l->err,
		    "moves to the mailbox itself: another folder would be "
		    "right");
	if (strcmp(m->authserv_id, "none") == 0)
		m->authserv_id = "";
	if (*m->category != '\0' && settings_category(l->s, m->category) == NULL)
		return conf_fail(l->conf, join(at, path, "category"), l->err,
		    "no category \"%s\": one of those below category = { … } "
		    "would be right", m->category);
	return 0;
}

static int
check_same_mailbox(struct load *l, const char *path,
    const struct settings_mailbox *m)
{
	const struct settings_mailbox *o;
	char at[PATH_BYTES];

	for (o = l->s->mailboxes; o < m; o++)
		if (text_ieq(slice_of(o->server.host),
		    slice_of(m->server.host)) &&
		    o->server.port == m->server.port &&
		    strcmp(o->folder, m->folder) == 0 &&
		    strcmp(o->server.user, m->server.user) == 0)
			return conf_fail(l->conf, join(at, path, "imap"),
			    l->err, "the same folder and user as mailbox %s: "
			    "each mailbox once would be right", o->name);
	return 0;
}

static int
read_mailbox(struct load *l, const char *name, struct settings_mailbox *m)
{
	struct server_place place;
	char path[PATH_BYTES];

	join(path, "mailbox", name);
	if (strlen(name) > MAILBOX_MAX)
		return conf_fail(l->conf, path, l->err,
		    "its name is too long: up to %d bytes would be right",
		    MAILBOX_MAX);
	m->name = arena_strdup(l->s->arena, name);
	if (conf_read(l->conf, path, mailbox_rows, NELEM(mailbox_rows), m,
	    l->s->arena, l->err) == -1 ||
	    read_server(l, path, "imap", "imap", 993, 143, &m->server,
	    &place) == -1)
		return -1;
	m->folder = place.folder;
	if (finish_mailbox(l, path, m) == -1)
		return -1;
	return check_same_mailbox(l, path, m);
}

static int
read_mailboxes(struct load *l)
{
	size_t i, n = conf_count(l->conf, "mailbox");

	l->s->mailboxes = arena_calloc(l->s->arena, n + 1,
	    sizeof *l->s->mailboxes);
	if (l->s->mailboxes == NULL)
		return err_set(l->err, ERR_FATAL, "out of memory");
	for (i = 0; i < n; i++, l->s->nmailboxes++)
		if (read_mailbox(l, conf_name(l->conf, "mailbox", i),
		    &l->s->mailboxes[i]) == -1)
			return -1;
	return 0;
}

/* Targets of a priority override those of the category. */
static int
read_targets(struct load *l, const char *path, struct settings_category *c)
{
	static const char *const names[] = { "low", "normal", "high",
	    "urgent" };
	struct settings_targets base = c->targets[1], own;
	char at[PATH_BYTES];
	size_t i;

	for (i = 0; i < NELEM(names); i++) {
		if (conf_read(l->conf, join(at, path, names[i]), target_rows,
		    NELEM(target_rows), &own, l->s->arena, l->err) == -1)
			return -1;
		c->targets[i].first_response = own.first_response == -1 ?
		    base.first_response : own.first_response;
		c->targets[i].resolve = own.resolve == -1 ? base.resolve :
		    own.resolve;
	}
	return 0;
}

/* Names and addresses must tell categories apart, without regard to case. */
static int
check_category(struct load *l, const char *path,
    const struct settings_category *c)
{
	const struct settings_category *o;
	char at[PATH_BYTES];

	if (strlen(c->name) > CATEGORY_MAX)
		return conf_fail(l->conf, path, l->err, "its name is too long: "
		    "up to %d letters would be right", CATEGORY_MAX);
	for (o = l->s->categories; o < c; o++) {
		if (text_ieq(slice_of(o->name), slice_of(c->name)))
			return conf_fail(l->conf, path, l->err, "the same name "
			    "as %s: names differ by more than case", o->name);
		if (*c->address != '\0' &&
		    text_ieq(slice_of(o->address), slice_of(c->address)))
			return conf_fail(l->conf, join(at, path, "address"),
			    l->err, "the address of category %s: one of its "
			    "own would be right", o->name);
	}
	if (c->send_as && *c->address == '\0')
		return conf_fail(l->conf, join(at, path, "send-as"), l->err,
		    "no address to send as: address = \"…\" in this category "
		    "would be right");
	return 0;
}

static int
read_category(struct load *l, const char *name, struct settings_category *c)
{
	char path[PATH_BYTES];

	join(path, "category", name);
	c->name = arena_strdup(l->s->arena, name);
	if (conf_read(l->conf, path, category_rows, NELEM(category_rows), c,
	    l->s->arena, l->err) == -1)
		return -1;
	if (*c->title == '\0')
		c->title = c->name;
	if (check_category(l, path, c) == -1)
		return -1;
	return read_targets(l, path, c);
}

/* The three that are there when none is configured. */
static bool
shipped_categories(struct settings *s)
{
	static const struct {
		const char *name, *title, *keywords;
	} shipped[] = {
		{ "it", "IT", "wifi wlan eduroam vpn password login laptop "
		    "printer software projector" },
		{ "facilities", "Facilities", "heating radiator window door "
		    "light lamp leak toilet elevator cleaning" },
		{ "services", "Services", "parking catering mensa keycard "
		    "certificate enrolment" },
	};
	struct settings_category *c;
	size_t i, k;

	s->categories = arena_calloc(s->arena, NELEM(shipped),
	    sizeof *s->categories);
	if (s->categories == NULL)
		return false;
	for (i = 0; i < NELEM(shipped); i++) {
		struct conf_row rows[NELEM(category_rows)];

		memcpy(rows, category_rows, sizeof rows);
		for (k = 0; k < NELEM(rows); k++)
			if (strcmp(rows[k].name, "keywords") == 0)
				rows[k].fallback = shipped[i].keywords;
		c = &s->categories[i];
		conf_defaults(rows, NELEM(rows), c, s->arena);
		c->name = shipped[i].name;
		c->title = shipped[i].title;
	}
	s->ncategories = NELEM(shipped);
	return !arena_failed(s->arena);
}

static int
read_categories(struct load *l)
{
	size_t i, n = conf_count(l->conf, "category");
	struct settings *s = l->s;

	if (n == 0 && !shipped_categories(s))
		return err_set(l->err, ERR_FATAL, "out of memory");
	if (n > 0)
		s->categories = arena_calloc(s->arena, n,
		    sizeof *s->categories);
	if (s->categories == NULL)
		return err_set(l->err, ERR_FATAL, "out of memory");
	for (i = 0; i < n; i++, s->ncategories++)
		if (read_category(l, conf_name(l->conf, "category", i),
		    &s->categories[i]) == -1)
			return -1;
	if (*s->default_category == '\0')
		s->default_category = s->categories[0].name;
	else if (settings_category(s, s->default_category) == NULL)
		return conf_fail(l->conf, "default-category", l->err,
		    "no category \"%s\": one of those below category = { … } "
		    "would be right", s->default_category);
	return 0;
}

/* What follows from the settings: domain, paths. */
static void
derive(struct settings *s)
{
	const char *path = s->store_url + strlen("sqlite:"), *slash;

	s->domain = strrchr(s->address, '@') + 1;
	s->store_path = path;
	if (*path != '/' && strcmp(s->directory, ".") != 0) {
		s->store_path = arena_printf(s->arena, "%s/%s", s->directory,
		    path);
		s->store_url = arena_printf(s->arena, "sqlite:%s",
		    s->store_path);
	}
	if (*s->secret_file != '\0' || s->store_path == NULL)
		return;
	slash = strrchr(s->store_path, '/');
	s->secret_file = slash == NULL ? "secret" :
	    arena_printf(s->arena, "%.*s/secret",
	    (int)(slash - s->store_path), s->store_path);
}

/* Templates of that locale: the administrator's or the shipped. Without the
 * shipped folder there is nothing to check against; `check` tells of that. */
static int
check_templates(struct load *l)
{
	char shipped[PATHS_MAX], at[PATHS_MAX + 64];

	paths_templates(shipped);
	snprintf(at, sizeof at, "%s/mail", shipped);
	if (access(at, R_OK) == -1)
		return 0;
	snprintf(at, sizeof at, "%s/mail/%.40s", shipped, l->s->locale);
	if (access(at, R_OK) == 0)
		return 0;
	snprintf(at, sizeof at, "%.3900s/templates/mail/%.40s",
	    l->s->directory, l->s->locale);
	if (access(at, R_OK) == 0)
		return 0;
	return conf_fail(l->conf, "desk.locale", l->err,
	    "no templates for \"%s\": \"en_US\", or a folder "
	    "templates/mail/%s beside this file, would be right",
	    l->s->locale, l->s->locale);
}

/* Rules that span settings of chat and web. */
static int
check_web_and_chat(struct load *l)
{
	static const char *const modes[] = { "events", "socket", "poll" };
	const struct settings_web *web = &l->s->web;
	size_t i;

	for (i = 0; i < web->login.n; i++)
		if (strcmp(web->login.v[i], "link") != 0 &&
		    web->trusted_proxies.n == 0)
			return conf_fail(l->conf, "web.login", l->err,
			    "a header is believed only from trusted-proxies: "
			    "trusted-proxies = [ \"127.0.0.1\" ] beside it "
			    "would be right");
	for (i = 0; i < NELEM(modes); i++)
		if (strcmp(l->s->slack.mode, modes[i]) == 0)
			return 0;
	return conf_fail(l->conf, "slack.mode", l->err,
	    "none of its words: one of events socket poll would be right");
}

static int
load_all(struct load *l)
{
	struct server_place place;
	struct settings *s = l->s;
	size_t i;

	for (i = 0; i < NELEM(sections); i++)
		if (read_section(l, &sections[i]) == -1)
			return -1;
	derive(s);
	oauth2_defaults(&s->smtp.server, s->arena);
	if (!conf_has(l->conf, "canary"))
		s->canary_interval = s->canary_warn_after = 0;
	s->webhook_listen = "";
	if (conf_has(l->conf, "webhook") && conf_read(l->conf, "webhook",
	    webhook_rows, NELEM(webhook_rows), s, s->arena, l->err) == -1)
		return -1;
	if (check_templates(l) == -1 || check_web_and_chat(l) == -1 ||
	    read_categories(l) == -1 || read_mailboxes(l) == -1)
		return -1;
	if (s->smtp.present && read_server(l, "smtp", "url", "smtp", 465, 587,
	    &s->smtp.server, &place) == -1)
		return -1;
	return arena_failed(s->arena) ? err_set(l->err, ERR_FATAL,
	    "%s: out of memory", s->file) : 0;
}

static struct settings *
settings_new(const char *file)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct settings *s = arena == NULL ? NULL :
	    arena_calloc(arena, 1, sizeof *s);
	const char *slash = strrchr(file, '/');

	if (s == NULL) {
		arena_free(&arena);
		return NULL;
	}
	s->arena = arena;
	s->file = arena_strdup(arena, file);
	s->directory = slash == NULL ? "." : slash == file ? "/" :
	    arena_strndup(arena, file, (size_t)(slash - file));
	return s;
}

/* The desk's zone is the process's. It is taken once: other threads may read
 * the environment later on. */
static void
take_zone(const char *zone)
{
	static bool taken;

	if (taken)
		return;
	taken = true;
	if (zone != NULL && zone[0] != '\0')
		setenv("TZ", zone, 1);
	tzset();
}

int
settings_load(const char *file, enum settings_program program,
    struct settings **settings_out, struct err *err)
{
	static const enum conf_secrets secrets[] = {
		[SETTINGS_DAEMON] = CONF_SECRETS_READ,
		[SETTINGS_CLI] = CONF_SECRETS_READ,
		[SETTINGS_WEB] = CONF_SECRETS_REFUSE,
		[SETTINGS_NO_SECRETS] = CONF_SECRETS_LEAVE,
	};
	struct load l = { .err = err };
	int ret = -1;

	if (conf_open(file, secrets[program], &l.conf, err) == -1)
		return -1;
	l.s = settings_new(file);
	l.secrets = secrets[program] == CONF_SECRETS_READ;
	if (l.s == NULL)
		err_set(err, ERR_FATAL, "%s: out of memory", file);
	else
		ret = load_all(&l);
	conf_close(&l.conf);
	if (ret == 0)
		take_zone(l.s->time_zone);
	if (ret == 0 && program != SETTINGS_WEB)
		ret = settings_files(l.s, err);
	if (ret == -1)
		settings_free(&l.s);
	else
		*settings_out = l.s;
	return ret;
}

struct settings *
settings_default(const char *address, const char *store_path)
{
	struct settings *s = settings_new("campusdesk.conf");
	size_t i;

	if (s == NULL)
		return NULL;
	for (i = 0; i < NELEM(sections); i++)
		conf_defaults(sections[i].rows, sections[i].nrows,
		    (char *)s + sections[i].offset, s->arena);
	oauth2_defaults(&s->smtp.server, s->arena);
	s->webhook_listen = "";
	s->canary_interval = s->canary_warn_after = 0;
	s->name = "Campus Helpdesk";
	s->address = arena_strdup(s->arena, address);
	s->store_url = arena_printf(s->arena, "sqlite:%s", store_path);
	if (s->address == NULL || strchr(s->address, '@') == NULL ||
	    s->store_url == NULL || !shipped_categories(s)) {
		settings_free(&s);
		return NULL;
	}
	s->default_category = s->categories[0].name;
	derive(s);
	if (arena_failed(s->arena))
		settings_free(&s);
	return s;
}

/* ---- the end, and looking things up ---- */

static void
wipe(const char *text)
{
	if (text != NULL && *text != '\0')
		explicit_bzero((char *)(uintptr_t)text, strlen(text));
}

static void
wipe_server(const struct server *server)
{
	wipe(server->password);
	wipe(server->oauth2.client_secret);
}

void
settings_free(struct settings **settings)
{
	struct settings *s;
	struct arena *arena;
	size_t i;

	if (settings == NULL || *settings == NULL)
		return;
	s = *settings;
	*settings = NULL;
	for (i = 0; i < s->nmailboxes; i++)
		wipe_server(&s->mailboxes[i].server);
	wipe_server(&s->smtp.server);
	wipe(s->slack.bot_token);
	wipe(s->slack.signing_secret);
	wipe(s->slack.app_token);
	wipe(s->matrix.access_token);
	arena_free(&s->files);
	arena = s->arena;
	arena_free(&arena);
}

const struct settings_category *
settings_category(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->ncategories; i++)
		if (strcmp(s->categories[i].name, name) == 0)
			return &s->categories[i];
	return NULL;
}

const struct settings_mailbox *
settings_mailbox(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nmailboxes; i++)
		if (strcmp(s->mailboxes[i].name, name) == 0)
			return &s->mailboxes[i];
	return NULL;
}

/* address is ours, or ours with +ANYTHING before the @. */
static bool
is_address(struct slice address, const char *ours)
{
	const char *our_at = strrchr(ours, '@');
	const char *at = memrchr(address.p, '@', address.len);
	size_t local, our_local;

	if (our_at == NULL || at == NULL)
		return false;
	local = (size_t)(at - address.p);
	our_local = (size_t)(our_at - ours);
	return text_ieq((struct slice){ at, address.len - local },
	    slice_of(our_at)) && local >= our_local &&
	    text_ieq((struct slice){ address.p, our_local },
	    (struct slice){ ours, our_local }) &&
	    (local == our_local || address.p[our_local] == '+');
}

bool
settings_is_ours(const struct settings *s, const char *address)
{
	struct slice a = slice_of(address);
	size_t i;

	if (a.len == 0)
		return false;
	if (is_address(a, s->address))
		return true;
	for (i = 0; i < s->ncategories; i++)
		if (*s->categories[i].address != '\0' &&
		    is_address(a, s->categories[i].address))
			return true;
	return false;
}
