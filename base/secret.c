#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/private_file.h"
#include "base/secret.h"
#include "base/text.h"

#define KEY_BYTES	32
#define KEYS_MAX	64
#define FILE_MAX	8192	/* bytes */
#define FIRST_LINE	"campusdesk-secret 1"

static const char *const labels[SECRET_NPURPOSE] = {
	[SECRET_MESSAGE_ID] = "message-id-v1",
	[SECRET_REPLY] = "reply-token-v1",
	[SECRET_CHAIN] = "event-chain-v1",
	[SECRET_LOGIN] = "login-v1",
	[SECRET_LOOP] = "loop-v1",
};

struct key {
	int64_t		id;
	unsigned char	root[KEY_BYTES];
	unsigned char	derived[SECRET_NPURPOSE][CRYPT_SHA256];
};

struct secret {
	int		n;
	struct key	keys[KEYS_MAX];		/* newest first */
};

static void
derive(struct key *key)
{
	struct slice root = { (const char *)key->root, sizeof key->root };
	int i;

	for (i = 0; i < SECRET_NPURPOSE; i++)
		crypt_hkdf(root, labels[i], key->derived[i]);
}

void
secret_free(struct secret **secret)
{
	if (secret == NULL || *secret == NULL)
		return;
	explicit_bzero(*secret, sizeof **secret);
	free(*secret);
	*secret = NULL;
}

struct secret *
secret_from_seed(struct slice seed)
{
	struct secret *secret = calloc(1, sizeof *secret);

	if (secret == NULL)
		return NULL;
	secret->n = 1;
	secret->keys[0].id = 1;
	crypt_sha256(seed, secret->keys[0].root);
	derive(&secret->keys[0]);
	return secret;
}

/* Read a "key ID HEX64" line. */
static int
parse_key(struct slice line, struct key *key)
{
	const char *sp;
	uint64_t id;
	struct slice rest;

	if (line.len < 5 || memcmp(line.p, "key ", 4) != 0)
		return -1;
	rest = (struct slice){ line.p + 4, line.len - 4 };
	sp = memchr(rest.p, ' ', rest.len);
	if (sp == NULL || !text_u64((struct slice){ rest.p,
	    (size_t)(sp - rest.p) }, &id) || id == 0 || id > INT64_MAX)
		return -1;
	rest = (struct slice){ sp + 1, (size_t)(line.p + line.len - sp - 1) };
	if (rest.len != 2 * KEY_BYTES ||
	    crypt_unhex(rest, key->root, KEY_BYTES) != KEY_BYTES)
		return -1;
	key->id = (int64_t)id;
	derive(key);
	return 0;
}

static int
parse(const char *path, struct slice text, struct secret *secret,
    struct err *err)
{
	struct slice line;
	int n = 1;

	if (!text_line(&text, &line) || !slice_is(line, FIRST_LINE))
		return err_set(err, ERR_INPUT, "%s:1: not a secret file of "
		    "campusdesk: the first line would be \"%s\"", path,
		    FIRST_LINE);
	while (text_line(&text, &line)) {
		n++;
		if (line.len == 0)
			continue;
		if (secret->n == KEYS_MAX ||
		    parse_key(line, &secret->keys[secret->n]) == -1)
			return err_set(err, ERR_INPUT, "%s:%d: not a key: "
			    "\"key ID 64-HEX-DIGITS\" would be right", path, n);
		secret->n++;
	}
	if (secret->n == 0)
		return err_set(err, ERR_INPUT, "%s: no key in it", path);
	return 0;
}

static void
add_key(struct buf *b, const struct key *key)
{
	char hex[2 * KEY_BYTES + 1];

	crypt_hex(key->root, KEY_BYTES, hex);
	buf_addf(b, "key %lld %s\n", (long long)key->id, hex);
	explicit_bzero(hex, sizeof hex);
}

/* A file with one new key of that id in front of the old ones (may be NULL). */
static int
write_with_new_key(const char *path, const struct secret *old,
    struct err *err)
{
	struct buf b = BUF_INIT(FILE_MAX);
	struct key key = { .id = old == NULL ? 1 : old->keys[0].id + 1 };
	int i, ret;

	crypt_random(key.root, sizeof key.root);
	buf_adds(&b, FIRST_LINE "\n");
	add_key(&b, &key);
	for (i = 0; old != NULL && i < old->n && i < KEYS_MAX - 1; i++)
		add_key(&b, &old->keys[i]);
	ret = b.failed ? err_set(err, ERR_FATAL, "%s: out of memory", path) :
	    private_file_write(path, buf_slice(&b), old != NULL, err);
	if (b.p != NULL)
		explicit_bzero(b.p, b.len);
	buf_free(&b);
	explicit_bzero(&key, sizeof key);
	return ret;
}

int
secret_load(const char *path, bool create, struct secret **secret_out,
    struct err *err)
{
	struct buf b = BUF_INIT(FILE_MAX);
	struct secret *secret = NULL;
	bool absent;
	int ret = -1;

	if (private_file_read(path, PRIVATE_FILE_OURS, &b, &absent,
	    err) == -1) {
		if (!absent || !create)
			goto out;
		buf_reset(&b);
		if (write_with_new_key(path, NULL, err) == -1 ||
		    private_file_read(path, PRIVATE_FILE_OURS, &b, &absent,
		    err) == -1)
			goto out;
	}
	secret = calloc(1, sizeof *secret);
	if (secret == NULL) {
		err_set(err, ERR_FATAL, "%s: out of memory", path);
		goto out;
	}
	if (parse(path, buf_slice(&b), secret, err) == -1)
		goto out;
	*secret_out = secret;
	secret = NULL;
	ret = 0;
out:
	secret_free(&secret);
	if (b.p != NULL)
		explicit_bzero(b.p, b.len);
	buf_free(&b);
	return ret;
}

int
secret_rotate(const char *path, struct err *err)
{
	struct secret *old;
	int ret;

	if (secret_load(path, false, &old, err) == -1)
		return -1;
	ret = write_with_new_key(path, old, err);
	secret_free(&old);
	return ret;
}

int
secret_count(const struct secret *secret)
{
	return secret->n;
}

int64_t
secret_id(const struct secret *secret, int index)
{
	return secret->keys[index].id;
}

struct slice
secret_key(const struct secret *secret, int index,
    enum secret_purpose purpose)
{
	return (struct slice){
	    (const char *)secret->keys[index].derived[purpose],
	    CRYPT_SHA256 };
}

int
secret_find(const struct secret *secret, int64_t id)
{
	int i;

	for (i = 0; i < secret->n; i++)
		if (secret->keys[i].id == id)
			return i;
	return -1;
}
