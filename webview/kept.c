#include <stdlib.h>
#include <string.h>

#include "webview/kept.h"

struct kept_page {
	char		*key;			/* NULL: none */
	char		*type, *etag;		/* NULL as in the answer */
	struct buf	 body;
	int64_t		 version, made_ms;	/* monotonic */
};

struct kept {
	struct kept_page pages[KEPT_PAGES];
};

static void
drop(struct kept_page *page)
{
	free(page->key);
	free(page->type);
	free(page->etag);
	buf_free(&page->body);
	*page = (struct kept_page){ 0 };
}

struct kept *
kept_new(void)
{
	return calloc(1, sizeof(struct kept));
}

void
kept_free(struct kept **kept)
{
	if (*kept == NULL)
		return;
	for (int i = 0; i < KEPT_PAGES; i++)
		drop(&(*kept)->pages[i]);
	free(*kept);
	*kept = NULL;
}

static struct kept_page *
page_of(struct kept *kept, const char *key)
{
	for (int i = 0; i < KEPT_PAGES; i++)
		if (kept->pages[i].key != NULL &&
		    strcmp(kept->pages[i].key, key) == 0)
			return &kept->pages[i];
	return NULL;
}

bool
kept_find(struct kept *kept, const char *key, int64_t version,
    int64_t now_ms, struct arena *arena, struct page_answer *answer)
{
	struct kept_page *page = kept == NULL || key == NULL ? NULL :
	    page_of(kept, key);

	if (page == NULL)
		return false;
	if (page->version != version || now_ms - page->made_ms > KEPT_MS) {
		drop(page);
		return false;
	}
	answer->type = arena_strdup(arena, page->type);
	answer->etag = arena_strdup(arena, page->etag);
	buf_add(&answer->body, page->body.p, page->body.len);
	return !arena_failed(arena) && !answer->body.failed;
}

/* Where it goes: its former place, an empty one, the oldest. */
static struct kept_page *
place_for(struct kept *kept, const char *key)
{
	struct kept_page *oldest = page_of(kept, key);

	for (int i = 0; oldest == NULL && i < KEPT_PAGES; i++)
		if (kept->pages[i].key == NULL)
			oldest = &kept->pages[i];
	if (oldest != NULL)
		return oldest;
	oldest = &kept->pages[0];
	for (int i = 1; i < KEPT_PAGES; i++)
		if (kept->pages[i].made_ms < oldest->made_ms)
			oldest = &kept->pages[i];
	return oldest;
}

static char *
copy_of(const char *s, bool *failed)
{
	char *copy = s == NULL ? NULL : strdup(s);

	*failed |= s != NULL && copy == NULL;
	return copy;
}

void
kept_put(struct kept *kept, const char *key, int64_t version,
    int64_t now_ms, const struct page_answer *answer)
{
	struct kept_page *page;
	bool failed = false;

	if (kept == NULL || key == NULL || (answer->status != 0 &&
	    answer->status != 200) || answer->stream != NULL ||
	    answer->download != NULL || answer->location != NULL ||
	    answer->body.failed || answer->body.len > KEPT_BYTES)
		return;
	page = place_for(kept, key);
	drop(page);
	page->key = copy_of(key, &failed);
	page->type = copy_of(answer->type, &failed);
	page->etag = copy_of(answer->etag, &failed);
	page->body = BUF_INIT(KEPT_BYTES);
	buf_add(&page->body, answer->body.p, answer->body.len);
	page->version = version;
	page->made_ms = now_ms;
	if (failed || page->body.failed)
		drop(page);
}
