#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/utf8.h"
#include "templates/mustache.h"
#include "templates/mustache_program.h"

#define DEPTH_MAX	64
#define DEPTH_TEXT	"64"
#define WORK_MAX	((size_t)256 * 1024 * 1024)	/* bytes read */
#define STEP_WORK	64		/* bytes that a step counts for */
#define PARTIALS_MAX	((size_t)8 * 1024 * 1024)	/* bytes of memory */
#define PARTIAL_NAME	128		/* bytes, with the NUL */
#define NKNOWN		64

struct render {
	enum mustache_kind	 kind;
	mustache_find_fn	*find;
	void			*arg;
	struct buf		*out;
	size_t			 work;
	json_t			*stack[DEPTH_MAX + 2];	/* contexts, innermost
							 * last */
	int			 nstack, depth;
	bool			 told;	/* which partial a fault is in */
	struct known {			/* partials asked for before */
		const struct mustache_step	*step;
		const struct mustache		*found;	/* NULL: none */
	}			 known[NKNOWN];
};

/* ---- values ---- */

/* first.second.third: first in the nearest context that has it, the others
 * only inside what was found. NULL: there is none. */
static json_t *
lookup(const struct render *r, const struct mustache *m,
    const struct mustache_step *step)
{
	const char *name = m->text + step->name, *end = name + step->name_len;
	size_t n = step->first_len;
	json_t *v = NULL;
	int i = r->nstack;

	if (step->name_len == 1 && *name == '.')
		return r->stack[r->nstack - 1];
	while (v == NULL && i > 0)
		v = json_object_getn(r->stack[--i], name, n);
	while (v != NULL && name + n < end) {
		const char *dot;

		name += n + 1;
		dot = memchr(name, '.', (size_t)(end - name));
		n = (size_t)((dot == NULL ? end : dot) - name);
		v = json_object_getn(v, name, n);
	}
	return v;
}

static bool
is_false(const json_t *v)
{
	return v == NULL || json_is_null(v) || json_is_false(v) ||
	    (json_is_array(v) && json_array_size(v) == 0) ||
	    (json_is_string(v) && json_string_length(v) == 0);
}

static const char *
html_escape(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static bool
is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 ||
	    c == 0x2029;
}

/* Overrides, embeddings and isolates: they turn what comes after them. */
static bool
reorders(uint32_t c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* One character of a value; p, n: its bytes. */
static void
put_char(struct render *r, uint32_t c, const char *p, size_t n, bool raw)
{
	const char *escaped = NULL;
	bool header = r->kind == MUSTACHE_HEADER;

	if (header && (c == '\t' || c == '\n' || c == 0x85 || c == 0x2028 ||
	    c == 0x2029)) {
		buf_addc(r->out, ' ');
		return;
	}
	if (is_control(c) && (header || (c != '\t' && c != '\n')))
		return;
	if (header ? utf8_is_bidi(c) : reorders(c))
		return;
	if (r->kind == MUSTACHE_HTML && !raw)
		escaped = html_escape(c);
	if (escaped != NULL)
		buf_adds(r->out, escaped);
	else
		buf_add(r->out, p, n);
}

/* Is it always written as it is? */
static bool
is_plain(const struct render *r, unsigned char c, bool raw)
{
	return c >= 0x20 && c < 0x7f && (r->kind != MUSTACHE_HTML || raw ||
	    (c != '&' && c != '<' && c != '>' && c != '"' && c != '\''));
}

static void
put_text(struct render *r, const char *p, size_t len, bool raw)
{
	size_t n = 0;
	uint32_t c;

	while (n < len) {
		if (is_plain(r, (unsigned char)p[n], raw)) {
			n++;
			continue;
		}
		buf_add(r->out, p, n);
		p += n;
		len -= n;
		n = utf8_decode(p, len, &c);
		if (n == 0)
			n = 1;		/* not a character: dropped */
		else
			put_char(r, c, p, n, raw);
		p += n;
		len -= n;
		n = 0;
	}
	buf_add(r->out, p, n);
}

static void
put_number(struct render *r, const json_t *v)
{
	char *number;

	if (json_is_integer(v)) {
		buf_addi(r->out, json_integer_value(v));
		return;
	}
	number = json_text(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	if (number == NULL)
		r->out->failed = true;
	else
		buf_adds(r->out, number);
	free(number);
}

static void
put_value(struct render *r, const json_t *v, bool raw)
{
	if (json_is_string(v))
		put_text(r, json_string_value(v), json_string_length(v), raw);
	else if (json_is_boolean(v))
		buf_adds(r->out, json_is_true(v) ? "true" : "false");
	else if (json_is_number(v))
		put_number(r, v);
}

/* What stands in the template itself. */
static void
put_literal(struct render *r, struct slice s)
{
	size_t i;

	if (r->kind != MUSTACHE_HEADER) {
		buf_addslice(r->out, s);
		return;
	}
	for (i = 0; i < s.len; i++)
		if (s.p[i] != '\r')
			buf_addc(r->out, s.p[i] == '\n' || s.p[i] == '\t' ?
			    ' ' : s.p[i]);
}

/* ---- steps ---- */

static int	run(struct render *r, const struct mustache *m, size_t at,
		    struct err *err);

static int
fault(const struct mustache_step *step, struct err *err, const char *what)
{
	return err_set(err, ERR_INPUT, "line %u: %s", (unsigned)step->line,
	    what);
}

static int
run_with(struct render *r, json_t *context, const struct mustache *m,
    size_t at, struct err *err)
{
	int rc;

	r->stack[r->nstack++] = context;
	rc = run(r, m, at, err);
	r->nstack--;
	return rc;
}

static int
count_work(struct render *r, const struct mustache_step *step,
    struct err *err)
{
	r->work += step->literal_len + step->name_len + STEP_WORK;
	if (r->work > WORK_MAX)
		return fault(step, err, "too much to do");
	if (r->out->failed)
		return fault(step, err, "too long a result");
	return 0;
}

static int
go_deeper(struct render *r, const struct mustache_step *step,
    struct err *err)
{
	if (r->depth == DEPTH_MAX)
		return fault(step, err, "more than " DEPTH_TEXT " levels");
	r->depth++;
	return 0;
}

static int
do_section(struct render *r, const struct mustache *m, size_t at,
    struct err *err)
{
	const struct mustache_step *step = &m->steps[at];
	json_t *v = lookup(r, m, step);
	size_t i;
	int rc = 0;

	if ((step->kind == TAG_INVERTED) != is_false(v))
		return 0;
	if (go_deeper(r, step, err) == -1)
		return -1;
	if (step->kind == TAG_INVERTED)
		rc = run(r, m, at + 1, err);
	else if (!json_is_array(v))
		rc = run_with(r, v, m, at + 1, err);
	else
		for (i = 0; rc == 0 && i < json_array_size(v); i++)
			rc = run_with(r, json_array_get(v, i), m, at + 1,
			    err);
	r->depth--;
	return rc;
}

static int
find_partial(struct render *r, const struct mustache *m,
    const struct mustache_step *step, const char *name,
    const struct mustache **found_out, struct err *err)
{
	struct slice indent = { m->text + step->indent, step->indent_len };
	struct known *known = &r->known[(uintptr_t)step / sizeof *step %
	    NKNOWN];
	const struct mustache *found = NULL;

	if (known->step != step) {
		if (r->find(name, indent, &found, r->arg, err) == -1)
			return -1;
		*known = (struct known){ step, found };
	}
	*found_out = known->found;
	return 0;
}

static int
do_partial(struct render *r, const struct mustache *m,
    const struct mustache_step *step, struct err *err)
{
	const struct mustache *found = NULL;
	char name[PARTIAL_NAME];
	int rc;

	if (r->find == NULL || step->name_len >= sizeof name)
		return 0;
	memcpy(name, m->text + step->name, step->name_len);
	name[step->name_len] = '\0';
	rc = find_partial(r, m, step, name, &found, err);
	if (rc == 0 && found == NULL)
		return 0;
	if (rc == 0 && go_deeper(r, step, err) == -1)
		return -1;
	if (rc == 0) {
		rc = run(r, found, 0, err);
		r->depth--;
	}
	if (rc == -1 && !r->told)
		err_prefix(err, "partial %s", name);
	r->told = rc == -1;
	return rc;
}

/* From that step to the end of the section, or text, that it is in. */
static int
run(struct render *r, const struct mustache *m, size_t at, struct err *err)
{
	const struct mustache_step *step;
	int rc = 0;

	for (; rc == 0; at++) {
		step = &m->steps[at];
		put_literal(r, (struct slice){ m->text + step->literal,
		    step->literal_len });
		if (count_work(r, step, err) == -1)
			return -1;
		switch ((enum mustache_tag_kind)step->kind) {
		case TAG_END:
			return 0;
		case TAG_VALUE:
		case TAG_RAW:
			put_value(r, lookup(r, m, step),
			    step->kind == TAG_RAW);
			break;
		case TAG_SECTION:
		case TAG_INVERTED:
			rc = do_section(r, m, at, err);
			at = step->next - 1;
			break;
		case TAG_PARTIAL:
			rc = do_partial(r, m, step, err);
			break;
		case TAG_COMMENT:
		case TAG_DELIMITERS:
			break;
		}
	}
	return rc;
}

int
mustache_run(const struct mustache *m, enum mustache_kind kind,
    json_t *context, mustache_find_fn *find, void *arg, struct buf *out,
    struct err *err)
{
	struct render r = { .kind = kind, .find = find, .arg = arg,
	    .out = out, .stack = { context }, .nstack = 1 };
	size_t start = out->len;

	if (run(&r, m, 0, err) == -1)
		return -1;
	if (out->failed)
		return err_set(err, ERR_INPUT, "too long a result");
	while (kind == MUSTACHE_HEADER && out->len > start &&
	    out->p[out->len - 1] == ' ')
		out->len--;
	return 0;
}

/* ---- in one go ---- */

/* The partials of one rendering. */
struct partials {
	mustache_partial_fn	*partial;
	void			*arg;
	size_t			 bytes;
	struct made {
		struct made	*next;
		struct mustache	*m;		/* NULL: there is none */
		char		*name;		/* and the indentation */
		size_t		 name_len, indent_len;
	}			*made;
};

static struct made *
made_before(const struct partials *p, const char *name, struct slice indent)
{
	struct made *made = p->made;

	while (made != NULL && (strcmp(made->name, name) != 0 || !slice_eq(
	    (struct slice){ made->name + made->name_len, made->indent_len },
	    indent)))
		made = made->next;
	return made;
}

static struct made *
made_add(struct partials *p, const char *name, struct slice indent)
{
	struct made *made = calloc(1, sizeof *made);
	size_t len = strlen(name) + 1;

	if (made == NULL)
		return NULL;
	made->name = malloc(len + indent.len);
	if (made->name == NULL) {
		free(made);
		return NULL;
	}
	memcpy(made->name, name, len);
	memcpy(made->name + len, indent.p, indent.len);
	made->name_len = len;
	made->indent_len = indent.len;
	made->next = p->made;
	p->made = made;
	return made;
}

static int
make_partial(const char *name, struct slice indent,
    const struct mustache **found_out, void *arg, struct err *err)
{
	struct partials *p = arg;
	struct made *made = made_before(p, name, indent);
	struct slice text;

	if (made == NULL) {
		made = made_add(p, name, indent);
		if (made == NULL)
			return err_set(err, ERR_INPUT, "out of memory");
		if (p->partial(name, &text, p->arg) == 1) {
			made->m = mustache_new(text, indent, err);
			if (made->m == NULL)
				return -1;
			p->bytes += mustache_bytes(made->m);
		}
		p->bytes += sizeof *made + made->name_len + indent.len;
		if (p->bytes > PARTIALS_MAX)
			return err_set(err, ERR_INPUT, "too much to do");
	}
	*found_out = made->m;
	return made->m != NULL;
}

static void
partials_free(struct partials *p)
{
	struct made *made, *next;

	for (made = p->made; made != NULL; made = next) {
		next = made->next;
		mustache_free(&made->m);
		free(made->name);
		free(made);
	}
}

int
mustache_render(struct slice text, enum mustache_kind kind, json_t *context,
    mustache_partial_fn *partial, void *arg, struct buf *out, struct err *err)
{
	struct partials p = { .partial = partial, .arg = arg };
	struct mustache *m = mustache_new(text, SLICE_LIT(""), err);
	int rc;

	if (m == NULL)
		return -1;
	rc = mustache_run(m, kind, context, partial == NULL ? NULL :
	    make_partial, &p, out, err);
	partials_free(&p);
	mustache_free(&m);
	return rc;
}
