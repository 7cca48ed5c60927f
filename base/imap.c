#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/imap.h"
#include "base/imap_wire.h"
#include "base/oauth2.h"
#include "base/text.h"

#define CONNECT_MS	30000	/* name, connection, TLS, greeting */
#define LOGOUT_MS	1500
#define STREAM_BUFFER	8192

/* The driver: libetpan's stream over ours. */
static struct imap *
owner(mailstream_low *low)
{
	return low->data;
}

static ssize_t
low_read(mailstream_low *low, void *p, size_t len)
{
	return netstream_read(owner(low)->ns, p, len);
}

static ssize_t
low_write(mailstream_low *low, const void *p, size_t len)
{
	return netstream_write(owner(low)->ns, p, len);
}

static int
low_close(mailstream_low *low)
{
	netstream_close(&owner(low)->ns);
	return 0;
}

static int
low_fd(mailstream_low *low)
{
	return netstream_fd(owner(low)->ns);
}

static void
low_free(mailstream_low *low)
{
	free(low);
}

static mailstream_low_driver driver = {
	.mailstream_read = low_read,
	.mailstream_write = low_write,
	.mailstream_close = low_close,
	.mailstream_get_fd = low_fd,
	.mailstream_free = low_free,
};

/* Answers. */
int
imap_fault(const struct imap *imap, enum err_code code, struct err *err,
    const char *fmt, ...)
{
	char what[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	return err_set(err, code, "%s:%d: %s", imap->host, imap->port, what);
}

int
imap_broken(struct imap *imap, int r, struct err *err)
{
	imap->dead = true;
	if (imap->ns != NULL &&
	    netstream_fault(imap->ns)->code != ERR_NONE) {
		if (err != NULL)
			*err = *netstream_fault(imap->ns);
		return -1;
	}
	if (r == MAILIMAP_ERROR_FATAL ||
	    r == MAILIMAP_ERROR_DONT_ACCEPT_CONNECTION)
		return imap_fault(imap, ERR_RETRY, err,
		    "the server said goodbye: %.150s", imap_said(imap));
	if (r == MAILIMAP_ERROR_MEMORY)
		return imap_fault(imap, ERR_RETRY, err, "no memory");
	return imap_fault(imap, ERR_RETRY, err,
	    "the server's answer is not understood (%d)", r);
}

int
imap_alive(const struct imap *imap, struct err *err)
{
	if (!imap->dead)
		return 0;
	return imap_fault(imap, ERR_RETRY, err, "the session has ended");
}

const char *
imap_said(const struct imap *imap)
{
	const char *text = imap->session->imap_response;

	return text == NULL ? "" : text;
}

bool
imap_not_now(const struct imap *imap)
{
	static const char *const codes[] = { "UNAVAILABLE", "INUSE", "LIMIT",
	    "SERVERBUG", "OVERQUOTA" };
	const struct mailimap_response_info *info =
	    imap->session->imap_response_info;

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if ((info != NULL && info->rsp_atom != NULL &&
		    text_ieq(slice_of(info->rsp_atom), slice_of(codes[i]))) ||
		    text_ifind(slice_of(imap_said(imap)), codes[i]) != NULL)
			return true;
	return false;
}

int
imap_send(struct imap *imap, const char *command, int *tag_out,
    struct err *err)
{
	mailimap *s = imap->session;
	int r = mailimap_send_current_tag(s);

	if (r != MAILIMAP_NO_ERROR)
		return imap_broken(imap, r, err);
	*tag_out = s->imap_tag;
	if (mailstream_write(s->imap_stream, command, strlen(command)) < 0 ||
	    mailstream_write(s->imap_stream, "\r\n", 2) < 0 ||
	    mailstream_flush(s->imap_stream) != 0)
		return imap_broken(imap, MAILIMAP_ERROR_STREAM, err);
	return 0;
}

static enum imap_status
status_of(int type)
{
	switch (type) {
	case MAILIMAP_RESP_COND_STATE_OK:
		return IMAP_OK;
	case MAILIMAP_RESP_COND_STATE_NO:
		return IMAP_NO;
	default:
		return IMAP_BAD;
	}
}

int
imap_answer(struct imap *imap, int tag, enum imap_status *status_out,
    struct err *err)
{
	mailimap *s = imap->session;
	struct mailimap_response *response = NULL;
	int latest = s->imap_tag, r = MAILIMAP_ERROR_STREAM;

	s->imap_tag = tag;	/* the parser compares with this */
	if (mailimap_read_line(s) != NULL)
		r = mailimap_parse_response(s, &response);
	s->imap_tag = latest;
	if (r != MAILIMAP_NO_ERROR)
		return imap_broken(imap, r, err);
	if (response->rsp_resp_done->rsp_type !=
	    MAILIMAP_RESP_DONE_TYPE_TAGGED) {
		mailimap_response_free(response);
		return imap_broken(imap, MAILIMAP_ERROR_FATAL, err);
	}
	*status_out = status_of(response->rsp_resp_done->rsp_data.
	    rsp_tagged->rsp_cond_state->rsp_type);
	mailimap_response_free(response);
	return 0;
}

int
imap_command(struct imap *imap, const char *command,
    enum imap_status *status_out, struct err *err)
{
	int tag;

	if (imap_alive(imap, err) != 0)
		return -1;
	netstream_limit(imap->ns, IMAP_COMMAND_MS, IMAP_COMMAND_BYTES);
	if (imap_send(imap, command, &tag, err) != 0)
		return -1;
	return imap_answer(imap, tag, status_out, err);
}

size_t
imap_set(struct buf *out, const int64_t *uids, size_t n)
{
	size_t i = 0, from;

	if (n > IMAP_SET_UIDS)
		n = IMAP_SET_UIDS;
	while (i < n) {
		from = i;
		while (i + 1 < n && uids[i + 1] == uids[i] + 1)
			i++;
		buf_addf(out, "%s%lld", from > 0 ? "," : "",
		    (long long)uids[from]);
		if (i > from)
			buf_addf(out, ":%lld", (long long)uids[i]);
		i++;
	}
	return n;
}

/* Opening. */
static void
ignore_progress(size_t current, size_t maximum, void *arg)
{
	(void)current;
	(void)maximum;
	(void)arg;
}

static int
greet(struct imap *imap, bool *preauth_out, struct err *err)
{
	mailstream_low *low = mailstream_low_new(imap, &driver);
	mailstream *stream;
	int r;

	if (low == NULL)
		return imap_fault(imap, ERR_RETRY, err, "no memory");
	stream = mailstream_new(low, STREAM_BUFFER);
	if (stream == NULL) {
		mailstream_low_free(low);
		return imap_fault(imap, ERR_RETRY, err, "no memory");
	}
	r = mailimap_connect(imap->session, stream);
	if (r != MAILIMAP_NO_ERROR_AUTHENTICATED &&
	    r != MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
		return imap_broken(imap, r, err);
	*preauth_out = r == MAILIMAP_NO_ERROR_AUTHENTICATED;
	return 0;
}

static int
learn_capabilities(struct imap *imap, struct err *err)
{
	struct mailimap_capability_data *caps = NULL;
	int r;

	netstream_limit(imap->ns, IMAP_COMMAND_MS, IMAP_COMMAND_BYTES);
	r = mailimap_capability(imap->session, &caps);
	if (r != MAILIMAP_NO_ERROR)
		return imap_broken(imap, r, err);
	mailimap_capability_data_free(caps);
	return 0;
}

/* What was sent in clear before TLS began is nobody's word (RFC 8314 §5.2,
 * CVE-2020-15953): whatever is buffered then ends the session. */
static int
start_tls(struct imap *imap, bool preauth, struct err *err)
{
	mailimap *s = imap->session;
	int r;

	if (preauth)
		return imap_fault(imap, ERR_INPUT, err, "the server logs us in "
		    "before TLS, so STARTTLS is impossible: use imaps://");
	if (learn_capabilities(imap, err) != 0)
		return -1;
	if (!mailimap_has_extension(s, "STARTTLS"))
		return imap_fault(imap, ERR_INPUT, err, "the server does not "
		    "offer STARTTLS: use imaps://, or switch it on there");
	netstream_limit(imap->ns, CONNECT_MS, IMAP_COMMAND_BYTES);
	r = mailimap_starttls(s);
	if (r == MAILIMAP_ERROR_STARTTLS || (r == MAILIMAP_NO_ERROR &&
	    s->imap_stream->read_buffer_len > 0)) {
		imap->dead = true;
		if (s->imap_stream->read_buffer_len > 0)
			return imap_fault(imap, ERR_INPUT, err, "somebody "
			    "slipped plain text in behind the answer to "
			    "STARTTLS: refused; is there a proxy or an "
			    "attacker between us and the server?");
		return imap_fault(imap, ERR_INPUT, err, "the server offers "
		    "STARTTLS and refuses it (%.120s), or its answer was "
		    "tampered with: use imaps://", imap_said(imap));
	}
	if (r != MAILIMAP_NO_ERROR)
		return imap_broken(imap, r, err);
	if (netstream_tls(imap->ns, err) != 0) {
		imap->dead = true;
		return -1;
	}
	return 0;
}

/* What a login that did not work means. */
static int
not_logged_in(struct imap *imap, const struct server *server, int r,
    const char *advice, struct err *err)
{
	if (r != MAILIMAP_ERROR_LOGIN)
		return imap_broken(imap, r, err);
	imap->dead = true;
	if (imap_not_now(imap))
		return imap_fault(imap, ERR_RETRY, err, "no login for "
		    "the time being: %.150s", imap_said(imap));
	return imap_fault(imap, ERR_INPUT, err, "user %.100s is "
	    "refused (%.120s): %s", server->user, imap_said(imap), advice);
}

static int
log_in_password(struct imap *imap, const struct server *server,
    struct err *err)
{
	int r;

	if (text_has_control(slice_of(server->password)))
		return imap_fault(imap, ERR_INPUT, err, "the password "
		    "holds a control character");
	netstream_limit(imap->ns, IMAP_COMMAND_MS, IMAP_COMMAND_BYTES);
	r = mailimap_login(imap->session, server->user, server->password);
	if (r != MAILIMAP_NO_ERROR)
		return not_logged_in(imap, server, r, "check user and "
		    "password-file", err);
	return 0;
}

static bool
is_stopping(void *arg)
{
	struct pollfd p = { .fd = *(int *)arg, .events = POLLIN };

	return p.fd >= 0 && poll(&p, 1, 0) > 0;
}

/* One AUTHENTICATE with a token; the endpoint may take its time first. */
static int
present_token(struct imap *imap, const struct server *server, int stop_fd,
    bool *fresh_out, int *r_out, struct err *err)
{
	struct oauth2_stop stop = { is_stopping, &stop_fd };
	char *token = NULL;

	if (oauth2_token(&server->oauth2, stop, &token, fresh_out, err) != 0) {
		imap->dead = true;
		return -1;
	}
	netstream_limit(imap->ns, IMAP_COMMAND_MS, IMAP_COMMAND_BYTES);
	*r_out = mailimap_oauth2_authenticate(imap->session, server->user,
	    token);
	if (*r_out == MAILIMAP_ERROR_LOGIN && !imap_not_now(imap))
		oauth2_refused(&server->oauth2, token);
	oauth2_token_free(&token);
	return 0;
}

/* A token that was good may have been revoked: then a new one. */
static int
log_in_token(struct imap *imap, const struct server *server, int stop_fd,
    struct err *err)
{
	bool fresh = false;
	int r = MAILIMAP_NO_ERROR;

	if (learn_capabilities(imap, err) != 0)
		return -1;
	if (!mailimap_has_authentication(imap->session, "XOAUTH2") ||
	    !mailimap_has_extension(imap->session, "SASL-IR")) {
		imap->dead = true;
		return imap_fault(imap, ERR_INPUT, err, "the server takes no "
		    "tokens (AUTH=XOAUTH2 with SASL-IR): set password-file "
		    "instead of oauth2, or switch it on there");
	}
	if (present_token(imap, server, stop_fd, &fresh, &r, err) != 0)
		return -1;
	if (r == MAILIMAP_ERROR_LOGIN && !fresh && !imap_not_now(imap) &&
	    present_token(imap, server, stop_fd, &fresh, &r, err) != 0)
		return -1;
	if (r != MAILIMAP_NO_ERROR)
		return not_logged_in(imap, server, r, "the token is good for "
		    "something else: check user, scope, and that the app may "
		    "open this mailbox", err);
	return 0;
}

static int
log_in(struct imap *imap, const struct server *server, int stop_fd,
    struct err *err)
{
	if (text_has_control(slice_of(server->user)))
		return imap_fault(imap, ERR_INPUT, err, "user holds a "
		    "control character");
	if (server->oauth2.grant != GRANT_NONE)
		return log_in_token(imap, server, stop_fd, err);
	return log_in_password(imap, server, err);
}

static int
establish(struct imap *imap, const struct server *server, int stop_fd,
    struct err *err)
{
	const struct netstream_peer peer = {
		server->host, server->port, server->ca_file, stop_fd,
	};
	bool preauth = false;

	if (netstream_open(&peer, CONNECT_MS, &imap->ns, err) != 0)
		return -1;
	netstream_limit(imap->ns, CONNECT_MS, IMAP_COMMAND_BYTES);
	if (server->implicit_tls && netstream_tls(imap->ns, err) != 0)
		return -1;
	if (greet(imap, &preauth, err) != 0)
		return -1;
	if (!server->implicit_tls && !server->plain &&
	    start_tls(imap, preauth, err) != 0)
		return -1;
	if (!preauth && log_in(imap, server, stop_fd, err) != 0)
		return -1;
	return learn_capabilities(imap, err);
}

int
imap_open(const struct server *server, int stop_fd, struct imap **imap_out,
    struct err *err)
{
	struct imap *imap = calloc(1, sizeof *imap);
	int ret = -1;

	if (imap == NULL)
		return err_set(err, ERR_RETRY, "no memory for a session");
	imap->port = server->port;
	imap->host = strdup(server->host);
	imap->session = mailimap_new(0, NULL);
	if (imap->host == NULL || imap->session == NULL) {
		err_set(err, ERR_RETRY, "no memory for a session");
		goto out;
	}
	/* without such a function libetpan ignores its fetch handlers */
	mailimap_set_progress_callback(imap->session, NULL, ignore_progress,
	    NULL);
	if (establish(imap, server, stop_fd, err) != 0)
		goto out;
	*imap_out = imap;
	imap = NULL;		/* the caller's now */
	ret = 0;
out:
	imap_close(&imap);
	return ret;
}

void
imap_close(struct imap **imapp)
{
	struct imap *imap = *imapp;

	if (imap == NULL)
		return;
	if (imap->session != NULL && imap->session->imap_stream != NULL &&
	    imap->dead) {	/* not a word more to that server */
		mailstream_close(imap->session->imap_stream);
		imap->session->imap_stream = NULL;
	}
	if (imap->ns != NULL)	/* LOGOUT, and its answer, if it is quick */
		netstream_limit(imap->ns, LOGOUT_MS, IMAP_COMMAND_BYTES);
	if (imap->session != NULL)
		mailimap_free(imap->session);
	netstream_close(&imap->ns);	/* when no stream took it over */
	free(imap->host);
	free(imap);
	*imapp = NULL;
}
