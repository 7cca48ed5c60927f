#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "webview/fields.h"
#include "webview/peers.h"

static void
test_disposition(void **state)
{
	static const struct { const char *name, *want; } t[] = {
		{ "photo.png", "attachment; filename=\"photo.png\"; "
		  "filename*=UTF-8''photo.png" },
		{ "", "attachment; filename=\"attachment\"; "
		  "filename*=UTF-8''attachment" },
		{ "a b.txt", "attachment; filename=\"a b.txt\"; "
		  "filename*=UTF-8''a%20b.txt" },
		{ "Dr\303\274cker.pdf", "attachment; filename=\"Dr__cker.pdf\""
		  "; filename*=UTF-8''Dr%C3%BCcker.pdf" },
		{ "a\"; filename=\"b.html", "attachment; filename=\"a__ "
		  "filename=_b.html\"; filename*=UTF-8''a__%20filename%3D_"
		  "b.html" },
		{ "../../etc/passwd", "attachment; filename=\"_._.._etc_passwd"
		  "\"; filename*=UTF-8''_._.._etc_passwd" },
		{ ".bashrc", "attachment; filename=\"_bashrc\"; "
		  "filename*=UTF-8''_bashrc" },
		{ "a\r\nX: y", "attachment; filename=\"a__X_ y\"; "
		  "filename*=UTF-8''a__X_%20y" },
		{ "a\342\200\256gpj.exe", "attachment; filename=\"a_gpj.exe\"; "
		  "filename*=UTF-8''a_gpj.exe" },
		{ "a\377b", "attachment; filename=\"a_b\"; "
		  "filename*=UTF-8''a_b" },
		{ "C:\\x%41", "attachment; filename=\"C__x_41\"; "
		  "filename*=UTF-8''C__x_41" },
		{ "a'b*c", "attachment; filename=\"a'b_c\"; "
		  "filename*=UTF-8''a%27b_c" },
	};
	struct arena *arena = arena_new(1 << 20);
	char name[5000];
	const char *text;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
		assert_string_equal(fields_disposition(t[i].name, arena),
		    t[i].want);
	for (size_t i = 0; i < sizeof name - 1; i += 2)
		memcpy(name + i, "\303\244", 2);
	name[sizeof name - 2] = '\0';
	text = fields_disposition(name, arena);
	assert_true(strlen(text) > 600 && strlen(text) < 1000);
	assert_string_equal(text + strlen(text) - 6, "%C3%A4");
	arena_free(&arena);
}

static void
test_file_type(void **state)
{
	static const struct { const char *type, *want; } t[] = {
		{ "image/png", "image/png" }, { "IMAGE/JPEG", "image/jpeg" },
		{ "application/pdf", "application/pdf" },
		{ "text/plain", "text/plain; charset=utf-8" },
		{ "text/html", "application/octet-stream" },
		{ "image/svg+xml", "application/octet-stream" },
		{ "text/xml", "application/octet-stream" },
		{ "application/xhtml+xml", "application/octet-stream" },
		{ "text/javascript", "application/octet-stream" },
		{ "message/rfc822", "application/octet-stream" },
		{ "image/png; x=\r\ny", "application/octet-stream" },
		{ "", "application/octet-stream" },
		{ NULL, "application/octet-stream" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
		assert_string_equal(fields_file_type(t[i].type), t[i].want);
}

static void
test_peers(void **state)
{
	static const struct { const char *network, *address; bool in; } t[] = {
		{ "127.0.0.1", "127.0.0.1", true },
		{ "127.0.0.1", "127.0.0.2", false },
		{ "10.1.0.0/16", "10.1.255.3", true },
		{ "10.1.0.0/16", "10.2.0.0", false },
		{ "10.1.0.0/13", "10.7.9.9", true },
		{ "10.1.0.0/13", "10.8.0.0", false },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::ffff:127.0.0.1", "127.0.0.1", true },
		{ "127.0.0.1", "::ffff:127.0.0.1", true },
		{ "2001:db8::/32", "2001:db8:ffff::1", true },
		{ "2001:db8::/32", "2001:db9::1", false },
		{ "::1", "::1", true },
		{ "10.0.0.0/33", "10.0.0.0", false },
		{ "nonsense", "127.0.0.1", false },
		{ "127.0.0.1", "unix", false },
		{ "127.0.0.1", "127.0.0.1 ", false },
		{ "127.0.0.1", "", false },
		{ "0.0.0.0/0", "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18",
		  false },
	};
	struct slice last;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		const char *v[] = { "192.0.2.77", t[i].network };
		struct strings networks = { v, 2 };

		print_message("%s %s\n", t[i].network, t[i].address);
		assert_int_equal(peers_have(&networks,
		    slice_of(t[i].address)), t[i].in);
	}
	assert_true(peers_forwarded("1.1.1.1, 2.2.2.2", &last));
	assert_true(slice_is(last, "2.2.2.2"));
	assert_true(peers_forwarded("3.3.3.3", &last));
	assert_true(slice_is(last, "3.3.3.3"));
	assert_false(peers_forwarded("1.1.1.1, ", &last));
	assert_false(peers_forwarded("", &last));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disposition),
		cmocka_unit_test(test_file_type),
		cmocka_unit_test(test_peers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
