#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypt.h"
#include "base/http.h"
#include "base/oauth2.h"
#include "base/oauth2_grant.h"
#include "base/private_file.h"
#include "base/text.h"

#define ANSWER_MS	20000	/* an endpoint has so long */
#define LOCK_MS		25000	/* another program renews the same token */
#define WAIT_MS		100	/* between two looks while waiting */
#define PAUSE_FIRST_MS	1000	/* after a failure … */
#define PAUSE_MAX_MS	60000	/* … and the longest */
#define LATE_MS		2000	/* an answer that may bring the only refresh
				 * token is waited for when we should stop */
#define EARLY_MS	5000	/* before its end a token is not used */
#define ENTRIES_MAX	64
#define FORM_MAX	(64 * 1024)	/* bytes */
#define FILE_MAX	(64 * 1024)	/* bytes of a key or a refresh token */

struct entry {
	struct entry	*next;
	unsigned char	 digest[CRYPT_SHA256];	/* of the configuration */
	int		 users;		/* callers that look at it */
	bool		 busy;		/* one of them asks the endpoint; only
					 * that one touches refresh, seen */
	char		*token;
	int64_t		 renew_ms, end_ms;	/* of token; monotonic */
	struct err	 fault;		/* of the last try; ERR_NONE: it went
					 * well */
	int64_t		 pause_ms, again_ms;
	/* a refresh token that could not be written, and what the file had */
	char		*refresh, *seen;
	struct err	 unsaved;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;
static struct entry *entries;

void
oauth2_token_free(char **token)
{
	if (*token == NULL)
		return;
	explicit_bzero(*token, strlen(*token));
	free(*token);
	*token = NULL;
}

static void
buf_wipe(struct buf *buf)
{
	if (buf->p != NULL)
		explicit_bzero(buf->p, buf->cap);
	buf_free(buf);
}

static bool
stopped(struct oauth2_stop stop)
{
	return stop.fn != NULL && stop.fn(stop.arg);
}

/* ---- one try ---- */

static int
post(const struct server_oauth2 *o, const struct oauth2_key *key,
    const struct oauth2_proof *proof, struct oauth2_stop stop,
    struct oauth2_answer *answer_out, struct err *err)
{
	static const char *const headers[] = { "Content-Type: "
	    "application/x-www-form-urlencoded", "Accept: application/json",
	    NULL };
	struct buf form = BUF_INIT(FORM_MAX), body =
	    BUF_INIT(OAUTH2_ANSWER_MAX);
	struct http_request request = {
		.url = oauth2_url(o, key),
		.ca_file = o->ca_file,
		.headers = headers,
		.timeout_ms = ANSWER_MS,
		.stop = stop.fn,
		.arg = stop.arg,
	};
	int status = 0, ret = -1;

	oauth2_form(o, proof, &form);
	request.body = buf_slice(&form);
	if (form.failed)
		err_set(err, ERR_INPUT, "no token: a setting of oauth2 is too "
		    "long");
	else if (http_send(&request, &status, &body, err) == -1)
		err_prefix(err, "no token");
	else
		ret = oauth2_answer_read(o, proof, status, buf_slice(&body),
		    answer_out, err);
	buf_wipe(&form);
	buf_wipe(&body);
	return ret;
}

static int
try_service(const struct server_oauth2 *o, struct oauth2_stop stop,
    struct oauth2_answer *answer_out, struct err *err)
{
	struct buf text = BUF_INIT(FILE_MAX), jwt = BUF_INIT(FORM_MAX / 2);
	struct oauth2_proof proof = { "", "" };
	struct oauth2_key key = { 0 };
	bool absent;
	int ret = -1;

	if (private_file_read(o->key_file, PRIVATE_FILE_GROUP, &text, &absent,
	    err) == -1 || oauth2_key_read(o, buf_slice(&text), &key,
	    err) == -1 || oauth2_assertion(o, &key, clock_now_ms() / 1000,
	    &jwt, err) == -1)
		goto out;
	proof.assertion = buf_str(&jwt);
	ret = post(o, &key, &proof, stop, answer_out, err);
out:
	oauth2_key_free(&key);
	buf_wipe(&text);
	buf_wipe(&jwt);
	return ret;
}

/* A link stays one: what it leads to is replaced. */
static int
save(const char *path, const char *token, struct err *err)
{
	struct buf text = BUF_INIT(FILE_MAX);
	char *real = realpath(path, NULL);
	int ret;

	buf_adds(&text, token);
	buf_addc(&text, '\n');
	ret = private_file_write(real == NULL ? path : real, buf_slice(&text),
	    true, err);
	free(real);
	buf_wipe(&text);
	if (ret == 0)
		return 0;
	err->code = ERR_INPUT;
	return err_prefix(err, "the new refresh token cannot be written, and "
	    "is lost when we stop: give us the folder of refresh-token-file");
}

/* The provider gave us another refresh token: the old one may be dead. */
static void
rotate(const struct server_oauth2 *o, struct entry *e, const char *file,
    const char *token)
{
	oauth2_token_free(&e->refresh);
	oauth2_token_free(&e->seen);
	e->unsaved = (struct err){ 0 };
	if (save(o->refresh_token_file, token, &e->unsaved) == 0)
		return;
	e->refresh = strdup(token);
	e->seen = strdup(file);
}

/* Two programs must not use up the same refresh token. The lock; -1 is no
 * fault where the folder cannot be opened: then it cannot be written either. */
static int
lock_folder(const char *path, struct oauth2_stop stop)
{
	int64_t until_ms = clock_mono_ms() + LOCK_MS;
	struct err err = { 0 };
	int fd;

	for (;;) {
		fd = private_file_lock(path, &err);
		if (fd != -1 || err.code != ERR_RETRY || stopped(stop) ||
		    clock_mono_ms() > until_ms)
			return fd;
		clock_sleep_ms(WAIT_MS);
	}
}

/* What the file has now; an administrator may have put another one there. */
static int
read_refresh(const char *path, struct buf *text, struct err *err)
{
	struct slice s;
	bool absent;

	if (private_file_read(path, PRIVATE_FILE_GROUP, text, &absent,
	    err) == -1)
		return -1;
	s = text_trim(buf_slice(text));
	if (!oauth2_token_ok(s))
		return err_set(err, ERR_INPUT, "%s: no refresh token in it: "
		    "the token alone, on one line, would be right", path);
	memmove(text->p, s.p, s.len);
	text->len = s.len;
	return 0;
}

/* We should stop, and have waited for an answer long enough. */
struct late {
	struct oauth2_stop	stop;
	int64_t			since_ms;	/* monotonic; 0 go on */
};

static bool
is_late(void *arg)
{
	struct late *late = arg;

	if (!stopped(late->stop))
		return false;
	if (late->since_ms == 0)
		late->since_ms = clock_mono_ms();
	return clock_mono_ms() - late->since_ms > LATE_MS;
}

static int
try_refresh(const struct server_oauth2 *o, struct entry *e,
    struct oauth2_stop stop, struct oauth2_answer *answer_out,
    struct err *err)
{
	struct buf text = BUF_INIT(FILE_MAX);
	int fd = lock_folder(o->refresh_token_file, stop), ret = -1;
	struct oauth2_proof proof = { "", "" };
	struct late late = { stop, 0 };
	const char *file;

	if (stopped(stop)) {
		err_set(err, ERR_RETRY, "no token: stopping");
		goto out;
	}
	if (read_refresh(o->refresh_token_file, &text, err) == -1)
		goto out;
	file = proof.refresh_token = buf_str(&text);
	if (e->refresh != NULL && e->seen != NULL &&
	    strcmp(e->seen, file) == 0)
		proof.refresh_token = e->refresh;
	/* the endpoint may make it void the moment it has it */
	ret = post(o, NULL, &proof, (struct oauth2_stop){ is_late, &late },
	    answer_out, err);
	if (ret == 0 && answer_out->refresh_token != NULL &&
	    strcmp(answer_out->refresh_token, proof.refresh_token) != 0)
		rotate(o, e, file, answer_out->refresh_token);
out:
	if (fd != -1)
		close(fd);
	buf_wipe(&text);
	return ret;
}

/* What could not be written then may be written now. */
static void
save_again(const struct server_oauth2 *o, struct entry *e,
    struct oauth2_stop stop)
{
	struct buf text = BUF_INIT(FILE_MAX);
	int fd = lock_folder(o->refresh_token_file, stop);
	struct err err = { 0 };
	bool ours = read_refresh(o->refresh_token_file, &text, &err) == 0 &&
	    e->seen != NULL && strcmp(e->seen, buf_str(&text)) == 0;

	err = (struct err){ 0 };
	if (ours && save(o->refresh_token_file, e->refresh, &err) == -1) {
		e->unsaved = err;
	} else {	/* written, or somebody's newer one is there */
		e->unsaved = err;
		oauth2_token_free(&e->refresh);
		oauth2_token_free(&e->seen);
	}
	if (fd != -1)
		close(fd);
	buf_wipe(&text);
}

static int
try_once(const struct server_oauth2 *o, struct entry *e,
    struct oauth2_stop stop, struct oauth2_answer *answer_out,
    struct err *err)
{
	struct oauth2_proof none = { "", "" };

	if (e->refresh != NULL)
		save_again(o, e, stop);
	switch (o->grant) {
	case GRANT_CLIENT:
		return post(o, NULL, &none, stop, answer_out, err);
	case GRANT_REFRESH:
		return try_refresh(o, e, stop, answer_out, err);
	case GRANT_SERVICE:
		return try_service(o, stop, answer_out, err);
	default:
		return err_set(err, ERR_INPUT, "no token: no grant is set");
	}
}

/* ---- the cache; its lock is held ---- */

static void
digest_of(const struct server_oauth2 *o, unsigned char out[CRYPT_SHA256])
{
	const char *const texts[] = { o->token_url, o->client_id,
	    o->client_secret, o->scope, o->refresh_token_file, o->key_file,
	    o->subject, o->ca_file };
	struct crypt_hash *hash = crypt_hash_new();

	crypt_hash_add(hash, &o->grant, sizeof o->grant);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		crypt_hash_add(hash, texts[i], strlen(texts[i]) + 1);
	crypt_hash_finish(&hash, out);
}

bool
oauth2_same(const struct server_oauth2 *a, const struct server_oauth2 *b)
{
	unsigned char x[CRYPT_SHA256], y[CRYPT_SHA256];

	if (a->grant == GRANT_NONE || a->grant != b->grant)
		return false;
	digest_of(a, x);
	digest_of(b, y);
	return memcmp(x, y, sizeof x) == 0;
}

static void
entry_free(struct entry *e)
{
	oauth2_token_free(&e->token);
	oauth2_token_free(&e->refresh);
	oauth2_token_free(&e->seen);
	free(e);
}

/* Remove those that nobody looks at: all beyond the first keep. */
static void
shrink(int keep)
{
	struct entry **at = &entries, *e;

	while ((e = *at) != NULL) {
		if (keep-- > 0 || e->users > 0) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		entry_free(e);
	}
}

static struct entry *
find(const struct server_oauth2 *o, bool make)
{
	unsigned char digest[CRYPT_SHA256];
	struct entry *e;

	digest_of(o, digest);
	for (e = entries; e != NULL; e = e->next)
		if (memcmp(e->digest, digest, sizeof digest) == 0)
			return e;
	e = make ? calloc(1, sizeof *e) : NULL;
	if (e == NULL)
		return NULL;
	memcpy(e->digest, digest, sizeof digest);
	shrink(ENTRIES_MAX - 1);
	e->next = entries;
	entries = e;
	return e;
}

static bool
is_good(const struct entry *e)
{
	return e->token != NULL && clock_mono_ms() < e->end_ms;
}

static bool
is_due(const struct entry *e)
{
	return e->token == NULL || clock_mono_ms() >= e->renew_ms;
}

static void
store(struct entry *e, struct oauth2_answer *answer)
{
	int64_t now = clock_mono_ms(), life = answer->life * 1000;

	oauth2_token_free(&e->token);
	e->token = answer->access_token;
	answer->access_token = NULL;
	e->renew_ms = now + life / 5 * 4;
	e->end_ms = life > 2 * EARLY_MS ? now + life - EARLY_MS : now + life;
	e->fault = (struct err){ 0 };
	e->pause_ms = e->again_ms = 0;
}

/* A try that we broke off ourselves says nothing about the endpoint. */
static void
note_fault(struct entry *e, const struct err *fault, bool by_us)
{
	if (by_us)
		return;
	e->fault = *fault;
	e->pause_ms = e->pause_ms == 0 ? PAUSE_FIRST_MS : 2 * e->pause_ms;
	if (e->pause_ms > PAUSE_MAX_MS)
		e->pause_ms = PAUSE_MAX_MS;
	e->again_ms = clock_mono_ms() + e->pause_ms;
}

/* Ask the endpoint; the lock is given up meanwhile. */
static int
ask(const struct server_oauth2 *o, struct entry *e, struct oauth2_stop stop,
    struct err *err)
{
	struct oauth2_answer answer = { 0 };
	struct err fault = { 0 };
	int ret;

	e->busy = true;
	pthread_mutex_unlock(&lock);
	ret = try_once(o, e, stop, &answer, &fault);
	pthread_mutex_lock(&lock);
	e->busy = false;
	pthread_cond_broadcast(&done);
	if (ret == 0) {
		store(e, &answer);
	} else {
		note_fault(e, &fault, stopped(stop));
		*err = fault;
	}
	oauth2_answer_free(&answer);
	return ret;
}

static void
wait_a_bit(void)
{
	struct timespec ts;
	int64_t until = clock_mono_ms() + WAIT_MS;

	ts = (struct timespec){ until / 1000, until % 1000 * 1000000 };
	pthread_cond_clockwait(&done, &lock, CLOCK_MONOTONIC, &ts);
}

/* Until e has a token that need not be renewed. 1 it was made here, 0 it was
 * there, -1 it could not be renewed (an old one may still be good). patient:
 * wait for another thread's try even when there is an old one. */
static int
freshen(const struct server_oauth2 *o, struct entry *e,
    struct oauth2_stop stop, bool patient, struct err *err)
{
	while (is_due(e)) {
		if (stopped(stop))
			return err_set(err, ERR_RETRY, "no token: stopping");
		if (e->busy && !patient && is_good(e))
			return 0;
		if (e->busy) {
			wait_a_bit();
			continue;
		}
		if (e->fault.code != ERR_NONE &&
		    clock_mono_ms() < e->again_ms) {
			*err = e->fault;
			return -1;
		}
		return ask(o, e, stop, err) == 0 ? 1 : -1;
	}
	return 0;
}

/* ---- from outside ---- */

int
oauth2_token(const struct server_oauth2 *oauth2, struct oauth2_stop stop,
    char **token_out, bool *fresh_out, struct err *err)
{
	struct err fault = { 0 };
	struct entry *e;
	char *token = NULL;
	int rc = -1;

	pthread_mutex_lock(&lock);
	e = find(oauth2, true);
	if (e == NULL) {
		err_set(&fault, ERR_RETRY, "no token: out of memory");
		goto out;
	}
	e->users++;
	rc = freshen(oauth2, e, stop, false, &fault);
	e->users--;
	if (rc == -1 && !is_good(e))
		goto out;
	token = strdup(e->token);
	if (token == NULL)
		err_set(&fault, ERR_RETRY, "no token: out of memory");
out:
	pthread_mutex_unlock(&lock);
	if (token == NULL) {
		*err = fault;
		return -1;
	}
	*token_out = token;
	*fresh_out = rc == 1;
	return 0;
}

void
oauth2_refused(const struct server_oauth2 *oauth2, const char *token)
{
	struct entry *e;

	pthread_mutex_lock(&lock);
	e = find(oauth2, false);
	if (e != NULL && e->token != NULL && strcmp(e->token, token) == 0)
		oauth2_token_free(&e->token);
	pthread_mutex_unlock(&lock);
}

int
oauth2_renew(const struct server_oauth2 *oauth2, struct oauth2_stop stop,
    int64_t *left_ms_out, struct err *err)
{
	struct entry *e;
	int rc = -1;

	pthread_mutex_lock(&lock);
	e = find(oauth2, true);
	*left_ms_out = 0;
	if (e == NULL) {
		pthread_mutex_unlock(&lock);
		return err_set(err, ERR_RETRY, "no token: out of memory");
	}
	e->users++;
	rc = freshen(oauth2, e, stop, true, err);
	if (rc == 0 && !e->busy && e->refresh != NULL) {
		e->busy = true;
		pthread_mutex_unlock(&lock);
		save_again(oauth2, e, stop);
		pthread_mutex_lock(&lock);
		e->busy = false;
		pthread_cond_broadcast(&done);
	}
	if (rc != -1 && !e->busy && e->unsaved.code != ERR_NONE) {
		*err = e->unsaved;
		rc = -1;
	}
	e->users--;
	if (is_good(e))
		*left_ms_out = e->end_ms - clock_mono_ms();
	pthread_mutex_unlock(&lock);
	return rc == -1 ? -1 : 0;
}

bool
oauth2_well(const struct server_oauth2 *oauth2)
{
	struct entry *e;
	bool well;

	if (oauth2->grant == GRANT_NONE)
		return true;
	pthread_mutex_lock(&lock);
	e = find(oauth2, false);
	well = e == NULL || e->fault.code == ERR_NONE;
	pthread_mutex_unlock(&lock);
	return well;
}

void
oauth2_forget(void)
{
	pthread_mutex_lock(&lock);
	shrink(0);
	pthread_mutex_unlock(&lock);
}
