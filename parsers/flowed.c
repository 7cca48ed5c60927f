#include "base/text.h"
#include "parsers/flowed.h"

/* Take the quote marks and the stuffed blank off; how deep it is quoted. */
static size_t
unquote(struct slice *line)
{
	size_t depth = 0;

	while (line->len > 0 && *line->p == '>') {
		line->p++;
		line->len--;
		depth++;
	}
	if (line->len > 0 && *line->p == ' ') {
		line->p++;
		line->len--;
	}
	return depth;
}

static void
begin(size_t depth, struct slice line, struct buf *out)
{
	size_t i;

	for (i = 0; i < depth; i++)
		buf_addc(out, '>');
	if (depth > 0 && line.len > 0)
		buf_addc(out, ' ');
}

void
flowed_join(struct slice text, bool delsp, struct buf *out)
{
	struct slice line;
	size_t depth, last = 0;
	bool soft = false, signature;

	while (text_line(&text, &line)) {
		depth = unquote(&line);
		signature = slice_is(line, "-- ");
		if (soft && (depth != last || signature)) {
			buf_addc(out, '\n');
			soft = false;
		}
		if (!soft)
			begin(depth, line, out);
		soft = line.len > 0 && line.p[line.len - 1] == ' ' &&
		    !signature;
		if (soft && delsp)
			line.len--;
		buf_addslice(out, line);
		if (!soft)
			buf_addc(out, '\n');
		last = depth;
	}
	if (soft)
		buf_addc(out, '\n');
}
