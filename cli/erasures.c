#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/erasures.h"
#include "cli/files.h"
#include "db/erase_store.h"

#define SALT		16			/* bytes */
#define HASH_HEX	(2 * CRYPT_SHA256 + 1)
#define LIST_MAX	((size_t)256 * 1024 * 1024)	/* bytes */

const char *
erasures_path(struct cli *cli)
{
	const char *path = arena_printf(cli->arena, "%s.erased",
	    cli->settings->store_path);

	return path == NULL ? "" : path;
}

/* The digest of words under a salt, as hex. Words are folded. */
static void
digest(const char *salt, const char *words, char out[HASH_HEX])
{
	struct crypt_hash *hash = crypt_hash_new();
	unsigned char made[CRYPT_SHA256];
	char c;

	crypt_hash_add(hash, salt, strlen(salt));
	crypt_hash_add(hash, ":", 1);
	for (; *words != '\0'; words++) {
		c = text_lower(*words);
		crypt_hash_add(hash, &c, 1);
	}
	crypt_hash_finish(&hash, made);
	crypt_hex(made, sizeof made, out);
}

/* ---- adding ---- */

static void
add_line(struct buf *b, json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);

	if (text == NULL)
		b->failed = true;
	else
		buf_addf(b, "%s\n", text);
	free(text);
	json_decref(line);
}

static void
add_words(struct buf *b, const char *what, int64_t number, const char *words)
{
	unsigned char random[SALT];
	char salt[2 * SALT + 1], hash[HASH_HEX], when[CLOCK_TEXT_MAX];

	crypt_random(random, sizeof random);
	crypt_hex(random, sizeof random, salt);
	digest(salt, words, hash);
	add_line(b, json_pack("{s:s,s:s,s:I,s:s,s:s}", "what", what, "time",
	    clock_rfc3339(clock_now_ms(), when), "number",
	    (json_int_t)number, "salt", salt, "hash", hash));
}

static void
add_item(struct buf *b, const struct erased_item *item)
{
	char hex[HASH_HEX];

	crypt_hex(item->digest, sizeof item->digest, hex);
	add_line(b, json_pack("{s:s,s:s,s:I,s:I,s:s,s:s}", "what", "mail",
	    "source", item->key.source, "epoch", (json_int_t)item->key.epoch,
	    "uid", (json_int_t)item->key.uid, "key", item->key.key == NULL ?
	    "" : item->key.key, "digest", hex));
}

static int
append(const char *path, struct slice text, struct err *err)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	ssize_t n = 0;

	if (fd == -1)
		return err_set(err, ERR_INPUT, "%s: %s", path,
		    strerror(errno));
	for (; text.len > 0; text.p += n, text.len -= (size_t)n) {
		n = write(fd, text.p, text.len);
		if (n == -1)
			break;
	}
	if (n == -1 || fsync(fd) == -1)
		err_set(err, ERR_RETRY, "%s: %s", path, strerror(errno));
	else
		text.len = 0;
	close(fd);
	return err->code == ERR_NONE ? 0 : -1;
}

int
erasures_add(struct cli *cli, const char *path, const struct erased *what,
    struct err *err)
{
	struct buf b = BUF_INIT(LIST_MAX);
	char key[24];
	size_t i;
	int rc;

	for (i = 0; i < what->naddresses; i++)
		add_words(&b, "address", 0, what->addresses[i]);
	if (what->ticket != 0) {
		snprintf(key, sizeof key, "%llx", (unsigned long long)
		    what->key);
		add_words(&b, "ticket", what->ticket, key);
	}
	for (i = 0; i < what->nitems; i++)
		add_item(&b, &what->items[i]);
	rc = b.failed ? err_set(err, ERR_RETRY, "out of memory") :
	    append(path, buf_slice(&b), err);
	buf_free(&b);
	files_own(path, files_folder(cli->arena, path));
	return rc;
}

/* ---- applying ---- */

struct applying {
	struct cli	*cli;
	struct desk	*desk;
	json_t		*lines;		/* array */
	const char	**found;	/* addresses that are there again */
	size_t		 n, cap;
	int		 done;
};

static const char *
text_of(json_t *line, const char *field)
{
	const char *text = json_string_value(json_object_get(line, field));

	return text == NULL ? "" : text;
}

static bool
is_of(json_t *line, const char *what)
{
	return strcmp(text_of(line, "what"), what) == 0;
}

static bool
matches(json_t *line, const char *words)
{
	char hash[HASH_HEX];

	digest(text_of(line, "salt"), words, hash);
	return strcmp(hash, text_of(line, "hash")) == 0;
}

static int
look_at(const char *address, void *arg)
{
	struct applying *a = arg;
	const char **more;
	json_t *line;
	size_t i;

	for (i = 0; i < json_array_size(a->lines); i++) {
		line = json_array_get(a->lines, i);
		if (!is_of(line, "address") || !matches(line, address))
			continue;
		if (a->n == a->cap) {
			a->cap = a->cap == 0 ? 64 : 2 * a->cap;
			more = arena_calloc(a->cli->arena, a->cap,
			    sizeof *more);
			if (more == NULL)
				return 1;
			if (a->n > 0)
				memcpy(more, a->found, a->n * sizeof *more);
			a->found = more;
		}
		a->found[a->n++] = arena_strdup(a->cli->arena, address);
		return 0;
	}
	return 0;
}

static const struct actor again = { .name = "system", .system = true,
	.source = "cli", .because = "erased before, and back by a backup" };

static int
apply_persons(struct applying *a, struct err *err)
{
	struct erased what;
	size_t i;
	int rc;

	if (erase_addresses(a->desk->db, look_at, a, err) == -1)
		return -1;
	if (arena_failed(a->cli->arena))
		return err_set(err, ERR_RETRY, "out of memory");
	for (i = 0; i < a->n; i++) {
		rc = erase_person(a->desk, &again, a->found[i], &what, err);
		if (rc == -1 && err->code == ERR_INPUT) {
			*err = (struct err){ 0 };	/* is staff again */
			continue;
		}
		if (rc == -1)
			return -1;
		a->done += rc;
	}
	return 0;
}

static int
apply_ticket(struct applying *a, json_t *line, struct err *err)
{
	int64_t number = json_integer_value(json_object_get(line, "number"));
	struct ticket ticket;
	struct erased what;
	char key[24];
	int rc = ticket_get(a->desk->db, number, a->cli->arena, &ticket, err);

	if (rc != 1)
		return rc;
	snprintf(key, sizeof key, "%llx", (unsigned long long)ticket.key);
	if (!matches(line, key))
		return 0;
	a->done++;
	return erase_ticket(a->desk, &again, number, &what, err) == -1 ? -1 :
	    0;
}

/* A mail that came after the backup still lies on the server: the ledger knows
 * it, so that it is not taken in anew. */
static int
apply_mail(struct applying *a, json_t *line, struct err *err)
{
	struct ledger_row row = {
		.key = { text_of(line, "source"),
		    json_integer_value(json_object_get(line, "epoch")),
		    json_integer_value(json_object_get(line, "uid")),
		    text_of(line, "key") },
		.seen_ms = a->desk->now_ms, .outcome = LEDGER_FILED,
		.because = "erased", .acked = true,
	};
	const char *hex = text_of(line, "digest");
	int rc;

	if (crypt_unhex(slice_of(hex), row.raw_digest,
	    sizeof row.raw_digest) != CRYPT_SHA256)
		return 0;
	rc = ledger_find(a->desk->db, &row.key, a->cli->arena, NULL, err);
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	return ledger_add(a->desk->db, &row, &row.id, err);
}

static int
apply(struct applying *a, struct err *err)
{
	json_t *line;
	size_t i;
	int rc = apply_persons(a, err);

	for (i = 0; i < json_array_size(a->lines); i++) {
		line = json_array_get(a->lines, i);
		if (rc == 0 && is_of(line, "ticket"))
			rc = apply_ticket(a, line, err);
		if (rc == 0 && is_of(line, "mail"))
			rc = apply_mail(a, line, err);
	}
	return rc == -1 ? -1 : 0;
}

static int
read_list(const char *path, json_t *lines, struct err *err)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	if (f == NULL)
		return errno == ENOENT ? 0 : err_set(err, ERR_INPUT, "%s: %s",
		    path, strerror(errno));
	while (rc == 0 && getline(&line, &size, f) > 0) {
		json_t *object = json_loads(line, 0, NULL);

		if (object == NULL)	/* cut off while it was written */
			continue;
		if (json_array_append_new(lines, object) == -1)
			rc = err_set(err, ERR_RETRY, "out of memory");
	}
	free(line);
	fclose(f);
	return rc;
}

int
erasures_apply(struct cli *cli, const char *path, struct desk *desk,
    int *n_out, struct err *err)
{
	struct applying a = { .cli = cli, .desk = desk };
	int rc;

	a.lines = json_array();
	if (a.lines == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	rc = read_list(path, a.lines, err);
	if (rc == 0)
		rc = apply(&a, err);
	json_decref(a.lines);
	if (rc == 0)
		*n_out += a.done;
	return rc;
}
