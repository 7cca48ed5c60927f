#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "parsers/mail_json.h"

#define RAW_SIZE	1000

static struct mail_address to[] = { { "Desk \xc3\xa9", "a@b.example" } };
static struct mail_span spans[] = { { SPAN_NEW, 0, 6 },
    { SPAN_QUOTED, 6, 6 } };
static struct mail_command commands[] = { { "close", "now" } };
static struct mail_attachment attachments[] = { { "a.png", "image/png", 12,
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true,
    "cid", 100, 20, ENC_BASE64 } };
static struct mail_bounced bounced[] = { { "x@y.example", "failed", "5.1.1",
    NULL } };
static struct mail_bounce bounce = { "id@x", bounced, 1 };
static struct mail_authres results[] = { { "dmarc", "pass", "b.example" } };
static struct mail_trace trace[] = { { TRACE_RECEIVED, "mx", NULL, 0 },
    { TRACE_AUTHRES, NULL, results, 1 } };
static const char *ids[] = { "one@x", "two@x" };

static const struct mail sample = {
	.from = { NULL, "jo@x.example" },
	.to = { to, 1 },
	.subject = "S",
	.date_ms = 1795597200000, .has_date = true,
	.message_id = "m@x",
	.references = { ids, 2 },
	.text = "Hello\n> yes\n", .reply = "Hello\n",
	.spans = spans, .nspans = 2,
	.commands = commands, .ncommands = 1,
	.attachments = attachments, .nattachments = 1,
	.kind = MAIL_BOUNCE, .because = "rule",
	.bounce = &bounce, .ticket = 7, .from_count = 1,
	.trace = trace, .ntrace = 2, .header_length = 90,
};

static void
test_there_and_back(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct buf a = BUF_INIT(1 << 20), b = BUF_INIT(1 << 20);
	struct mail *back = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(mail_json_dump(&sample, true, &a, &err), 0);
	if (mail_json_load(buf_slice(&a), RAW_SIZE, arena, &back, &err) == -1)
		fail_msg("%s", err.msg);
	assert_int_equal(mail_json_dump(back, true, &b, &err), 0);
	assert_string_equal(buf_str(&a), buf_str(&b));
	assert_int_equal(back->date_ms, sample.date_ms);
	assert_null(memchr(a.p, '\n', a.len));
	buf_free(&a);
	buf_free(&b);
	arena_free(&arena);
}

/* Every character that JSON has a way of its own for. */
static void
test_escapes(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct buf a = BUF_INIT(1 << 20);
	char text[0x80];
	struct mail mail = sample, *back = NULL;
	struct err err = { 0 };
	json_t *o;

	(void)state;
	for (size_t i = 1; i < sizeof text; i++)
		text[i - 1] = (char)i;
	text[sizeof text - 1] = '\0';
	mail.because = text;
	assert_int_equal(mail_json_dump(&mail, false, &a, &err), 0);
	o = json_loadb(a.p, a.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "because")),
	    text);
	json_decref(o);
	buf_reset(&a);
	mail.because = "no \xff UTF-8";
	assert_int_equal(mail_json_dump(&mail, true, &a, &err), 0);
	assert_int_equal(mail_json_load(buf_slice(&a), RAW_SIZE, arena, &back,
	    &err), -1);
	buf_reset(&a);
	a.max = 100;
	assert_int_equal(mail_json_dump(&sample, true, &a, &err), -1);
	assert_int_equal(err.code, ERR_RETRY);
	buf_free(&a);
	arena_free(&arena);
}

/* A child that lies: each change alone makes the whole answer refused. */
static void
test_lies(void **state)
{
	static const struct { const char *from, *to; } t[] = {
		{ "\"offset\":6", "\"offset\":5" },
		{ "\"length\":6}]", "\"length\":7}]" },
		{ "\"length\":6}]", "\"length\":5}]" },
		{ "\"length\":6}]", "\"length\":-6}]" },
		{ "\"offset\":100", "\"offset\":990" },
		{ "\"offset\":100", "\"offset\":9223372036854775807" },
		{ "\"a.png\"", "\"../a.png\"" },
		{ "\"a.png\"", "\"..\"" },
		{ "\"image/png\"", "\"image/png\\r\\nX: y\"" },
		{ "\"image/png\"", "\"image\"" },
		{ "\"base64\"", "\"rot13\"" },
		{ "\"0123456789ab", "\"x123456789ab" },
		{ "\"kind\":\"bounce\"", "\"kind\":\"king\"" },
		{ "\"close\"", "\"close it\"" },
		{ "\"close\"", "7" },
		{ "\"subject\":\"S\"", "\"subject\":\"S\\n\"" },
		{ "\"subject\":\"S\"", "\"subject\":\"S\\u001b[m\"" },
		{ "\"subject\":\"S\"", "\"subject\":\"S\",\"subject\":\"T\"" },
		{ "\"subject\":\"S\",", "" },
		{ "\"text\":", "\"texts\":" },
		{ "T09:00:00Z", "T99:00:00Z" },
		{ "T09:00:00Z", "" },
		{ "\"header_length\":90", "\"header_length\":1001" },
		{ "\"from_count\":1", "\"from_count\":true" },
		{ "{", "[" },
	};
	struct buf a = BUF_INIT(1 << 20);
	struct err err = { 0 };

	(void)state;
	assert_int_equal(mail_json_dump(&sample, true, &a, &err), 0);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct arena *arena = arena_new(1 << 20);
		const char *at = strstr(buf_str(&a), t[i].from);
		struct buf lie = BUF_INIT(1 << 20);
		struct mail *back = NULL;

		print_message("%s -> %s\n", t[i].from, t[i].to);
		assert_non_null(at);
		buf_add(&lie, a.p, (size_t)(at - a.p));
		buf_adds(&lie, t[i].to);
		buf_adds(&lie, at + strlen(t[i].from));
		err = (struct err){ 0 };
		assert_int_equal(mail_json_load(buf_slice(&lie), RAW_SIZE,
		    arena, &back, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_true(err.msg[0] != '\0');
		assert_null(back);
		buf_free(&lie);
		arena_free(&arena);
	}
	buf_free(&a);
}

/* Small as bytes, large as what it would be read into. */
static void
test_bombs(void **state)
{
	static const struct { const char *head, *piece; int n; } t[] = {
		{ "{\"to\":[",	"[],",	200000 },
		{ "{\"to\":[",	"{},",	200000 },
		{ "{\"to\":[",	"1,",	600000 },
		/* the quotes in a text do not end it */
		{ "{\"a\":\"\\\\\",\"to\":[", "[],", 200000 },
	};
	struct arena *arena = arena_new(1 << 20);
	struct mail *back = NULL;
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf b = BUF_INIT(4 << 20);

		buf_adds(&b, t[i].head);
		for (int n = 0; n < t[i].n; n++)
			buf_adds(&b, t[i].piece);
		buf_adds(&b, "0]}");
		assert_int_equal(mail_json_load(buf_slice(&b), RAW_SIZE,
		    arena, &back, &err), -1);
		assert_non_null(strstr(err.msg, "too many values"));
		buf_free(&b);
	}
	arena_free(&arena);
}

/* No text is longer than the parser may make it. */
static void
test_long_text(void **state)
{
	struct arena *arena = arena_new((size_t)32 << 20);
	size_t len = 2 * mail_limits_default.text;
	char *text = malloc(len + 2);
	struct mail mail = sample, *back = NULL;
	struct err err = { 0 };
	size_t i;

	(void)state;
	assert_non_null(text);
	mail.text = mail.reply = text;
	mail.nspans = 0;
	for (i = 0; i < 2; i++) {
		struct buf b = BUF_INIT((size_t)32 << 20);

		memset(text, 'x', len + i);
		text[len + i] = '\0';
		assert_int_equal(mail_json_dump(&mail, true, &b, &err), 0);
		assert_int_equal(mail_json_load(buf_slice(&b), RAW_SIZE,
		    arena, &back, &err), i == 0 ? 0 : -1);
		buf_free(&b);
	}
	assert_non_null(strstr(err.msg, "text: too long"));
	free(text);
	arena_free(&arena);
}

static void
test_bounds(void **state)
{
	struct buf small = BUF_INIT(100);
	struct arena *arena = arena_new(800);
	struct buf a = BUF_INIT(1 << 20);
	struct mail *back = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(mail_json_dump(&sample, true, &small, &err), -1);
	assert_int_equal(mail_json_dump(&sample, true, &a, &err), 0);
	assert_int_equal(mail_json_load(buf_slice(&a), RAW_SIZE, arena, &back,
	    &err), -1);
	assert_int_equal(err.code, ERR_RETRY);
	buf_free(&small);
	buf_free(&a);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
