/* What a homeserver answers: ids are fit to be ids, texts are clean and
 * bounded, and each event has what its kind needs. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "parsers/matrix.h"

#define SELF	"@bot:matrix.example"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_id(const char *id, bool must)
{
	size_t i;

	if (id == NULL) {
		assert(!must);
		return;
	}
	assert(*id != '\0' && strlen(id) <= CHAT_ID_MAX);
	for (i = 0; id[i] != '\0'; i++)
		assert((unsigned char)id[i] > ' ' && id[i] != 0x7f);
}

static void
check_text(const char *text)
{
	size_t i, len;

	assert(text != NULL);
	len = strlen(text);
	assert(len <= 3 * CHAT_TEXT_MAX && utf8_valid(text, len));
	for (i = 0; i < len; i++)
		assert((unsigned char)text[i] >= ' ' || text[i] == '\t' ||
		    text[i] == '\n');
}

static void
check_event(const struct chat_event *e)
{
	char server[CHAT_ID_MAX + 1], media[CHAT_ID_MAX + 1];
	size_t i;

	check_id(e->id, true);
	check_id(e->room, true);
	check_id(e->sender, true);
	check_id(e->root, false);
	check_id(e->after, false);
	check_id(e->target, e->what == CHAT_EDITS || e->what == CHAT_MARKS ||
	    e->what == CHAT_TAKES_BACK || e->what == CHAT_ROOM_REPLACED);
	check_text(e->text);
	assert((e->mark != NULL) == (e->what == CHAT_MARKS));
	assert(e->nfiles <= CHAT_FILES_MAX && e->time_ms >= 0);
	for (i = 0; i < e->nfiles; i++) {
		check_text(e->files[i].name);
		check_text(e->files[i].type);
		if (matrix_mxc(e->files[i].url, server, media))
			assert(strchr(media, '/') == NULL &&
			    strchr(server, '/') == NULL && *media != '\0');
	}
}

static void
check_sync(const json_t *answer, struct arena *arena)
{
	struct matrix_sync sync;
	struct err err = { ERR_NONE, "" };
	size_t i, k;

	if (matrix_sync_read(answer, SELF, arena, &sync, &err) == -1) {
		assert(err.code != ERR_NONE);
		return;
	}
	assert(*sync.next != '\0');
	for (i = 0; i < sync.nrooms; i++) {
		check_id(sync.rooms[i].id, true);
		for (k = 0; k < sync.rooms[i].n; k++)
			check_event(&sync.rooms[i].events[k]);
	}
	for (i = 0; i < sync.ninvites; i++) {
		check_id(sync.invites[i].room, true);
		check_id(sync.invites[i].from, true);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	json_t *answer = json_loadb((const char *)data, size, 0, NULL);
	struct matrix_page page;
	size_t i;

	if (arena == NULL)
		abort();
	if (answer != NULL) {
		check_sync(answer, arena);
		if (matrix_page_read(answer, "!room:x", SELF, arena, &page,
		    NULL) == 0)
			for (i = 0; i < page.n; i++)
				check_event(&page.events[i]);
	}
	json_decref(answer);
	arena_free(&arena);
	return 0;
}
