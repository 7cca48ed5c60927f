#include <stdbool.h>
#include <string.h>

#include "base/csv.h"
#include "base/text.h"

void
csv_open(struct csv *csv, struct slice text, struct arena *arena)
{
	if (text.len >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		text = (struct slice){ text.p + 3, text.len - 3 };
	*csv = (struct csv){ text, arena, 1, 1 };
}

/* Where the field ends: its comma, line end, or the end of the file. Its last
 * line is counted. *open_out: a quote has no end. */
static size_t
field_end(struct csv *r, bool *open_out)
{
	bool quoted = r->rest.len > 0 && r->rest.p[0] == '"';
	size_t i = quoted;

	for (; i < r->rest.len; i++) {
		char c = r->rest.p[i];

		if (quoted && c == '"') {
			quoted = i + 1 < r->rest.len &&
			    r->rest.p[i + 1] == '"';
			i += quoted;
		} else if (!quoted && (c == ',' || c == '\n'))
			break;
		else
			r->line += c == '\n';
	}
	*open_out = quoted;
	return i;
}

/* One field into the arena; *end_out: the character behind it, 0 the end. */
static char *
read_field(struct csv *r, char *end_out, struct err *err)
{
	bool open, quoted = r->rest.len > 0 && r->rest.p[0] == '"';
	size_t i, n = 0, len = field_end(r, &open);
	char *out = open ? NULL : arena_alloc(r->arena, len + 1);

	if (out == NULL) {
		err_set(err, ERR_INPUT, open ? "%d: a quoted field has no end: "
		    "a \" before the comma would be right" :
		    "%d: out of memory", r->row_line);
		return NULL;
	}
	for (i = quoted; i < len; i++) {
		char c = r->rest.p[i];

		/* a doubled quote is one, the closing one none */
		if (quoted && c == '"' && (++i >= len ||
		    r->rest.p[i] != '"')) {
			quoted = false;
			i--;
			continue;
		}
		out[n++] = c;
	}
	out[n] = '\0';
	*end_out = len < r->rest.len ? r->rest.p[len] : '\0';
	len += len < r->rest.len;
	r->rest = (struct slice){ r->rest.p + len, r->rest.len - len };
	return out;
}

static void
skip_blank_lines(struct csv *r)
{
	while (r->rest.len > 0 && (r->rest.p[0] == '\n' ||
	    r->rest.p[0] == '\r')) {
		r->line += r->rest.p[0] == '\n';
		r->rest = (struct slice){ r->rest.p + 1, r->rest.len - 1 };
	}
}

int
csv_row(struct csv *csv, const char **v, size_t max, size_t *n_out,
    struct err *err)
{
	char end = ',';
	size_t n, i;

	skip_blank_lines(csv);
	if (csv->rest.len == 0)
		return 0;
	csv->row_line = csv->line;
	for (i = 0; i < max; i++)
		v[i] = "";
	for (n = 0; end == ','; n++) {
		char *field = read_field(csv, &end, err);
		struct slice s;

		if (field == NULL)
			return -1;
		s = text_trim(slice_of(field));
		if (s.len > 0)
			field[(size_t)(s.p - field) + s.len] = '\0';
		if (n < max && s.len > 0)
			v[n] = s.p;
	}
	csv->line += end == '\n';
	*n_out = n;
	return 1;
}

void
csv_cell(struct buf *out, const char *text)
{
	bool quote = strpbrk(text, ",\"\r\n") != NULL || text[0] == ' ';

	if (quote)
		buf_addc(out, '"');
	if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
		buf_addc(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_addc(out, '"');
		buf_addc(out, *text);
	}
	if (quote)
		buf_addc(out, '"');
}
