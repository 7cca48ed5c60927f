#include <gmime/gmime.h>
#include <string.h>

#include "base/text.h"
#include "parsers/filename.h"
#include "tests/diff/leaf.h"

struct reading {
	struct arena	*arena;
	struct leaves	*out;
	struct buf	 letter;
};

/* What it warns of when parts are not where they should be. */
#define BIT(issue)	((uint64_t)1 << (issue))
#define STRUCTURE	(BIT(GMIME_WARN_INVALID_CONTENT_TYPE) | \
	BIT(GMIME_WARN_MALFORMED_MULTIPART) | \
	BIT(GMIME_WARN_TRUNCATED_MESSAGE) | \
	BIT(GMIME_WARN_MALFORMED_MESSAGE) | \
	BIT(GMIME_CRIT_INVALID_HEADER_NAME) | \
	BIT(GMIME_CRIT_CONFLICTING_HEADER) | \
	BIT(GMIME_CRIT_CONFLICTING_PARAMETER) | \
	BIT(GMIME_CRIT_MULTIPART_WITHOUT_BOUNDARY) | \
	BIT(GMIME_CRIT_NESTING_OVERFLOW) | \
	BIT(GMIME_WARN_PART_WITHOUT_CONTENT) | \
	BIT(GMIME_CRIT_PART_WITHOUT_HEADERS_OR_CONTENT))

static GMimeParserOptions *options;
static uint64_t issues;		/* of the mail being read */

static void
warned(gint64 offset, GMimeParserWarning issue, const gchar *item,
    gpointer p)
{
	uint64_t *bits = p;

	(void)offset;
	(void)item;
	if ((unsigned)issue < 64)
		*bits |= BIT(issue);
}

void
theirs_start(void)
{
	g_mime_init();
	options = g_mime_parser_options_new();
	g_mime_parser_options_set_warning_callback(options, warned,
	    &issues);
}

static const char *
type_of(GMimeObject *object, struct arena *arena)
{
	GMimeContentType *t = g_mime_object_get_content_type(object);
	char *mime = g_mime_content_type_get_mime_type(t);
	char *s = arena_strdup(arena, mime), *p;

	for (p = s; p != NULL && *p != '\0'; p++)
		*p = text_lower(*p);
	g_free(mime);
	return s;
}

static struct slice
decoded(GMimePart *part, struct arena *arena)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *stream = g_mime_stream_mem_new();
	GByteArray *bytes;
	struct slice s = { "", 0 };

	if (content != NULL &&
	    g_mime_data_wrapper_write_to_stream(content, stream) != -1) {
		bytes = g_mime_stream_mem_get_byte_array(
		    GMIME_STREAM_MEM(stream));
		s = arena_slice(arena, (struct slice){
		    (const char *)bytes->data, bytes->len });
	}
	g_object_unref(stream);
	return s;
}

/* By the charset that is declared, strictly: text that is not valid in it is
 * left out, since what to make of it is no matter of right or wrong. */
static void
read_text(GMimeTextPart *part, struct leaf *leaf, struct arena *arena)
{
	const char *name = g_mime_object_get_content_type_parameter(
	    GMIME_OBJECT(part), "charset");
	gsize n = 0;
	char *text;

	leaf->charset = arena_strdup(arena, name);
	text = g_convert(leaf->bytes.p, (gssize)leaf->bytes.len, "UTF-8",
	    name == NULL ? "US-ASCII" : g_mime_charset_iconv_name(name), NULL,
	    &n, NULL);
	if (text != NULL)
		leaf->text = arena_slice(arena, (struct slice){ text, n });
	if (text != NULL && leaf->text.p == NULL)
		leaf->text.p = "";
	g_free(text);
}

static void
read_part(struct reading *r, GMimeObject *object, size_t level)
{
	struct leaf *leaf = leaf_add(r->out, r->arena);
	const char *name;

	if (leaf == NULL)
		return;
	leaf->type = type_of(object, r->arena);
	leaf->level = level;
	if (!GMIME_IS_PART(object))
		return;
	name = g_mime_part_get_filename(GMIME_PART(object));
	if (name != NULL && name[0] != '\0')
		leaf->name = filename_safe(slice_of(name), r->arena);
	leaf->bytes = decoded(GMIME_PART(object), r->arena);
	if (GMIME_IS_TEXT_PART(object))
		read_text(GMIME_TEXT_PART(object), leaf, r->arena);
}

static void	read_object(struct reading *r, GMimeObject *object,
		    size_t level);

static void
read_message(struct reading *r, GMimeObject *object, size_t level)
{
	GMimeMessage *m = g_mime_message_part_get_message(
	    GMIME_MESSAGE_PART(object));

	read_part(r, object, level);
	if (r->out->n > 0)
		r->out->v[r->out->n - 1].is_message = true;
	if (level >= LEAF_MESSAGES)
		return;
	if (m == NULL || g_mime_message_get_mime_part(m) == NULL)
		r->out->cut = true;
	else
		read_object(r, g_mime_message_get_mime_part(m), level + 1);
}

/* GMime bounds how deep parts nest. */
static void
read_object(struct reading *r, GMimeObject *object, size_t level)
{
	GMimeMultipart *multi;
	int i, n;

	if (GMIME_IS_MESSAGE_PART(object)) {
		read_message(r, object, level);
	} else if (GMIME_IS_MULTIPART(object)) {
		multi = GMIME_MULTIPART(object);
		n = g_mime_multipart_get_count(multi);
		for (i = 0; i < n; i++)
			read_object(r, g_mime_multipart_get_part(multi, i),
			    level);
		if (n == 0) {
			read_part(r, object, level);
			if (r->out->n > 0)
				r->out->v[r->out->n - 1].is_empty = true;
		}
	} else {
		read_part(r, object, level);
	}
}

/* ---- the letter, as any mail client would choose it ---- */

static bool
is_attached(GMimeObject *object)
{
	const char *d = g_mime_object_get_disposition(object);

	return (d != NULL && strcasecmp(d, "attachment") == 0) ||
	    (GMIME_IS_PART(object) &&
	    g_mime_part_get_filename(GMIME_PART(object)) != NULL);
}

static bool
is_plain(GMimeObject *object)
{
	return GMIME_IS_TEXT_PART(object) && !is_attached(object) &&
	    g_mime_content_type_is_type(g_mime_object_get_content_type(object),
	    "text", "plain");
}

static void	letter(struct reading *r, GMimeObject *object);

static void
letter_leaf(struct reading *r, GMimeObject *object)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	const char *format;
	char *text;

	if (!is_plain(object)) {
		r->out->letter_html |= g_mime_content_type_is_type(type,
		    "text", "*");
		return;
	}
	format = g_mime_content_type_get_parameter(type, "format");
	r->out->letter_flowed |= format != NULL &&
	    strcasecmp(format, "flowed") == 0;
	text = g_mime_text_part_get_text(GMIME_TEXT_PART(object));
	if (text != NULL) {
		buf_adds(&r->letter, text);
		buf_addc(&r->letter, '\n');
	}
	g_free(text);
}

/* The first of the alternatives that says something in plain text. */
static bool
alternative(struct reading *r, GMimeMultipart *multi)
{
	size_t was = r->letter.len, k;
	bool html = r->out->letter_html;
	int i, n = g_mime_multipart_get_count(multi);

	for (i = 0; i < n; i++) {
		letter(r, g_mime_multipart_get_part(multi, i));
		for (k = was; k < r->letter.len; k++)
			if ((unsigned char)r->letter.p[k] > ' ')
				break;
		if (k < r->letter.len)
			break;
		r->letter.len = was;
		if (i + 1 < n)
			r->out->letter_html = html;
	}
	return i < n;
}

static void
letter(struct reading *r, GMimeObject *object)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	GMimeMultipart *multi;
	int i;

	if (!GMIME_IS_MULTIPART(object)) {
		if (GMIME_IS_PART(object))
			letter_leaf(r, object);
		return;
	}
	multi = GMIME_MULTIPART(object);
	if (g_mime_content_type_is_type(type, "multipart", "alternative")) {
		if (!alternative(r, multi))
			r->out->letter_html = true;
		return;
	}
	for (i = 0; i < g_mime_multipart_get_count(multi); i++)
		letter(r, g_mime_multipart_get_part(multi, i));
}

int
theirs_read(struct slice raw, struct arena *arena, struct leaves *out)
{
	struct reading r = { arena, out, BUF_INIT((size_t)64 << 20) };
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(raw.p,
	    raw.len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *m;
	GMimeObject *top;
	int ret = -1;

	*out = (struct leaves){ 0 };
	issues = 0;
	m = g_mime_parser_construct_message(parser, options);
	top = m == NULL ? NULL : g_mime_message_get_mime_part(m);
	if (top != NULL) {
		read_object(&r, top, 0);
		letter(&r, top);
		out->letter = arena_slice(arena, buf_slice(&r.letter));
		ret = 0;
	}
	out->malformed = (issues & STRUCTURE) != 0;
	buf_free(&r.letter);
	if (m != NULL)
		g_object_unref(m);
	g_object_unref(parser);
	g_object_unref(stream);
	return ret;
}
