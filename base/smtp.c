#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/idna.h"
#include "base/oauth2.h"
#include "base/smtp.h"
#include "base/text.h"
#include "base/utf8.h"

#define CONNECT_MS	20000L
#define REPLY_MS	300000L
#define DIALOGUE_MS	600000L
#define SLOWEST		16	/* bytes a millisecond that a large mail gets
				 * its extra time by */
#define IDLE_SECONDS	60L	/* a connection kept longer is not used again */
#define SOCKETS_MAX	4	/* open at once: addresses are tried in pairs */
#define LOCAL_MAX	64	/* bytes */
#define ADDRESS_MAX	254	/* bytes */
#define LINE_MAX_OUT	998	/* bytes, RFC 5322 2.1.1 */

struct smtp {
	const struct server	*server;
	CURL			*curl;
	char			 fault[CURL_ERROR_SIZE];
	atomic_bool		 cancelled;
	long			 connect_ms, reply_ms, dialogue_ms;
	int			 socket[SOCKETS_MAX];	/* -1: none */
	/* of the connection */
	bool			 offers_utf8, offers_auth, offers_tokens;
	/* of the dialogue in hand */
	enum smtp_stage		 stage;
	bool			 in_ehlo, secured, needs_utf8, no_utf8, over;
	struct slice		 rest;	/* what is still to be read */
	int			 code;	/* last whole reply at this stage */
	bool			 replied;	/* any reply at all */
	char			 reply[ERR_MSG_MAX];
	size_t			 reply_len;
	bool			 reply_whole;	/* next line starts anew */
	struct err		 token_fault;	/* there was none to log in by */
	bool			 hopeless;	/* waiting does not mend it */
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;

static void
global_start(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

const char *
smtp_result_name(enum smtp_result result)
{
	static const char *const names[] = {
		[SMTP_SENT] = "sent", [SMTP_LATER] = "later",
		[SMTP_FAILED] = "failed", [SMTP_UNKNOWN] = "unknown",
	};

	return names[result];
}

/* Codes that ask for a login or for TLS (RFC 4954 6). */
static bool
is_login_code(int code)
{
	return code == 530 || code == 534 || code == 535 || code == 538;
}

enum smtp_result
smtp_judge(enum smtp_stage stage, bool write_failed, int code)
{
	if (stage == SMTP_END && code >= 200 && code < 300)
		return SMTP_SENT;
	/* an end of DATA that could not be written was not read either */
	if (stage == SMTP_END && code < 400)
		return write_failed ? SMTP_LATER : SMTP_UNKNOWN;
	if (stage == SMTP_CONNECT || code < 500 || is_login_code(code))
		return SMTP_LATER;
	return SMTP_FAILED;
}

static void
enter(struct smtp *smtp, enum smtp_stage stage)
{
	smtp->stage = stage;
	smtp->code = 0;
}

/* What libcurl sends tells where the dialogue stands. */
static int
on_debug(CURL *curl, curl_infotype type, char *p, size_t len, void *arg)
{
	static const struct {
		const char	*verb;
		enum smtp_stage	 stage;
	} verbs[] = {
		{ "MAIL ", SMTP_MAIL }, { "RCPT ", SMTP_RCPT },
		{ "DATA\r\n", SMTP_DATA },
	};
	struct smtp *smtp = arg;
	struct slice line = { p, len };

	(void)curl;
	if (type != CURLINFO_HEADER_OUT)
		return 0;
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (text_istarts(line, verbs[i].verb))
			enter(smtp, verbs[i].stage);
	/* libcurl says goodbye inside the same call: its answer is no news */
	if (text_istarts(line, "QUIT"))
		smtp->over = true;
	if (text_istarts(line, "STARTTLS"))
		smtp->secured = true;
	smtp->in_ehlo = text_istarts(line, "EHLO ");
	if (smtp->in_ehlo)
		smtp->offers_utf8 = smtp->offers_auth =
		    smtp->offers_tokens = false;
	return 0;
}

/* Lines of one reply become one line. */
static void
keep_reply(struct smtp *smtp, struct slice line, bool last)
{
	size_t room;

	if (smtp->reply_whole)
		smtp->reply_len = 0;
	else if (smtp->reply_len > 0 &&
	    smtp->reply_len < sizeof smtp->reply - 1)
		smtp->reply[smtp->reply_len++] = ' ';
	room = sizeof smtp->reply - 1 - smtp->reply_len;
	if (line.len > room)
		line.len = room;
	memcpy(smtp->reply + smtp->reply_len, line.p, line.len);
	smtp->reply_len += line.len;
	smtp->reply[smtp->reply_len] = '\0';
	smtp->reply_whole = last;
}

/* 250-KEYWORD or 250 KEYWORD of the answer to EHLO. */
static void
note_extension(struct smtp *smtp, struct slice line)
{
	struct slice word = { line.p + 4, line.len - 4 };

	if (text_ieq(word, SLICE_LIT("SMTPUTF8")))
		smtp->offers_utf8 = true;
	if (text_istarts(word, "AUTH ") || text_istarts(word, "AUTH=")) {
		smtp->offers_auth = true;
		smtp->offers_tokens |= text_ifind(word, "XOAUTH2") != NULL;
	}
}

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct smtp *smtp = arg;
	struct slice line = text_trim((struct slice){ p, size * n });
	uint64_t code;
	bool last;

	if (smtp->over || line.len < 3 || !text_u64((struct slice){ line.p, 3 }, &code))
		return size * n;	/* libcurl makes an error of it */
	last = line.len == 3 || line.p[3] != '-';
	if (smtp->in_ehlo && line.len > 4)
		note_extension(smtp, line);
	keep_reply(smtp, line, last);
	smtp->replied = true;
	if (!last)
		return size * n;
	smtp->code = (int)code;
	/* libcurl would send the address all the same: stop it here */
	smtp->no_utf8 = smtp->in_ehlo && smtp->secured && code == 250 &&
	    smtp->needs_utf8 && !smtp->offers_utf8;
	return smtp->no_utf8 ? 0 : size * n;
}

static size_t
on_read(char *out, size_t size, size_t n, void *arg)
{
	struct smtp *smtp = arg;
	size_t len = size * n;

	if (len > smtp->rest.len)
		len = smtp->rest.len;
	memcpy(out, smtp->rest.p, len);
	smtp->rest.p += len;
	smtp->rest.len -= len;
	/* libcurl knows the size and may not ask again before it ends */
	if (smtp->stage != SMTP_END)
		enter(smtp, smtp->rest.len == 0 ? SMTP_END : SMTP_BODY);
	return len;
}

/* Which sockets are open is kept for smtp_close. */
static curl_socket_t
on_socket(void *arg, curlsocktype type, struct curl_sockaddr *address)
{
	struct smtp *smtp = arg;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
	    address->protocol);

	(void)type;
	for (int i = 0; fd >= 0 && i < SOCKETS_MAX; i++)
		if (smtp->socket[i] == -1) {
			smtp->socket[i] = fd;
			break;
		}
	return fd;
}

static int
on_socket_close(void *arg, curl_socket_t fd)
{
	struct smtp *smtp = arg;

	for (int i = 0; i < SOCKETS_MAX; i++)
		if (smtp->socket[i] == fd)
			smtp->socket[i] = -1;
	return close(fd);
}

static int
on_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow,
    curl_off_t ultotal, curl_off_t ulnow)
{
	struct smtp *smtp = arg;

	(void)dltotal, (void)dlnow, (void)ultotal, (void)ulnow;
	return atomic_load(&smtp->cancelled);
}

/* An address as it goes into MAIL FROM or RCPT TO. false: not one. */
static bool
address_out(const char *address, char out[ADDRESS_MAX + 1], bool *utf8_out)
{
	const char *at = strrchr(address, '@');
	char domain[IDNA_MAX];
	size_t local_len, domain_len, i;

	if (at == NULL || strlen(address) > ADDRESS_MAX)
		return false;
	local_len = (size_t)(at - address);
	if (local_len == 0 || local_len > LOCAL_MAX || address[0] == '.' ||
	    at[-1] == '.' || !utf8_valid(address, local_len))
		return false;
	for (i = 0; i < local_len; i++) {
		unsigned char c = (unsigned char)address[i];

		if (c <= 0x20 || c == 0x7f || strchr("()<>[]:;@\\,\"", c) ||
		    (c == '.' && address[i + 1] == '.'))
			return false;
		*utf8_out |= c >= 0x80;
	}
	if (!idna_ascii(slice_of(at + 1), domain))
		return false;
	domain_len = strlen(domain);
	if (local_len + 1 + domain_len > ADDRESS_MAX)
		return false;
	memcpy(out, address, local_len + 1);
	memcpy(out + local_len + 1, domain, domain_len + 1);
	return true;
}

/* Only what every server takes as it is: 7-bit, CR LF, bounded lines. NULL, or
 * what is wrong. A bare LF is how a second mail is smuggled past a server. */
static const char *
data_fault(struct slice data)
{
	size_t i, line = 0;

	if (data.len < 2 || data.p[data.len - 2] != '\r')
		return "the mail does not end in CR LF";
	for (i = 0; i < data.len; i++) {
		unsigned char c = (unsigned char)data.p[i];

		if (c == '\r' && i + 1 < data.len && data.p[i + 1] == '\n') {
			i++;
			line = 0;
			continue;
		}
		if (c == '\r' || c == '\n')
			return "the mail has a bare CR or LF";
		if (c == '\0' || c >= 0x80)
			return "the mail is not 7-bit";
		if (++line > LINE_MAX_OUT)
			return "the mail has a line over 998 bytes";
	}
	return NULL;
}

static void
set_login(CURL *curl, const struct server *server)
{
	bool tokens = server->oauth2.grant != GRANT_NONE;

	if (server->user[0] == '\0')
		return;
	curl_easy_setopt(curl, CURLOPT_USERNAME, server->user);
	if (!tokens)
		curl_easy_setopt(curl, CURLOPT_PASSWORD, server->password);
	curl_easy_setopt(curl, CURLOPT_LOGIN_OPTIONS, tokens ?
	    "AUTH=XOAUTH2" : "AUTH=PLAIN;AUTH=LOGIN");
	curl_easy_setopt(curl, CURLOPT_SASL_IR, 1L);
}

static void
set_tls(CURL *curl, const struct server *server)
{
	curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(server->plain ?
	    CURLUSESSL_NONE : CURLUSESSL_ALL));
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	if (server->ca_file[0] == '\0')
		return;
	curl_easy_setopt(curl, CURLOPT_CAINFO, server->ca_file);
	curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);	/* that file alone */
}

static void
set_callbacks(struct smtp *smtp)
{
	CURL *curl = smtp->curl;

	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, smtp->fault);
	curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(curl, CURLOPT_DEBUGDATA, smtp);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, smtp);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(curl, CURLOPT_READDATA, smtp);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, smtp);
	curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, on_socket_close);
	curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, smtp);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, smtp);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

static int
set_url(struct smtp *smtp, const char *helo, struct err *err)
{
	const struct server *server = smtp->server;
	bool v6 = strchr(server->host, ':') != NULL;
	char url[1024], name[IDNA_MAX];
	int len;

	if (helo[0] != '\0' && !idna_ascii(slice_of(helo), name))
		return err_set(err, ERR_INPUT, "%s is no host name to say "
		    "EHLO with", helo);
	len = snprintf(url, sizeof url, "%s://%s%s%s:%d/%s",
	    server->implicit_tls ? "smtps" : "smtp", v6 ? "[" : "",
	    server->host, v6 ? "]" : "", server->port,
	    helo[0] == '\0' ? "" : name);
	if (len < 0 || (size_t)len >= sizeof url)
		return err_set(err, ERR_INPUT, "smtp: the host name is too "
		    "long");
	curl_easy_setopt(smtp->curl, CURLOPT_URL, url);
	curl_easy_setopt(smtp->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	return 0;
}

int
smtp_open(const struct server *server, const char *helo,
    struct smtp **smtp_out, struct err *err)
{
	struct smtp *smtp;
	int ret = -1;

	pthread_once(&global_once, global_start);
	smtp = calloc(1, sizeof *smtp);
	if (smtp == NULL)
		return err_set(err, ERR_FATAL, "smtp: out of memory");
	smtp->server = server;
	for (int i = 0; i < SOCKETS_MAX; i++)
		smtp->socket[i] = -1;
	smtp->curl = curl_easy_init();
	if (smtp->curl == NULL) {
		err_set(err, ERR_FATAL, "smtp: out of memory");
		goto out;
	}
	curl_easy_setopt(smtp->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(smtp->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(smtp->curl, CURLOPT_MAXAGE_CONN, IDLE_SECONDS);
	set_callbacks(smtp);
	set_tls(smtp->curl, server);
	set_login(smtp->curl, server);
	smtp_set_timeouts(smtp, CONNECT_MS, REPLY_MS, DIALOGUE_MS);
	if (set_url(smtp, helo, err) == -1)
		goto out;
	*smtp_out = smtp;
	smtp = NULL;
	ret = 0;
out:
	smtp_close(&smtp);
	return ret;
}

void
smtp_close(struct smtp **smtp)
{
	if (*smtp == NULL)
		return;
	/* QUIT is said, but its answer not waited for: a server that hangs
	 * would hold us up for minutes */
	for (int i = 0; i < SOCKETS_MAX; i++)
		if ((*smtp)->socket[i] != -1)
			shutdown((*smtp)->socket[i], SHUT_RD);
	curl_easy_cleanup((*smtp)->curl);
	free(*smtp);
	*smtp = NULL;
}

void
smtp_set_timeouts(struct smtp *smtp, long connect_ms, long reply_ms,
    long dialogue_ms)
{
	smtp->connect_ms = connect_ms;
	smtp->reply_ms = reply_ms;
	smtp->dialogue_ms = dialogue_ms;
}

void
smtp_cancel(struct smtp *smtp)
{
	atomic_store(&smtp->cancelled, true);
}

bool
smtp_reached(const struct smtp *smtp)
{
	return smtp->stage != SMTP_CONNECT;
}

bool
smtp_hopeless(const struct smtp *smtp)
{
	return smtp->hopeless;
}

/* One run of libcurl from a clean state. */
static CURLcode
run_once(struct smtp *smtp, struct slice data, bool fresh)
{
	CURL *curl = smtp->curl;
	long seconds = (smtp->reply_ms + 999) / 1000;

	smtp->stage = SMTP_CONNECT;
	smtp->code = 0;
	smtp->in_ehlo = smtp->no_utf8 = smtp->replied = smtp->over = false;
	smtp->secured = smtp->server->plain || smtp->server->implicit_tls;
	smtp->reply_len = 0;
	smtp->reply[0] = smtp->fault[0] = '\0';
	smtp->reply_whole = true;
	smtp->rest = data;
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, smtp->connect_ms);
	curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, seconds);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, smtp->dialogue_ms +
	    (long)(data.len / SLOWEST));
	curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
	return curl_easy_perform(curl);
}

static bool
is_cancelled(void *arg)
{
	struct smtp *smtp = arg;

	return atomic_load(&smtp->cancelled);
}

/* Give libcurl a token; it makes another connection when it is another one. */
static int
present_token(struct smtp *smtp, char **token_out, bool *fresh_out)
{
	struct oauth2_stop stop = { is_cancelled, smtp };

	if (oauth2_token(&smtp->server->oauth2, stop, token_out, fresh_out,
	    &smtp->token_fault) == -1)
		return -1;
	curl_easy_setopt(smtp->curl, CURLOPT_XOAUTH2_BEARER, *token_out);
	return 0;
}

/* Did the server refuse only for the time being (454)? */
static bool
not_now(const struct smtp *smtp)
{
	return smtp->code >= 400 && smtp->code < 500;
}

/* A token that was good may have been revoked: then a new one. */
static CURLcode
run_with_token(struct smtp *smtp, struct slice data, bool fresh)
{
	CURLcode rc = CURLE_LOGIN_DENIED;
	bool refused, new_token = false;
	char *token = NULL;

	do {
		smtp->stage = SMTP_CONNECT;
		smtp->code = 0;
		if (present_token(smtp, &token, &new_token) == -1)
			return rc;
		rc = run_once(smtp, data, fresh);
		refused = rc == CURLE_LOGIN_DENIED && smtp->offers_tokens &&
		    smtp->stage == SMTP_CONNECT && !not_now(smtp);
		if (refused)
			oauth2_refused(&smtp->server->oauth2, token);
		oauth2_token_free(&token);
	} while (refused && !new_token);
	return rc;
}

static bool
uses_tokens(const struct smtp *smtp)
{
	return smtp->server->oauth2.grant != GRANT_NONE &&
	    smtp->server->user[0] != '\0';
}

/* Faults that waiting does not mend. */
static bool
is_misconfigured(const struct smtp *smtp, CURLcode rc)
{
	switch (rc) {
	case CURLE_LOGIN_DENIED:
		return smtp->token_fault.code == ERR_NONE ? !not_now(smtp) :
		    smtp->token_fault.code == ERR_INPUT;
	case CURLE_USE_SSL_FAILED:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_URL_MALFORMAT:
		return true;
	default:
		return false;
	}
}

static CURLcode
perform(struct smtp *smtp, struct slice data, bool fresh)
{
	CURLcode rc;

	smtp->token_fault = (struct err){ 0 };
	rc = uses_tokens(smtp) ? run_with_token(smtp, data, fresh) :
	    run_once(smtp, data, fresh);
	smtp->hopeless = is_misconfigured(smtp, rc);
	return rc;
}

/* A kept connection that was gone before anything was answered on it. */
static bool
was_stale(struct smtp *smtp, CURLcode rc)
{
	long connects = 0;

	curl_easy_getinfo(smtp->curl, CURLINFO_NUM_CONNECTS, &connects);
	return rc != CURLE_OK && connects == 0 && !smtp->replied &&
	    smtp->token_fault.code == ERR_NONE &&
	    smtp->stage <= SMTP_MAIL && !atomic_load(&smtp->cancelled);
}

/* Why a login by token did not work, and what to do. */
static void
explain_login(struct smtp *smtp, enum err_code code, struct err *err)
{
	const struct server *server = smtp->server;

	if (smtp->token_fault.code != ERR_NONE)
		err_set(err, code, "%s:%d: %s", server->host, server->port,
		    smtp->token_fault.msg);
	else if (!smtp->offers_tokens)
		err_set(err, code, "%s:%d: the server takes no tokens "
		    "(AUTH XOAUTH2): set password-file instead of oauth2, or "
		    "switch it on there", server->host, server->port);
	else	/* 334 comes with the fault in base64 */
		err_set(err, code, "%s:%d: user %.100s is refused (%.120s): "
		    "the token is good for something else: check user, scope, "
		    "and that the app may send from this mailbox",
		    server->host, server->port, server->user,
		    smtp->code >= 400 ? smtp->reply : "no reason given");
}

/* The server's words, else the fault, as one clean line. */
static void
explain(struct smtp *smtp, CURLcode rc, enum err_code code, struct err *err)
{
	char *p;

	if (!utf8_valid(smtp->reply, smtp->reply_len))
		for (p = smtp->reply; *p != '\0'; p++)
			if (((unsigned char)*p & 0x80) != 0)
				*p = '?';
	if (rc == CURLE_LOGIN_DENIED && uses_tokens(smtp)) {
		explain_login(smtp, code, err);
		return;
	}
	if (smtp->code != 0 && (rc == CURLE_OK || smtp->code >= 400)) {
		err_set(err, code, "%s", smtp->reply);
		return;
	}
	err_set(err, code, "%s:%d: %s%s", smtp->server->host,
	    smtp->server->port, smtp->fault[0] != '\0' ? smtp->fault :
	    curl_easy_strerror(rc), smtp->stage == SMTP_END ?
	    " (after the end of the mail)" : "");
}

static enum smtp_result
conclude(struct smtp *smtp, CURLcode rc, struct err *reply)
{
	static const enum err_code codes[] = {
		[SMTP_SENT] = ERR_NONE, [SMTP_LATER] = ERR_RETRY,
		[SMTP_FAILED] = ERR_INPUT, [SMTP_UNKNOWN] = ERR_RETRY,
	};
	enum smtp_result result;

	if (smtp->no_utf8) {
		err_set(reply, ERR_INPUT, "%s takes no addresses outside "
		    "ASCII (no SMTPUTF8)", smtp->server->host);
		return SMTP_FAILED;
	}
	result = smtp_judge(smtp->stage, rc == CURLE_SEND_ERROR, smtp->code);
	explain(smtp, rc, codes[result], reply);
	return result;
}

enum smtp_result
smtp_send(struct smtp *smtp, const char *from, const char *to,
    struct slice data, struct err *reply)
{
	char from_out[ADDRESS_MAX + 1] = "", to_out[ADDRESS_MAX + 1];
	struct curl_slist rcpt = { to_out, NULL };
	const char *fault = data_fault(data);
	CURL *curl = smtp->curl;
	bool fresh;
	CURLcode rc;

	smtp->stage = SMTP_MAIL;	/* these faults are the mail's own */
	smtp->needs_utf8 = false;
	if (from[0] != '\0' &&
	    !address_out(from, from_out, &smtp->needs_utf8))
		fault = "the sender is no address that SMTP can carry";
	if (!address_out(to, to_out, &smtp->needs_utf8))
		fault = "the recipient is no address that SMTP can carry";
	if (fault != NULL) {
		err_set(reply, ERR_INPUT, "%s", fault);
		return SMTP_FAILED;
	}
	/* an EHLO of now says whether it takes such an address */
	fresh = smtp->needs_utf8 && !smtp->offers_utf8;
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)data.len);
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from_out);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, &rcpt);
	rc = perform(smtp, data, fresh);
	if (was_stale(smtp, rc))
		rc = perform(smtp, data, true);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, NULL);
	return conclude(smtp, rc, reply);
}

int
smtp_probe(const struct server *server, const char *helo, struct err *err)
{
	struct smtp *smtp = NULL;
	CURLcode rc;
	int ret = -1;

	if (smtp_open(server, helo, &smtp, err) == -1)
		return -1;
	curl_easy_setopt(smtp->curl, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(smtp->curl, CURLOPT_CUSTOMREQUEST, "NOOP");
	rc = perform(smtp, (struct slice){ NULL, 0 }, true);
	if (rc != CURLE_OK)
		explain(smtp, rc, is_misconfigured(smtp, rc) ? ERR_INPUT :
		    ERR_RETRY, err);
	else if (server->user[0] != '\0' && !smtp->offers_auth)
		err_set(err, ERR_INPUT, "%s:%d offers no login (AUTH), yet "
		    "smtp.user is set", server->host, server->port);
	else
		ret = 0;
	smtp_close(&smtp);
	return ret;
}
