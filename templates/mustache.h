/* mustache - templates of the Mustache specification v1.4 over jansson values:
 * interpolation, sections, inverted, comments, partials, delimiters, dotted
 * names, implicit iterator, standalone lines and partial indentation.
 * No lambdas, no inheritance. False is what the specification says (false,
 * null, missing, an empty list), and the empty text.
 *
 * Escaping    by kind of output: HTML escapes & < > " '; TEXT escapes nothing
 *             but drops controls; HEADER makes one line, and drops all bidi
 *             controls where the others drop those that reorder foreign text.
 *             {{{x}}} and {{&x}} leave the HTML escaping out, nothing else
 * Bounded     64 levels of sections and partials, out->max bytes, and a fixed
 *             number of steps, so that nested loops end
 * Pure        partials come from the caller's function */
#ifndef TEMPLATES_MUSTACHE_H
#define TEMPLATES_MUSTACHE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

enum mustache_kind { MUSTACHE_TEXT, MUSTACHE_HTML, MUSTACHE_HEADER };

/* A template that was read once, for any number of renderings in any thread. */
struct mustache;

/* Each line with the indentation in front. NULL and ERR_INPUT: "line N: what
 * is wrong". */
struct mustache *mustache_new(struct slice text, struct slice indent,
	    struct err *err);
void	mustache_free(struct mustache **m);		/* NULL-safe */
size_t	mustache_bytes(const struct mustache *m);	/* of memory */
struct slice mustache_text(const struct mustache *m);	/* indented */

/* The partial of that name with that indentation: 1, 0 there is none, -1 it
 * is not well made. It lives until the rendering ends. Asked once or more
 * often for the same. */
typedef int mustache_find_fn(const char *name, struct slice indent,
	    const struct mustache **found_out, void *arg, struct err *err);

/* -1 ERR_INPUT: "line N: what is wrong" ("partial NAME: line N: …"); out then
 * holds a part. NULL function: no partials. */
int	mustache_run(const struct mustache *m, enum mustache_kind kind,
	    json_t *context, mustache_find_fn *find, void *arg,
	    struct buf *out, struct err *err);

/* The same in one go. */
/* The partial of that name into *text_out: 1 there is one (lives until the
 * rendering ends), 0 none. NULL function: no partials. */
typedef int mustache_partial_fn(const char *name, struct slice *text_out,
	    void *arg);
int	mustache_render(struct slice text, enum mustache_kind kind,
	    json_t *context, mustache_partial_fn *partial, void *arg,
	    struct buf *out, struct err *err);

#endif
