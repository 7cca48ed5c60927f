#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "templates/mustache.h"
#include "templates/mustache_program.h"

#define DEPTH_MAX	64			/* sections in one another */
#define INDENTED_MAX	((size_t)1024 * 1024)	/* bytes, with indentation */

/* A program being made. */
struct making {
	struct mustache		*m;
	size_t			 cap;
	struct mustache_scan	 scan;
	size_t			 counted;	/* bytes whose lines are */
	uint32_t		 line;
	uint32_t		 open[DEPTH_MAX];	/* sections */
	size_t			 nopen;
};

void
mustache_free(struct mustache **m)
{
	if (*m == NULL)
		return;
	free((*m)->text);
	free((*m)->steps);
	free(*m);
	*m = NULL;
}

size_t
mustache_bytes(const struct mustache *m)
{
	return sizeof *m + m->len + m->nsteps * sizeof m->steps[0];
}

struct slice
mustache_text(const struct mustache *m)
{
	return (struct slice){ m->text, m->len };
}

/* The text, each of its lines with the indentation in front, and a NUL. */
static int
copy_text(struct mustache *m, struct slice text, struct slice indent,
    struct err *err)
{
	struct buf b = BUF_INIT(indent.len > 0 ? INDENTED_MAX : UINT32_MAX);

	while (text.len > 0) {
		const char *nl = indent.len == 0 ? NULL :
		    memchr(text.p, '\n', text.len);
		size_t n = nl == NULL ? text.len :
		    (size_t)(nl - text.p) + 1;

		buf_addslice(&b, indent);
		buf_add(&b, text.p, n);
		text.p += n;
		text.len -= n;
	}
	buf_addc(&b, '\0');
	m->text = b.p;
	m->len = b.len - 1;
	return b.failed ? err_set(err, ERR_INPUT, "too long") : 0;
}

static bool
has_room(struct making *k)
{
	size_t cap = k->cap == 0 ? 16 : 2 * k->cap;
	struct mustache_step *steps;

	if (k->m->nsteps < k->cap)
		return true;
	steps = realloc(k->m->steps, cap * sizeof *steps);
	if (steps == NULL)
		return false;
	k->m->steps = steps;
	k->cap = cap;
	return true;
}

static uint32_t
offset(const struct making *k, struct slice s)
{
	return s.len == 0 ? 0 : (uint32_t)(s.p - k->m->text);
}

static uint32_t
line_of(struct making *k, size_t at)
{
	const char *p = k->m->text + k->counted, *end = k->m->text + at;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		k->line++;
		p++;
	}
	k->counted = at;
	return k->line;
}

static struct slice
name_of(const struct making *k, uint32_t step)
{
	const struct mustache_step *s = &k->m->steps[step];

	return (struct slice){ k->m->text + s->name, s->name_len };
}

static int
begin_section(struct making *k, const struct mustache_tag *tag,
    struct err *err)
{
	if (k->nopen == DEPTH_MAX)
		return mustache_fault(&k->scan, tag->start, err,
		    "more than %d sections in one another", DEPTH_MAX);
	k->open[k->nopen++] = (uint32_t)k->m->nsteps;
	return 0;
}

static int
end_section(struct making *k, const struct mustache_tag *tag,
    struct err *err)
{
	uint32_t open;

	if (k->nopen == 0)
		return mustache_fault(&k->scan, tag->start, err,
		    "the end of a section that is not open");
	open = k->open[--k->nopen];
	if (!slice_eq(tag->name, name_of(k, open)))
		return mustache_name_fault(&k->scan, tag->start, tag->name,
		    "ends a section that is not the open one", err);
	k->m->steps[open].next = (uint32_t)k->m->nsteps + 1;
	return 0;
}

static int
add_step(struct making *k, const struct mustache_tag *tag, struct err *err)
{
	const char *dot = tag->name.len == 0 ? NULL :
	    memchr(tag->name.p, '.', tag->name.len);
	int rc = 0;

	if (!has_room(k))
		return err_set(err, ERR_INPUT, "out of memory");
	k->m->steps[k->m->nsteps] = (struct mustache_step){
		.literal = offset(k, tag->literal),
		.literal_len = (uint32_t)tag->literal.len,
		.name = offset(k, tag->name),
		.name_len = (uint32_t)tag->name.len,
		.first_len = (uint32_t)(dot == NULL ? tag->name.len :
		    (size_t)(dot - tag->name.p)),
		.indent = offset(k, tag->indent),
		.indent_len = (uint32_t)tag->indent.len,
		.line = line_of(k, tag->start),
		.kind = (uint32_t)tag->kind,
	};
	if (tag->kind == TAG_SECTION || tag->kind == TAG_INVERTED)
		rc = begin_section(k, tag, err);
	else if (tag->kind == TAG_END)
		rc = end_section(k, tag, err);
	k->m->nsteps++;
	return rc;
}

/* What stands behind the last tag. */
static int
add_last(struct making *k, struct mustache_tag *tag, struct err *err)
{
	struct mustache_step *step;

	if (k->nopen > 0) {
		step = &k->m->steps[k->open[k->nopen - 1]];
		return mustache_name_fault(&k->scan, step->name,
		    name_of(k, k->open[k->nopen - 1]),
		    "a section that does not end", err);
	}
	tag->kind = TAG_COMMENT;
	if (add_step(k, tag, err) == -1)
		return -1;
	k->m->steps[k->m->nsteps - 1].kind = TAG_END;
	return 0;
}

static int
add_all(struct making *k, struct err *err)
{
	struct mustache_tag tag;
	int rc;

	mustache_scan_start(&k->scan, mustache_text(k->m));
	do {
		rc = mustache_scan_next(&k->scan, k->m->len, &tag, err);
		if (rc == 1 && add_step(k, &tag, err) == -1)
			return -1;
	} while (rc == 1);
	return rc == -1 ? -1 : add_last(k, &tag, err);
}

struct mustache *
mustache_new(struct slice text, struct slice indent, struct err *err)
{
	struct making k = { .m = calloc(1, sizeof *k.m), .line = 1 };

	if (k.m == NULL) {
		err_set(err, ERR_INPUT, "out of memory");
		return NULL;
	}
	if (copy_text(k.m, text, indent, err) == -1 ||
	    add_all(&k, err) == -1)
		mustache_free(&k.m);
	assert(k.m == NULL || k.nopen == 0);
	return k.m;
}
