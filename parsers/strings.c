#include "base/text.h"
#include "base/utf8.h"
#include "parsers/strings.h"

static bool
make_room(struct strings *strings)
{
	size_t cap = strings->cap == 0 ? 8 : strings->cap * 2;
	const char **v;

	if (strings->list.n >= strings->max)
		return false;
	if (strings->list.n < strings->cap)
		return true;
	v = arena_calloc(strings->arena, cap, sizeof *v);
	if (v == NULL)
		return false;
	if (strings->list.n > 0)
		memcpy(v, strings->list.v, strings->list.n * sizeof *v);
	strings->list.v = v;
	strings->cap = cap;
	return true;
}

void
strings_add(struct strings *strings, struct slice s)
{
	struct slice copy;

	if (s.len == 0 || !make_room(strings))
		return;
	copy = utf8_clean_line(strings->arena, s.p, s.len);
	if (copy.p != NULL)
		strings->list.v[strings->list.n++] = copy.p;
}

void
strings_add_unique(struct strings *strings, struct slice s, bool fold)
{
	size_t i;

	for (i = 0; i < strings->list.n; i++) {
		struct slice have = slice_of(strings->list.v[i]);

		if (fold ? text_ieq(have, s) : slice_eq(have, s))
			return;
	}
	strings_add(strings, s);
}
