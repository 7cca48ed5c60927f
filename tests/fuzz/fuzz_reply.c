/* First line: the subject. The rest: the text. Spans tile it; the reply is made
 * of lines of the text; all else is text too. */
#include <assert.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "parsers/reply.h"
#include "parsers/thread.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_spans(const struct mail *mail)
{
	size_t at = 0, i;

	for (i = 0; i < mail->nspans; i++) {
		assert(mail->spans[i].kind < SPAN_NKIND);
		assert(mail->spans[i].offset == at);
		assert(mail->spans[i].length > 0);
		assert(i == 0 ||
		    mail->spans[i].kind != mail->spans[i - 1].kind);
		at += mail->spans[i].length;
	}
	assert(at == strlen(mail->text));
}

static void
check_text(const char *s)
{
	assert(s == NULL || utf8_valid(s, strlen(s)));
}

static void
check(struct mail *mail, struct arena *arena)
{
	struct header_list none = { NULL, 0, 0 };
	struct err err;
	size_t i;

	thread_read(mail, &none, arena);
	if (reply_read(mail, false, false, arena, &err) < 0)
		return;
	check_spans(mail);
	check_text(mail->reply);
	assert(strlen(mail->reply) <= strlen(mail->text));
	for (i = 0; i < mail->ncommands; i++)
		check_text(mail->commands[i].args);
	for (i = 0; i < mail->near_commands.n; i++)
		check_text(mail->near_commands.v[i]);
	if (mail->forwarded != NULL) {
		check_text(mail->forwarded->from.name);
		check_text(mail->forwarded->from.address);
		check_text(mail->forwarded->subject);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(256 << 20);
	struct buf text = BUF_INIT(size * 3 + 1);
	struct mail mail = { 0 };
	char *nl;

	utf8_clean(&text, (const char *)data, size);
	mail.subject = arena_strdup(arena, buf_str(&text));
	nl = strchr(mail.subject, '\n');
	mail.text = nl == NULL ? "" : nl + 1;
	if (nl != NULL)
		*nl = '\0';
	check(&mail, arena);
	buf_free(&text);
	arena_free(&arena);
	return 0;
}
