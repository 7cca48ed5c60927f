/* Whole mails as clients and servers write them, tests/fixtures/AREA/NAME.eml,
 * and beside each what must be read from it, NAME.json: a part of the JSON of
 * contract §3 (docs/testing.md says how it is written). All are run, each with
 * LF and with CR LF; what differs is shown. FIXTURE=PART runs only those with
 * PART in their path. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/json_text.h"
#include "base/text.h"
#include "parsers/mail.h"
#include "parsers/mail_json.h"

#define FOLDER		"tests/fixtures"
#define FIXTURES_MIN	150
#define PATH_SIZE	512

struct check {
	const char	*file;
	const char	*ends;		/* "LF", "CR LF" */
	int		 differences;
};

/* ---- what differs ---- */

static void
show(const char *mark, const char *text)
{
	struct slice rest = slice_of(text), line;

	if (rest.len == 0)
		print_message("  %s (empty)\n", mark);
	while (text_line(&rest, &line))
		print_message("  %s %.*s\n", mark, (int)line.len, line.p);
}

static void
differs(struct check *c, const char *path, const char *want, const char *got)
{
	c->differences++;
	print_message("%s (%s): %s is not as expected\n", c->file, c->ends,
	    path);
	show("- want", want);
	show("+ got ", got);
}

static void
differs_json(struct check *c, const char *path, const json_t *want,
    const json_t *got)
{
	char *w = json_text(want, JSON_ENCODE_ANY);
	char *g = got == NULL ? NULL : json_text(got, JSON_ENCODE_ANY);

	differs(c, path, w, g == NULL ? "(no such field)" : g);
	free(w);
	free(g);
}

/* ---- one value ---- */

static void	compare(struct check *c, const char *path,
		    const json_t *want, const json_t *got);

static void
compare_text(struct check *c, const char *path, const char *want,
    const char *got)
{
	if (!slice_eq(text_trim(slice_of(want)), text_trim(slice_of(got))))
		differs(c, path, want, got);
}

/* ["a", "b"] for a text: its lines. */
static void
compare_lines(struct check *c, const char *path, const json_t *want,
    const char *got)
{
	struct buf b = BUF_INIT(1 << 20);
	size_t i;

	for (i = 0; i < json_array_size(want); i++)
		buf_addf(&b, "%s%s", i == 0 ? "" : "\n",
		    json_string_value(json_array_get(want, i)));
	compare_text(c, path, buf_str(&b), got);
	buf_free(&b);
}

/* "new quoted" for spans: their kinds. */
static void
compare_spans(struct check *c, const char *path, const char *want,
    const json_t *got)
{
	struct buf b = BUF_INIT(1 << 16);
	size_t i;

	for (i = 0; i < json_array_size(got); i++)
		buf_addf(&b, "%s%s", i == 0 ? "" : " ", json_string_value(
		    json_object_get(json_array_get(got, i), "kind")));
	compare_text(c, path, want, buf_str(&b));
	buf_free(&b);
}

static bool
holds(const json_t *got, const char *part)
{
	size_t i;

	if (json_is_string(got))
		return strstr(json_string_value(got), part) != NULL;
	for (i = 0; i < json_array_size(got); i++)
		if (holds(json_array_get(got, i), part))
			return true;
	return false;
}

/* {"has": [...], "lacks": [...]}: parts of a text, or of one of a list. */
static void
compare_parts(struct check *c, const char *path, const json_t *want,
    const json_t *got)
{
	static const char *const words[] = { "lacks", "has" };
	const json_t *parts;
	const char *part;
	char *all;
	size_t i, k;

	if (!json_is_string(got) && !json_is_array(got)) {
		differs_json(c, path, want, got);
		return;
	}
	for (k = 0; k < 2; k++) {
		parts = json_object_get(want, words[k]);
		for (i = 0; i < json_array_size(parts); i++) {
			part = json_string_value(json_array_get(parts, i));
			assert_non_null(part);
			if (holds(got, part) == (k == 1))
				continue;
			all = json_text(got, JSON_ENCODE_ANY);
			c->differences++;
			print_message("%s (%s): %s %s \"%s\"\n  + got  %s\n",
			    c->file, c->ends, path, k == 1 ? "lacks" : "has",
			    part, json_is_string(got) ?
			    json_string_value(got) : all);
			free(all);
		}
	}
}

static void
compare_list(struct check *c, const char *path, const json_t *want,
    const json_t *got)
{
	char below[PATH_SIZE];
	size_t i;

	if (!json_is_array(got) ||
	    json_array_size(got) != json_array_size(want)) {
		differs_json(c, path, want, got);
		return;
	}
	for (i = 0; i < json_array_size(want); i++) {
		snprintf(below, sizeof below, "%s[%zu]", path, i);
		compare(c, below, json_array_get(want, i),
		    json_array_get(got, i));
	}
}

static void
compare_object(struct check *c, const char *path, json_t *want,
    const json_t *got)
{
	char below[PATH_SIZE];
	const char *key;
	json_t *value;

	if (!json_is_object(got)) {
		differs_json(c, path, want, got);
		return;
	}
	json_object_foreach(want, key, value) {
		/* how many bytes lines have is another matter */
		if (strcmp(c->ends, "LF") != 0 &&
		    strcmp(key, "attachments") == 0)
			continue;
		snprintf(below, sizeof below, "%s%s%s", path,
		    *path == '\0' ? "" : ".", key);
		compare(c, below, value, json_object_get(got, key));
	}
}

static void
compare(struct check *c, const char *path, const json_t *want,
    const json_t *got)
{
	if (json_is_object(want) && (json_object_get(want, "has") != NULL ||
	    json_object_get(want, "lacks") != NULL))
		compare_parts(c, path, want, got);
	else if (json_is_object(want))
		compare_object(c, path, (json_t *)(uintptr_t)want, got);
	else if (json_is_array(want) && json_is_string(got))
		compare_lines(c, path, want, json_string_value(got));
	else if (json_is_array(want))
		compare_list(c, path, want, got);
	else if (json_is_string(want) && json_is_array(got) &&
	    strcmp(path, "spans") == 0)
		compare_spans(c, path, json_string_value(want), got);
	else if (json_is_string(want) && json_is_string(got))
		compare_text(c, path, json_string_value(want),
		    json_string_value(got));
	else if (!json_equal(want, got))
		differs_json(c, path, want, got);
}

/* ---- one mail ---- */

/* What every result keeps: spans tile the text, slices lie in the mail, and it
 * passes what checks the answers of a child. */
static void
parse(struct check *c, struct slice raw, const json_t *want)
{
	struct buf json = BUF_INIT(64 << 20);
	struct arena *arena = arena_new(256 << 20);
	struct mail *mail = NULL, *again = NULL;
	struct err err = { 0 };
	json_t *got;
	size_t i, at = 0;

	if (mail_parse(raw, &mail_limits_default, arena, &mail, &err) != 0 ||
	    mail_json_dump(mail, true, &json, &err) != 0 ||
	    mail_json_load(buf_slice(&json), raw.len, arena, &again,
	    &err) != 0)
		fail_msg("%s: %s", c->file, err.msg);
	for (i = 0; i < mail->nspans; i++) {
		assert_int_equal(mail->spans[i].offset, at);
		at += mail->spans[i].length;
	}
	assert_int_equal(at, strlen(mail->text));
	got = json_loads(buf_str(&json), 0, NULL);
	assert_non_null(got);
	compare(c, "", want, got);
	json_decref(got);
	buf_free(&json);
	arena_free(&arena);
}

static void
add_cr(struct slice raw, struct buf *out)
{
	size_t i;

	for (i = 0; i < raw.len; i++) {
		if (raw.p[i] == '\n' && (i == 0 || raw.p[i - 1] != '\r'))
			buf_addc(out, '\r');
		buf_addc(out, raw.p[i]);
	}
}

static void
slurp(const char *path, struct buf *out)
{
	char chunk[4096];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		fail_msg("%s cannot be read: each mail needs its .json", path);
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(out, chunk, n);
	fclose(f);
}

static int
check_mail(const char *path)
{
	struct buf raw = BUF_INIT(8 << 20), crlf = BUF_INIT(16 << 20);
	struct check lf = { path, "LF", 0 }, cr = { path, "CR LF", 0 };
	struct buf text = BUF_INIT(1 << 20);
	char json[PATH_SIZE];
	json_error_t fault;
	json_t *want;

	snprintf(json, sizeof json, "%.*s.json", (int)strlen(path) - 4, path);
	slurp(path, &raw);
	slurp(json, &text);
	want = json_loads(buf_str(&text), JSON_REJECT_DUPLICATES, &fault);
	if (want == NULL)
		fail_msg("%s:%d: %s", json, fault.line, fault.text);
	if (json_object_size(want) == 0)
		fail_msg("%s expects nothing", json);
	parse(&lf, buf_slice(&raw), want);
	add_cr(buf_slice(&raw), &crlf);
	if (lf.differences == 0 && memchr(raw.p, '\0', raw.len) == NULL)
		parse(&cr, buf_slice(&crlf), want);
	json_decref(want);
	buf_free(&raw);
	buf_free(&crlf);
	buf_free(&text);
	return lf.differences + cr.differences > 0;
}

/* ---- all of them ---- */

static int
is_eml(const struct dirent *e)
{
	return text_iends(slice_of(e->d_name), ".eml");
}

static int
is_area(const struct dirent *e)
{
	return e->d_name[0] != '.' && e->d_type != DT_REG;
}

static void
check_area(const char *area, int *n, int *failed)
{
	const char *only = getenv("FIXTURE");
	char folder[PATH_SIZE / 2], path[PATH_SIZE];
	struct dirent **names;
	int i, count;

	snprintf(folder, sizeof folder, FOLDER "/%s", area);
	count = scandir(folder, &names, is_eml, alphasort);
	assert_true(count >= 0);
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/%s", folder,
		    names[i]->d_name);
		free(names[i]);
		*n += 1;
		if (only == NULL || strstr(path, only) != NULL)
			*failed += check_mail(path);
	}
	free(names);
}

static void
test_fixtures(void **state)
{
	struct dirent **areas;
	int i, count, n = 0, failed = 0;

	(void)state;
	count = scandir(FOLDER, &areas, is_area, alphasort);
	assert_true(count > 0);
	for (i = 0; i < count; i++) {
		check_area(areas[i]->d_name, &n, &failed);
		free(areas[i]);
	}
	free(areas);
	print_message("%d mails, %d not read as expected\n", n, failed);
	assert_int_equal(failed, 0);
	assert_true(n >= FIXTURES_MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
