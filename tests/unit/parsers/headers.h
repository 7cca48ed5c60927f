/* headers - a header block as a list, for tests: lines of "Name: value". */
#ifndef TESTS_UNIT_PARSERS_HEADERS_H
#define TESTS_UNIT_PARSERS_HEADERS_H

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "parsers/header.h"

#define HEADERS_MAX 200

struct headers {
	struct header_list	list;
	struct header_field	v[HEADERS_MAX];
};

/* text must outlive the result. */
static inline void
headers_of(struct headers *h, const char *text)
{
	struct slice rest = { text, strlen(text) }, line;

	*h = (struct headers){ .list = { .v = h->v } };
	while (text_line(&rest, &line) && h->list.n < HEADERS_MAX) {
		const char *colon = memchr(line.p, ':', line.len);

		if (colon == NULL)
			continue;
		h->v[h->list.n].name = (struct slice){ line.p,
		    (size_t)(colon - line.p) };
		h->v[h->list.n].value = text_trim((struct slice){ colon + 1,
		    (size_t)(line.p + line.len - colon - 1) });
		h->v[h->list.n++].offset = (size_t)(line.p - text);
	}
}

#endif
