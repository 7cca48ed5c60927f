/* Whole mails made to cost as much as they can: twice as long a mail takes about
 * twice as long, below the limits, at them and far above. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "parsers/mail.h"

#define RAW_MAX		((size_t)39 * 1024 * 1024)
#define ARENA_MAX	((size_t)512 << 20)
#define TRIES		5
#define FLOOD_SIZE	((size_t)500 * 1000)
#ifdef __SANITIZE_ADDRESS__	/* all is slower, and realloc always copies */
#define SECONDS_MAX	60.0
#define RATIO_MAX	6.0
#else
#define SECONDS_MAX	8.0	/* of any of them; the child has ten */
#define RATIO_MAX	3.0	/* a square would take four times as long */
#endif

#define FROM	"From: a@b.example\nSubject: s\n"
#define TEXT	FROM "\n"
#define HTML	FROM "Content-Type: text/html; charset=utf-8\n\n"
#define MIXED	FROM "MIME-Version: 1.0\n" \
	"Content-Type: multipart/mixed; boundary=b\n\n"

/* start, then piece again and again until that many bytes, then end. */
struct flood {
	const char	*name, *start, *piece, *end;
	size_t		 small;		/* bytes; 0: FLOOD_SIZE */
};

static const struct flood floods[] = {
	/* structure */
	{ "parts", MIXED, "--b\n\nx\n", "--b--\n", 8000 },
	{ "too many parts", MIXED, "--b\n\nx\n", "--b--\n", 0 },
	{ "parts of nothing", MIXED, "--b\n", "--b--\n", 0 },
	{ "near boundaries", MIXED "--b\n\n", "--b-\n--\n-b\n", "--b--\n", 0 },
	{ "files", MIXED, "--b\nContent-Type: image/png; name=a.png\n"
	  "Content-Transfer-Encoding: base64\n\niVBORw0K\n", "--b--\n",
	  80000 },
	{ "attached mails", MIXED, "--b\nContent-Type: message/rfc822\n\n"
	  FROM "\nx\n", "--b--\n", 40000 },
	{ "reports", FROM "Content-Type: multipart/report; boundary=b; "
	  "report-type=delivery-status\n\n--b\nContent-Type: "
	  "message/delivery-status\n\n", "Final-Recipient: rfc822; a@b\n"
	  "Action: failed\nDiagnostic-Code: smtp; 550 \\x{FC}\n\n", "--b--\n",
	  0 },
	{ "uuencode", TEXT, "begin 644 a\n#86)C\n`\nend\n", "", 0 },
	/* header */
	{ "fields", FROM, "X-A: b\n", "\nx\n", 6000 },
	{ "too many fields", FROM, "X-A: b\n", "\nx\n", 100000 },
	{ "folds", FROM "X-A:", " b\n", "\nx\n", 20000 },
	{ "one long field", FROM "X-A: ", "b", "\n\nx\n", 30000 },
	{ "header without end", FROM, "X-A: b\n", "", 0 },
	{ "lines that are no field", FROM, "no field\n", "\nx\n", 50000 },
	{ "References", FROM "References:", " <a@b>\n", "\nx\n", 30000 },
	{ "References without end", FROM "References:", " <a", "\n\nx\n",
	  30000 },
	{ "In-Reply-To comments", FROM "In-Reply-To:", " (a", "\n\nx\n",
	  300 },
	{ "parentheses", FROM "To: ", "(", "\n\nx\n", 120 },
	{ "too many parentheses", FROM "To: ", "(", "\n\nx\n", 30000 },
	{ "closed comments", FROM "To: ", "(a) ", "\n\nx\n", 3000 },
	{ "addresses", FROM "To: ", "a@b.example, ", "\n\nx\n", 30000 },
	{ "groups", FROM "To: ", "a:b@c;, ", "\n\nx\n", 30000 },
	{ "quotes", FROM "To: ", "\"a\" ", "\n\nx\n", 30000 },
	{ "angles", FROM "To: ", "<", "\n\nx\n", 30000 },
	{ "From fields", "", "From: a@b.example\n", "\nx\n", 30000 },
	{ "encoded words", "From: a@b\nSubject:", " =?utf-8?q?a?=", "\n\nx\n",
	  30000 },
	{ "half encoded words", "From: a@b\nSubject:", " =?utf-8?q?a",
	  "\n\nx\n", 30000 },
	{ "encoded words that split", "From: a@b\nSubject:",
	  " =?utf-8?b?w4PC?=\n", "\n\nx\n", 30000 },
	{ "parameters", FROM "Content-Type: text/plain", "; a=b", "\n\nx\n",
	  30000 },
	{ "continued parameters", FROM "Content-Type: text/plain",
	  "; name*1*=%41", "\n\nx\n", 30000 },
	{ "trace", FROM, "Received: by a.example; x\n", "\nx\n", 25000 },
	{ "results", FROM "Authentication-Results: a", "; spf=pass (x)",
	  "\n\nx\n", 30000 },
	/* HTML */
	{ "unclosed tags", HTML, "<div>", "", 0 },
	{ "unclosed quotes", HTML, "<blockquote>x", "", 0 },
	{ "unclosed tables", HTML, "<table><tr><td>x", "", 0 },
	{ "unclosed lists", HTML, "<ul><li>x", "", 0 },
	{ "closings", HTML, "</div></p></a>", "", 0 },
	{ "entities", HTML, "&amp;&lt;&#x3c;", "", 0 },
	{ "entities without end", HTML, "&amp", "", 0 },
	{ "attributes", HTML "<p ", "a=b ", ">x</p>", 0 },
	{ "one long attribute", HTML "<p title=\"", "aaaa ", "\">x</p>", 0 },
	{ "open angles", HTML, "<", "", 0 },
	{ "comments", HTML, "<!-- x -->", "", 0 },
	{ "open comments", HTML, "<!--", "", 0 },
	{ "entity bomb", HTML "<!DOCTYPE x [<!ENTITY a \"aaaa\">",
	  "<!ENTITY b \"&a;&a;&a;\">", "]><p>&b;</p>", 0 },
	{ "links", HTML, "<a href=\"https://a.example/\">x</a> ", "", 0 },
	{ "images", HTML, "<img src=\"cid:a\" alt=\"x\">", "", 0 },
	{ "hidden", HTML, "<p style=\"display:none\">x</p>", "", 0 },
	/* text */
	{ "lines", TEXT, "\n", "", 0 },
	{ "quoted lines", TEXT, "> x\n", "", 0 },
	{ "deep quotes", TEXT, ">", "", 0 },
	{ "one line", TEXT, "a ", "", 0 },
	{ "one word", TEXT, "a", "", 0 },
	{ "ids of ours", TEXT, "campusdesk.1.2.abcdefghijklmnop@a ", "", 0 },
	{ "nearly ids of ours", TEXT, "campusdesk.1.2.", "", 0 },
	{ "tags", "From: a@b\nSubject:", " [#1", "\n\nx\n", 30000 },
	{ "prefixes", "From: a@b\nSubject:", " Re:", "\n\nx\n", 30000 },
	{ "commands", TEXT, "!close\n", "", 0 },
	{ "near commands", TEXT, "!clsoe\n", "", 0 },
	{ "wide commands", TEXT, "！close\n", "", 0 },
	{ "attributions", TEXT, "On 2026-11-23 9:00 Jo <a@b> wrote:\n", "",
	  0 },
	{ "header blocks", TEXT, "From: a@b\nSent: 1\nTo: c\nSubject: d\n\n",
	  "", 0 },
	{ "forwards", "From: a@b\nSubject: Fwd: s\n\n", "---------- Forwarded "
	  "message ---------\nFrom: a@b\nSubject: Fwd: s\n\n", "", 0 },
	{ "signatures", TEXT, "--\nJo\n", "", 0 },
	{ "Outlook's line", TEXT, "Get Outlook for iOS\n\n", "", 0 },
	{ "flowed", FROM "Content-Type: text/plain; format=flowed\n\n", "a \n",
	  "", 0 },
	{ "prose of a bounce", "From: mailer-daemon@b\nSubject: Undelivered "
	  "Mail\n\n", "<a@b>: unknown user\n", "", 0 },
	/* bytes */
	{ "quoted-printable", FROM "Content-Transfer-Encoding: "
	  "quoted-printable\n\n", "=C3=A9=\n", "", 0 },
	{ "broken quoted-printable", FROM "Content-Transfer-Encoding: "
	  "quoted-printable\n\n", "=X", "", 0 },
	{ "base64", FROM "Content-Transfer-Encoding: base64\n\n", "YWJj\n", "",
	  0 },
	{ "blanks in base64", FROM "Content-Transfer-Encoding: base64\n\n",
	  " \n=", "", 0 },
	{ "no UTF-8", FROM "Content-Type: text/plain; charset=utf-8\n\n",
	  "\xc3\n", "", 0 },
	{ "ISO-2022", FROM "Content-Type: text/plain; charset=iso-2022-jp\n\n",
	  "\033$B\033(B", "", 0 },
	{ "bytes of no charset", TEXT, "\xe9\xff\n", "", 0 },
	{ "controls", TEXT, "\x01\x1b\n", "", 0 },
};

static double
parse(struct slice raw)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct mail *mail;
	struct err err = { 0 };
	clock_t start = clock();
	double took;

	assert_int_equal(mail_parse(raw, &mail_limits_default, arena, &mail,
	    &err), 0);
	took = (double)(clock() - start) / CLOCKS_PER_SEC;
	arena_free(&arena);
	return took;
}

static void
make(const struct flood *f, size_t size, struct buf *out)
{
	buf_reset(out);
	buf_adds(out, f->start);
	while (out->len < size)
		buf_adds(out, f->piece);
	buf_adds(out, f->end);
	assert_false(out->failed);
}

static double
measure(const struct flood *f, size_t size, struct buf *raw)
{
	make(f, size, raw);
	return parse(buf_slice(raw));
}

/* Others use this machine too: the least of some tries counts. */
static void
check(const struct flood *f)
{
	struct buf raw = BUF_INIT(RAW_MAX);
	size_t size = f->small == 0 ? FLOOD_SIZE : f->small;
	double once = SECONDS_MAX, twice = SECONDS_MAX, took;
	int i;

	for (i = 0; i < TRIES && (i == 0 || twice >
	    RATIO_MAX * once + 0.02); i++) {
		took = measure(f, size, &raw);
		once = took < once ? took : once;
		took = measure(f, 2 * size, &raw);
		twice = took < twice ? took : twice;
	}
	print_message("%-30s %8.1f ms, twice %8.1f ms\n", f->name,
	    1000 * once, 1000 * twice);
	assert_true(twice <= RATIO_MAX * once + 0.02);
	buf_free(&raw);
}

static void
test_floods(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof floods / sizeof floods[0]; i++)
		check(&floods[i]);
}

/* Multiparts in multiparts, each with a boundary of its own. */
static void
nest(size_t levels, struct buf *out)
{
	size_t i;

	buf_reset(out);
	buf_adds(out, FROM "MIME-Version: 1.0\n");
	for (i = 0; i < levels; i++)
		buf_addf(out, "Content-Type: multipart/mixed; boundary=b%zu\n"
		    "\n--b%zu\n", i, i);
	buf_adds(out, "\nx\n");
	for (i = levels; i-- > 0; )
		buf_addf(out, "--b%zu--\n", i);
}

static void
test_nested(void **state)
{
	static const size_t levels[] = { 40, 80, 160, 1000, 20000 };
	struct buf raw = BUF_INIT(RAW_MAX);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof levels / sizeof levels[0]; i++) {
		nest(levels[i], &raw);
		assert_true(parse(buf_slice(&raw)) < SECONDS_MAX / 10);
	}
	buf_free(&raw);
}

/* A line end a byte, a million of them, and what is beyond all limits. */
static void
test_large(void **state)
{
	static const struct flood large[] = {
		{ "a million lines", TEXT, "x\n", "", 2000000 },
		{ "all of a mail", TEXT, "The lamp is dark.\n", "", 35000000 },
		{ "all of it HTML", HTML, "<p>The lamp is <b>dark</b>.</p>",
		  "", 35000000 },
		{ "all of it a file", MIXED "--b\nContent-Type: image/png; "
		  "name=a\nContent-Transfer-Encoding: base64\n\n",
		  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4\n",
		  "--b--\n", 35000000 },
	};
	struct buf raw = BUF_INIT(RAW_MAX);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof large / sizeof large[0]; i++) {
		print_message("%s\n", large[i].name);
		make(&large[i], large[i].small, &raw);
		assert_true(parse(buf_slice(&raw)) < SECONDS_MAX);
	}
	buf_free(&raw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
