#include <stdint.h>

#include "base/json_text.h"

static int
add(const char *p, size_t len, void *arg)
{
	struct buf *out = arg;

	buf_add(out, p, len);
	return out->failed ? -1 : 0;
}

int
json_add(struct buf *out, const json_t *value, size_t flags)
{
	return json_dump_callback(value, add, out, flags);
}

char *
json_text(const json_t *value, size_t flags)
{
	struct buf text = BUF_INIT(SIZE_MAX / 2);

	if (json_add(&text, value, flags) == -1) {
		buf_free(&text);
		return NULL;
	}
	buf_str(&text);		/* ends it */
	return text.p;
}
