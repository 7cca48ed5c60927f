/* HTML of any bytes becomes clean text within its bounds. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "parsers/html_text.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf in = BUF_INIT(size * 3 + 1);
	struct buf out = BUF_INIT(16 * 1024 * 1024);
	struct err err = { 0 };
	bool cut;

	utf8_clean(&in, (const char *)data, size);
	if (html_text(buf_slice(&in), &mail_limits_default, &out, &cut,
	    &err) != 0)
		abort();
	assert(out.len == 0 || utf8_valid(out.p, out.len));
	assert(out.len == 0 || memchr(out.p, '\0', out.len) == NULL);
	assert(out.len <= mail_limits_default.text * 3);
	html_charset(buf_slice(&in));
	buf_free(&in);
	buf_free(&out);
	return 0;
}
