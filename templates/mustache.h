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
 *             amount of reading, so that nested loops end
 * Pure        partials come from the caller's function */
#ifndef TEMPLATES_MUSTACHE_H
#define TEMPLATES_MUSTACHE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

enum mustache_kind { MUSTACHE_TEXT, MUSTACHE_HTML, MUSTACHE_HEADER };

/* The partial of that name into *text_out: 1 there is one (lives until the
 * rendering ends), 0 none. NULL function: no partials. */
typedef int mustache_partial_fn(const char *name, struct slice *text_out,
	    void *arg);

/* -1 ERR_INPUT: "line N: what is wrong" ("partial NAME: line N: …"); out then
 * holds a part. */
int	mustache_render(struct slice text, enum mustache_kind kind,
	    json_t *context, mustache_partial_fn *partial, void *arg,
	    struct buf *out, struct err *err);

#endif
