#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypt.h"
#include "base/mime_write.h"

#define E "\xc3\xa9"			/* e with acute */

static char *
exact(const char *s)
{
	size_t len = strlen(s);

	return memcpy(malloc(len + !len), s, len);
}

static void
test_clean(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "", "" },
		{ "  a \t b\r\n c  ", "a b c" },
		{ "Hi\r\nBcc: x@y", "Hi Bcc: x@y" },
		{ "a\x01\x7f" "b", "a b" },
		{ "a\xc2\x85" "b\xe2\x80\xa8" "c", "a b c" },
		{ "a\xe2\x80\xae" "b\xe2\x81\xa6" "c\xef\xbb\xbf", "abc" },
		{ "a\xff\xc3", "a" },
		{ "caf" E, "caf" E },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf out = BUF_INIT(1000);
		char *in = exact(t[i].in);

		print_message("%s\n", t[i].in);
		mime_clean(&out, (struct slice){ in, strlen(t[i].in) });
		assert_string_equal(buf_str(&out), t[i].out);
		buf_free(&out);
		free(in);
	}
}

#define A10 "aaaaaaaaaa"
#define W50 "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"

static void
test_header(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "", "S: \r\n" },
		{ "[#1042] Printer", "S: [#1042] Printer\r\n" },
		{ "Hi\r\nBcc: x@y\r\n\r\nbody", "S: Hi Bcc: x@y body\r\n" },
		{ W50 " " W50, "S: " W50 "\r\n " W50 "\r\n" },
		{ "caf" E, "S: =?UTF-8?Q?caf=C3=A9?=\r\n" },
		{ E E E, "S: =?UTF-8?B?w6nDqcOp?=\r\n" },
		{ "a =?UTF-8?Q?x?= b", "S: =?UTF-8?Q?a_=3D=3FUTF-8=3FQ=3Fx=3F="
		    "3D_b?=\r\n" },
		{ "2 + 2 = 4 ?", "S: 2 + 2 = 4 ?\r\n" },
		/* a word that no line holds is cut into encoded words */
		{ A10 A10 A10 A10 A10 A10 A10 A10, "S: =?UTF-8?Q?"
		    A10 A10 A10 A10 A10 A10 "a?=\r\n =?UTF-8?Q?aaaaaaaaa"
		    A10 "?=\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf out = BUF_INIT(10000);

		print_message("%s\n", t[i].in);
		mime_header(&out, "S", slice_of(t[i].in));
		assert_string_equal(buf_str(&out), t[i].out);
		buf_free(&out);
	}
}

static void
assert_lines(struct buf *b, size_t max)
{
	const char *p = buf_str(b), *end;

	for (; *p != '\0'; p = end + 2) {
		end = strstr(p, "\r\n");
		assert_non_null(end);
		assert_true((size_t)(end - p) <= max);
		for (; p < end; p++)
			assert_true((unsigned char)*p < 0x7f &&
			    ((unsigned char)*p >= ' ' || *p == '\t'));
	}
}

/* Long hostile values keep to the lines and stay 7-bit. */
static void
test_header_long(void **state)
{
	static const char *const units[] = { "x", "x ", E, E " ", "\r\n", "=?",
	    "\xf0\x9f\x98\x80", "\xff", "\x01T\x01", "\"<>@," };

	(void)state;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		struct buf in = BUF_INIT(1 << 21), out = BUF_INIT(1 << 21);

		print_message("%zu\n", i);
		while (in.len < 1 << 20)
			buf_adds(&in, units[i]);
		mime_header(&out, "Subject", buf_slice(&in));
		assert_lines(&out, 76);
		buf_reset(&out);
		mime_header_tokens(&out, "References", buf_slice(&in));
		assert_false(out.failed);
		buf_free(&in);
		buf_free(&out);
	}
}

static void
test_mailbox(void **state)
{
	static const struct { const char *name, *out; } t[] = {
		{ NULL, "To: <a@b.example>\r\n" },
		{ "", "To: <a@b.example>\r\n" },
		{ "\r\n", "To: <a@b.example>\r\n" },
		{ "Mia Adler", "To: \"Mia Adler\" <a@b.example>\r\n" },
		{ "a\"b\\", "To: \"a\\\"b\\\\\" <a@b.example>\r\n" },
		{ "Zo" E, "To: =?UTF-8?Q?Zo=C3=A9?= <a@b.example>\r\n" },
		{ "x\r\nBcc: evil@x", "To: \"x Bcc: evil@x\" "
		    "<a@b.example>\r\n" },
		{ W50 " " A10, "To: \"" W50 " " A10 "\"\r\n <a@b.example>\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf out = BUF_INIT(1000);

		mime_header_mailbox(&out, "To", t[i].name, "a@b.example");
		assert_string_equal(buf_str(&out), t[i].out);
		buf_free(&out);
	}
}

static void
test_tokens(void **state)
{
	struct buf out = BUF_INIT(10000);

	(void)state;
	mime_header_tokens(&out, "References", slice_of("<" W50 "@x>  <b@x>\r\n"
	    " Bcc: <" W50 "@y> \xc3\xa9"));
	assert_string_equal(buf_str(&out), "References: <" W50 "@x> <b@x>\r\n"
	    " Bcc: <" W50 "@y>\r\n");
	buf_free(&out);
}

static void
test_address_ok(void **state)
{
	static const struct { const char *in; bool ok; } t[] = {
		{ "a@b.example", true },
		{ "jana.o'neil+x@stud.campus.example", true },
		{ "root@localhost", true },
		{ "", false }, { "a", false }, { "@b", false }, { "a@", false },
		{ "a@b\r\nRCPT TO:<x@y>", false },
		{ "a b@c", false }, { "a@b c", false }, { "<a@b>", false },
		{ "a@b>", false }, { "a..b@c", false }, { ".a@c", false },
		{ "a.@c", false }, { "a@c.", false }, { "a@-c", false },
		{ "a,b@c", false }, { "a;b@c", false }, { "\"a\"@c", false },
		{ "j" E "@c", false }, { "a@" E, false }, { "a@[1.2.3.4]", false },
		{ "a@b@c", false }, { "a\x01@b", false },
		{ A10 A10 A10 A10 A10 A10 "aaaa@b", true },
		{ A10 A10 A10 A10 A10 A10 "aaaaa@b", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].in);
		assert_int_equal(mime_address_ok(t[i].in), t[i].ok);
	}
}

static void
test_date(void **state)
{
	char out[MIME_DATE_MAX];

	(void)state;
	assert_string_equal(mime_date(0, out),
	    "Thu, 01 Jan 1970 00:00:00 +0000");
	assert_string_equal(mime_date(1795601999123, out),
	    "Wed, 25 Nov 2026 10:19:59 +0000");
	assert_string_equal(mime_date(951782400000, out),
	    "Tue, 29 Feb 2000 00:00:00 +0000");
}

static void
test_qp(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "", "" },
		{ "a", "a\r\n" },
		{ "a\r\nb\n", "a\r\nb\r\n" },
		{ "a\n\nb", "a\r\n\r\nb\r\n" },
		{ "1+1=2", "1+1=3D2\r\n" },
		{ "end \nend\t\n", "end=20\r\nend=09\r\n" },
		{ "From me\n from\n.\n..", "=46rom me\r\n from\r\n=2E\r\n=2E."
		    "\r\n" },
		{ "caf" E, "caf=C3=A9\r\n" },
		{ "a\x01" "b\rc\x7f", "a=01b=0Dc=7F\r\n" },
		{ A10 A10 A10 A10 A10 A10 A10 "aaaaaa", A10 A10 A10 A10 A10
		    A10 A10 "aaaaa=\r\na\r\n" },
		{ A10 A10 A10 A10 A10 A10 A10 "aaaa" E, A10 A10 A10 A10 A10
		    A10 A10 "aaaa=\r\n=C3=A9\r\n" },
		{ A10 A10 A10 A10 A10 A10 A10 "aaaaa.", A10 A10 A10 A10 A10
		    A10 A10 "aaaaa=\r\n=2E\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf out = BUF_INIT(1000);
		char *in = exact(t[i].in);

		print_message("%s\n", t[i].in);
		mime_qp(&out, (struct slice){ in, strlen(t[i].in) });
		assert_string_equal(buf_str(&out), t[i].out);
		assert_lines(&out, 76);
		buf_free(&out);
		free(in);
	}
}

/* In pieces of any size the same as at once. */
static void
test_base64(void **state)
{
	unsigned char data[200];
	char whole[300];

	(void)state;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)(i * 7);
	for (size_t len = 0; len < sizeof data; len++)
		for (size_t step = 1; step < 8; step++) {
			struct buf out = BUF_INIT(1000);
			struct mime_base64 b64 = { .nrest = 0 };
			size_t n = 0;

			for (size_t i = 0; i < len; i += step)
				mime_base64_add(&b64, &out, data + i,
				    len - i < step ? len - i : step);
			mime_base64_done(&b64, &out);
			assert_lines(&out, 76);
			for (size_t i = 0; i < out.len; i++)
				if (out.p[i] != '\r' && out.p[i] != '\n')
					out.p[n++] = out.p[i];
			crypt_base64(data, len, whole);
			assert_int_equal(n, strlen(whole));
			if (n > 0)
				assert_memory_equal(out.p, whole, n);
			buf_free(&out);
		}
}

#define REST "Content-Transfer-Encoding: base64\r\n" \
	"Content-Disposition: attachment"

static void
test_attachment_head(void **state)
{
	static const struct { const char *type, *name, *out; } t[] = {
		{ "image/png", NULL, "Content-Type: image/png\r\n" REST
		    "\r\n\r\n" },
		{ "image/svg+xml", "a b.svg", "Content-Type: image/svg+xml\r\n"
		    REST "; filename=\"a b.svg\";\r\n filename*=UTF-8''a%20b.svg"
		    "\r\n\r\n" },
		{ "message/rfc822", "\"\\x\r\nX: y\"", "Content-Type: "
		    "application/octet-stream\r\n" REST "; filename=\"__x X: y_"
		    "\";\r\n filename*=UTF-8''%22%5Cx%20X%3A%20y%22\r\n\r\n" },
		{ "a/b\r\nX: y", "r" E "sum" E ".pdf", "Content-Type: "
		    "application/octet-stream\r\n" REST "; filename=\"r_sum_.pdf"
		    "\";\r\n filename*=UTF-8''r%C3%A9sum%C3%A9.pdf\r\n\r\n" },
		{ NULL, "", "Content-Type: application/octet-stream\r\n" REST
		    "\r\n\r\n" },
		{ "text", "x", "Content-Type: application/octet-stream\r\n" REST
		    "; filename=\"x\";\r\n filename*=UTF-8''x\r\n\r\n" },
		{ "multipart/mixed", NULL, "Content-Type: application/"
		    "octet-stream\r\n" REST "\r\n\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf out = BUF_INIT(2000);

		mime_attachment_head(&out, t[i].type, t[i].name);
		assert_string_equal(buf_str(&out), t[i].out);
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_header_long),
		cmocka_unit_test(test_mailbox),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_address_ok),
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_qp),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_attachment_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
