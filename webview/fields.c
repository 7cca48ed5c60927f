#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/utf8.h"
#include "webview/fields.h"

#define NAME_MAX_BYTES	200
#define FILE_POLICY	"sandbox; default-src 'none'"
#define PAGE_POLICY	"default-src 'none'; style-src 'self'; "	\
	"img-src 'self'; script-src 'self'; connect-src 'self'; "	\
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

static void
secure(struct http_response *r, bool https, const char *policy)
{
	http_add(r, "Content-Security-Policy", policy);
	http_add(r, "X-Content-Type-Options", "nosniff");
	http_add(r, "X-Frame-Options", "DENY");
	http_add(r, "Referrer-Policy", "no-referrer");
	http_add(r, "Cross-Origin-Opener-Policy", "same-origin");
	http_add(r, "Cross-Origin-Resource-Policy", "same-origin");
	http_add(r, "Permissions-Policy", "camera=(), geolocation=(), "
	    "microphone=(), payment=(), usb=()");
	if (https)
		http_add(r, "Strict-Transport-Security", "max-age=31536000");
}

void
fields_secure(struct http_response *r, bool https)
{
	secure(r, https, PAGE_POLICY);
}

void
fields_secure_file(struct http_response *r, bool https)
{
	secure(r, https, FILE_POLICY);
}

const char *
fields_file_type(const char *type)
{
	static const char *const harmless[] = { "image/png", "image/jpeg",
	    "image/gif", "image/webp", "application/pdf" };

	if (type == NULL)
		return "application/octet-stream";
	for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
		if (text_ieq(slice_of(type), slice_of(harmless[i])))
			return harmless[i];
	if (text_ieq(slice_of(type), SLICE_LIT("text/plain")))
		return "text/plain; charset=utf-8";
	return "application/octet-stream";
}

/* Without what a file system or an eye could be fooled by. */
static void
clean_name(struct buf *out, const char *name)
{
	size_t len = strlen(name), n;
	uint32_t cp;
	char c[4];

	for (; *name != '\0' && out->len < NAME_MAX_BYTES; name += n) {
		n = utf8_decode(name, len, &cp);
		if (n == 0) {
			n = 1;
			cp = '_';
		}
		len -= n;
		if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ||
		    utf8_is_bidi(cp) || (cp < 0x80 &&
		    strchr("/\\:*?\"<>|;%", (int)cp) != NULL) ||
		    (cp == '.' && out->len == 0))
			cp = '_';
		buf_add(out, c, utf8_encode(cp, c));
	}
	if (out->len == 0)
		buf_adds(out, "attachment");
}

static bool
is_attr_char(char c)		/* RFC 5987 3.2.1 */
{
	return text_is_alnum(c) || (c != '\0' &&
	    strchr("!#$&+-.^_`|~", c) != NULL);
}

const char *
fields_disposition(const char *name, struct arena *arena)
{
	struct buf clean = BUF_INIT(NAME_MAX_BYTES + 4), out = BUF_INIT(2048);
	const char *text;

	clean_name(&clean, name);
	buf_adds(&out, "attachment; filename=\"");
	for (size_t i = 0; i < clean.len; i++)
		buf_addc(&out, (unsigned char)clean.p[i] < 0x80 ? clean.p[i] :
		    '_');
	buf_adds(&out, "\"; filename*=UTF-8''");
	for (size_t i = 0; i < clean.len; i++) {
		if (is_attr_char(clean.p[i]))
			buf_addc(&out, clean.p[i]);
		else
			buf_addf(&out, "%%%02X", (unsigned char)clean.p[i]);
	}
	text = out.failed ? NULL : arena_strndup(arena, buf_str(&out),
	    out.len);
	buf_free(&clean);
	buf_free(&out);
	return text == NULL ? "attachment" : text;
}
