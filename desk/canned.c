#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/text.h"
#include "base/utf8.h"
#include "desk/canned.h"
#include "templates/mustache.h"

#define NAME_MAX_BYTES	64
#define NAMES_MAX	200		/* of a list */

/* Letters, digits, - and _: it becomes a file name. */
static bool
is_name(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return s.len > 0 && s.len <= NAME_MAX_BYTES;
}

/* ---- the folder ---- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in order; 0 when there is no such folder. */
static size_t
list(const char *folder, struct arena *arena, const char **v)
{
	DIR *dir = folder[0] == '\0' ? NULL : opendir(folder);
	struct dirent *entry;
	size_t n = 0, len;

	while (dir != NULL && n < NAMES_MAX &&
	    (entry = readdir(dir)) != NULL) {
		len = strlen(entry->d_name);
		if (len <= 4 || strcmp(entry->d_name + len - 4, ".txt") != 0 ||
		    !is_name((struct slice){ entry->d_name, len - 4 }))
			continue;
		v[n] = arena_strndup(arena, entry->d_name, len - 4);
		if (v[n] != NULL)
			n++;
	}
	if (dir != NULL)
		closedir(dir);
	qsort(v, n, sizeof *v, by_name);
	return n;
}

const char *
canned_names(const struct settings *settings, struct arena *arena)
{
	const char *v[NAMES_MAX], *names = "";
	size_t n = list(settings->canned_dir, arena, v), i;

	for (i = 0; i < n && names != NULL; i++)
		names = arena_printf(arena, "%s%s%s", names, i == 0 ? "" :
		    ", ", v[i]);
	return names == NULL ? "" : names;
}

/* ---- one answer ---- */

static int
read_fd(int fd, struct arena *arena, const char *path,
    struct slice *text_out, struct err *err)
{
	char *p = arena_alloc(arena, CANNED_MAX + 1);
	size_t at = 0;
	ssize_t n = 1;

	while (p != NULL && at <= CANNED_MAX && n != 0) {
		n = read(fd, p + at, CANNED_MAX + 1 - at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(err, ERR_INPUT, "%s: %s", path,
			    strerror(errno));
		at += (size_t)n;
	}
	if (p == NULL)
		return err_set(err, ERR_FATAL, "canned: out of memory");
	if (at > CANNED_MAX)
		return err_set(err, ERR_INPUT, "%s: more than 64 KiB", path);
	if (!utf8_valid(p, at))
		return err_set(err, ERR_INPUT, "%s: not UTF-8", path);
	*text_out = (struct slice){ p, at };
	return 0;
}

/* ERR_INPUT when there is none of that name. */
static int
read_answer(const struct settings *settings, struct arena *arena,
    const char *name, struct slice *text_out, struct err *err)
{
	const char *path, *names;
	int fd = -1, ret;

	path = arena_printf(arena, "%s/%s.txt", settings->canned_dir, name);
	if (path == NULL)
		return err_set(err, ERR_FATAL, "canned: out of memory");
	if (settings->canned_dir[0] != '\0' && is_name(slice_of(name)))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1) {
		names = canned_names(settings, arena);
		return err_set(err, ERR_INPUT, "there is no stored answer of "
		    "that name%s%s", *names == '\0' ? "" : "; there are: ",
		    names);
	}
	ret = read_fd(fd, arena, path, text_out, err);
	close(fd);
	return ret;
}

static json_t *
text(const char *s)
{
	return json_string(s == NULL ? "" : s);
}

static json_t *
context_of(const struct settings *s, const struct ticket *t,
    const struct person *requester, const struct person *staff)
{
	const struct settings_category *c = settings_category(s, t->category);

	return json_pack("{s:{s:o,s:o,s:o},s:{s:I,s:o,s:o,s:o,s:o},s:{s:o},"
	    "s:{s:o,s:o}}", "desk", "name", text(s->name), "address",
	    text(s->address), "url", text(s->url), "ticket", "number",
	    (json_int_t)t->number, "subject", text(t->subject), "location",
	    text(t->location), "category", text(c == NULL ? t->category :
	    c->title), "status", text(ticket_status_name(t->status)),
	    "requester", "name", text(requester->name), "staff", "name",
	    text(staff->name), "address", text(staff->address));
}

static int
render(struct slice from, json_t *context, struct arena *arena,
    const char *name, const char **text_out, struct err *err)
{
	struct buf out = BUF_INIT(CANNED_MAX);
	struct slice s;
	int ret = context == NULL ? err_set(err, ERR_FATAL,
	    "canned: out of memory") : mustache_render(from, MUSTACHE_TEXT,
	    context, NULL, NULL, &out, err);

	if (ret == 0) {
		s = text_trim(buf_slice(&out));
		*text_out = arena_strndup(arena, s.len == 0 ? "" : s.p, s.len);
	} else
		err_prefix(err, "the stored answer %s", name);
	buf_free(&out);
	json_decref(context);
	return ret;
}

int
canned_text(struct desk *desk, const struct actor *actor,
    const struct ticket *ticket, const char *name, const char **text_out,
    struct err *err)
{
	struct person requester = { .name = "", .address = "" };
	struct person staff = { .name = "", .address = "" };
	struct slice from;

	if (read_answer(desk->settings, desk->arena, name, &from, err) == -1)
		return -1;
	if ((ticket->requester != 0 && person_get(desk->db, ticket->requester,
	    desk->arena, &requester, err) == -1) || (actor->person != 0 &&
	    person_get(desk->db, actor->person, desk->arena, &staff,
	    err) == -1))
		return -1;
	return render(from, context_of(desk->settings, ticket, &requester,
	    &staff), desk->arena, name, text_out, err);
}

int
canned_check(const struct settings *settings,
    void (*fn)(const char *name, const char *fault, void *arg), void *arg,
    struct err *err)
{
	struct ticket ticket = { .number = 1042, .subject = "No light",
	    .location = "B301", .category = settings->categories[0].name };
	struct person person = { .name = "Jana Novak",
	    .address = "jana@campus.example" };
	struct arena *arena = arena_new(NAMES_MAX * (size_t)2 * CANNED_MAX);
	const char *v[NAMES_MAX], *out;
	struct slice from;
	struct err why;
	size_t n, i;
	int bad = 0;

	if (arena == NULL)
		return err_set(err, ERR_FATAL, "canned: out of memory");
	n = list(settings->canned_dir, arena, v);
	for (i = 0; i < n; i++) {
		why = (struct err){ ERR_NONE, "" };
		if (read_answer(settings, arena, v[i], &from, &why) == 0 &&
		    render(from, context_of(settings, &ticket, &person,
		    &person), arena, v[i], &out, &why) == 0)
			continue;
		fn(v[i], why.msg, arg);
		bad = 1;
	}
	arena_free(&arena);
	return bad;
}
