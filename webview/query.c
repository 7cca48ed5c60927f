#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "webview/query.h"

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = text_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %XX (and, in a form, +) decoded. NULL: not text. */
static char *
decode(struct slice s, bool form, struct arena *arena)
{
	char *out = arena_alloc(arena, s.len + 1);
	size_t n = 0;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '%') {
			if (s.len - i < 3 || digit(s.p[i + 1]) < 0 ||
			    digit(s.p[i + 2]) < 0)
				return NULL;
			c = (char)(digit(s.p[i + 1]) * 16 +
			    digit(s.p[i + 2]));
			i += 2;
		} else if (c == '+' && form) {
			c = ' ';
		}
		out[n++] = c;
	}
	out[n] = '\0';
	if (!utf8_valid(out, n) || text_has_control((struct slice){ out, n }))
		return NULL;
	return out;
}

/* The next piece of *rest up to sep; *rest moves behind it. */
static struct slice
piece(struct slice *rest, char sep)
{
	const char *end = rest->len == 0 ? NULL :
	    memchr(rest->p, sep, rest->len);
	struct slice s = { rest->p,
	    end == NULL ? rest->len : (size_t)(end - rest->p) };
	size_t skip = end == NULL ? s.len : s.len + 1;

	rest->p += skip;
	rest->len -= skip;
	return s;
}

static bool
is_double(const struct page_param *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return true;
	return false;
}

int
query_form(struct slice text, struct arena *arena,
    const struct page_param **params_out, size_t *n_out, struct err *err)
{
	struct page_param *v = arena_calloc(arena, QUERY_PARAMS_MAX,
	    sizeof *v);
	struct slice pair, name;
	size_t n = 0;

	if (v == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	while (text.len > 0) {
		pair = piece(&text, '&');
		if (pair.len == 0)
			continue;
		if (n == QUERY_PARAMS_MAX)
			return err_set(err, ERR_INPUT, "too many parameters");
		name = piece(&pair, '=');
		v[n].name = decode(name, true, arena);
		v[n].value = decode(pair, true, arena);
		if (v[n].name == NULL || v[n].value == NULL)
			return err_set(err, ERR_INPUT, "a parameter that is "
			    "no text");
		if (is_double(v, n, v[n].name))
			return err_set(err, ERR_INPUT, "a parameter twice");
		n++;
	}
	*params_out = v;
	*n_out = n;
	return 0;
}

/* No empty segment but a last one, none of dots, no slash but those sent. */
static bool
is_plain_path(struct slice raw, const char *path)
{
	struct slice rest = { path + 1, strlen(path) - 1 }, s;
	size_t sent = 0, got = 0;

	for (size_t i = 0; i < raw.len; i++)
		sent += raw.p[i] == '/';
	for (const char *p = path; *p != '\0'; p++) {
		got += *p == '/';
		if (*p == '\\')
			return false;
	}
	if (sent != got)
		return false;
	while (rest.len > 0) {
		s = piece(&rest, '/');
		if (s.len == 0 || slice_is(s, ".") || slice_is(s, ".."))
			return false;
	}
	return true;
}

int
query_target(const char *text, struct arena *arena,
    struct target *target_out, struct err *err)
{
	struct slice rest = slice_of(text), path;
	struct target target = { 0 };

	if (rest.len > QUERY_TARGET_MAX)
		return err_set(err, ERR_INPUT, "too long a target");
	if (rest.len == 0 || text[0] != '/' || text_has_control(rest))
		return err_set(err, ERR_INPUT, "not a path");
	path = piece(&rest, '?');
	target.path = decode(path, false, arena);
	if (target.path == NULL || !is_plain_path(path, target.path))
		return err_set(err, ERR_INPUT, "not a plain path");
	if (query_form(rest, arena, &target.params, &target.nparams,
	    err) == -1)
		return -1;
	*target_out = target;
	return 0;
}

bool
query_cookie(const char *field, const char *name, struct slice *value_out)
{
	struct slice rest = slice_of(field), pair, whole, key;
	struct slice found = { NULL, 0 };

	while (rest.len > 0) {
		pair = text_trim(piece(&rest, ';'));
		whole = pair;
		key = piece(&pair, '=');
		if (!slice_is(key, name) || key.len == whole.len)
			continue;
		if (found.p != NULL)
			return false;
		found = pair;
	}
	if (found.p == NULL)
		return false;
	*value_out = found;
	return true;
}

bool
query_number(struct slice text, int64_t *number_out)
{
	uint64_t number;

	if (text.len == 0 || text.p[0] == '0' || !text_u64(text, &number) ||
	    number > INT64_MAX)
		return false;
	*number_out = (int64_t)number;
	return true;
}

static struct slice
opaque(struct slice tag)
{
	if (tag.len > 2 && tag.p[0] == 'W' && tag.p[1] == '/')
		return (struct slice){ tag.p + 2, tag.len - 2 };
	return tag;
}

bool
query_matches(const char *field, const char *etag)
{
	struct slice rest = slice_of(field), want = opaque(slice_of(etag));

	while (rest.len > 0) {
		struct slice tag = text_trim(piece(&rest, ','));

		if (slice_is(tag, "*") || slice_eq(opaque(tag), want))
			return true;
	}
	return false;
}

bool
query_prefers(const char *field, const char *type)
{
	struct slice rest = slice_of(field), range = piece(&rest, ',');

	return text_ieq(text_trim(piece(&range, ';')), slice_of(type));
}
