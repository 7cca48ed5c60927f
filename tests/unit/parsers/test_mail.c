#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/utf8.h"
#include "parsers/mail.h"
#include "parsers/mail_json.h"

#define HEAD	"From: Jo <jo@a.example>\nTo: desk@campus.example\n" \
		"Subject: s\nDate: Mon, 2 Nov 2026 10:00:00 +0000\n" \
		"Message-ID: <1@a.example>\n"
#define MIXED	HEAD "Content-Type: multipart/mixed; boundary=x\n\n"
/* SignedData around "Content-Type: text/html\n\n<p>hello" */
#define OPAQUE	"MEYGCSqGSIb3DQEHAqA5MDcCAQExADAwBgkqhkiG9w0BBwGgIwQhQ29udGVudC1U" \
	"eXBlOiB0ZXh0L2h0bWwKCjxwPmhlbGxv"
#define PIECES	"MIAGCSqGSIb3DQEHAqCAMIACAQExADCABgkqhkiG9w0BBwGggCSABApDb250ZW50" \
	"LVR5BBdwZTogdGV4dC9odG1sCgo8cD5oZWxsbwAAAAAAAAAAAAA="
#define ALT	"Content-Type: multipart/alternative; boundary=y\n\n"

/* What every result must keep, whatever the mail was: it survives the way to
 * JSON and back, where everything is checked. */
static struct mail *
parse(struct slice raw, struct arena *arena)
{
	struct buf json = BUF_INIT(64 * 1024 * 1024);
	struct mail *mail = NULL, *again = NULL;
	struct err err = { 0 };
	size_t len = raw.len;
	char *in = malloc(len + !len);

	if (len > 0)
		memcpy(in, raw.p, len);
	if (mail_parse((struct slice){ in, len }, &mail_limits_default, arena,
	    &mail, &err) != 0)
		fail_msg("%s", err.msg);
	free(in);	/* nothing may point into it */
	assert_int_equal(mail_json_dump(mail, true, &json, &err), 0);
	if (mail_json_load(buf_slice(&json), len, arena, &again, &err) != 0)
		fail_msg("%s", err.msg);
	buf_free(&json);
	return again;
}

/* The text, and the attachments as "name type size encoding;". */
static void
test_parts(void **state)
{
	static const struct { const char *in, *text, *attached; } t[] = {
		{ HEAD "\nHello\n", "Hello\n", "" },
		{ HEAD "\n", "", "" },
		{ HEAD "Content-Transfer-Encoding: base64\n\naGk=\n", "hi\n",
		    "" },
		{ HEAD "Content-Type: text/plain; charset=iso-8859-1\n"
		    "Content-Transfer-Encoding: quoted-printable\n\ncaf=E9\n",
		    "caf\xc3\xa9\n", "" },
		{ HEAD "Content-Type: text/html\n\n<p>a<p>b", "a\n\nb\n", "" },
		{ HEAD "Content-Type: text/plain; format=flowed\n\na \nb\n",
		    "a b\n", "" },
		/* trees of real mailers */
		{ MIXED "--x\n\na\n--x\nContent-Type: image/png; name=p.png\n"
		    "Content-Transfer-Encoding: base64\n\nAAAA\n--x--\n",
		    "a\n", "p.png image/png 3 base64;" },
		{ MIXED "--x\n\na\n--x\n\nb\n--x--\n", "a\n\nb\n", "" },
		{ MIXED "pre\n--x\n\na\n--x--\nepilogue\n", "a\n", "" },
		{ MIXED "--x\n" ALT "--y\n\nplain\n--y\n"
		    "Content-Type: text/html\n\n<b>html</b>\n--y--\n--x--\n",
		    "plain\n", "" },
		{ MIXED "--x\n" ALT "--y\n\n \n--y\n"
		    "Content-Type: text/html\n\n<b>html</b>\n--y--\n--x--\n",
		    "html\n", "" },
		{ MIXED "--x\n" ALT "--y\nContent-Type: text/html\n\n"
		    "<b>html</b>\n--y\n\nplain\n--y--\n--x--\n", "plain\n",
		    "" },
		/* cut off in the middle */
		{ MIXED "--x\n" ALT "--y\n\nplain\n", "plain\n", "" },
		{ MIXED "--x\n" ALT "--y\n\nplain", "plain\n", "" },
		{ MIXED "--x\n\na\n--x\nContent-Type: a/b\n\nAAAA\n",
		    "a\n", "- a/b 5 7bit;" },
		/* what begins with a blank line has no header */
		{ MIXED "--x\n\nIt relates to:\nSubject: u\n\nv\n--x--\n",
		    "It relates to:\nSubject: u\n\nv\n", "" },
		{ MIXED "--x\n\nContent-Type: text/html\n\n<b>h</b>\n--x--\n",
		    "h\n", "" },
		/* a type with something behind it */
		{ HEAD "Content-Type: text/html>\n\n<b>h</b>\n", "h\n", "" },
		{ HEAD "Content-Type: text/plain,text\n\nh\n", "h\n", "" },
		{ HEAD "Content-Type: Text / HTML\n by mx.a.example id 1\n\n"
		    "<b>h</b>\n", "h\n", "" },
		{ MIXED "--x\n" ALT "--y\n\nplain\n--y\n"
		    "Content-Type: multipart/related; boundary=z\n\n--z\n"
		    "Content-Type: text/html\n\n<img src=cid:1>\n--z\n"
		    "Content-Type: image/gif\nContent-ID: <1>\n\nGIF\n--z--\n"
		    "--y--\n--x\nContent-Disposition: attachment; "
		    "filename=a.txt\n\nfile\n--x--\n", "plain\n",
		    "- image/gif 3 7bit;a.txt text/plain 4 7bit;" },
		/* text that came as a file, and one with a name */
		{ MIXED "--x\nContent-Disposition: attachment; filename=a.txt"
		    "\n\nfile\n--x--\n", "file\n", "a.txt text/plain 4 7bit;" },
		{ MIXED "--x\nContent-Type: text/plain; name=a.txt\n\nfile\n"
		    "--x--\n", "file\n", "a.txt text/plain 4 7bit;" },
		{ MIXED "--x\n\nhi\n--x\nContent-Type: text/plain; name=a.txt"
		    "\n\nfile\n--x--\n", "hi\n", "a.txt text/plain 4 7bit;" },
		/* broken ones */
		{ MIXED "--x\n\na\n", "a\n", "" },
		{ MIXED "--x\n\na\n--x\n\nb", "a\n\nb\n", "" },
		{ MIXED "--x\n" ALT "--y\n\na\n", "a\n", "" },
		{ MIXED "--x\nContent-Type: multipart/mixed; boundary=y\n\n"
		    "--y\n\na\n", "a\n", "" },
		{ MIXED "no boundary\n--\nat all\n", "no boundary\n--\nat all\n",
		    "" },
		{ HEAD "Content-Type: multipart/mixed\n\n--x\n\na\n--x--\n",
		    "--x\n\na\n--x--\n", "" },
		{ HEAD "Content-Type: multipart/mixed; boundary=\"x \"\n\n--x"
		    "\n\na\n--x--\n", "a\n", "" },
		{ HEAD "Content-Type: text\n\na\n", "a\n", "" },
		{ HEAD "Content-Type: html\n\n<p>a\n", "a\n", "" },
		{ HEAD "Content-Type: ;;;\n\na\n", "a\n", "" },
		/* names */
		{ MIXED "--x\nContent-Type: a/b; name=\"../../x y.bin\"\n\nz\n"
		    "--x--\n", "", "x y.bin a/b 1 7bit;" },
		{ MIXED "--x\nContent-Type: a/b\nContent-Disposition: "
		    "attachment; filename*0*=utf-8''caf%C3; filename*1*=%A9."
		    "bin\n\nz\n--x--\n", "", "caf\xc3\xa9.bin a/b 1 7bit;" },
		{ MIXED "--x\nContent-Type: a/b; name=\"=?utf-8?q?=C3=A9.b?=\""
		    "\n\nz\n--x--\n", "", "\xc3\xa9.b a/b 1 7bit;" },
		/* signed, encrypted, in PGP's armour */
		{ HEAD "Content-Type: multipart/signed; boundary=x\n\n--x\n\na\n"
		    "--x\nContent-Type: application/pkcs7-signature; "
		    "name=smime.p7s\n\nSIG\n--x--\n", "a\n",
		    "smime.p7s application/pkcs7-signature 3 7bit;" },
		/* a signature around it, in one length and in pieces */
		{ HEAD "Content-Type: application/pkcs7-mime; name=smime.p7m; "
		    "smime-type=signed-data\nContent-Transfer-Encoding: base64"
		    "\n\n" OPAQUE "\n", "hello\n",
		    "smime.p7m application/pkcs7-mime 72 base64;" },
		{ HEAD "Content-Type: application/x-pkcs7-mime\n"
		    "Content-Transfer-Encoding: base64\n\n" PIECES "\n",
		    "hello\n", "- application/x-pkcs7-mime 86 base64;" },
		{ HEAD "Content-Type: application/pkcs7-mime; "
		    "smime-type=enveloped-data\n\nx\n", "",
		    "- application/pkcs7-mime 2 7bit;" },
		{ HEAD "\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"
		    "a\n- -- \nb\n-----BEGIN PGP SIGNATURE-----\nxxx\n"
		    "-----END PGP SIGNATURE-----\n", "a\n-- \nb\n", "" },
		/* a file between the lines of a text */
		{ HEAD "\nsee\nbegin 644 a.txt\n%:&5L;&\\\n`\nend\nbye\n",
		    "see\nbye\n", "a.txt application/octet-stream 5 uuencode;" },
		{ HEAD "\nbegin 644 times\nis how I say it\n",
		    "begin 644 times\nis how I say it\n", "" },
		/* an invitation */
		{ HEAD "Content-Type: text/calendar; charset=utf-8\n\n"
		    "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Exam"
		    "\\, part\n  2\nDTSTART;TZID=Europe/Berlin:20261122T100000\n"
		    "DTEND:20261122T110000Z\nLOCATION:B 301\nEND:VEVENT\n",
		    "[Calendar REQUEST: Exam, part 2, 2026-11-22 10:00 "
		    "Europe/Berlin to 2026-11-22 11:00 UTC, B 301]\n",
		    "- text/calendar 160 7bit;" },
		/* nothing but a message that is passed on */
		{ HEAD "Content-Type: message/rfc822\n\nFrom: X <x@b.example>\n"
		    "Subject: help\n\nmy screen\n",
		    "---------- Forwarded message ----------\n"
		    "From: X <x@b.example>\nSubject: help\n\nmy screen\n",
		    "help.eml message/rfc822 47 7bit;" },
		{ MIXED "--x\n\nspam, see\n--x\nContent-Type: message/rfc822\n\n"
		    "Subject: buy\n\nnow\n--x--\n", "spam, see\n",
		    "buy.eml message/rfc822 17 7bit;" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct arena *arena = arena_new(16 * 1024 * 1024);
		struct buf b = BUF_INIT(10000);
		struct mail *m;

		print_message("%zu: %s\n", i, t[i].in);
		m = parse(slice_of(t[i].in), arena);
		assert_string_equal(m->text, t[i].text);
		for (size_t k = 0; k < m->nattachments; k++) {
			struct mail_attachment *a = &m->attachments[k];

			buf_addf(&b, "%s %s %zu %s;",
			    a->name == NULL ? "-" : a->name, a->type, a->size,
			    mail_encoding_name(a->encoding));
		}
		assert_string_equal(buf_str(&b), t[i].attached);
		buf_free(&b);
		arena_free(&arena);
	}
}

/* An attachment is a slice of the mail, as it came. */
static void
test_slice(void **state)
{
	static const char in[] = MIXED "--x\nContent-Type: a/b\n"
	    "Content-Transfer-Encoding: base64\n\naGVsbG8=\n--x--\n";
	struct arena *arena = arena_new(16 * 1024 * 1024);
	struct mail *m = parse(slice_of(in), arena);

	(void)state;
	assert_int_equal(m->nattachments, 1);
	assert_int_equal(m->attachments[0].length, 8);
	assert_memory_equal(in + m->attachments[0].offset, "aGVsbG8=", 8);
	assert_string_equal(m->attachments[0].sha256, "2cf24dba5fb0a30e26e83b2"
	    "ac5b9e29e1b161e5c1fa7425e73043362938b9824");
	assert_int_equal(m->header_length, strstr(in, "--x\n") - in);
	arena_free(&arena);
}

static void
test_fields(void **state)
{
	struct arena *arena = arena_new(16 * 1024 * 1024);
	char date[CLOCK_TEXT_MAX];
	struct mail *m;

	(void)state;
	m = parse(SLICE_LIT("From: =?utf-8?q?J=C3=B6?= <jo@a.example>, "
	    "b@a.example\nReply-To: r@a.example\nTo: x@a.example\n"
	    "To: y@a.example\nCc: Team: z@a.example;\nSubject: =?utf-8?q?a?="
	    "\n =?utf-8?q?b?=\nDate: 2 Nov 2026 10:00 +0100\n"
	    "Message-ID: (c) <id@a.example>\n\nhi\n"), arena);
	assert_string_equal(m->from.name, "J\xc3\xb6");
	assert_string_equal(m->from.address, "jo@a.example");
	assert_int_equal(m->from_count, 2);
	assert_int_equal(m->reply_to.n, 1);
	assert_int_equal(m->to.n, 2);
	assert_string_equal(m->to.v[1].address, "y@a.example");
	assert_string_equal(m->cc.v[0].address, "z@a.example");
	assert_string_equal(m->subject, "ab");
	assert_true(m->has_date);
	assert_string_equal(clock_rfc3339(m->date_ms, date),
	    "2026-11-02T09:00:00Z");
	assert_string_equal(m->message_id, "id@a.example");
	assert_true(m->duplicate_headers);
	assert_int_equal(m->kind, MAIL_PERSON);
	assert_string_equal(m->reply, "hi");

	/* the body's charset is no hint where it is not ASCII's child */
	m = parse(SLICE_LIT(HEAD "Content-Type: text/plain; charset=utf-16\n"
	    "Content-Transfer-Encoding: base64\n\n//5oAGkA\n"), arena);
	assert_string_equal(m->from.address, "jo@a.example");
	assert_string_equal(m->subject, "s");
	assert_string_equal(m->text, "hi\n");

	m = parse(SLICE_LIT("X: y\n\nhi\n"), arena);
	assert_null(m->from.name);
	assert_null(m->from.address);
	assert_null(m->subject);
	assert_null(m->message_id);
	assert_false(m->has_date);
	assert_false(m->duplicate_headers);
	assert_true(m->warnings.n > 0);
	arena_free(&arena);
}

/* A forwarded message in base64 that holds one more. */
static void
test_nested(void **state)
{
	/* "From: x@b.example\nSubject: inner\n\nthe inside\n" */
	static const char in[] = "From: a@b.example\nSubject: Fwd: it\n"
	    "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nlook\n--x\n"
	    "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n"
	    "\nRnJvbTogeEBiLmV4YW1wbGUKU3ViamVjdDogaW5uZXIKCnRoZSBpbnNpZGUK\n"
	    "--x--\n";
	struct arena *arena = arena_new(16 * 1024 * 1024);
	struct mail *m = parse(slice_of(in), arena);

	(void)state;
	assert_non_null(strstr(m->text, "the inside"));
	assert_non_null(m->forwarded);
	assert_string_equal(m->forwarded->from.address, "x@b.example");
	assert_string_equal(m->forwarded->subject, "inner");
	assert_string_equal(m->reply, "look");
	assert_string_equal(m->attachments[0].name, "inner.eml");
	arena_free(&arena);
}

/* Bytes of many kinds, repeated: read or unreadable, never slow, never wrong
 * in a way that the check of the JSON finds. */
static void
test_hostile(void **state)
{
	static const struct {
		const char	*begin, *unit, *end;
		size_t		 n;
		bool		 unreadable;
	} t[] = {
		{ "Content-Type: multipart/mixed; boundary=\"\\\"\"\n\n", "", "",
		    0, true },
		{ MIXED "--x\nContent-Type: multipart/mixed; boundary=\"\\\"\""
		    "\n\n", "", "", 0, true },
		{ "From: ", "(", "\n\nx", 150000, true },
		{ "From: ", "(", "\n\nx", 200, false },
		{ "From: \"", "\\\"", "\n\nx", 30000, false },
		{ "Content-Type: multipart/mixed; boundary=a\n\n",
		    "--a\nContent-Type: multipart/mixed; boundary=a\n\n", "",
		    40000, true },
		{ "Content-Type: multipart/mixed; boundary=a\n\n",
		    "--a\nContent-Type: multipart/mixed; boundary=a\n\n", "",
		    90, false },
		{ MIXED, "--x\n\n", "", 100000, false },
		{ MIXED, "--x\nContent-Type: a/b\n\nz\n", "", 30000, false },
		{ "", "X: y\n", "\nx", 100000, true },
		{ "", "A: b\n", "\nx", 1990, false },
		{ "Subject: ", "x", "\n\nx", 10000000, true },
		{ "References: ", "<a@b> ", "\n\nx", 10000, false },
		{ "Subject: ", "=?utf-8?q?=C3?= ", "\n\nx", 4000, false },
		{ "Subject: ", "=?utf-8?q?", "\n\nx", 6000, false },
		{ "To: ", "a@b.example,", "\n\nx", 5000, false },
		{ "Content-Type: a/b; ", "name*0*=a; ", "\n\nx", 5000, false },
		{ "A: b\n\n", "line\n", "", 1000000, false },
		{ "A: b\n\n", "\n", "", 3000000, false },
		{ "A: b\n\n", "begin 644 a\n", "", 100000, false },
		{ "A: b\n\n", "> ", "x\n", 500000, false },
		{ "A: b\nContent-Transfer-Encoding: quoted-printable\n\n",
		    "=3D= \n", "", 500000, false },
		{ "A: b\nContent-Transfer-Encoding: base64\n\n", "=", "",
		    1000000, false },
		{ "A: b\nContent-Type: text/plain; charset=utf-7\n\n", "+A",
		    "", 500000, false },
		{ "A: b\nContent-Type: text/html\n\n", "<div>", "x", 400000,
		    false },
		{ "A: b\n\n", "\x1b[31m\xff\xfe\x80", "", 200000, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct arena *arena = arena_new((size_t)512 * 1024 * 1024);
		struct buf b = BUF_INIT(40 * 1024 * 1024);
		clock_t start;
		double seconds;
		struct mail *m;

		buf_adds(&b, t[i].begin);
		for (size_t k = 0; k < t[i].n; k++)
			buf_adds(&b, t[i].unit);
		buf_adds(&b, t[i].end);
		/* of this process: others may keep the machine busy */
		start = clock();
		m = parse(buf_slice(&b), arena);
		seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
		print_message("%zu: %s%s… %zu bytes, %.3f s\n", i, t[i].begin,
		    t[i].unit, b.len, seconds);
		assert_true(seconds < 10);
		assert_int_equal(m->kind == MAIL_UNREADABLE, t[i].unreadable);
		if (t[i].unreadable)
			assert_true(m->warnings.n > 0);
		buf_free(&b);
		arena_free(&arena);
	}
}

/* A mail cut anywhere is still read. */
static void
test_cut(void **state)
{
	static const char in[] = MIXED "--x\n" ALT "--y\n\nplain =C3=A9\n--y\n"
	    "Content-Type: text/html; charset=\"utf-8\"\n\n<b>h&eacute;</b>\n"
	    "--y--\n--x\nContent-Type: a/b; name*=utf-8''%C3%A9\n"
	    "Content-Transfer-Encoding: base64\n\naGVsbG8=\n--x--\n";

	(void)state;
	for (size_t n = 0; n < sizeof in; n++) {
		struct arena *arena = arena_new(16 * 1024 * 1024);
		struct err err = { 0 };
		struct mail *m = parse((struct slice){ in, n }, arena);

		assert_true(utf8_valid(m->text, strlen(m->text)));
		assert_int_equal(mail_parse_header((struct slice){ in, n },
		    arena, &m, &err), 0);
		assert_int_equal(m->kind, MAIL_UNREADABLE);
		assert_string_equal(m->text, "");
		arena_free(&arena);
	}
}

/* A text that is too long is cut, at a whole character, and that is said. */
static void
test_long_text(void **state)
{
	static const struct { const char *head, *unit, *tail; } t[] = {
		{ HEAD "Content-Type: text/plain; charset=utf-8\n\n",
		    "\xc3\xa9", "" },
		{ HEAD "Content-Type: text/plain; charset=utf-8\n\n",
		    "\xe2\x82\xac\n", "" },
		{ HEAD "Content-Type: text/plain; charset=iso-8859-1\n\n",
		    "\xe9\n", "" },
		{ HEAD "Content-Type: text/plain; format=flowed\n\n", "a\n",
		    "" },
		{ HEAD "Content-Type: text/plain\nContent-Transfer-Encoding: "
		    "base64\n\n", "YWFhYWFh\n", "" },
		{ HEAD "Content-Type: text/plain\nContent-Transfer-Encoding: "
		    "quoted-printable\n\n", "a=C3=A9\n", "" },
		{ HEAD "Content-Type: text/html\n\n", "<p>a", "" },
		{ MIXED, "--x\n\naaaaaaaaa\n", "--x--\n" },
		{ HEAD "\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n\n",
		    "a\n", "-----BEGIN PGP SIGNATURE-----\nx\n"
		    "-----END PGP SIGNATURE-----\n" },
	};
	static const size_t len[] = { 900, 1200, 2500, 5000, 20000 };
	struct mail_limits limits = mail_limits_default;

	(void)state;
	limits.text = 1000;
	for (size_t i = 0; i < sizeof t / sizeof t[0] * 5; i++) {
		size_t k = i / 5, n = len[i % 5];
		struct arena *arena = arena_new(16 * 1024 * 1024);
		struct buf b = BUF_INIT(1024 * 1024);
		struct mail *m = NULL;
		struct err err = { 0 };

		buf_adds(&b, t[k].head);
		while (b.len < n)
			buf_adds(&b, t[k].unit);
		buf_adds(&b, t[k].tail);
		assert_int_equal(mail_parse(buf_slice(&b), &limits, arena, &m,
		    &err), 0);
		print_message("%zu %zu: %zu\n", k, n, strlen(m->text));
		assert_true(utf8_valid(m->text, strlen(m->text)));
		assert_true(strlen(m->text) > 150);
		assert_true(strlen(m->text) <= limits.text);
		if (n == 20000) {
			assert_true(strlen(m->text) > limits.text - 20);
			assert_int_equal(m->warnings.n > 0, 1);
		}
		buf_free(&b);
		arena_free(&arena);
	}
}

/* Too large is said; too little memory is no one's fault. */
static void
test_failures(void **state)
{
	struct mail_limits limits = mail_limits_default;
	struct arena *arena = arena_new(16 * 1024 * 1024);
	struct mail *m = NULL;
	struct err err = { 0 };
	size_t max;
	int ret = -1;

	(void)state;
	limits.mail = 5;
	assert_int_equal(mail_parse(SLICE_LIT("A: b\n\n"), &limits, arena, &m,
	    &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	arena_free(&arena);
	for (max = 100; ret != 0 && max < 1000000; max += max / 3) {
		arena = arena_new(max);
		m = NULL;
		err = (struct err){ 0 };
		ret = mail_parse(SLICE_LIT(MIXED "--x\n\na\n--x\n"
		    "Content-Type: a/b; name=c\n\nd\n--x--\n"),
		    &mail_limits_default, arena, &m, &err);
		assert_int_equal(ret == 0, m != NULL);
		if (ret != 0)
			assert_int_equal(err.code, ERR_RETRY);
		arena_free(&arena);
	}
	assert_int_equal(ret, 0);
}

static void
test_words(void **state)
{
	enum mail_kind kind;
	enum mail_span_kind span;
	enum mail_encoding enc;

	(void)state;
	for (int i = 0; i < MAIL_NKIND; i++) {
		assert_true(mail_kind_parse(mail_kind_name((enum mail_kind)i),
		    &kind));
		assert_int_equal(kind, i);
	}
	for (int i = 0; i < SPAN_NKIND; i++) {
		assert_true(mail_span_parse(mail_span_name(
		    (enum mail_span_kind)i), &span));
		assert_int_equal(span, i);
	}
	for (int i = 0; i < ENC_NENC; i++) {
		assert_true(mail_encoding_parse(mail_encoding_name(
		    (enum mail_encoding)i), &enc));
		assert_int_equal(enc, i);
	}
	assert_false(mail_kind_parse("persons", &kind));
	assert_false(mail_span_parse("", &span));
	assert_false(mail_encoding_parse("base65", &enc));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_slice),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
