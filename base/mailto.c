#include <string.h>

#include "base/mailto.h"
#include "base/mime_write.h"
#include "base/text.h"

void
mailto_percent(struct buf *out, struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (text_is_alnum(s.p[i]) || (c < 0x80 &&
		    c != 0 && strchr("-._~", c) != NULL))
			buf_addc(out, s.p[i]);
		else
			buf_addf(out, "%%%02X", c);
	}
}

const char *
mailto_url(struct arena *arena, const char *to, const char *subject,
    const char *body)
{
	struct buf b = BUF_INIT(MAILTO_MAX), one = BUF_INIT(MAILTO_MAX / 4);
	const char *at = strrchr(to, '@'), *link;
	struct slice rest = slice_of(body), line;
	char between = '?';

	mime_clean(&one, slice_of(subject));
	buf_adds(&b, "mailto:");
	mailto_percent(&b, at == NULL ? slice_of(to) :
	    (struct slice){ to, (size_t)(at - to) });
	if (at != NULL) {
		buf_addc(&b, '@');
		mailto_percent(&b, slice_of(at + 1));
	}
	if (one.len > 0) {
		buf_adds(&b, "?subject=");
		mailto_percent(&b, buf_slice(&one));
		between = '&';
	}
	if (rest.len > 0)
		buf_addf(&b, "%cbody=", between);
	while (text_line(&rest, &line)) {
		mailto_percent(&b, line);
		buf_adds(&b, "%0D%0A");
	}
	link = arena_strdup(arena, b.failed ? "" : buf_str(&b));
	buf_free(&one);
	buf_free(&b);
	return link;
}
