/* A rendering ends, keeps to its bound, and a failure says so. HTML made of
 * values alone holds no mark-up, a header no line end. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "templates/mustache.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	struct slice	partial;
};

static int
partial(const char *name, struct slice *text_out, void *arg)
{
	const struct input *in = arg;

	if (*name != 'p')
		return 0;
	*text_out = in->partial;
	return 1;
}

/* The template: what stands before the first NUL; the partial: behind it. */
static void
render(struct slice text, enum mustache_kind kind, json_t *context,
    struct input *in)
{
	struct buf out = BUF_INIT(65536);
	struct err err = { 0 };
	int rc = mustache_render(text, kind, context, partial, in, &out, &err);

	assert((rc == -1) == (err.code == ERR_INPUT));
	assert((err.msg[0] != '\0') == (rc == -1));
	assert(out.len <= out.max);
	if (kind == MUSTACHE_HEADER && out.len > 0)
		assert(memchr(out.p, '\n', out.len) == NULL &&
		    memchr(out.p, '\r', out.len) == NULL);
	buf_free(&out);
}

static void
value(const uint8_t *data, size_t size)
{
	struct buf clean = BUF_INIT(size * 3 + 1), out = BUF_INIT(size * 20);
	struct err err = { 0 };
	json_t *context;

	utf8_clean(&clean, (const char *)data, size);
	context = json_pack("{s:s%}", "v", clean.p == NULL ? "" : clean.p,
	    clean.len);
	assert(context != NULL);
	assert(mustache_render(SLICE_LIT("{{v}}"), MUSTACHE_HTML, context,
	    NULL, NULL, &out, &err) == 0);
	assert(out.len == 0 || (memchr(out.p, '<', out.len) == NULL &&
	    memchr(out.p, '>', out.len) == NULL &&
	    memchr(out.p, '"', out.len) == NULL));
	json_decref(context);
	buf_free(&clean);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *context = json_pack("{s:s,s:[i,{s:s},[s,s]],s:{s:{s:s}},s:b,"
	    "s:n,s:f}", "s", "<&\"'>\r\n\x1b", "l", 1, "s", "in", "x", "y",
	    "a", "b", "c", "deep", "t", 1, "n", "d", 1.5);
	const uint8_t *nul = size == 0 ? NULL : memchr(data, 0, size);
	struct slice text = { (const char *)data,
	    nul == NULL ? size : (size_t)(nul - data) };
	struct input in = { { (const char *)data + text.len,
	    size - text.len } };

	render(text, MUSTACHE_TEXT, context, &in);
	render(text, MUSTACHE_HTML, context, &in);
	render(text, MUSTACHE_HEADER, context, &in);
	value(data, size);
	json_decref(context);
	return 0;
}
