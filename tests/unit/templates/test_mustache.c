#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "templates/mustache.h"

/* Partials of a test: "name\0text\0name\0text\0" as pairs, ends with NULL. */
struct partials {
	const char	*v[6];
};

static int
partial(const char *name, struct slice *text_out, void *arg)
{
	const struct partials *p = arg;

	for (int i = 0; i + 1 < 6 && p->v[i] != NULL; i += 2)
		if (strcmp(p->v[i], name) == 0) {
			*text_out = slice_of(p->v[i + 1]);
			return 1;
		}
	return 0;
}

struct row {
	const char	*what, *in, *data, *out;
	struct partials	 partials;
};

static void
run(const struct row *t, size_t n, enum mustache_kind kind)
{
	for (size_t i = 0; i < n; i++) {
		json_t *data = json_loads(t[i].data, JSON_DECODE_ANY | JSON_ALLOW_NUL,
		    NULL);
		struct buf out = BUF_INIT(10000);
		struct err err = { 0 };
		struct partials partials = t[i].partials;
		size_t len = strlen(t[i].in);
		char *in = memcpy(malloc(len + !len), t[i].in, len);

		print_message("%s\n", t[i].what);
		assert_non_null(data);
		if (mustache_render((struct slice){ in, len }, kind, data,
		    partial, &partials, &out, &err) != 0)
			fail_msg("%s", err.msg);
		assert_string_equal(buf_str(&out), t[i].out);
		buf_free(&out);
		json_decref(data);
		free(in);
	}
}

#define RUN(t, kind) run((t), sizeof (t) / sizeof (t)[0], (kind))

static void
test_interpolation(void **state)
{
	static const struct row t[] = {
		{ "no tags", "Hello {from} { {Mustache}!\n", "{}",
		    "Hello {from} { {Mustache}!\n", {{ 0 }} },
		{ "basic", "Hello, {{subject}}!\n", "{\"subject\":\"world\"}",
		    "Hello, world!\n", {{ 0 }} },
		{ "no re-interpolation", "{{template}}: {{planet}}",
		    "{\"template\":\"{{planet}}\",\"planet\":\"Earth\"}",
		    "{{planet}}: Earth", {{ 0 }} },
		{ "html escaping", "{{f}}", "{\"f\":\"& \\\" < > '\"}",
		    "&amp; &quot; &lt; &gt; &#39;", {{ 0 }} },
		{ "triple", "{{{f}}}", "{\"f\":\"& \\\" < >\"}",
		    "& \" < >", {{ 0 }} },
		{ "ampersand", "{{&f}}", "{\"f\":\"& \\\" < >\"}",
		    "& \" < >", {{ 0 }} },
		{ "integer", "{{n}} {{{n}}} {{&n}}", "{\"n\":85}", "85 85 85",
		    {{ 0 }} },
		{ "decimal", "{{n}}", "{\"n\":1.21}", "1.21", {{ 0 }} },
		{ "null", "I ({{n}}) {{{n}}}{{&n}}.", "{\"n\":null}", "I () .",
		    {{ 0 }} },
		{ "missing", "I ({{n}}) {{{n}}}{{&n}}.", "{}", "I () .",
		    {{ 0 }} },
		{ "boolean", "{{a}} {{b}}", "{\"a\":true,\"b\":false}",
		    "true false", {{ 0 }} },
		{ "object and list show nothing", "({{a}}{{b}})",
		    "{\"a\":{\"x\":1},\"b\":[1]}", "()", {{ 0 }} },
		{ "dotted", "\"{{a.b}}\" == \"{{#a}}{{b}}{{/a}}\"",
		    "{\"a\":{\"b\":\"Joe\"}}", "\"Joe\" == \"Joe\"", {{ 0 }} },
		{ "dotted, deep", "{{{a.b.c.d.e.name}}}", "{\"a\":{\"b\":{\"c\":"
		    "{\"d\":{\"e\":{\"name\":\"Phil\"}}}}}}", "Phil",
		    {{ 0 }} },
		{ "dotted, broken chain", "\"{{a.b.c}}\"", "{\"a\":{}}",
		    "\"\"", {{ 0 }} },
		{ "dotted, broken chain resolution", "\"{{a.b.c.name}}\"",
		    "{\"a\":{\"b\":{}},\"c\":{\"name\":\"Jim\"}}", "\"\"",
		    {{ 0 }} },
		{ "dotted, first by context", "{{#a}}{{b.c}}{{/a}}",
		    "{\"a\":{\"b\":{}},\"b\":{\"c\":\"ERROR\"}}", "",
		    {{ 0 }} },
		{ "dotted, outer first", "{{#a}}{{b.c}}{{/a}}",
		    "{\"a\":{\"x\":1},\"b\":{\"c\":\"outer\"}}", "outer",
		    {{ 0 }} },
		{ "implicit iterator", "Hello, {{.}} {{{.}}} {{&.}}",
		    "\"a&b\"", "Hello, a&amp;b a&b a&b", {{ 0 }} },
		{ "white space around stays", "| {{s}} |\n  {{s}}\n",
		    "{\"s\":\"-\"}", "| - |\n  -\n", {{ 0 }} },
		{ "padding inside", "|{{ s }}|{{{ s }}}|{{& s }}|{{\ts\n}}|",
		    "{\"s\":\"-\"}", "|-|-|-|-|", {{ 0 }} },
	};

	(void)state;
	RUN(t, MUSTACHE_HTML);
}

static void
test_sections(void **state)
{
	static const struct row t[] = {
		{ "truthy", "\"{{#b}}shown{{/b}}\"", "{\"b\":true}",
		    "\"shown\"", {{ 0 }} },
		{ "falsey", "\"{{#b}}shown{{/b}}\"", "{\"b\":false}", "\"\"",
		    {{ 0 }} },
		{ "null", "\"{{#b}}shown{{/b}}\"", "{\"b\":null}", "\"\"",
		    {{ 0 }} },
		{ "empty text", "\"{{#b}}shown{{/b}}\"", "{\"b\":\"\"}",
		    "\"\"", {{ 0 }} },
		{ "zero is a value", "\"{{#b}}{{.}}{{/b}}\"", "{\"b\":0}",
		    "\"0\"", {{ 0 }} },
		{ "context", "\"{{#c}}Hi {{name}}.{{/c}}\"",
		    "{\"c\":{\"name\":\"Joe\"}}", "\"Hi Joe.\"", {{ 0 }} },
		{ "parent contexts", "\"{{#sec}}{{a}}, {{b}}, {{c.d}}{{/sec}}\"",
		    "{\"a\":\"foo\",\"b\":\"wrong\",\"sec\":{\"b\":\"bar\"},"
		    "\"c\":{\"d\":\"baz\"}}", "\"foo, bar, baz\"", {{ 0 }} },
		{ "variable test", "\"{{#foo}}{{.}} is {{foo}}{{/foo}}\"",
		    "{\"foo\":\"bar\"}", "\"bar is bar\"", {{ 0 }} },
		{ "list contexts", "{{#tops}}{{#middles}}{{tname.lower}}"
		    "{{mname}}.{{#bottoms}}{{tname.upper}}{{mname}}{{bname}}."
		    "{{/bottoms}}{{/middles}}{{/tops}}",
		    "{\"tops\":[{\"tname\":{\"upper\":\"A\",\"lower\":\"a\"},"
		    "\"middles\":[{\"mname\":\"1\",\"bottoms\":[{\"bname\":"
		    "\"x\"},{\"bname\":\"y\"}]}]}]}", "a1.A1x.A1y.", {{ 0 }} },
		{ "deep", "{{#a}}{{one}}{{#b}}{{one}}{{two}}{{#c}}{{one}}"
		    "{{two}}{{three}}{{/c}}{{two}}{{/b}}{{one}}{{/a}}",
		    "{\"a\":{\"one\":1},\"b\":{\"two\":2},\"c\":{\"three\":3}}",
		    "11212321", {{ 0 }} },
		{ "list", "\"{{#list}}{{item}}{{/list}}\"", "{\"list\":"
		    "[{\"item\":1},{\"item\":2},{\"item\":3}]}", "\"123\"",
		    {{ 0 }} },
		{ "empty list", "\"{{#list}}Yay{{/list}}\"", "{\"list\":[]}",
		    "\"\"", {{ 0 }} },
		{ "doubled", "{{#b}}\n* first\n{{/b}}\n* {{two}}\n{{#b}}\n"
		    "* third\n{{/b}}\n", "{\"b\":true,\"two\":\"second\"}",
		    "* first\n* second\n* third\n", {{ 0 }} },
		{ "nested truthy", "| A {{#b}}B {{#b}}C{{/b}} D{{/b}} E |",
		    "{\"b\":true}", "| A B C D E |", {{ 0 }} },
		{ "nested falsey", "| A {{#b}}B {{#b}}C{{/b}} D{{/b}} E |",
		    "{\"b\":false}", "| A  E |", {{ 0 }} },
		{ "context misses", "[{{#x}}found{{/x}}]", "{}", "[]",
		    {{ 0 }} },
		{ "implicit, text", "\"{{#l}}({{.}}){{/l}}\"",
		    "{\"l\":[\"a\",\"b\",\"<\"]}", "\"(a)(b)(&lt;)\"",
		    {{ 0 }} },
		{ "implicit, integers", "\"{{#l}}({{.}}){{/l}}\"",
		    "{\"l\":[1,2,3]}", "\"(1)(2)(3)\"", {{ 0 }} },
		{ "implicit, decimals", "\"{{#l}}({{.}}){{/l}}\"",
		    "{\"l\":[1.1,2.2,3.3]}", "\"(1.1)(2.2)(3.3)\"", {{ 0 }} },
		{ "implicit, lists", "\"{{#l}}({{#.}}{{.}}{{/.}}){{/l}}\"",
		    "{\"l\":[[1,2],[\"a\"]]}", "\"(12)(a)\"", {{ 0 }} },
		{ "implicit, root list", "\"{{#.}}({{v}}){{/.}}\"",
		    "[{\"v\":\"a\"},{\"v\":\"b\"}]", "\"(a)(b)\"", {{ 0 }} },
		{ "dotted truthy", "{{#a.b.c}}Here{{/a.b.c}}",
		    "{\"a\":{\"b\":{\"c\":true}}}", "Here", {{ 0 }} },
		{ "dotted broken", "({{#a.b.c}}Here{{/a.b.c}})", "{\"a\":{}}",
		    "()", {{ 0 }} },
		{ "white space around", " | {{#b}}\t|\t{{/b}} | \n",
		    "{\"b\":true}", " | \t|\t | \n", {{ 0 }} },
		{ "white space inside", " | {{#b}} {{! x }}\n {{/b}} | \n",
		    "{\"b\":true}", " |  \n  | \n", {{ 0 }} },
		{ "indented inline", " {{#b}}YES{{/b}}\n {{#b}}GOOD{{/b}}\n",
		    "{\"b\":true}", " YES\n GOOD\n", {{ 0 }} },
		{ "standalone", "| This Is\n{{#b}}\n|\n{{/b}}\n| A Line\n",
		    "{\"b\":true}", "| This Is\n|\n| A Line\n", {{ 0 }} },
		{ "standalone, indented", "| This Is\n  {{#b}}\n|\n  {{/b}}\n|"
		    " A Line\n", "{\"b\":true}", "| This Is\n|\n| A Line\n",
		    {{ 0 }} },
		{ "standalone, CR LF", "|\r\n{{#b}}\r\n{{/b}}\r\n|",
		    "{\"b\":true}", "|\r\n|", {{ 0 }} },
		{ "standalone, first line", "  {{#b}}\n#{{/b}}\n/",
		    "{\"b\":true}", "#\n/", {{ 0 }} },
		{ "standalone, last line", "#{{#b}}\n/\n  {{/b}}",
		    "{\"b\":true}", "#\n/\n", {{ 0 }} },
		{ "two on a line are not alone", "{{#b}}{{/b}}\nx\n",
		    "{\"b\":true}", "\nx\n", {{ 0 }} },
		{ "padding", "|{{# b }}={{/ b }}|", "{\"b\":true}", "|=|",
		    {{ 0 }} },
	};

	(void)state;
	RUN(t, MUSTACHE_HTML);
}

static void
test_inverted(void **state)
{
	static const struct row t[] = {
		{ "falsey", "\"{{^b}}shown{{/b}}\"", "{\"b\":false}",
		    "\"shown\"", {{ 0 }} },
		{ "truthy", "\"{{^b}}shown{{/b}}\"", "{\"b\":true}", "\"\"",
		    {{ 0 }} },
		{ "null", "\"{{^b}}shown{{/b}}\"", "{\"b\":null}",
		    "\"shown\"", {{ 0 }} },
		{ "context", "\"{{^c}}Hi {{name}}.{{/c}}\"",
		    "{\"c\":{\"name\":\"Joe\"}}", "\"\"", {{ 0 }} },
		{ "list", "\"{{^l}}{{n}}{{/l}}\"", "{\"l\":[{\"n\":1}]}",
		    "\"\"", {{ 0 }} },
		{ "empty list", "\"{{^l}}Yay{{/l}}\"", "{\"l\":[]}",
		    "\"Yay\"", {{ 0 }} },
		{ "missing", "[{{^x}}none{{/x}}]", "{}", "[none]", {{ 0 }} },
		{ "doubled", "{{^b}}\n* first\n{{/b}}\n* {{two}}\n{{^b}}\n"
		    "* third\n{{/b}}\n", "{\"b\":false,\"two\":\"second\"}",
		    "* first\n* second\n* third\n", {{ 0 }} },
		{ "nested", "| A {{^b}}B {{^b}}C{{/b}} D{{/b}} E |",
		    "{\"b\":false}", "| A B C D E |", {{ 0 }} },
		{ "dotted broken", "{{^a.b.c}}Not{{/a.b.c}}", "{\"a\":{}}",
		    "Not", {{ 0 }} },
		{ "standalone", "|\n  {{^b}}\n-\n  {{/b}}\n|", "{}",
		    "|\n-\n|", {{ 0 }} },
		{ "standalone, CR LF", "|\r\n{{^b}}\r\n{{/b}}\r\n|", "{}",
		    "|\r\n|", {{ 0 }} },
		{ "padding", "|{{^ b }}={{/ b }}|", "{}", "|=|", {{ 0 }} },
	};

	(void)state;
	RUN(t, MUSTACHE_HTML);
}

static void
test_comments_and_delimiters(void **state)
{
	static const struct row t[] = {
		{ "inline comment", "12345{{! Comment }}67890", "{}",
		    "1234567890", {{ 0 }} },
		{ "lines", "12345{{!\n many\n lines\n}}67890\n", "{}",
		    "1234567890\n", {{ 0 }} },
		{ "standalone comment", "Begin.\n{{! x }}\nEnd.\n", "{}",
		    "Begin.\nEnd.\n", {{ 0 }} },
		{ "standalone, indented", "Begin.\n  {{! x }}\nEnd.\n", "{}",
		    "Begin.\nEnd.\n", {{ 0 }} },
		{ "standalone, CR LF", "|\r\n{{! x }}\r\n|", "{}", "|\r\n|",
		    {{ 0 }} },
		{ "standalone, only line", "  {{! x }}\n!", "{}", "!",
		    {{ 0 }} },
		{ "standalone, no line end", "!\n  {{! x }}", "{}", "!\n",
		    {{ 0 }} },
		{ "standalone lines", "Begin.\n{{!\nmore\n}}\nEnd.\n", "{}",
		    "Begin.\nEnd.\n", {{ 0 }} },
		{ "indented inline", "  12 {{! 34 }}\n", "{}", "  12 \n",
		    {{ 0 }} },
		{ "not a name", "{{! comment with blanks and = }}", "{}", "",
		    {{ 0 }} },
		{ "pair", "{{=<% %>=}}(<%text%>)", "{\"text\":\"Hey!\"}",
		    "(Hey!)", {{ 0 }} },
		{ "special characters", "({{=[ ]=}}[text])",
		    "{\"text\":\"It worked!\"}", "(It worked!)", {{ 0 }} },
		{ "sections", "[\n{{#s}}\n  {{data}}\n  |data|\n{{/s}}\n\n"
		    "{{= | | =}}\n|#s|\n  {{data}}\n  |data|\n|/s|\n]\n",
		    "{\"s\":true,\"data\":\"got\"}",
		    "[\n  got\n  |data|\n\n  {{data}}\n  got\n]\n", {{ 0 }} },
		{ "inverted sections", "[\n{{^s}}\n  {{data}}\n  |data|\n{{/s}}"
		    "\n\n{{= | | =}}\n|^s|\n  {{data}}\n  |data|\n|/s|\n]\n",
		    "{\"s\":false,\"data\":\"got\"}",
		    "[\n  got\n  |data|\n\n  {{data}}\n  got\n]\n", {{ 0 }} },
		{ "not handed to partials", "[ {{>i}} ]\n{{= | | =}}\n"
		    "[ |>i| ]\n", "{\"value\":\"yes\"}",
		    "[ .yes. ]\n[ .yes. ]\n",
		    {{ "i", ".{{value}}." }} },
		{ "nor back from them", "[ {{>i}} ]\n[ .{{value}}.  .|value|. ]",
		    "{\"value\":\"yes\"}", "[ .yes.  .yes. ]\n[ .yes.  "
		    ".|value|. ]", {{ "i",
		    ".{{value}}. {{= | | =}} .|value|." }} },
		{ "surrounding white space", "| {{=@ @=}} |", "{}", "|  |",
		    {{ 0 }} },
		{ "standalone pair", "Begin.\n{{=@ @=}}\nEnd.\n", "{}",
		    "Begin.\nEnd.\n", {{ 0 }} },
		{ "indented pair", "Begin.\n  {{=@ @=}}\nEnd.\n", "{}",
		    "Begin.\nEnd.\n", {{ 0 }} },
		{ "pair, CR LF", "|\r\n{{= @ @ =}}\r\n|", "{}", "|\r\n|",
		    {{ 0 }} },
		{ "pair with padding", "|{{= @   @ =}}|", "{}", "||",
		    {{ 0 }} },
		{ "back again", "{{=<% %>=}}<%a%><%={{ }}=%>{{a}}",
		    "{\"a\":1}", "11", {{ 0 }} },
	};

	(void)state;
	RUN(t, MUSTACHE_HTML);
}

static void
test_partials(void **state)
{
	static const struct row t[] = {
		{ "basic", "\"{{>text}}\"", "{}", "\"from partial\"",
		    {{ "text", "from partial" }} },
		{ "missing", "\"{{>text}}\"", "{}", "\"\"", {{ 0 }} },
		{ "context", "\"{{>p}}\"", "{\"text\":\"content\"}",
		    "\"*content*\"", {{ "p", "*{{text}}*" }} },
		{ "recursion", "{{>node}}", "{\"content\":\"X\",\"nodes\":"
		    "[{\"content\":\"Y\",\"nodes\":[]}]}", "X<Y<>>",
		    {{ "node", "{{content}}<{{#nodes}}{{>node}}{{/nodes}}>" }} },
		{ "nested", "{{>outer}}", "{\"a\":\"hello\",\"b\":\"world\"}",
		    "*hello world!*", {{ "outer", "*{{a}} {{>inner}}*",
		    "inner", "{{b}}!" }} },
		{ "surrounding white space", "| {{>p}} |", "{}", "| \t|\t |",
		    {{ "p", "\t|\t" }} },
		{ "inline indentation", "  {{data}}  {{> p}}\n",
		    "{\"data\":\"|\"}", "  |  >\n>\n", {{ "p", ">\n>" }} },
		{ "standalone, CR LF", "|\r\n{{>p}}\r\n|", "{}", "|\r\n>|",
		    {{ "p", ">" }} },
		{ "standalone, first line", "  {{>p}}\n>", "{}", "  >\n  >>",
		    {{ "p", ">\n>" }} },
		{ "standalone, no line end", ">\n  {{>p}}", "{}",
		    ">\n  >\n  >", {{ "p", ">\n>" }} },
		{ "indentation is of the template", "\\\n {{>p}}\n/\n",
		    "{\"content\":\"<\\n->\"}", "\\\n |\n <\n->\n |\n/\n",
		    {{ "p", "|\n{{{content}}}\n|\n" }} },
		{ "indentation adds up", " {{>a}}\n", "{}", "  x\n  y\n",
		    {{ "a", " {{>b}}\n", "b", "x\ny\n" }} },
		{ "padding", "|{{> p }}|", "{}", "|[]|", {{ "p", "[]" }} },
	};

	(void)state;
	RUN(t, MUSTACHE_HTML);
}

#define BIDI "\\u202e\\u2066\\u200f"

static void
test_kinds(void **state)
{
	static const struct row text[] = {
		{ "nothing is escaped", "<{{a}}>{{{a}}}", "{\"a\":\"<&'\"}",
		    "<<&'><&'", {{ 0 }} },
		{ "controls", "{{a}}", "{\"a\":\"x\\u0007\\r\\n\\ty\\u001b[0m"
		    "\\u007f\\u0085\\u2028z\"}", "x\n\ty[0mz", {{ 0 }} },
		{ "what reorders", "{{a}}", "{\"a\":\"<" BIDI ">\"}",
		    "<\xe2\x80\x8f>", {{ 0 }} },
	};
	static const struct row html[] = {
		{ "controls, also raw", "{{a}}|{{{a}}}", "{\"a\":\"<\\u0000"
		    "\\u001b" BIDI ">\"}", "&lt;\xe2\x80\x8f&gt;|<\xe2\x80\x8f>",
		    {{ 0 }} },
		{ "script", "<p>{{a}}</p>", "{\"a\":\"<script>alert('x')"
		    "</script>\"}", "<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/"
		    "script&gt;</p>", {{ 0 }} },
	};
	static const struct row header[] = {
		{ "one line", "{{a}}\n", "{\"a\":\"Hi\\r\\nBcc: x@y\\tz\"}",
		    "Hi Bcc: x@y z", {{ 0 }} },
		{ "its own lines too", "a\r\nb\n\tc\n\n", "{}", "a b  c",
		    {{ 0 }} },
		{ "controls and bidi", "[{{a}}]", "{\"a\":\"\\u0000\\u0001" BIDI
		    "\\u2028x\\u0085y\"}", "[ x y]", {{ 0 }} },
		{ "no escaping", "{{a}}", "{\"a\":\"R&D <x>\"}", "R&D <x>",
		    {{ 0 }} },
	};

	(void)state;
	RUN(text, MUSTACHE_TEXT);
	RUN(html, MUSTACHE_HTML);
	RUN(header, MUSTACHE_HEADER);
}

static void
test_faults(void **state)
{
	static const struct { const char *in, *msg; struct partials p; } t[] = {
		{ "{{", "line 1: a tag that does not end", {{ 0 }} },
		{ "\n\n{{a", "line 3: a tag that does not end", {{ 0 }} },
		{ "{{{a}}", "line 1: a tag that does not end", {{ 0 }} },
		{ "{{}}", "line 1: a tag without a name", {{ 0 }} },
		{ "{{# }}", "line 1: a tag without a name", {{ 0 }} },
		{ "{{a b}}", "line 1: a blank in a name: a b", {{ 0 }} },
		{ "\n{{#a}}x", "line 2: a section that does not end: a",
		    {{ 0 }} },
		{ "{{#a}}{{#b}}{{/a}}{{/b}}",
		    "line 1: ends a section that is not the open one: a",
		    {{ 0 }} },
		{ "{{#no}}\n{{#b}}\n{{/no}}\n",
		    "line 3: ends a section that is not the open one: no",
		    {{ 0 }} },
		{ "x\n{{/a}}", "line 2: the end of a section that is not open",
		    {{ 0 }} },
		{ "{{=a=}}", "line 1: not two delimiters", {{ 0 }} },
		{ "{{=a b c=}}", "line 1: not two delimiters", {{ 0 }} },
		{ "{{==}}", "line 1: not two delimiters", {{ 0 }} },
		{ "{{=}}", "line 1: a tag that does not end", {{ 0 }} },
		{ "{{=a b", "line 1: a tag that does not end", {{ 0 }} },
		{ "{{>p}}", "partial p: line 2: a tag without a name",
		    {{ "p", "ok\n{{}}" }} },
		{ "{{>o}}", "partial p: line 1: a tag without a name",
		    {{ "o", "\n\n{{>p}}", "p", "{{}}" }} },
		{ "{{>p}}", "partial p: line 1: more than 64 levels",
		    {{ "p", "{{>p}}" }} },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		json_t *data = json_pack("{s:b,s:[i,i]}", "a", 1, "l", 1, 2);
		struct buf out = BUF_INIT(10000);
		struct err err = { 0 };
		struct partials p = t[i].p;

		print_message("%s\n", t[i].in);
		assert_int_equal(mustache_render(slice_of(t[i].in),
		    MUSTACHE_TEXT, data, partial, &p, &out, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_string_equal(err.msg, t[i].msg);
		buf_free(&out);
		json_decref(data);
	}
}

/* Loops in loops, deep nesting and long results end with a fault. */
static void
test_bounds(void **state)
{
	json_t *data = json_pack("{s:[i,i,i,i,i,i,i,i,i,i],s:s}", "l", 0, 1, 2,
	    3, 4, 5, 6, 7, 8, 9, "x", "0123456789");
	struct buf in = BUF_INIT(100000), out = BUF_INIT(1000);
	struct err err = { 0 };
	static const struct { int sections; const char *inside, *msg; } t[] = {
		{ 3, "{{x}}", "line 1: too long a result" },
		{ 20, "", "line 1: too much to do" },
		{ 65, "", "line 1: more than 64 sections in one another" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		buf_reset(&in);
		buf_reset(&out);
		for (int j = 0; j < t[i].sections; j++)
			buf_adds(&in, "{{#l}}");
		buf_adds(&in, t[i].inside);
		for (int j = 0; j < t[i].sections; j++)
			buf_adds(&in, "{{/l}}");
		assert_int_equal(mustache_render(buf_slice(&in),
		    MUSTACHE_TEXT, data, NULL, NULL, &out, &err), -1);
		assert_string_equal(err.msg, t[i].msg);
	}
	buf_free(&in);
	buf_free(&out);
	json_decref(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interpolation),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_inverted),
		cmocka_unit_test(test_comments_and_delimiters),
		cmocka_unit_test(test_partials),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
