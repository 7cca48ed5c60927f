#include <stdio.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "desk/login.h"

#define LOGIN_BYTES	32

static void
random_text(char out[LOGIN_TEXT_MAX])
{
	unsigned char bytes[LOGIN_BYTES];

	crypt_random(bytes, sizeof bytes);
	crypt_base32(bytes, sizeof bytes, out);
	explicit_bzero(bytes, sizeof bytes);
}

bool
login_hash(const char *text, unsigned char out[CRYPT_SHA256])
{
	unsigned char bytes[LOGIN_BYTES];

	if (strlen(text) != LOGIN_TEXT_MAX - 1 || crypt_unbase32(
	    slice_of(text), bytes, sizeof bytes) != (int)sizeof bytes)
		return false;
	crypt_sha256((struct slice){ (const char *)bytes, sizeof bytes },
	    out);
	return true;
}

int
login_make(struct db *db, int64_t person, int64_t now_ms,
    char token_out[LOGIN_TEXT_MAX], struct err *err)
{
	unsigned char hash[CRYPT_SHA256];
	char token[LOGIN_TEXT_MAX];

	random_text(token);
	if (!login_hash(token, hash))
		return err_set(err, ERR_FATAL, "login: no token");
	if (login_add(db, hash, person, now_ms + LOGIN_LINK_MS, err) == -1)
		return -1;
	memcpy(token_out, token, sizeof token);
	return 0;
}

/* What a browser calls itself, fit to be stored and shown. */
static void
clean_agent(struct buf *out, const char *agent)
{
	size_t len = strlen(agent);

	utf8_clean(out, agent, utf8_cut(agent, len, SESSION_AGENT_MAX));
	for (size_t i = 0; i < out->len; i++)
		if (out->p[i] == '\n' || out->p[i] == '\t')
			out->p[i] = ' ';
}

int
login_consume(struct db *db, const char *token, const char *agent,
    int64_t now_ms, char session_out[LOGIN_TEXT_MAX], int64_t *person_out,
    struct err *err)
{
	struct session row = { .created_ms = now_ms,
	    .until_ms = now_ms + LOGIN_SESSION_MS };
	struct buf clean = BUF_INIT(4 * SESSION_AGENT_MAX);
	unsigned char hash[CRYPT_SHA256];
	char session[LOGIN_TEXT_MAX];
	int ret;

	if (!login_hash(token, hash))
		return 0;
	ret = login_take(db, hash, now_ms, &row.person, err);
	if (ret != 1)
		return ret;
	random_text(session);
	clean_agent(&clean, agent);
	row.agent = buf_str(&clean);
	if (!login_hash(session, hash))
		ret = err_set(err, ERR_FATAL, "login: no session");
	else if (session_add(db, hash, &row, err) == -1)
		ret = -1;
	buf_free(&clean);
	if (ret == 1) {
		memcpy(session_out, session, sizeof session);
		*person_out = row.person;
	}
	return ret;
}

int
login_end(struct db *db, const char *session, struct err *err)
{
	unsigned char hash[CRYPT_SHA256];

	if (!login_hash(session, hash))
		return 0;
	return session_drop(db, hash, err) < 0 ? -1 : 0;
}
