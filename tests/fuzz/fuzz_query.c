/* What a browser sends: first byte chooses how it is read. What comes out is
 * text without controls, inside its bounds, and failure says so. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "webview/fields.h"
#include "webview/peers.h"
#include "webview/query.h"

static void
check_text(const char *text)
{
	assert(utf8_valid(text, strlen(text)));
	assert(!text_has_control(slice_of(text)));
}

static void
target(const char *text, struct arena *arena)
{
	struct target t = { 0 };
	struct err err = { 0 };
	int ret = query_target(text, arena, &t, &err);

	assert((ret == -1) == (err.code != ERR_NONE));
	if (ret == -1)
		return;
	check_text(t.path);
	assert(t.path[0] == '/' && strstr(t.path, "/../") == NULL &&
	    strstr(t.path, "//") == NULL && strchr(t.path, '\\') == NULL);
	assert(t.nparams <= QUERY_PARAMS_MAX);
	for (size_t i = 0; i < t.nparams; i++) {
		check_text(t.params[i].name);
		check_text(t.params[i].value);
	}
}

static void
fields(const char *text, struct arena *arena)
{
	const char *name = fields_disposition(text, arena);
	struct slice value = { text, 0 };
	int64_t number = 1;

	check_text(name);
	assert(strlen(name) < 1000 && strstr(name, "..\\") == NULL);
	if (query_cookie(text, "campusdesk", &value))
		assert(value.p >= text && value.p + value.len <=
		    text + strlen(text));
	query_number(slice_of(text), &number);
	assert(number > 0);
	query_matches(text, "\"a\"");
	query_prefers(text, "application/json");
	if (peers_forwarded(text, &value))
		assert(value.len > 0);
	peers_have(&(struct strings){ &text, 1 }, slice_of(text));
}

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)1 << 20);
	char *text;

	if (size == 0 || arena == NULL) {
		arena_free(&arena);
		return 0;
	}
	text = malloc(size);
	assert(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] % 2 == 0)
		target(text, arena);
	else
		fields(text, arena);
	free(text);
	arena_free(&arena);
	return 0;
}
