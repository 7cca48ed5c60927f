/* What Slack posts: first byte chooses the place. What comes out is text
 * inside its bounds, names of the form that they have, and failure says so. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "parsers/slack.h"

static void
check_line(const char *s)
{
	assert(utf8_valid(s, strlen(s)));
	assert(!text_has_control(slice_of(s)));
}

static void
check(const struct slack_event *e)
{
	const char *const ids[] = { e->team, e->user, e->bot, e->channel,
	    e->view };
	const char *const times[] = { e->ts, e->thread, e->item, e->edited };

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
		assert(*ids[i] == '\0' || slack_is_id(ids[i]));
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
		assert(*times[i] == '\0' || slack_is_ts(times[i]));
	assert(e->kind == SLACK_CHALLENGE || (utf8_valid(e->text,
	    strlen(e->text)) && strlen(e->text) <= SLACK_TEXT_MAX));
	check_line(e->mark);
	check_line(e->action);
	check_line(e->value);
	check_line(e->category);
	check_line(e->location);
	assert(!text_has_control(slice_of(e->reply_url)));
	assert(e->nfiles <= SLACK_FILES_MAX);
	for (size_t i = 0; i < e->nfiles; i++) {
		assert(slack_is_id(e->files[i].id));
		check_line(e->files[i].name);
		assert(!text_has_control(slice_of(e->files[i].url)));
	}
	assert(e->kind < SLACK_SAID || *e->key != '\0' ||
	    e->kind == SLACK_LIMITED);
}

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const read[])(struct slice body, struct arena *arena,
	    struct slack_event *event_out, struct err *err) = {
		slack_event, slack_command, slack_interact };
	struct arena *arena = arena_new((size_t)4 << 20);
	struct slack_event event;
	struct err err = { 0 };
	char *body;
	int rc;

	if (size == 0 || arena == NULL) {
		arena_free(&arena);
		return 0;
	}
	body = malloc(size);
	assert(body != NULL);
	memcpy(body, data + 1, size - 1);
	rc = read[data[0] % 3]((struct slice){ body, size - 1 }, arena, &event,
	    &err);
	assert((rc == -1) == (err.code != ERR_NONE));
	if (rc == 0)
		check(&event);
	free(body);
	arena_free(&arena);
	return 0;
}
