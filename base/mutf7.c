#include <stdint.h>

#include "base/mutf7.h"
#include "base/utf8.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789+,";

struct shift {		/* inside "&…-": bits of UTF-16 not written yet */
	bool		on;
	uint32_t	bits;
	int		nbits;
};

static void
add_unit(struct buf *out, struct shift *s, uint32_t unit)
{
	if (!s->on)
		buf_addc(out, '&');
	s->on = true;
	s->bits = s->bits << 16 | unit;
	for (s->nbits += 16; s->nbits >= 6; s->nbits -= 6)
		buf_addc(out, digits[s->bits >> (s->nbits - 6) & 63]);
	s->bits &= (1u << s->nbits) - 1;
}

static void
end_shift(struct buf *out, struct shift *s)
{
	if (!s->on)
		return;
	if (s->nbits > 0)
		buf_addc(out, digits[s->bits << (6 - s->nbits) & 63]);
	buf_addc(out, '-');
	*s = (struct shift){ 0 };
}

void
mutf7_add(struct buf *out, struct slice name)
{
	struct shift s = { 0 };
	uint32_t cp;
	size_t n;

	for (size_t at = 0; at < name.len; at += n) {
		n = utf8_decode(name.p + at, name.len - at, &cp);
		if (n == 0) {
			cp = 0xfffd;
			n = 1;
		}
		if (cp >= 0x20 && cp < 0x7f) {
			end_shift(out, &s);
			buf_addc(out, (char)cp);
			if (cp == '&')
				buf_addc(out, '-');
		} else if (cp > 0xffff) {
			add_unit(out, &s, 0xd800 + ((cp - 0x10000) >> 10));
			add_unit(out, &s, 0xdc00 + ((cp - 0x10000) & 0x3ff));
		} else {
			add_unit(out, &s, cp);
		}
	}
	end_shift(out, &s);
}
