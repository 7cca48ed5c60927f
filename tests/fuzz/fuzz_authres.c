/* Whatever the value: a broken field has no results, and what is found is
 * text in lower case. */
#include <assert.h>
#include <stdint.h>

#include "base/utf8.h"
#include "parsers/authres.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_lower(const char *s)
{
	assert(s != NULL && utf8_valid(s, strlen(s)));
	for (; *s != '\0'; s++)
		assert(*s < 'A' || *s > 'Z');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { (const char *)data, size };
	struct arena *arena = arena_new(64 << 20);
	struct mail_trace trace;
	const char *by;
	size_t i;

	if (!authres_parse(in, arena, &trace))
		assert(trace.n == 0);
	assert(trace.n <= AUTHRES_RESULTS_MAX);
	if (trace.by != NULL)
		check_lower(trace.by);
	for (i = 0; i < trace.n; i++) {
		check_lower(trace.results[i].method);
		check_lower(trace.results[i].result);
	}
	by = authres_received_by(in, arena);
	if (by != NULL)
		check_lower(by);
	arena_free(&arena);
	return 0;
}
