/* A campus and a text, split at the first NUL: whatever is found is a room of
 * the file; each room's own code, when no other has it, finds it. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "parsers/location.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	const char *nul = size == 0 ? NULL : memchr(in, '\0', size);
	struct slice csv = { in, nul == NULL ? size : (size_t)(nul - in) };
	struct slice text = { "", 0 };
	struct arena *arena = arena_new((size_t)64 << 20);
	struct arena *scratch = arena_new((size_t)16 << 20);
	struct locations *l = NULL;
	const struct location *found, *all;
	struct err err = { 0 };
	size_t n, i;

	if (arena == NULL || scratch == NULL)
		abort();
	if (nul != NULL)
		text = (struct slice){ nul + 1, size - csv.len - 1 };
	if (locations_read(csv, arena, &l, &err) == 0) {
		all = locations_all(l, &n);
		found = locations_find(l, slice_of(""), text, scratch);
		assert(found == NULL || (found >= all && found < all + n));
		for (i = 0; i < n && i < 20; i++) {
			assert(utf8_valid(all[i].code, strlen(all[i].code)));
			arena_reset(scratch);
			found = locations_code(l, slice_of(all[i].code),
			    scratch);
			assert(found == NULL || (found >= all &&
			    found < all + n));
		}
	} else
		assert(err.code == ERR_INPUT && err.msg[0] != '\0');
	arena_free(&arena);
	arena_free(&scratch);
	return 0;
}
