#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "parsers/mail_json.h"

#define RAW_SIZE	4096

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is believed keeps its promises, and can be written and read again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(4 << 20);
	struct buf out = BUF_INIT(8 << 20);
	struct mail *m = NULL, *again = NULL;
	struct err err = { 0 };
	size_t i, at = 0;
	int rc;

	rc = mail_json_load((struct slice){ (const char *)data, size },
	    RAW_SIZE, arena, &m, &err);
	assert((rc == -1) == (err.code != ERR_NONE));
	if (rc == 0) {
		for (i = 0; i < m->nspans; i++) {
			assert(m->spans[i].offset == at);
			at += m->spans[i].length;
		}
		assert(m->nspans == 0 || at == strlen(m->text));
		for (i = 0; i < m->nattachments; i++)
			assert(m->attachments[i].offset <= RAW_SIZE &&
			    m->attachments[i].length <= RAW_SIZE -
			    m->attachments[i].offset);
		assert(mail_json_dump(m, true, &out, &err) == 0);
		rc = mail_json_load(buf_slice(&out), RAW_SIZE, arena, &again,
		    &err);
		assert(rc == 0 || err.code == ERR_RETRY);
	}
	buf_free(&out);
	arena_free(&arena);
	return 0;
}
