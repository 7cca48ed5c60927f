/* The table of hostile strings through each kind of output that there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/csv.h"
#include "base/log.h"
#include "base/mime_write.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "parsers/filename.h"
#include "parsers/mail_json.h"
#include "templates/mustache.h"
#include "tests/unit/hostile.h"
#include "base/csv.h"

#define OUT_MAX	((size_t)64 * 1024 * 1024)

static bool
has_control(const char *s, size_t len, const char *allowed)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (((unsigned char)s[i] < 0x20 || s[i] == 0x7f) &&
		    (s[i] == '\0' || strchr(allowed, s[i]) == NULL))
			return true;
	return false;
}

/* ESC's other form, line ends that are no LF, what reorders text. */
static bool
has_odd_character(const char *s, size_t len)
{
	uint32_t cp;
	size_t n;

	for (; len > 0; s += n, len -= n) {
		n = utf8_decode(s, len, &cp);
		if (n == 0 || (cp >= 0x80 && cp <= 0x9f) || cp == 0x2028 ||
		    cp == 0x2029 || (cp >= 0x202a && cp <= 0x202e) ||
		    (cp >= 0x2066 && cp <= 0x2069))
			return true;
	}
	return false;
}

/* Lines end in CR LF, hold 7-bit text, and are no longer than SMTP allows. */
static void
assert_smtp(const struct buf *b)
{
	size_t i, line = 0;

	assert_false(b->failed);
	for (i = 0; i < b->len; i++) {
		unsigned char c = (unsigned char)b->p[i];

		assert_true(c == '\t' || c == '\r' || c == '\n' ||
		    (c >= 0x20 && c < 0x7f));
		assert_int_equal(c == '\n', i > 0 && b->p[i - 1] == '\r');
		line = c == '\n' ? 0 : line + 1;
		assert_true(line <= 999);
	}
	assert_true(b->len >= 2 && b->p[b->len - 1] == '\n');
}

static size_t
fields(const struct buf *b)
{
	size_t i, n = 1;

	for (i = 0; i + 1 < b->len; i++)
		n += b->p[i] == '\n' && b->p[i + 1] != ' ' &&
		    b->p[i + 1] != '\t';
	return n;
}

static void
mail_header(const char *s, size_t len)
{
	struct buf b = BUF_INIT(OUT_MAX);

	mime_header(&b, "Subject", (struct slice){ s, len });
	assert_smtp(&b);
	assert_int_equal(fields(&b), 1);
	buf_reset(&b);
	mime_header_mailbox(&b, "From", s, "helpdesk@campus.example");
	assert_smtp(&b);
	assert_int_equal(fields(&b), 1);
	assert_non_null(strstr(buf_str(&b), "helpdesk@campus.example"));
	buf_reset(&b);
	mime_header_tokens(&b, "References", (struct slice){ s, len });
	if (b.len > 0)
		assert_smtp(&b);
	buf_reset(&b);
	mime_attachment_head(&b, s, s);
	assert_smtp(&b);
	assert_null(strstr(buf_str(&b), "\r\nBcc"));
	buf_free(&b);
}

static void
mail_body(const char *s, size_t len)
{
	struct buf b = BUF_INIT(OUT_MAX);

	mime_qp(&b, (struct slice){ s, len });
	if (len > 0)
		assert_smtp(&b);
	assert_null(strstr(buf_str(&b), "\r\n.\r\n"));
	assert_true(strncmp(buf_str(&b), "From ", 5) != 0 &&
	    strstr(buf_str(&b), "\nFrom ") == NULL);
	assert_null(strstr(buf_str(&b), "\r\n--"));
	buf_free(&b);
}

static void
render(const char *template, enum mustache_kind kind, const char *s,
    struct buf *out)
{
	char *clean = NULL;
	struct buf valid = BUF_INIT(OUT_MAX);
	json_t *context;
	struct err err = { 0 };

	utf8_clean(&valid, s, strlen(s));
	clean = strdup(buf_str(&valid));
	context = json_pack("{s:s}", "x", clean);
	assert_non_null(context);
	assert_int_equal(mustache_render(slice_of(template), kind, context,
	    NULL, NULL, out, &err), 0);
	json_decref(context);
	free(clean);
	buf_free(&valid);
}

static void
html(const char *s, size_t len)
{
	static const char front[] = "<p title=\"", back[] = "\">";
	struct buf b = BUF_INIT(OUT_MAX);
	struct slice value;

	(void)len;
	render("<p title=\"{{x}}\">", MUSTACHE_HTML, s, &b);
	value = (struct slice){ b.p + strlen(front),
	    b.len - strlen(front) - strlen(back) };
	assert_false(has_control(value.p, value.len, "\n\t"));
	assert_null(value.len == 0 ? NULL : memchr(value.p, '<', value.len));
	assert_null(value.len == 0 ? NULL : memchr(value.p, '>', value.len));
	assert_null(value.len == 0 ? NULL : memchr(value.p, '"', value.len));
	assert_null(value.len == 0 ? NULL : memchr(value.p, '\'', value.len));
	buf_reset(&b);
	render("{{x}}", MUSTACHE_HEADER, s, &b);
	assert_false(has_control(buf_str(&b), b.len, ""));
	buf_free(&b);
}

/* One cell, whatever it holds, and none that a spreadsheet computes. */
static void
csv(const char *s, size_t len)
{
	struct arena *arena = arena_new(OUT_MAX);
	struct buf b = BUF_INIT(OUT_MAX);
	const char *v[3];
	struct csv reader;
	struct err err = { 0 };
	size_t n;

	(void)len;
	csv_cell(&b, s);
	buf_adds(&b, ",end\r\n");
	csv_open(&reader, buf_slice(&b), arena);
	assert_int_equal(csv_row(&reader, v, 3, &n, &err), 1);
	assert_int_equal(n, 2);
	assert_string_equal(v[1], "end");
	assert_true(v[0][0] == '\0' || strchr("=+-@\t\r", v[0][0]) == NULL);
	assert_int_equal(csv_row(&reader, v, 3, &n, &err), 0);
	buf_free(&b);
	arena_free(&arena);
}

static void
log_line(const char *s, bool json)
{
	char out[65536];
	int ends[2], kept = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log_setup(LOG_INFO, json);
	log_at(LOG_INFO, "test", "said", LOG_S("text", s), LOG_N("n", 1));
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(ends[1]);
	n = read(ends[0], out, sizeof out);
	close(ends[0]);
	assert_true(n > 0);
	assert_int_equal(out[n - 1], '\n');
	assert_false(has_control(out, (size_t)n - 1, ""));
	assert_false(has_odd_character(out, (size_t)n));
	if (!json)
		assert_memory_equal(out + n - 5, " n=1\n", 5);
}

static void
logs(const char *s, size_t len)
{
	(void)len;
	log_line(s, false);
	log_line(s, true);
}

static void
terminal(const char *s, size_t len)
{
	struct cli cli = { .arena = arena_new(OUT_MAX) };
	const char *line = cli_text(&cli, s, 0);
	const char *lines = cli_lines(&cli, s);

	(void)len;
	assert_false(has_control(line, strlen(line), ""));
	assert_false(has_odd_character(line, strlen(line)));
	assert_false(has_control(lines, strlen(lines), "\n\t"));
	assert_false(has_odd_character(lines, strlen(lines)));
	arena_free(&cli.arena);
}

static void
file_name(const char *s, size_t len)
{
	struct arena *arena = arena_new(OUT_MAX);
	struct buf b = BUF_INIT(OUT_MAX);
	const char *name;

	utf8_clean(&b, s, len);
	name = filename_safe(buf_slice(&b), arena);
	if (name != NULL) {
		assert_true(name[0] != '\0');
		assert_true(strlen(name) <= FILENAME_LENGTH_MAX);
		assert_null(strpbrk(name, "/\\:|?*<>\""));
		assert_string_not_equal(name, ".");
		assert_string_not_equal(name, "..");
		assert_false(has_control(name, strlen(name), ""));
		assert_false(has_odd_character(name, strlen(name)));
	}
	buf_free(&b);
	arena_free(&arena);
}

/* In every field of a mail: one line of JSON, valid, and the same again. */
static void
json(const char *s, size_t len)
{
	struct arena *arena = arena_new(OUT_MAX);
	struct buf raw = BUF_INIT(OUT_MAX), out = BUF_INIT(OUT_MAX);
	struct mail *mail, *again;
	struct err err = { 0 };
	json_t *o;

	buf_adds(&raw, "From: \"");
	buf_add(&raw, s, len);
	buf_adds(&raw, "\" <a@b.example>\nSubject: ");
	buf_add(&raw, s, len);
	buf_adds(&raw, "\nMessage-ID: <m@x>\n\n");
	buf_add(&raw, s, len);
	assert_int_equal(mail_parse(buf_slice(&raw), &mail_limits_default,
	    arena, &mail, &err), 0);
	assert_int_equal(mail_json_dump(mail, true, &out, &err), 0);
	assert_null(memchr(out.p, '\n', out.len));
	assert_false(has_control(out.p, out.len, ""));
	o = json_loads(buf_str(&out), 0, NULL);
	assert_true(json_is_object(o));
	assert_true(json_is_string(json_object_get(o, "text")));
	json_decref(o);
	assert_int_equal(mail_json_load(buf_slice(&out), raw.len, arena,
	    &again, &err), 0);
	assert_string_equal(again->text, mail->text);
	buf_free(&raw);
	buf_free(&out);
	arena_free(&arena);
}

static void
test_outputs(void **state)
{
	static const struct {
		const char	*kind;
		void		(*fn)(const char *s, size_t len);
	} outputs[] = {
		{ "mail header", mail_header }, { "mail body", mail_body },
		{ "HTML", html }, { "CSV", csv }, { "log", logs },
		{ "terminal", terminal }, { "file name", file_name },
		{ "JSON", json },
	};
	size_t i, k, len;
	char *s;

	(void)state;
	for (i = 0; i < HOSTILE_N; i++) {
		s = hostile(i, &len);
		assert_non_null(s);
		for (k = 0; k < sizeof outputs / sizeof outputs[0]; k++) {
			print_message("%s of number %zu\n", outputs[k].kind,
			    i);
			outputs[k].fn(s, len);
		}
		free(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outputs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
