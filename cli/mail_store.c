#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/mail_store.h"

#define PIECE	65536	/* bytes of a line read at once */

struct mail_store {
	size_t	 max;
	/* mbox */
	FILE	*f;
	char	*line;
	size_t	 len;		/* of what is held in line; 0: nothing */
	bool	 start;		/* it begins a line */
	bool	 from;		/* it is the "From " of the next mail */
	int64_t	 at, all;
	/* Maildir */
	char	**names;	/* "DIR/cur/NAME" */
	size_t	 n, cap, next;
	char	 place[512];
};

static int
fault(const char *path, struct err *err)
{
	return err_set(err, errno == ENOMEM ? ERR_RETRY : ERR_INPUT, "%s: %s",
	    path, strerror(errno));
}

/* ---- mbox ---- */

/* The next piece of a line: 1, 0 at the end, -1. */
static int
read_piece(struct mail_store *s, struct err *err)
{
	bool ended = s->len > 0 && s->line[s->len - 1] == '\n';
	int c;

	s->start = s->at == 0 || ended;
	for (s->len = 0; s->len < PIECE; ) {
		c = getc_unlocked(s->f);
		if (c == EOF)
			break;
		s->line[s->len++] = (char)c;
		if (c == '\n')
			break;
	}
	s->at += (int64_t)s->len;
	if (ferror(s->f) != 0)
		return fault("mbox", err);
	return s->len > 0;
}

static bool
is_blank(const struct mail_store *s)
{
	return s->start && (s->line[0] == '\n' || (s->len == 2 &&
	    s->line[0] == '\r' && s->line[1] == '\n'));
}

/* How many ">" before "From "; -1: it is no such line. */
static int
quoted_from(const struct mail_store *s)
{
	size_t n = 0;

	while (n < s->len && s->line[n] == '>')
		n++;
	return s->start && s->len - n >= 5 &&
	    memcmp(s->line + n, "From ", 5) == 0 ? (int)n : -1;
}

static int
open_mbox(struct mail_store *s, const char *path, struct err *err)
{
	struct stat st;
	int rc;

	s->f = fopen(path, "re");
	if (s->f == NULL || fstat(fileno(s->f), &st) == -1)
		return fault(path, err);
	s->all = st.st_size;
	s->line = malloc(PIECE);
	if (s->line == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	rc = read_piece(s, err);
	if (rc == 1 && quoted_from(s) != 0)
		return err_set(err, ERR_INPUT, "%s does not begin with "
		    "\"From \": it is no mbox", path);
	s->from = rc == 1;
	return rc == -1 ? -1 : 0;
}

/* Put what is held into the mail, unless that is too long by now. */
static void
add(struct blob *blob, const char *p, size_t len, bool *whole)
{
	struct err err = { 0 };

	if (*whole && blob_add(blob, p, len, &err) == -1)
		*whole = false;
}

/* The lines up to the next "From ", or the end. The empty line before that is
 * the format's, not the mail's. */
static int
read_body(struct mail_store *s, struct blob *blob, bool *whole,
    struct err *err)
{
	char blank[2];
	size_t held = 0;
	int rc, quotes;

	s->from = false;
	while ((rc = read_piece(s, err)) == 1) {
		quotes = quoted_from(s);
		if (quotes == 0 && (held > 0 || blob_size(blob) == 0)) {
			s->from = true;
			return 0;
		}
		if (held > 0)
			add(blob, blank, held, whole);
		held = is_blank(s) ? s->len : 0;
		if (held > 0)
			memcpy(blank, s->line, held);
		else if (quotes > 0)
			add(blob, s->line + 1, s->len - 1, whole);
		else
			add(blob, s->line, s->len, whole);
	}
	return rc;
}

static int
finish(struct blob **blob, bool whole, struct blob **blob_out,
    struct err *err)
{
	if (whole && blob_done(*blob, err) == -1) {
		blob_free(blob);
		return -1;
	}
	if (!whole)
		blob_free(blob);
	*blob_out = *blob;
	return 1;
}

static int
next_mbox(struct mail_store *s, struct blob **blob_out, struct err *err)
{
	struct blob *blob;
	bool whole = true;

	if (!s->from)
		return 0;
	snprintf(s->place, sizeof s->place, "byte %lld",
	    (long long)(s->at - (int64_t)s->len));
	/* the rest of a long "From " line */
	while (s->line[s->len - 1] != '\n')
		if (read_piece(s, err) != 1)
			return 0;
	blob = blob_start(s->max);
	if (blob == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	if (read_body(s, blob, &whole, err) == -1) {
		blob_free(&blob);
		return -1;
	}
	return finish(&blob, whole, blob_out, err);
}

/* ---- Maildir ---- */

/* Draft or trashed, by the flags behind ":2,"? */
static bool
left_out(const char *name)
{
	const char *flags = strstr(name, ":2,");

	return name[0] == '.' || (flags != NULL &&
	    strpbrk(flags + 3, "DT") != NULL);
}

static int
add_name(struct mail_store *s, const char *dir, const char *sub,
    const char *name)
{
	char **more, *path;

	if (s->n == s->cap) {
		s->cap = s->cap == 0 ? 256 : 2 * s->cap;
		more = realloc(s->names, s->cap * sizeof *more);
		if (more == NULL)
			return -1;
		s->names = more;
	}
	if (asprintf(&path, "%s/%s/%s", dir, sub, name) == -1)
		return -1;
	s->names[s->n++] = path;
	return 0;
}

static int
list_folder(struct mail_store *s, const char *dir, const char *sub,
    struct err *err)
{
	struct dirent *entry;
	char path[4096];
	DIR *d;
	int rc = 0;

	if (snprintf(path, sizeof path, "%s/%s", dir, sub) >=
	    (int)sizeof path)
		return err_set(err, ERR_INPUT, "%s: too long a name", dir);
	d = opendir(path);
	if (d == NULL)
		return fault(path, err);
	while (rc == 0 && (entry = readdir(d)) != NULL)
		if (!left_out(entry->d_name))
			rc = add_name(s, dir, sub, entry->d_name);
	closedir(d);
	return rc == 0 ? 0 : err_set(err, ERR_RETRY, "out of memory");
}

/* By what stands behind the last slash: it begins with the time. */
static int
by_name(const void *a, const void *b)
{
	const char *x = strrchr(*(char *const *)a, '/');
	const char *y = strrchr(*(char *const *)b, '/');

	return strverscmp(x, y);
}

static int
open_maildir(struct mail_store *s, const char *dir, struct err *err)
{
	if (list_folder(s, dir, "cur", err) == -1 ||
	    list_folder(s, dir, "new", err) == -1)
		return -1;
	if (s->n > 1)
		qsort(s->names, s->n, sizeof *s->names, by_name);
	s->all = (int64_t)s->n;
	return 0;
}

static int
next_maildir(struct mail_store *s, struct blob **blob_out, struct err *err)
{
	struct blob *blob = NULL;
	const char *path;
	int fd, rc;

	if (s->next == s->n)
		return 0;
	path = s->names[s->next++];
	s->at = (int64_t)s->next;
	snprintf(s->place, sizeof s->place, "%s", path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return fault(path, err);
	rc = blob_read_fd(fd, s->max, &blob, err);
	close(fd);
	if (rc == -1 && err->code != ERR_INPUT)
		return -1;
	*blob_out = rc == -1 ? NULL : blob;
	return 1;
}

/* ---- both ---- */

int
mail_store_open(const char *name, size_t max, struct mail_store **store_out,
    struct err *err)
{
	struct mail_store *s = calloc(1, sizeof *s);
	int rc;

	if (s == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	s->max = max;
	if (strncmp(name, "mbox:", 5) == 0)
		rc = open_mbox(s, name + 5, err);
	else if (strncmp(name, "maildir:", 8) == 0)
		rc = open_maildir(s, name + 8, err);
	else
		rc = err_set(err, ERR_INPUT, "%s: mbox:FILE or maildir:DIR "
		    "would be right", name);
	if (rc == 0)
		*store_out = s;
	else
		mail_store_close(&s);
	return rc;
}

void
mail_store_close(struct mail_store **store)
{
	struct mail_store *s = *store;
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		free(s->names[i]);
	free(s->names);
	free(s->line);
	if (s->f != NULL)
		fclose(s->f);
	free(s);
	*store = NULL;
}

int
mail_store_next(struct mail_store *s, struct blob **blob_out,
    struct err *err)
{
	*blob_out = NULL;
	return s->f != NULL ? next_mbox(s, blob_out, err) :
	    next_maildir(s, blob_out, err);
}

int64_t
mail_store_at(const struct mail_store *s)
{
	return s->at;
}

int64_t
mail_store_all(const struct mail_store *s)
{
	return s->all;
}

const char *
mail_store_place(const struct mail_store *s)
{
	return s->place;
}
