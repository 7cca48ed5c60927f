/* Doubling what somebody sends at most doubles the work: CPU time of n and of 2n
 * repetitions, the best of a few tries, so that a busy machine does not
 * matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "parsers/charset.h"
#include "parsers/mail_json.h"

#define TRIES		3
#define SLACK_S		0.004		/* too short to be measured */
#define FACTOR		2.6		/* caches are not linear */
#define BYTES_MAX	((size_t)40 << 20)

#define HEAD	"From: Jo <jo@a.example>\nTo: d@b.example\nSubject: s\n"
#define TYPE	HEAD "Content-Type: "
#define HTML	TYPE "text/html; charset=utf-8\n\n"
#define MIXED	TYPE "multipart/mixed; boundary=x\n\n"
#define REPORT	TYPE "multipart/report; boundary=x; report-type=delivery-" \
	"status\n\n--x\nContent-Type: message/delivery-status\n\n"

/* n: about as much as the limits let through, or takes a few milliseconds. */
static const struct flood {
	const char	*name, *begin, *unit, *end;
	size_t		 n;
} floods[] = {
	{ "parts", MIXED, "--x\n\ntext\n", "--x--\n", 400 },
	{ "parts without end", MIXED, "--x\nContent-Type: a/b\n\nz\n", "",
	    400 },
	{ "delimiters of another", MIXED "--x\n\n", "--y\n", "\n--x--\n",
	    100000 },
	{ "nested multiparts", HEAD, "Content-Type: multipart/mixed; "
	    "boundary=a\n\n--a\n", "\ntext\n", 45 },
	{ "nested messages", HEAD "Content-Type: message/rfc822\n\n",
	    "Content-Type: message/rfc822\n\n", "\ntext\n", 45 },
	{ "header fields", HEAD, "X-Field: some value of it\n", "\nx", 900 },
	{ "Received", HEAD, "Received: from a by b; 1 Jan 2024 00:00:00 +0000\n",
	    "\nx", 900 },
	{ "lines that are no field", HEAD, "no field at all\n", "X-A: b\n\nx",
	    4000 },
	{ "folds", HEAD "X-Field: a\n", " b\n", "\nx", 15000 },
	{ "References", HEAD "References:", " <a.b.c@d.example>", "\n\nx",
	    1500 },
	{ "References unclosed", HEAD "References:", " <a", "\n\nx", 10000 },
	{ "parentheses", HEAD "Cc: ", "(", "\n\nx", 450 },
	{ "comments", HEAD "Cc: ", "(a)", "\n\nx", 450 },
	{ "addresses", HEAD "Cc: ", "a@b.example, ", "\n\nx", 2000 },
	{ "quotes in an address", HEAD "Cc: \"", "\\\"", "\n\nx", 15000 },
	{ "groups", HEAD "Cc: ", "g: a@b.example; ", "\n\nx", 1500 },
	{ "encoded words", HEAD "X-A: b\nSubject: ", "=?utf-8?q?=C3=A9?= ",
	    "\n\nx", 1500 },
	{ "encoded words unclosed", HEAD "Subject: ", "=?utf-8?q?", "\n\nx",
	    3000 },
	{ "parameters", TYPE "a/b; ", "name*0*=a; ", "\n\nx", 2500 },
	{ "continued parameters", TYPE "a/b; name*0=a; ", "name*1=b; ", "\n\nx",
	    2500 },
	{ "lines", HEAD "\n", "line\n", "", 100000 },
	{ "empty lines", HEAD "\n", "\n", "", 300000 },
	{ "one long line", HEAD "\n", "word ", "", 100000 },
	{ "one long word", HEAD "\n", "w", "", 400000 },
	{ "quoted lines", HEAD "In-Reply-To: <a@b>\n\n", "> quoted\n", "",
	    60000 },
	{ "deep quotes", HEAD "In-Reply-To: <a@b>\n\n", "> ", "x\n", 100000 },
	{ "attributions", HEAD "In-Reply-To: <a@b>\n\n",
	    "On Monday Jo <jo@a.example> wrote:\n> x\n", "", 10000 },
	{ "attributions that wrap", HEAD "In-Reply-To: <a@b>\n\n",
	    "On Monday, Jo\n", "", 20000 },
	{ "header blocks", HEAD "In-Reply-To: <a@b>\n\n", "From: Jo\nSent: now\n"
	    "To: me\nSubject: s\n\n", "", 5000 },
	{ "signatures", HEAD "\n", "-- \nJo\n", "", 20000 },
	{ "rules", HEAD "\n", "________________________________\n", "", 10000 },
	{ "uuencode begun", HEAD "\n", "begin 644 a\n", "", 30000 },
	{ "uuencode", HEAD "\n", "begin 644 a\n#86)C\n`\nend\n", "", 400 },
	{ "PGP begun", HEAD "\n", "-----BEGIN PGP SIGNED MESSAGE-----\n", "",
	    10000 },
	{ "forward rules", HEAD "\n", "---------- Forwarded message ----------\n"
	    "From: a@b.example\n", "", 5000 },
	{ "flowed", TYPE "text/plain; format=flowed\n\n", "some words \n", "",
	    50000 },
	{ "quoted-printable", HEAD "Content-Transfer-Encoding: "
	    "quoted-printable\n\n", "=3D= \n", "", 60000 },
	{ "base64 padding", HEAD "Content-Transfer-Encoding: base64\n\n",
	    "QQ==\n", "", 60000 },
	{ "equal signs as base64", HEAD "Content-Transfer-Encoding: base64\n\n",
	    "=", "", 300000 },
	{ "utf-7", TYPE "text/plain; charset=utf-7\n\n", "+A", "", 50000 },
	{ "escapes of ISO-2022-JP", TYPE "text/plain; charset=iso-2022-jp\n\n",
	    "\033$B$\"", "", 50000 },
	{ "bytes that are no text", HEAD "\n", "\x1b[31m\xff\xfe\x80", "",
	    30000 },
	{ "entities", HTML, "&amp;&#x41;&unknown;", "", 10000 },
	{ "entity declarations", HTML "<!DOCTYPE x [", "<!ENTITY a \"&a;&a;\">",
	    "]>&a;", 5000 },
	{ "unclosed tags", HTML, "<div>", "x", 40000 },
	{ "unclosed quotes", HTML, "<blockquote>", "x", 20000 },
	{ "unclosed brackets", HTML, "<", "x", 50000 },
	{ "attributes", HTML "<p ", "a=b ", ">x", 20000 },
	{ "attributes, all others", HTML, "<p a=b c=d>x", "", 20000 },
	{ "a long attribute", HTML "<a href=\"", "abcdefgh", "\">x</a>", 50000 },
	{ "comments in HTML", HTML, "<!-- a -->", "x", 20000 },
	{ "comments unclosed", HTML, "<!-- a ", "x", 20000 },
	{ "tables", HTML, "<table><tr><td>x", "", 10000 },
	{ "cells", HTML "<table><tr>", "<td>x</td>", "</table>", 20000 },
	{ "lists", HTML, "<ul><li>x", "", 10000 },
	{ "links", HTML, "<a href=\"https://a.example/\">x</a> ", "", 10000 },
	{ "styles", HTML, "<p style=\"display:none;color:red\">x</p>", "",
	    10000 },
	{ "bounced recipients", REPORT, "Final-Recipient: rfc822; a@b.example\n"
	    "Action: failed\nStatus: 5.1.1\n\n", "\n--x--\n", 2000 },
};
#define NFLOODS	(sizeof floods / sizeof floods[0])

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds of CPU for a mail with n units, JSON included: the best of tries. */
static double
measure(const struct flood *f, size_t n)
{
	struct arena *arena = arena_new((size_t)512 << 20);
	struct buf raw = BUF_INIT(BYTES_MAX), out = BUF_INIT(BYTES_MAX * 4);
	double best = 1e9, start;
	struct mail *mail;
	struct err err;
	size_t i;

	buf_adds(&raw, f->begin);
	for (i = 0; i < n; i++)
		buf_adds(&raw, f->unit);
	buf_adds(&raw, f->end);
	assert_false(raw.failed);
	for (i = 0; i < TRIES; i++) {
		arena_reset(arena);
		buf_reset(&out);
		start = cpu();
		assert_int_equal(mail_parse(buf_slice(&raw),
		    &mail_limits_default, arena, &mail, &err), 0);
		assert_int_equal(mail_json_dump(mail, true, &out, &err), 0);
		if (cpu() - start < best)
			best = cpu() - start;
	}
	buf_free(&raw);
	buf_free(&out);
	arena_free(&arena);
	return best;
}

static void
test_floods(void **state)
{
	size_t i, slow = 0;

	(void)state;
	charset_warm();
	for (i = 0; i < NFLOODS; i++) {
		const struct flood *f = &floods[i];
		double one = measure(f, f->n), two = measure(f, 2 * f->n);
		bool linear = two <= one * FACTOR + SLACK_S;

		if (!linear) {	/* once more: the machine may have slept */
			one = measure(f, f->n);
			two = measure(f, 2 * f->n);
			linear = two <= one * FACTOR + SLACK_S;
		}
		print_message("%-26s %7.2f ms, twice as much: %7.2f ms%s\n",
		    f->name, one * 1e3, two * 1e3, linear ? "" : "  SLOW");
		slow += !linear;
	}
	assert_int_equal(slow, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
