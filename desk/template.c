#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/paths.h"
#include "base/text.h"
#include "desk/template.h"

#define FILE_MAX	((size_t)256 * 1024)	/* bytes of one template */
#define FALLBACK	"en_US"
#define KEPT_MAX	256			/* templates on a shelf */
#define MEMORY_MAX	((size_t)8 * 1024 * 1024)	/* bytes of theirs */
#define NAMES_MAX	((size_t)1024 * 1024)
#define FRESH_MS	2000			/* a kept file is believed */

/* Templates that were read, for one rendering or, from a cache, for many.
 * What is half full is not begun with again, so that one rendering has the
 * other half. */
struct shelf {
	int		 readers;	/* renderings that use it */
	struct arena	*arena;		/* of names */
	size_t		 bytes;
	struct kept {
		const char	*area, *name;
		struct slice	 indent;
		bool		 own;		/* looked for there too */
		bool		 found_own;
		struct mustache	*m;		/* NULL: none, or a fault */
		const char	*fault;		/* NULL: none */
	}		 kept[KEPT_MAX];
	size_t		 nkept;
};

struct template_cache {
	pthread_mutex_t	 lock;		/* of all in it */
	struct shelf	*shelf;		/* NULL: none yet */
	int64_t		 until_ms;	/* then another is begun */
};

/* One rendering: where it may look, and what it has read. */
struct look {
	const struct template_folders	*folders;
	const char			*area;		/* mail, web */
	bool				 own;		/* there too */
	bool				 used_own;
	struct shelf			*shelf;
};

/* ---- shelves ---- */

static struct shelf *
shelf_new(void)
{
	struct shelf *shelf = calloc(1, sizeof *shelf);

	if (shelf == NULL)
		return NULL;
	shelf->arena = arena_new(NAMES_MAX);
	if (shelf->arena == NULL) {
		free(shelf);
		return NULL;
	}
	shelf->readers = 1;
	return shelf;
}

static void
shelf_drop(struct shelf *shelf)
{
	if (shelf == NULL || --shelf->readers > 0)
		return;
	for (size_t i = 0; i < shelf->nkept; i++)
		mustache_free(&shelf->kept[i].m);
	arena_free(&shelf->arena);
	free(shelf);
}

static void
lock(struct template_cache *cache)
{
	if (cache != NULL)
		pthread_mutex_lock(&cache->lock);
}

static void
unlock(struct template_cache *cache)
{
	if (cache != NULL)
		pthread_mutex_unlock(&cache->lock);
}

static bool
is_half_full(const struct shelf *shelf)
{
	return shelf->nkept > KEPT_MAX / 2 || shelf->bytes > MEMORY_MAX / 2;
}

/* The shelf for a rendering; one that is old or half full is given up by the
 * cache and goes with its last reader. */
static struct shelf *
shelf_take(struct template_cache *cache)
{
	struct shelf *shelf;

	if (cache == NULL)
		return shelf_new();
	lock(cache);
	if (cache->shelf == NULL || clock_mono_ms() >= cache->until_ms ||
	    is_half_full(cache->shelf)) {
		shelf_drop(cache->shelf);
		cache->shelf = shelf_new();
		cache->until_ms = clock_mono_ms() + FRESH_MS;
	}
	shelf = cache->shelf;
	if (shelf != NULL)
		shelf->readers++;
	unlock(cache);
	return shelf;
}

static void
shelf_give(struct template_cache *cache, struct shelf *shelf)
{
	lock(cache);
	shelf_drop(shelf);
	unlock(cache);
}

struct template_cache *
template_cache_new(void)
{
	struct template_cache *cache = calloc(1, sizeof *cache);

	if (cache != NULL)
		pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

void
template_cache_free(struct template_cache **cache)
{
	if (*cache == NULL)
		return;
	shelf_drop((*cache)->shelf);
	pthread_mutex_destroy(&(*cache)->lock);
	free(*cache);
	*cache = NULL;
}

/* ---- files ---- */

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
read_file(const char *path, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = -1;
	char piece[16384];
	ssize_t n;

	if (fd == -1)
		return errno == ENOENT || errno == ENOTDIR ? 0 :
		    err_set(err, ERR_INPUT, "%s", strerror(errno));
	while ((n = read(fd, piece, sizeof piece)) > 0)
		buf_add(out, piece, (size_t)n);
	if (n == -1)
		err_set(err, ERR_INPUT, "%s", strerror(errno));
	else if (out->failed)
		err_set(err, ERR_INPUT, "longer than %zu bytes", FILE_MAX);
	else
		ret = 1;
	close(fd);
	return ret;
}

static int
read_from(struct look *look, const char *folder, const char *locale,
    const char *name, struct buf *out, struct err *err)
{
	char path[PATHS_MAX];
	int n = snprintf(path, sizeof path, "%s/%s/%s/%s.mustache", folder,
	    look->area, locale, name);

	if (n >= (int)sizeof path)
		return 0;
	return read_file(path, out, err);
}

/* The text of that name: theirs, shipped, shipped in en_US. 1/0/-1 */
static int
read_name(struct look *look, const char *name, struct buf *out,
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

static struct kept *
find_kept(const struct look *look, const char *name, struct slice indent)
{
	struct shelf *shelf = look->shelf;
	size_t i;

	for (i = 0; i < shelf->nkept; i++)
		if (shelf->kept[i].own == look->own &&
		    strcmp(shelf->kept[i].name, name) == 0 &&
		    strcmp(shelf->kept[i].area, look->area) == 0 &&
		    slice_eq(shelf->kept[i].indent, indent))
			return &shelf->kept[i];
	return NULL;
}

/* Read, and made ready to be rendered: 1; 0 there is none, -1 it cannot be
 * read. What is wrong with it is kept too. */
static int
read_kept(struct look *look, const char *name, struct kept *kept_out,
    struct err *err)
{
	struct buf text = BUF_INIT(FILE_MAX);
	bool before = look->used_own;
	struct err fault = { 0 };
	int rc;

	look->used_own = false;
	rc = read_name(look, name, &text, err);
	kept_out->found_own = look->used_own;
	look->used_own |= before;
	if (rc == 1) {
		kept_out->m = mustache_new(buf_slice(&text), SLICE_LIT(""),
		    &fault);
		if (kept_out->m == NULL)
			kept_out->fault = arena_strdup(look->shelf->arena,
			    fault.msg);
	}
	buf_free(&text);
	return rc;
}

static int
keep(struct shelf *shelf, struct kept *kept, const char *area,
    const char *name, struct slice indent, struct err *err)
{
	kept->area = arena_strdup(shelf->arena, area);
	kept->name = arena_strdup(shelf->arena, name);
	kept->indent = arena_slice(shelf->arena, indent);
	shelf->bytes += kept->m == NULL ? 0 : mustache_bytes(kept->m);
	if (arena_failed(shelf->arena) || shelf->nkept == KEPT_MAX ||
	    shelf->bytes > MEMORY_MAX) {
		mustache_free(&kept->m);
		return err_set(err, ERR_INPUT, "%s: too many templates", name);
	}
	shelf->kept[shelf->nkept++] = *kept;
	return 0;
}

/* The template of that name from the shelf, or read and put there. 1/0/-1 */
static int
get_plain(struct look *look, const char *name, struct kept **kept_out,
    struct err *err)
{
	struct kept *kept = find_kept(look, name, SLICE_LIT(""));
	struct kept one = { .own = look->own };

	if (kept == NULL) {
		if (read_kept(look, name, &one, err) == -1 ||
		    keep(look->shelf, &one, look->area, name, SLICE_LIT(""),
		    err) == -1)
			return -1;
		kept = &look->shelf->kept[look->shelf->nkept - 1];
	}
	look->used_own |= kept->found_own;
	*kept_out = kept;
	return kept->m != NULL || kept->fault != NULL;
}

static int
get_indented(struct look *look, const char *name, struct slice indent,
    struct kept **kept_out, struct err *err)
{
	struct kept *kept = find_kept(look, name, indent), one;
	int rc = kept != NULL ? 1 : get_plain(look, name, &kept, err);

	if (rc == 1 && kept->fault == NULL && kept->indent.len == 0) {
		one = *kept;
		one.m = mustache_new(mustache_text(kept->m), indent, err);
		if (one.m == NULL || keep(look->shelf, &one, look->area, name,
		    indent, err) == -1)
			return -1;
		kept = &look->shelf->kept[look->shelf->nkept - 1];
	}
	if (rc == 1)
		look->used_own |= kept->found_own;
	*kept_out = kept;
	return rc;
}

/* The same, locked, and a fault told. */
static int
get_name(struct look *look, const char *name, struct slice indent,
    const struct mustache **out, struct err *err)
{
	struct kept *kept = NULL;
	int rc;

	lock(look->folders->cache);
	rc = indent.len == 0 ? get_plain(look, name, &kept, err) :
	    get_indented(look, name, indent, &kept, err);
	if (rc == 1 && kept->fault != NULL)
		rc = err_set(err, ERR_INPUT, "%s", kept->fault);
	if (rc == 1)
		*out = kept->m;
	unlock(look->folders->cache);
	return rc;
}

static int
find_partial(const char *name, struct slice indent,
    const struct mustache **found_out, void *arg, struct err *err)
{
	return get_name(arg, name, indent, found_out, err);
}

static int
render(struct look *look, const char *name, enum mustache_kind kind,
    json_t *context, struct buf *out, struct err *err)
{
	struct template_cache *cache = look->folders->cache;
	const struct mustache *m = NULL;
	size_t before = out->len;
	int rc;

	look->shelf = shelf_take(cache);
	if (look->shelf == NULL)
		return err_set(err, ERR_RETRY, "templates: out of memory");
	rc = get_name(look, name, SLICE_LIT(""), &m, err);
	if (rc == 0)
		rc = err_set(err, ERR_INPUT, "there is no template %s", name);
	else if (rc == 1)
		rc = mustache_run(m, kind, context, find_partial, look, out,
		    err);
	if (rc == -1 && !out->failed)
		out->len = before;
	shelf_give(cache, look->shelf);
	return rc == -1 ? -1 : 0;
}

struct template_folders
template_folders_of(const struct settings *settings, char own[PATHS_MAX],
    char shipped[PATHS_MAX])
{
	int n = snprintf(own, PATHS_MAX, "%s/templates", settings->directory);
	bool usable = settings->directory[0] != '\0' && n < PATHS_MAX;

	return (struct template_folders){ .own = usable ? own : NULL,
	    .shipped = paths_templates(shipped),
	    .locale = settings->locale };
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
