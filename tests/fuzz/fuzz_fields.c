/* Values of header fields: the first byte says by which reader. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "parsers/address.h"
#include "parsers/charset.h"
#include "parsers/date.h"
#include "parsers/decode.h"
#include "parsers/encword.h"
#include "parsers/filename.h"
#include "parsers/param.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
clean(const char *s)
{
	const char *p;

	if (s == NULL)
		return;
	assert(utf8_valid(s, strlen(s)));
	for (p = s; *p != '\0'; p++)
		assert((unsigned char)*p >= ' ' && *p != 0x7f);
}

static void
addresses(struct slice in, struct arena *arena)
{
	struct mail_addresses list = { 0 };
	struct slice none = { "", 0 };
	size_t i;

	address_parse(in, none, arena, &list);
	assert(list.n <= ADDRESS_MAX);
	for (i = 0; i < list.n; i++) {
		assert(list.v[i].name != NULL || list.v[i].address != NULL);
		clean(list.v[i].name);
		clean(list.v[i].address);
		assert(list.v[i].address == NULL ||
		    strchr(list.v[i].address, '@') != NULL);
	}
}

static void
params(struct slice in, struct arena *arena)
{
	struct slice none = { "", 0 };
	struct param_list list;
	size_t i;

	param_parse(in, none, arena, &list);
	assert(list.n <= PARAM_MAX);
	for (i = 0; i < list.n; i++)
		clean(list.v[i].value);
}

static void
charsets(struct slice in)
{
	struct buf out = BUF_INIT(in.len * 8 + 64);
	struct slice name = in;
	const char *used, *nul = memchr(in.p, '\n', in.len);

	if (nul == NULL)
		return;
	name.len = (size_t)(nul - in.p);
	in = (struct slice){ nul + 1, in.len - name.len - 1 };
	charset_utf8(in, name, &out, &used);
	assert(!out.failed && used != NULL);
	buf_free(&out);
}

static void
encodings(struct slice in)
{
	struct buf out = BUF_INIT(in.len + 64);
	int i;

	for (i = 0; i < ENC_NENC; i++) {
		decode_all(in, (enum mail_encoding)i, &out);
		assert(!out.failed && out.len <= in.len);
		buf_reset(&out);
	}
	buf_free(&out);
}

static void
names(struct slice in, struct arena *arena)
{
	const char *s = filename_safe(in, arena);

	if (s == NULL)
		return;
	clean(s);
	assert(s[0] != '\0' && strlen(s) <= FILENAME_LENGTH_MAX);
	assert(strpbrk(s, "/\\") == NULL && strcmp(s, "..") != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(64 * 1024 * 1024);
	struct slice in = { (const char *)data + (size > 0),
	    size - (size > 0) }, none = { "", 0 };
	int64_t ms;

	if (arena == NULL)
		abort();
	switch (size == 0 ? '\0' : (char)data[0]) {
	case 'a':
		addresses(in, arena);
		break;
	case 'p':
		params(in, arena);
		break;
	case 'e':
		clean(encword_line(in, none, arena).p);
		break;
	case 'd':
		date_parse(in, &ms);
		break;
	case 'c':
		charsets(in);
		break;
	case 't':
		encodings(in);
		break;
	case 'f':
		names(in, arena);
		break;
	}
	arena_free(&arena);
	return 0;
}
