/* names - the words of an enum, in its order. */
#ifndef DB_NAMES_H
#define DB_NAMES_H

#include <string.h>

/* Index of name among n names; -1: none of them. */
static inline int
names_find(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

#define NAMES_N(names)	((int)(sizeof(names) / sizeof(names)[0]))

#endif
