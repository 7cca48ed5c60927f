#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parsers/html_filter.h"
#include "parsers/html_text.h"

#define RULE "________________________________"

static void
test_text(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "", "" }, { "plain", "plain" }, { "a  b\n c", "a b c" },
		{ "<b>a</b>b <i>c</i>", "ab c" },
		{ "a<br>b<br/><br>c", "a\nb\n\nc" },
		{ "<p>a</p><p>b</p>", "a\n\nb" },
		{ "<div>a</div><div>b</div>", "a\nb" },
		{ "<div>a</div><div><br></div><div>b</div>", "a\n\nb" },
		{ "<div>a<br></div><div>b</div>", "a\nb" },
		{ "<p class=MsoNormal>a</p><p class=MsoNormal>b</p>", "a\nb" },
		{ "<p class=MsoNormal>a</p><p class=MsoNormal>&nbsp;</p>"
		    "<p class=MsoNormal>b</p>", "a\n\nb" },
		{ "caf&eacute; &amp; &lt;x&gt; &#8364; &nbsp;y",
		    "caf\xc3\xa9 & <x> \xe2\x82\xac y" },
		{ "a < b and 3<4", "a < b and 3<4" },
		/* what is shown where no script runs and nothing is loaded */
		{ "<noscript>a</noscript> <object>b</object> <math><mi>c</mi>"
		    "</math><textarea>d</textarea>", "a b c\nd" },
		{ "<details><summary>a</summary>b</details>c", "a\nb\nc" },
		{ "a<span style='font-size:0'>x</span><p style=\"color:red;"
		    "FONT-SIZE: 0px\">y</p><p style='font-size:0.9em'>b</p>",
		    "a\n\nb" },
		/* lists, tables, pre */
		{ "<ul><li>a<li>b</ul>c", "* a\n* b\nc" },
		{ "<ol><li>a</li><li>b</li></ol>", "1. a\n2. b" },
		{ "<ol start=5><li>a</ol>", "5. a" },
		{ "<ul><li>a<ul><li>b</ul></ul>", "* a\n  * b" },
		{ "<table><tr><td>a<td>b<tr><td>c</table>d", "a b\nc\nd" },
		{ "<table border=1><tr><th>a</th><th>b</th></tr><tr><td>c</td>"
		    "<td><p>d</p></td></tr></table>", "a | b\nc | d" },
		{ "<pre>a  b\n  c</pre>d", "a  b\n  c\n\nd" },
		/* links */
		{ "<a href=\"https://x.example/y\">here</a>",
		    "here <https://x.example/y>" },
		{ "<a href='https://x.example/'>x.example</a>", "x.example" },
		{ "<a href='http://x.example'>http://x.example/</a>",
		    "http://x.example/" },
		{ "<a href='mailto:a@x.example'>a@x.example</a>",
		    "a@x.example" },
		{ "<a href=u>r</a> <a href='#t'>t</a>"
		    "<a href='javascript:x'>j</a>", "r tj" },
		{ "<a href='http://x.example'>a</a> <a href='http://x.example'>"
		    "b</a>", "a <http://x.example> b" },
		{ "<a href='http://x.example/&quot;\n<b>'>a</a>",
		    "a <http://x.example/\"+<b>>" },
		{ "<a href='http://x.example'></a>x", "x" },
		/* images */
		{ "<img src=x alt=Logo>", "[Logo]" },
		{ "<img src=x><img src=y alt=''>z", "z" },
		{ "<img src=t width=1 height=1 alt=pixel>z", "z" },
		{ "<img alt='\xf0\x9f\x98\x80'>", "\xf0\x9f\x98\x80" },
		/* hidden */
		{ "<div style='display: none'>pre</div>x", "x" },
		{ "<span style='DISPLAY:NONE !important'>pre</span>x", "x" },
		{ "<span style='color:red;visibility:hidden'>h</span>x", "x" },
		{ "<div style='max-height:0px;overflow:hidden'>h</div>x", "x" },
		{ "<div style='opacity:0.5'>seen</div>", "seen" },
		{ "<p hidden>h</p>x", "x" },
		{ "<html><head><title>t</title><style>p{}</style></head><body>"
		    "x<script>y</script></body></html>", "x" },
		{ "a<!-- c --> b<!--[if mso]>m<![endif]-->c", "a bc" },
		{ "<![if !vml]>a<![endif]>b", "ab" },
		{ "x</body></html><p>footer</p>", "x\n\nfooter" },
		{ "a<!-- never closed b", "a never closed b" },
		/* quotes */
		{ "a<blockquote type=cite>b<br>c</blockquote>d",
		    "a\n\n> b\n> c\n\nd" },
		{ "a<blockquote><p>b</p><blockquote>c</blockquote>"
		    "</blockquote>", "a\n\n> b\n>\n> > c" },
		{ "a<blockquote style='margin:0 0 0 40px;border:none'>b"
		    "</blockquote>", "a\n\nb" },
		{ "a<div class=\"yahoo_quoted\" id=x>b</div>c", "a\n> b\nc" },
		{ "a<div class=\"x_yahoo_quoted\">b</div>", "a\n> b" },
		{ "a<div name=quote>b</div>", "a\n> b" },
		{ "a<div class=gmail_quote>On x wrote:<blockquote "
		    "class=gmail_quote>b</blockquote></div>",
		    "a\nOn x wrote:\n\n> b" },
		{ "a<hr><div id=divRplyFwdMsg>From: b</div>",
		    "a\n" RULE "\nFrom: b" },
		/* nothing outside: it is no quote */
		{ "<blockquote>a<br>b</blockquote>", "a\nb" },
		/* broken */
		{ "<p>a<b>b<p>c", "ab\n\nc" }, { "</div></p>a", "a" },
		{ "<a href='x>b", "" }, { "<", "<" }, { "a<b", "a" },
		{ "<div style='display:none'>a", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf b = BUF_INIT(10000);
		struct err err = { 0 };
		size_t len = strlen(t[i].in), n;
		char *in = memcpy(malloc(len + !len), t[i].in, len);
		bool cut = true;

		print_message("%s\n", t[i].in);
		assert_int_equal(html_text((struct slice){ in, len },
		    &mail_limits_default, &b, &cut, &err), 0);
		assert_false(cut);
		/* what stands at the ends does not matter */
		for (n = b.len; n > 0 && (b.p[n - 1] == '\n' ||
		    b.p[n - 1] == ' '); n--)
			;
		b.len = n;
		assert_string_equal(buf_str(&b), t[i].out);
		buf_free(&b);
		free(in);
	}
}

static void
test_charset_of(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "<meta charset=utf-8>", "utf-8" },
		{ "<META http-equiv=x content=\"text/html; charset=koi8-r\">",
		    "koi8-r" },
		{ "<meta charset = 'big5' />", "big5" },
		{ "<p>charset=x</p>", "" }, { "", "" }, { "<meta charset", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
		assert_true(slice_is(html_charset(slice_of(t[i].in)),
		    t[i].out));
}

/* What made other readers slow ends here in linear time, within bounds. */
static void
test_flood(void **state)
{
	static const struct { const char *begin, *unit, *end; } t[] = {
		{ "", "<div>", "x" }, { "", "<blockquote>", "x" },
		{ "<p ", "a=b ", ">x" }, { "", "<a href=http://x.example/>", "" },
		{ "", "<b x='", "" }, { "", "<!--", "" }, { "", "<![", "" },
		{ "", "<style>", "" }, { "", "<table><tr><td>", "x" },
		{ "", "<ul><li>", "x" }, { "", "&amp;", "" },
		{ "", "<p>x", "" }, { "", "<a style=':", "" },
		{ "<p style='", "display:", "'>x" }, { "", "<br>", "x" },
		{ "<pre>", "\n", "</pre>x" }, { "", "</p>", "x" },
		{ "", "<", "" }, { "<img alt='", "a ", "'>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf in = BUF_INIT(600000), out = BUF_INIT(10000000);
		struct err err = { 0 };

		print_message("%s%s\n", t[i].begin, t[i].unit);
		buf_adds(&in, t[i].begin);
		while (in.len < 500000)
			buf_adds(&in, t[i].unit);
		buf_adds(&in, t[i].end);
		assert_int_equal(html_text(buf_slice(&in),
		    &mail_limits_default, &out, NULL, &err), 0);
		assert_false(out.failed);
		assert_true(out.len < 20 * in.len);
		buf_free(&in);
		buf_free(&out);
	}
}

static void
test_cut(void **state)
{
	struct mail_limits limits = { .html = 10, .text = 5 };
	struct buf out = BUF_INIT(100);
	struct err err = { 0 };
	bool cut = false;

	(void)state;
	assert_int_equal(html_text(SLICE_LIT("aaaaaaaaaaaaaaa"), &limits, &out,
	    &cut, &err), 0);
	assert_true(cut);
	assert_true(out.len <= 5);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_charset_of),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
