#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/paths.h"
#include "base/text.h"
#include "desk/template.h"

#define FILE_MAX	((size_t)256 * 1024)	/* bytes of one template */
#define FILES_MEMORY	((size_t)4 * 1024 * 1024)
#define FALLBACK	"en_US"
#define NAMES_KEPT	64			/* partials of one rendering */

/* One rendering: where it may look, and what it has read. */
struct look {
	const struct template_folders	*folders;
	const char			*area;		/* mail, web */
	bool				 own;		/* there too */
	bool				 used_own;
	struct arena			*arena;		/* the files read */
	struct kept {
		const char	*name;
		struct slice	 text;
		bool		 there;
	}				 kept[NAMES_KEPT];
	size_t				 nkept;
};

static bool
name_ok(const char *name)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++)
		if (!text_is_alnum(name[i]) && name[i] != '-' &&
		    name[i] != '_' && (name[i] != '.' || i == 0 ||
		    name[i - 1] == '.'))
			return false;
	return i > 0 && i < 100;
}

/* A whole file: 1, 0 there is none, -1 it cannot be read. */
static int
read_file(struct arena *arena, const char *path, struct slice *out,
    struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = -1;
	struct buf b = BUF_INIT(FILE_MAX);
	char piece[16384];
	ssize_t n;

	if (fd == -1)
		return errno == ENOENT || errno == ENOTDIR ? 0 :
		    err_set(err, ERR_INPUT, "%s", strerror(errno));
	while ((n = read(fd, piece, sizeof piece)) > 0)
		buf_add(&b, piece, (size_t)n);
	if (n == -1)
		err_set(err, ERR_INPUT, "%s", strerror(errno));
	else if (b.failed)
		err_set(err, ERR_INPUT, "longer than %zu bytes", FILE_MAX);
	else {
		*out = arena_slice(arena, buf_slice(&b));
		ret = b.len > 0 && out->p == NULL ? err_set(err, ERR_INPUT,
		    "out of memory") : 1;
	}
	close(fd);
	buf_free(&b);
	return ret;
}

static int
read_from(struct look *look, const char *folder, const char *locale,
    const char *name, struct slice *out, struct err *err)
{
	char path[PATHS_MAX];
	int n = snprintf(path, sizeof path, "%s/%s/%s/%s.mustache", folder,
	    look->area, locale, name);

	if (n >= (int)sizeof path)
		return 0;
	return read_file(look->arena, path, out, err);
}

/* The text of that name: theirs, shipped, shipped in en_US. 1/0/-1 */
static int
read_name(struct look *look, const char *name, struct slice *out,
    struct err *err)
{
	const struct template_folders *f = look->folders;
	int rc = 0;

	if (!name_ok(name) || !name_ok(f->locale))
		return 0;
	if (look->own && f->own != NULL) {
		rc = read_from(look, f->own, f->locale, name, out, err);
		if (rc != 0)
			look->used_own = true;
		if (rc == -1)
			return err_prefix(err, "%s", name);
	}
	if (rc == 0)
		rc = read_from(look, f->shipped, f->locale, name, out, err);
	if (rc == 0)
		rc = read_from(look, f->shipped, FALLBACK, name, out, err);
	return rc;
}

/* A partial is read once, however often a page has it. */
static int
find_partial(const char *name, struct slice *text_out, void *arg)
{
	struct look *look = arg;
	struct kept one = { 0 };
	size_t i;

	for (i = 0; i < look->nkept; i++)
		if (strcmp(look->kept[i].name, name) == 0) {
			*text_out = look->kept[i].text;
			return look->kept[i].there;
		}
	one.there = read_name(look, name, &one.text, NULL) == 1;
	one.name = arena_strdup(look->arena, name);
	if (one.name != NULL && look->nkept < NAMES_KEPT)
		look->kept[look->nkept++] = one;
	*text_out = one.text;
	return one.there;
}

static int
render(struct look *look, const char *name, enum mustache_kind kind,
    json_t *context, struct buf *out, struct err *err)
{
	struct slice text;
	size_t before = out->len;
	int rc;

	look->arena = arena_new(FILES_MEMORY);
	if (look->arena == NULL)
		return err_set(err, ERR_RETRY, "templates: out of memory");
	rc = read_name(look, name, &text, err);
	if (rc == 0)
		rc = err_set(err, ERR_INPUT, "there is no template %s", name);
	else if (rc == 1)
		rc = mustache_render(text, kind, context, find_partial, look,
		    out, err);
	if (rc == -1 && !out->failed)
		out->len = before;
	arena_free(&look->arena);
	return rc == -1 ? -1 : 0;
}

struct template_folders
template_folders_of(const struct settings *settings, char own[PATHS_MAX],
    char shipped[PATHS_MAX])
{
	int n = snprintf(own, PATHS_MAX, "%s/templates", settings->directory);
	bool usable = settings->directory[0] != '\0' && n < PATHS_MAX;

	return (struct template_folders){ usable ? own : NULL,
	    paths_templates(shipped), settings->locale };
}

int
template_render(const struct template_folders *folders, const char *area,
    const char *name, enum mustache_kind kind, json_t *context,
    struct buf *out, struct err *err)
{
	struct look own = { .folders = folders, .area = area, .own = true };
	struct look shipped = { .folders = folders, .area = area };
	struct err first = { 0 };

	if (folders->own != NULL && render(&own, name, kind, context, out,
	    &first) == 0)
		return 0;
	if (out->failed)
		return err_set(err, ERR_INPUT, "the text is too long");
	if (render(&shipped, name, kind, context, out, err) == 0)
		return 0;
	if (!out->failed && err != NULL)
		err->code = ERR_FATAL;	/* ours: nothing is lost for it */
	return -1;
}

int
template_try(const struct template_folders *folders, const char *area,
    const char *name, enum mustache_kind kind, json_t *context,
    struct buf *out, struct err *err)
{
	struct look own = { .folders = folders, .area = area, .own = true };
	int rc = render(&own, name, kind, context, out, err);

	if (!own.used_own)
		return 0;
	return rc == -1 ? -1 : 1;
}
