/* A mail is read or refused, whatever its bytes; what comes out keeps every
 * promise that the daemon checks, tells the truth about where its attachments
 * lie, and is the same the second time. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "parsers/decode.h"
#include "parsers/mail_json.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The library forgets what it has allocated of a broken winmail.dat; the child
 * ends soon. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libytnef";
}

static void
check_attachments(const struct mail *m, const char *in, size_t size)
{
	const struct mail_attachment *a;
	char sha256[65];
	size_t i;

	for (i = 0; i < m->nattachments && i < 20; i++) {
		a = &m->attachments[i];
		assert(a->offset <= size && a->length <= size - a->offset);
		assert(decode_sha256((struct slice){ in + a->offset,
		    a->length }, a->encoding, sha256) == a->size);
		assert(strcmp(sha256, a->sha256) == 0);
		assert(a->name == NULL || strchr(a->name, '/') == NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)256 * 1024 * 1024);
	struct buf json = BUF_INIT(64 * 1024 * 1024);
	struct buf again = BUF_INIT(64 * 1024 * 1024);
	struct slice raw = { (const char *)data, size };
	struct mail *mail = NULL, *loaded = NULL;
	struct err err = { 0 };

	if (arena == NULL || mail_parse(raw, &mail_limits_default, arena,
	    &mail, &err) != 0)
		abort();
	assert(utf8_valid(mail->text, strlen(mail->text)));
	check_attachments(mail, raw.p, size);
	if (mail_json_dump(mail, true, &json, &err) != 0 ||
	    mail_json_load(buf_slice(&json), size, arena, &loaded, &err) != 0)
		abort();
	if (mail_json_dump(loaded, true, &again, &err) != 0)
		abort();
	assert(slice_eq(buf_slice(&json), buf_slice(&again)));
	if (mail_parse_header(raw, arena, &mail, &err) != 0)
		abort();
	assert(mail->kind != MAIL_PERSON && mail->text[0] == '\0');
	buf_free(&json);
	buf_free(&again);
	arena_free(&arena);
	return 0;
}
