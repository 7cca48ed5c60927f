#include <string.h>

#include "parsers/cms.h"

enum tag {
	INTEGER = 0x02, OCTETS = 0x04, OID = 0x06, PIECES = 0x24,
	SEQUENCE = 0x30, SET = 0x31, EXPLICIT = 0xa0
};

/* 1.2.840.113549.1.7.2 and .1 */
static const char signed_data[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
static const char plain_data[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";

static struct slice
skip(struct slice s, size_t n)
{
	return (struct slice){ s.p + n, s.len - n };
}

/* The element at the start of *in. *in moves behind it; with an indefinite length
 * its content is all that follows, and *in moves into it. */
static bool
element(struct slice *in, unsigned *tag_out, struct slice *content_out)
{
	size_t len = 0, n, i;
	unsigned char first;

	if (in->len < 2)
		return false;
	*tag_out = (unsigned char)in->p[0];
	first = (unsigned char)in->p[1];
	*in = skip(*in, 2);
	if (first == 0x80) {
		*content_out = *in;
		return (*tag_out & 0x20) != 0;
	}
	n = first & 0x80 ? first & 0x7f : 0;
	if (n > 4 || n > in->len)
		return false;
	for (i = 0; i < n; i++)
		len = len << 8 | (unsigned char)in->p[i];
	*in = skip(*in, n);
	if (n == 0)
		len = first;
	/* one that is cut off has what is there */
	if (len > in->len)
		len = in->len;
	*content_out = (struct slice){ in->p, len };
	*in = skip(*in, len);
	return true;
}

/* Into the element at the start of *in, which must have that tag. */
static bool
enter(struct slice *in, enum tag tag)
{
	struct slice content;
	unsigned got;

	if (!element(in, &got, &content) || got != (unsigned)tag)
		return false;
	*in = content;
	return true;
}

/* Past it; its length must be stated. */
static bool
pass(struct slice *in, enum tag tag, struct slice *content_out)
{
	bool stated = in->len > 1 && (unsigned char)in->p[1] != 0x80;
	unsigned got;

	return stated && element(in, &got, content_out) &&
	    got == (unsigned)tag;
}

static bool
pass_oid(struct slice *in, const char *oid)
{
	struct slice content;

	return pass(in, OID, &content) && slice_is(content, oid);
}

/* The pieces of an octet string, up to the end of contents or of what is there. */
static bool
pieces(struct slice in, struct buf *out)
{
	struct slice content;

	while (in.len > 0) {
		if (in.len >= 2 && in.p[0] == 0 && in.p[1] == 0)
			return true;
		if (!pass(&in, OCTETS, &content))
			return false;
		buf_addslice(out, content);
	}
	return true;
}

bool
cms_signed_content(struct slice in, struct buf *out)
{
	struct slice content;
	unsigned tag;

	if (!enter(&in, SEQUENCE) || !pass_oid(&in, signed_data) ||
	    !enter(&in, EXPLICIT) || !enter(&in, SEQUENCE) ||
	    !pass(&in, INTEGER, &content) || !pass(&in, SET, &content) ||
	    !enter(&in, SEQUENCE) || !pass_oid(&in, plain_data) ||
	    !enter(&in, EXPLICIT) || !element(&in, &tag, &content))
		return false;
	if (tag == PIECES)
		return pieces(content, out);
	buf_addslice(out, content);
	return tag == OCTETS;
}
