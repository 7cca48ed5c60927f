#include <string.h>

#include "parsers/charset.h"
#include "parsers/decode.h"
#include "parsers/gate.h"
#include "parsers/mail_body.h"
#include "parsers/mail_tree.h"
#include "tests/diff/leaf.h"

#define BYTES_MAX	((size_t)64 << 20)

static bool
is_message(const struct mail_part *part)
{
	return strcmp(part->type, "message/rfc822") == 0 ||
	    strcmp(part->type, "message/global") == 0 ||
	    strcmp(part->type, "message/news") == 0;
}

static struct slice
text_of(struct slice bytes, const char *charset, struct arena *arena)
{
	struct buf utf8 = BUF_INIT(bytes.len * 4 + 16);
	struct slice s;

	charset_utf8(bytes, slice_of(charset == NULL ? "" : charset), &utf8,
	    NULL);
	s = arena_slice(arena, buf_slice(&utf8));
	buf_free(&utf8);
	return s.p == NULL ? (struct slice){ "", 0 } : s;
}

static void
part_read(const struct mail_part *part, size_t level, struct arena *arena,
    struct leaves *out)
{
	struct leaf *leaf = leaf_add(out, arena);

	if (leaf == NULL)
		return;
	leaf->type = part->type;
	leaf->level = level;
	leaf->header = (struct slice){ part->raw.p, part->header.length };
	leaf->body = part->body;
	leaf->encoding = part->encoding;
	leaf->is_message = is_message(part);
	leaf->is_empty = strncmp(part->type, "multipart/", 10) == 0;
	leaf->charset = param_value(&part->params, "charset");
	leaf->bytes = mail_part_decoded(part, BYTES_MAX, arena);
	if (strncmp(part->type, "text/", 5) == 0)
		leaf->text = text_of(leaf->bytes, leaf->charset, arena);
}

static int
message(struct slice raw, size_t level, struct arena *arena,
    struct leaves *out)
{
	struct mail_tree tree;
	const char *why;
	struct err err;
	size_t i;

	if (raw.p == NULL)
		raw.p = "";
	if (!gate_pass(raw, &mail_limits_default, &why) ||
	    mail_tree_read(raw, &mail_limits_default, arena, &tree, &err) != 0)
		return -1;
	out->cut |= tree.cut;
	out->odd |= tree.odd;
	for (i = 0; i < tree.n; i++) {
		const struct mail_part *part = &tree.v[i];

		if (part->is_multipart)
			continue;
		part_read(part, level, arena, out);
		if (is_message(part) && level < LEAF_MESSAGES &&
		    message(mail_part_decoded(part, BYTES_MAX, arena),
		    level + 1, arena, out) == -1)
			out->cut = true;
	}
	return 0;
}

int
ours_read(struct slice raw, struct arena *arena, struct leaves *out)
{
	*out = (struct leaves){ 0 };
	return message(raw, 0, arena, out);
}
