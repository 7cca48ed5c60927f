/* Three pieces, divided by a line of "%": a type and the part of that type, a
 * From line and a subject, the text. Kinds and bounce agree; strings are text. */
#include <assert.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/utf8.h"
#include "parsers/bounce.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice
piece(struct slice *rest)
{
	struct slice start = *rest, line;

	while (text_line(rest, &line))
		if (slice_is(line, "%"))
			return (struct slice){ start.p,
			    (size_t)(line.p - start.p) };
	return start;
}

static const char *
text_of(struct arena *arena, struct slice s)
{
	struct buf b = BUF_INIT(s.len * 3 + 1);
	const char *out;

	utf8_clean(&b, s.p, s.len);
	out = arena_strdup(arena, buf_str(&b));
	buf_free(&b);
	return out;
}

static void
check(const struct mail *mail)
{
	const struct mail_bounce *b = mail->bounce;
	size_t i;

	assert(mail->kind < MAIL_NKIND && mail->because != NULL);
	assert(b == NULL || mail->kind != MAIL_PERSON);
	if (b == NULL)
		return;
	assert(b->n <= BOUNCE_RECIPIENTS_MAX);
	for (i = 0; i < b->n; i++) {
		assert(b->v[i].address != NULL && b->v[i].action != NULL);
		assert(b->v[i].address[0] != '\0');
		assert(utf8_valid(b->v[i].address, strlen(b->v[i].address)));
		assert(b->v[i].diagnostic == NULL ||
		    utf8_valid(b->v[i].diagnostic,
		    strlen(b->v[i].diagnostic)));
		assert(b->v[i].status == NULL ||
		    strlen(b->v[i].status) <= 9);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { (const char *)data, size };
	struct slice part = piece(&in), head = piece(&in), line = { "", 0 };
	struct arena *arena = arena_new(256 << 20);
	struct header_list none = { NULL, 0, 0 };
	struct mail mail = { .because = "" };
	struct bounce_part p[1];

	text_line(&part, &line);
	p[0].type = text_of(arena, line);
	p[0].body = part;
	line.len = 0;
	text_line(&head, &line);
	mail.from.address = text_of(arena, line);
	mail.subject = text_of(arena, head);
	mail.text = text_of(arena, in);
	bounce_read(&mail, p, 1, &none, arena);
	check(&mail);
	arena_free(&arena);
	return 0;
}
