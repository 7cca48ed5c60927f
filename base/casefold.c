#include <stdlib.h>

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/casefold.h"

#define TEXT_MAX	((size_t)1024 * 1024)

/* Copy p without its combining marks. */
static struct slice
without_marks(struct arena *arena, const uint8_t *p, size_t len)
{
	char *out = arena_alloc(arena, len + 1);
	size_t i, n = 0;
	ucs4_t c;
	int step;

	for (i = 0; out != NULL && i < len; i += (size_t)step) {
		step = u8_mbtouc(&c, p + i, len - i);
		if (step <= 0)
			break;
		if (uc_combining_class(c) != 0)
			continue;
		memcpy(out + n, p + i, (size_t)step);
		n += (size_t)step;
	}
	if (out == NULL)
		return (struct slice){ NULL, 0 };
	out[n] = '\0';
	return (struct slice){ out, n };
}

struct slice
casefold(struct arena *arena, struct slice text)
{
	struct slice result = { NULL, 0 };
	uint8_t *folded;
	size_t n = 0;

	if (text.len == 0)
		return (struct slice){ "", 0 };
	if (text.len > TEXT_MAX ||
	    u8_check((const uint8_t *)text.p, text.len) != NULL)
		return result;
	folded = u8_casefold((const uint8_t *)text.p, text.len, NULL,
	    UNINORM_NFKD, NULL, &n);
	if (folded != NULL)
		result = without_marks(arena, folded, n);
	free(folded);
	return result;
}
