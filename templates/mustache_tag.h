/* mustache_tag - a template as a row of tags: delimiters, kinds, names, and
 * which tags stand alone on their line.
 *
 *	tag  = open [kind] blanks name blanks close
 *	kind = "#" "^" "/" ">" "!" "&" ; "{" ends in "}", "=" in "="
 *	name = "." / 1*(anything but blanks)
 *
 * Pure: no allocation; slices point into the template. */
#ifndef TEMPLATES_MUSTACHE_TAG_H
#define TEMPLATES_MUSTACHE_TAG_H

#include "base/err.h"
#include "base/slice.h"

enum mustache_tag_kind {
	TAG_VALUE, TAG_RAW, TAG_SECTION, TAG_INVERTED, TAG_END, TAG_PARTIAL,
	TAG_COMMENT, TAG_DELIMITERS
};

struct mustache_scan {
	struct slice	text;		/* the whole template */
	size_t		at;
	struct slice	open, close;	/* delimiters from here on */
};

struct mustache_tag {
	enum mustache_tag_kind	kind;
	struct slice		name;
	struct slice		literal;	/* what stands before it; without
						 * the indentation of a tag that
						 * stands alone */
	struct slice		indent;		/* that, of one standing alone */
	size_t			start;		/* of the tag itself */
};

void	mustache_scan_start(struct mustache_scan *scan, struct slice text);
/* The next tag before end; scan->at moves behind it, and behind its line end
 * when it stands alone. 1 a tag, 0 none (literal is the rest, at is end),
 * -1 ERR_INPUT "line N: …". */
int	mustache_scan_next(struct mustache_scan *scan, size_t end,
	    struct mustache_tag *tag_out, struct err *err);
/* -1 ERR_INPUT with "line N: " of that place in front. */
int	mustache_fault(const struct mustache_scan *scan, size_t at,
	    struct err *err, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));
/* "what: name", the name cut. */
int	mustache_name_fault(const struct mustache_scan *scan, size_t at,
	    struct slice name, const char *what, struct err *err);

#endif
