#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "parsers/mail.h"
#include "parsers/tnef.h"

/* The library forgets what it has allocated of a broken winmail.dat; the child
 * ends soon. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libytnef";
}

/* One attribute: level, id, length, data, checksum; the least byte first. */
static void
add(struct buf *b, int level, uint32_t id, struct slice data)
{
	uint32_t n = (uint32_t)data.len;
	unsigned sum = 0;
	int i;

	buf_addc(b, (char)level);
	for (i = 0; i < 4; i++)
		buf_addc(b, (char)(id >> (8 * i)));
	for (i = 0; i < 4; i++)
		buf_addc(b, (char)(n >> (8 * i)));
	buf_addslice(b, data);
	for (size_t k = 0; k < data.len; k++)
		sum += (unsigned char)data.p[k];
	buf_addc(b, (char)sum);
	buf_addc(b, (char)(sum >> 8));
}

static void
winmail(struct buf *b)
{
	buf_add(b, "\x78\x9f\x3e\x22\x01\x00", 6);
	add(b, 1, 0x00089006, (struct slice){ "\0\0\1\0", 4 });
	add(b, 1, 0x00069007, (struct slice){ "\xe4\x04\0\0\0\0\0\0", 8 });
	add(b, 1, 0x0002800c, (struct slice){ "caf\xe9\r\nbar", 10 });
	add(b, 2, 0x00069002, (struct slice){ "\1\0\0\0\0\0\0\0\0\0\0\0\0\0",
	    14 });
	add(b, 2, 0x00018010, (struct slice){ "../plan.pdf", 12 });
	add(b, 2, 0x0006800f, SLICE_LIT("PDF"));
}

static void
test_read(void **state)
{
	struct arena *arena = arena_new(1000000);
	struct buf b = BUF_INIT(10000);
	struct tnef t;

	(void)state;
	winmail(&b);
	assert_true(tnef_read(buf_slice(&b), arena, &t));
	assert_true(slice_is(t.body, "caf\xe9\r\nbar"));
	assert_string_equal(t.charset, "cp1252");
	assert_int_equal(t.nmembers, 1);
	assert_string_equal(t.members[0], "plan.pdf");
	assert_false(tnef_read(SLICE_LIT("no such thing"), arena, &t));
	assert_int_equal(t.body.len, 0);
	buf_free(&b);
	arena_free(&arena);
}

/* Cut anywhere, and with any byte changed, it ends without harm and says
 * nothing on standard output. */
static void
test_broken(void **state)
{
	struct buf b = BUF_INIT(10000);
	FILE *out = stdout;
	struct tnef t;

	(void)state;
	winmail(&b);
	for (size_t i = 0; i < b.len; i++) {
		struct arena *arena = arena_new(1000000);
		char *copy = malloc(b.len);

		memcpy(copy, b.p, b.len);
		tnef_read((struct slice){ copy, i }, arena, &t);
		copy[i] = (char)(copy[i] ^ 0xff);
		tnef_read((struct slice){ copy, b.len }, arena, &t);
		assert_true(t.nmembers <= TNEF_MEMBERS_MAX);
		assert_ptr_equal(stdout, out);
		free(copy);
		arena_free(&arena);
	}
	buf_free(&b);
}

static void
test_mail(void **state)
{
	struct arena *arena = arena_new(1000000);
	struct buf b = BUF_INIT(10000), raw = BUF_INIT(10000);
	struct mail *m = NULL;
	struct err err = { 0 };

	(void)state;
	winmail(&b);
	buf_adds(&raw, "From: jo@a.example\nContent-Type: application/ms-tnef; "
	    "name=winmail.dat\nContent-Transfer-Encoding: binary\n\n");
	buf_addslice(&raw, buf_slice(&b));
	assert_int_equal(mail_parse(buf_slice(&raw), &mail_limits_default,
	    arena, &m, &err), 0);
	assert_string_equal(m->text, "caf\xc3\xa9\nbar\n");
	assert_int_equal(m->nattachments, 1);
	assert_string_equal(m->attachments[0].name, "winmail.dat");
	assert_string_equal(m->warnings.v[m->warnings.n - 1],
	    "winmail.dat holds plan.pdf");
	buf_free(&raw);
	buf_free(&b);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
