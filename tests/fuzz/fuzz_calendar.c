/* A calendar file: its spans lie in the window and in the day, and opening
 * hours made from them can be asked. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "desk/hours.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int64_t now = (int64_t)1790000000 * 1000;
	struct slice text = { (const char *)data, size };
	struct arena *arena = arena_new((size_t)64 << 20);
	struct strings none = { NULL, 0 };
	struct calendar c = { .v = NULL };
	struct hours *hours = NULL;
	struct err err = { ERR_NONE, "" };
	int64_t first, last, open;
	size_t i;

	if (arena == NULL)
		abort();
	hours_window(now, &first, &last);
	if (calendar_read(text, first, last, arena, &c, &err) == 0) {
		for (i = 0; i < c.n; i++) {
			assert(c.v[i].first <= last && c.v[i].last >= first);
			assert(c.v[i].from_s >= 0 &&
			    c.v[i].from_s < c.v[i].to_s &&
			    c.v[i].to_s <= 86400);
			assert(c.v[i].summary != NULL);
		}
		if (hours_make(&none, &none, &c, now, arena, &hours,
		    &err) == 0) {
			open = hours_between(hours, now, now + 86400000);
			assert(open >= 0 && open <= 86400000);
		}
	} else
		assert(err.code != ERR_NONE && err.msg[0] != '\0');
	arena_free(&arena);
	return 0;
}
