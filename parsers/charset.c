#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "parsers/charset.h"
#include "parsers/charset_guess.h"

#define KEY_MAX	40	/* bytes of a folded name, with the NUL */

enum family {
	UTF8,
	SINGLE,			/* one byte a character: a table of 256 */
	MULTI,			/* iconv, kept open */
	JIS, KR, HZ		/* 7-bit forms of MULTI ones */
};

/* Everything there is, by the name that iconv knows. A name of mail's that is
 * not among the aliases below is looked for here. */
static struct charset {
	const char	*name;
	enum family	 family;
	const char	*base;		/* JIS, KR, HZ: iconv's name */
	uint32_t	*table;		/* SINGLE, loaded */
	iconv_t		 cd;		/* the others, loaded */
	enum { NEW, LOADED, FAILED } state;
} charsets[] = {
	{ .name = "utf-8", .family = UTF8 },
	{ .name = "windows-1252", .family = SINGLE },
	{ .name = "windows-1250", .family = SINGLE },
	{ .name = "windows-1251", .family = SINGLE },
	{ .name = "windows-1253", .family = SINGLE },
	{ .name = "windows-1254", .family = SINGLE },
	{ .name = "windows-1255", .family = SINGLE },
	{ .name = "windows-1256", .family = SINGLE },
	{ .name = "windows-1257", .family = SINGLE },
	{ .name = "windows-1258", .family = SINGLE },
	{ .name = "cp874", .family = SINGLE },
	{ .name = "iso-8859-2", .family = SINGLE },
	{ .name = "iso-8859-3", .family = SINGLE },
	{ .name = "iso-8859-4", .family = SINGLE },
	{ .name = "iso-8859-5", .family = SINGLE },
	{ .name = "iso-8859-6", .family = SINGLE },
	{ .name = "iso-8859-7", .family = SINGLE },
	{ .name = "iso-8859-8", .family = SINGLE },
	{ .name = "iso-8859-10", .family = SINGLE },
	{ .name = "iso-8859-13", .family = SINGLE },
	{ .name = "iso-8859-14", .family = SINGLE },
	{ .name = "iso-8859-15", .family = SINGLE },
	{ .name = "iso-8859-16", .family = SINGLE },
	{ .name = "koi8-r", .family = SINGLE },
	{ .name = "koi8-u", .family = SINGLE },
	{ .name = "koi8-t", .family = SINGLE },
	{ .name = "ibm437", .family = SINGLE },
	{ .name = "ibm850", .family = SINGLE },
	{ .name = "ibm852", .family = SINGLE },
	{ .name = "ibm855", .family = SINGLE },
	{ .name = "ibm857", .family = SINGLE },
	{ .name = "ibm858", .family = SINGLE },
	{ .name = "ibm862", .family = SINGLE },
	{ .name = "ibm866", .family = SINGLE },
	{ .name = "macintosh", .family = SINGLE },
	{ .name = "mac-cyrillic", .family = SINGLE },
	{ .name = "mac-centraleurope", .family = SINGLE },
	{ .name = "cp737", .family = SINGLE },
	{ .name = "cp775", .family = SINGLE },
	{ .name = "cp1125", .family = SINGLE },
	{ .name = "ibm860", .family = SINGLE },
	{ .name = "ibm861", .family = SINGLE },
	{ .name = "ibm863", .family = SINGLE },
	{ .name = "ibm864", .family = SINGLE },
	{ .name = "ibm865", .family = SINGLE },
	{ .name = "ibm869", .family = SINGLE },
	{ .name = "pt154", .family = SINGLE },
	{ .name = "rk1048", .family = SINGLE },
	{ .name = "tcvn5712-1", .family = SINGLE },
	{ .name = "viscii", .family = SINGLE },
	{ .name = "armscii-8", .family = SINGLE },
	{ .name = "georgian-ps", .family = SINGLE },
	{ .name = "gb18030", .family = MULTI },
	{ .name = "big5-hkscs", .family = MULTI },
	{ .name = "cp932", .family = MULTI },
	{ .name = "euc-jp-ms", .family = MULTI },
	{ .name = "cp949", .family = MULTI },
	{ .name = "euc-tw", .family = MULTI },
	{ .name = "utf-7", .family = MULTI },
	{ .name = "utf-16", .family = MULTI },
	{ .name = "utf-16le", .family = MULTI },
	{ .name = "utf-16be", .family = MULTI },
	{ .name = "utf-32", .family = MULTI },
	{ .name = "iso-2022-jp", .family = JIS, .base = "cp932" },
	{ .name = "iso-2022-kr", .family = KR, .base = "cp949" },
	{ .name = "hz-gb-2312", .family = HZ, .base = "gb18030" },
};
#define NCHARSETS (sizeof charsets / sizeof charsets[0])

/* Names folded: lower case, letters and digits only. */
static const struct { const char *key, *name; } aliases[] = {
	{ "utf8", "utf-8" }, { "unicode11utf8", "utf-8" },
	{ "unicode20utf8", "utf-8" }, { "xunicode20utf8", "utf-8" },
	{ "utf8mb4", "utf-8" }, { "utf8n", "utf-8" }, { "cp65001", "utf-8" },
	{ "xutf8", "utf-8" }, { "csutf8", "utf-8" },
	{ "usascii", "us-ascii" }, { "ascii", "us-ascii" },
	{ "ansix341968", "us-ascii" }, { "ansix341986", "us-ascii" },
	{ "iso646us", "us-ascii" }, { "csascii", "us-ascii" },
	{ "us", "us-ascii" }, { "iso646", "us-ascii" }, { "646", "us-ascii" },
	{ "iso646irv1991", "us-ascii" }, { "ibm367", "us-ascii" },
	{ "cp367", "us-ascii" }, { "isoir6", "us-ascii" },
	{ "7bit", "us-ascii" },
	{ "iso88591", "windows-1252" }, { "iso885911987", "windows-1252" },
	{ "latin1", "windows-1252" }, { "isolatin1", "windows-1252" },
	{ "l1", "windows-1252" }, { "csisolatin1", "windows-1252" },
	{ "isoir100", "windows-1252" }, { "ibm819", "windows-1252" },
	{ "cp819", "windows-1252" }, { "ansi", "windows-1252" },
	{ "xansi", "windows-1252" }, { "8859", "windows-1252" },
	{ "iso8859", "windows-1252" }, { "88591", "windows-1252" },
	{ "isolatin", "windows-1252" }, { "8bit", "windows-1252" },
	{ "cp1252", "windows-1252" }, { "xcp1252", "windows-1252" },
	{ "win1252", "windows-1252" }, { "1252", "windows-1252" },
	{ "latin2", "iso-8859-2" }, { "csisolatin2", "iso-8859-2" },
	{ "iso885921987", "iso-8859-2" }, { "l2", "iso-8859-2" },
	{ "latin3", "iso-8859-3" }, { "csisolatin3", "iso-8859-3" },
	{ "latin4", "iso-8859-4" }, { "csisolatin4", "iso-8859-4" },
	{ "cyrillic", "iso-8859-5" }, { "csisolatincyrillic", "iso-8859-5" },
	{ "arabic", "iso-8859-6" }, { "csisolatinarabic", "iso-8859-6" },
	{ "ecma114", "iso-8859-6" }, { "asmo708", "iso-8859-6" },
	{ "iso88596e", "iso-8859-6" }, { "iso88596i", "iso-8859-6" },
	{ "greek", "iso-8859-7" }, { "csisolatingreek", "iso-8859-7" },
	{ "greek8", "iso-8859-7" }, { "elot928", "iso-8859-7" },
	{ "ecma118", "iso-8859-7" }, { "iso885971987", "iso-8859-7" },
	{ "hebrew", "iso-8859-8" }, { "csisolatinhebrew", "iso-8859-8" },
	{ "iso88598i", "iso-8859-8" }, { "iso88598e", "iso-8859-8" },
	{ "logical", "iso-8859-8" }, { "visual", "iso-8859-8" },
	{ "iso885981988", "iso-8859-8" },
	{ "iso88599", "windows-1254" }, { "latin5", "windows-1254" },
	{ "csisolatin5", "windows-1254" }, { "l5", "windows-1254" },
	{ "iso885991989", "windows-1254" },
	{ "latin6", "iso-8859-10" }, { "csisolatin6", "iso-8859-10" },
	{ "iso885911", "cp874" }, { "tis620", "cp874" },
	{ "windows874", "cp874" }, { "dos874", "cp874" },
	{ "ibm874", "cp874" }, { "tis6202533", "cp874" },
	{ "latin7", "iso-8859-13" }, { "latin8", "iso-8859-14" },
	{ "latin9", "iso-8859-15" }, { "latin0", "iso-8859-15" },
	{ "csisolatin9", "iso-8859-15" }, { "latin10", "iso-8859-16" },
	{ "koi8", "koi8-r" }, { "koi", "koi8-r" }, { "cskoi8r", "koi8-r" },
	{ "koi8ru", "koi8-u" }, { "mac", "macintosh" },
	{ "xmacroman", "macintosh" }, { "macroman", "macintosh" },
	{ "csmacintosh", "macintosh" }, { "xmaccyrillic", "mac-cyrillic" },
	{ "xmacukrainian", "mac-cyrillic" }, { "xviet", "viscii" },
	{ "xmacce", "mac-centraleurope" }, { "macce", "mac-centraleurope" },
	{ "xmaccentraleurroman", "mac-centraleurope" },
	{ "ruscii", "cp1125" }, { "ptcp154", "pt154" }, { "cp154", "pt154" },
	{ "cyrillicasian", "pt154" }, { "kz1048", "rk1048" },
	{ "strk10482002", "rk1048" }, { "tcvn", "tcvn5712-1" },
	{ "dos437", "ibm437" }, { "cspc8codepage437", "ibm437" },
	{ "dos850", "ibm850" }, { "dos852", "ibm852" }, { "dos866", "ibm866" },
	{ "gb2312", "gb18030" }, { "gbk", "gb18030" }, { "gb", "gb18030" },
	{ "xgbk", "gb18030" }, { "cp936", "gb18030" }, { "936", "gb18030" },
	{ "ms936", "gb18030" }, { "windows936", "gb18030" },
	{ "euccn", "gb18030" }, { "xeuccn", "gb18030" },
	{ "gb231280", "gb18030" }, { "csgb2312", "gb18030" },
	{ "chinese", "gb18030" }, { "csiso58gb231280", "gb18030" },
	{ "big5", "big5-hkscs" }, { "xbig5", "big5-hkscs" },
	{ "big5hkscs", "big5-hkscs" }, { "cnbig5", "big5-hkscs" },
	{ "csbig5", "big5-hkscs" }, { "big5eten", "big5-hkscs" },
	{ "cp950", "big5-hkscs" }, { "windows950", "big5-hkscs" },
	{ "xeuctw", "euc-tw" }, { "xxbig5", "big5-hkscs" },
	{ "shiftjis", "cp932" }, { "sjis", "cp932" }, { "xsjis", "cp932" },
	{ "mskanji", "cp932" }, { "csshiftjis", "cp932" },
	{ "windows31j", "cp932" }, { "cswindows31j", "cp932" },
	{ "ms932", "cp932" }, { "windows932", "cp932" },
	{ "eucjp", "euc-jp-ms" }, { "xeucjp", "euc-jp-ms" },
	{ "xeuc", "euc-jp-ms" }, { "ujis", "euc-jp-ms" },
	{ "eucjpms", "euc-jp-ms" }, { "cp51932", "euc-jp-ms" },
	{ "cseucpkdfmtjapanese", "euc-jp-ms" },
	{ "ksc56011987", "cp949" }, { "ksc5601", "cp949" },
	{ "ksc56011989", "cp949" }, { "ksc56011992", "cp949" },
	{ "csksc56011987", "cp949" }, { "euckr", "cp949" },
	{ "xeuckr", "cp949" }, { "cseuckr", "cp949" }, { "korean", "cp949" },
	{ "uhc", "cp949" }, { "windows949", "cp949" }, { "xwindows949", "cp949" },
	{ "ks", "cp949" }, { "5601", "cp949" }, { "isoir149", "cp949" },
	{ "unicode11utf7", "utf-7" }, { "csunicode11utf7", "utf-7" },
	{ "csutf7", "utf-7" }, { "xunicode20utf7", "utf-7" },
	{ "unicode", "utf-16" }, { "ucs2", "utf-16" },
	{ "iso10646ucs2", "utf-16" }, { "ucs4", "utf-32" },
	{ "iso2022jp1", "iso-2022-jp" }, { "iso2022jp2", "iso-2022-jp" },
	{ "iso2022jp3", "iso-2022-jp" }, { "iso2022jp2004", "iso-2022-jp" },
	{ "iso2022jpms", "iso-2022-jp" }, { "cp50220", "iso-2022-jp" },
	{ "cp50221", "iso-2022-jp" }, { "cp50222", "iso-2022-jp" },
	{ "jis", "iso-2022-jp" }, { "csiso2022jp", "iso-2022-jp" },
	{ "csiso2022kr", "iso-2022-kr" }, { "hz", "hz-gb-2312" },
	{ "hzgb", "hz-gb-2312" },
};
#define NALIASES (sizeof aliases / sizeof aliases[0])

/* The form in which names are compared; a language ("*en") is cut off. */
static void
fold(struct slice name, char key[KEY_MAX])
{
	size_t i, n = 0;

	for (i = 0; i < name.len && name.p[i] != '*' && n < KEY_MAX - 1; i++)
		if (text_is_alnum(name.p[i]))
			key[n++] = text_lower(name.p[i]);
	key[n] = '\0';
}

static struct charset *
by_name(const char *name)
{
	size_t i;

	for (i = 0; i < NCHARSETS; i++)
		if (strcmp(charsets[i].name, name) == 0)
			return &charsets[i];
	return NULL;
}

static bool
same_folded(const char *name, const char *key)
{
	char other[KEY_MAX];

	fold(slice_of(name), other);
	return strcmp(other, key) == 0;
}

/* "windows1250", "cp1250", "xcp1250", "win1250", "1250" mean the same, as do
 * "ibm850", "cp850" and "850". */
static struct charset *
by_number(const char *key)
{
	size_t i, n = strcspn(key, "0123456789");
	char name[KEY_MAX + 16];
	static const char *const before[] = { "windows-", "ibm", "cp",
	    "iso-8859-" };

	if (strncmp(key, "iso8859", 7) == 0)
		n = 7;
	else if (strncmp(key, "8859", 4) == 0)
		n = 4;
	else if (n > 8 || strlen(key + n) < 3 || strlen(key + n) > 4)
		return NULL;
	for (i = n == 7 || n == 4 ? 3 : 0; i < 4; i++) {
		size_t len = strlen(before[i]);

		memcpy(name, before[i], len);
		memcpy(name + len, key + n, strlen(key + n) + 1);
		if (by_name(name) != NULL)
			return by_name(name);
	}
	return NULL;
}

static const char ascii_name[] = "us-ascii";

/* NULL: unknown. *ascii_out: us-ascii, which is none of the table. */
static struct charset *
find(struct slice name, bool *ascii_out)
{
	char key[KEY_MAX];
	size_t i;

	*ascii_out = false;
	fold(name, key);
	if (key[0] == '\0')
		return NULL;
	for (i = 0; i < NALIASES; i++)
		if (strcmp(aliases[i].key, key) == 0) {
			*ascii_out = strcmp(aliases[i].name, ascii_name) == 0;
			return by_name(aliases[i].name);
		}
	for (i = 0; i < NCHARSETS; i++)
		if (same_folded(charsets[i].name, key))
			return &charsets[i];
	return by_number(key);
}

bool
charset_known(struct slice name)
{
	bool ascii;

	return find(name, &ascii) != NULL || ascii;
}

/* The table of a single-byte charset: the module is not needed any more. */
static void
load_table(struct charset *cs, iconv_t cd)
{
	cs->table = calloc(256, sizeof *cs->table);
	if (cs->table == NULL)
		return;
	for (int i = 0; i < 256; i++) {
		char in = (char)i, out[8];
		char *ip = &in, *op = out;
		size_t il = 1, ol = sizeof out, n;
		uint32_t cp = 0;

		iconv(cd, NULL, NULL, NULL, NULL);
		n = iconv(cd, &ip, &il, &op, &ol);
		if (n != (size_t)-1)	/* some write only when flushed */
			iconv(cd, NULL, NULL, &op, &ol);
		if (n == (size_t)-1 || op == out ||
		    utf8_decode(out, (size_t)(op - out), &cp) == 0)
			cp = 0xfffd;
		cs->table[i] = cp;
	}
}

static bool
load(struct charset *cs)
{
	iconv_t cd;

	if (cs->state != NEW)
		return cs->state == LOADED;
	cs->state = FAILED;
	cd = iconv_open("UTF-8", cs->base != NULL ? cs->base : cs->name);
	if (cd == (iconv_t)-1)
		return false;
	if (cs->family == SINGLE) {
		load_table(cs, cd);
		iconv_close(cd);
		if (cs->table == NULL)
			return false;
	} else {
		cs->cd = cd;	/* never closed: that would unload it */
	}
	cs->state = LOADED;
	return true;
}

void
charset_warm(void)
{
	size_t i;

	for (i = 0; i < NCHARSETS; i++)
		if (charsets[i].family != UTF8)
			load(&charsets[i]);
}

static void
add_char(struct buf *out, uint32_t cp)
{
	char utf8[4];

	buf_add(out, utf8, utf8_encode(cp, utf8));
}

static void
by_table(const struct charset *cs, struct slice in, struct buf *out)
{
	size_t i, run;

	for (i = 0; i < in.len; i++) {
		for (run = i; run < in.len && (unsigned char)in.p[run] < 0x80 &&
		    cs->table[(unsigned char)in.p[run]] < 0x80; run++)
			;
		buf_add(out, in.p + i, run - i);
		i = run;
		if (i < in.len)
			add_char(out, cs->table[(unsigned char)in.p[i]]);
	}
}

/* Bytes that are none in the charset become U+FFFD, one each. */
static void
by_iconv(iconv_t cd, struct slice in, struct buf *out)
{
	char chunk[4096], *ip = (char *)(uintptr_t)in.p, *op;
	size_t il = in.len, ol, n;

	iconv(cd, NULL, NULL, NULL, NULL);
	while (il > 0 && !out->failed) {
		op = chunk;
		ol = sizeof chunk;
		n = iconv(cd, &ip, &il, &op, &ol);
		buf_add(out, chunk, (size_t)(op - chunk));
		if (n != (size_t)-1 || errno == E2BIG)
			continue;
		add_char(out, 0xfffd);
		ip++;
		il--;
		iconv(cd, NULL, NULL, NULL, NULL);
	}
	op = chunk;
	ol = sizeof chunk;
	iconv(cd, NULL, NULL, &op, &ol);
	buf_add(out, chunk, (size_t)(op - chunk));
}

/* JIS X 0208 row and cell as Shift_JIS. */
static void
add_sjis(struct buf *b, unsigned hi, unsigned lo)
{
	unsigned row = (hi - 0x21) / 2, first = row < 31 ? 0x81 : 0xc1;

	buf_addc(b, (char)(first + row));
	if (hi % 2 == 1)
		buf_addc(b, (char)(lo + (lo < 0x60 ? 0x1f : 0x20)));
	else
		buf_addc(b, (char)(lo + 0x7e));
}

/* The length of the escape sequence at s: ESC ( F, ESC $ F, ESC $ ( F, and ESC &
 * @, which announces the next; 0: none. */
static size_t
escape_length(struct slice s)
{
	size_t i = 2;

	if (s.len < 3 || s.p[0] != 0x1b || strchr("($&", s.p[1]) == NULL ||
	    s.p[1] == '\0')
		return 0;
	if (s.p[1] == '$' && s.p[2] == '(')
		i = 3;
	return i < s.len && s.p[i] >= '@' && s.p[i] <= 'Z' ? i + 1 : 0;
}

/* ISO-2022-JP as Shift_JIS, which knows the characters of vendors too. */
static void
from_jis(struct slice in, struct buf *b)
{
	enum { ASCII, KANA, KANJI } set = ASCII;
	size_t i = 0, n;

	while (i < in.len) {
		unsigned c = (unsigned char)in.p[i];

		n = escape_length((struct slice){ in.p + i, in.len - i });
		if (n > 0) {
			set = in.p[i + 1] == '$' ? KANJI :
			    in.p[i + 2] == 'I' ? KANA : ASCII;
			i += n;
			continue;
		}
		if (c == '\n' || c == '\r')
			set = ASCII;
		if (set == KANJI && c >= 0x21 && c <= 0x7e &&
		    i + 1 < in.len && in.p[i + 1] >= 0x21 &&
		    in.p[i + 1] <= 0x7e) {
			add_sjis(b, c, (unsigned char)in.p[i + 1]);
			i += 2;
			continue;
		}
		buf_addc(b, (char)(set == KANA && c >= 0x21 && c <= 0x5f ?
		    c | 0x80 : c));
		i++;
	}
}

/* ISO-2022-KR: what stands between SO and SI has its high bits back. */
static void
from_kr(struct slice in, struct buf *b)
{
	bool shifted = false;
	size_t i;

	for (i = 0; i < in.len; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (c == 0x1b && i + 3 < in.len && in.p[i + 1] == '$')
			i += 3;
		else if (c == 0x0e || c == 0x0f)
			shifted = c == 0x0e;
		else
			buf_addc(b, (char)(shifted && c > 0x20 ? c | 0x80 : c));
	}
}

/* HZ: "~{" and "~}" shift, "~~" is a tilde. */
static void
from_hz(struct slice in, struct buf *b)
{
	bool shifted = false;
	size_t i;

	for (i = 0; i < in.len; i++) {
		unsigned char c = (unsigned char)in.p[i];
		char next = i + 1 < in.len ? in.p[i + 1] : '\0';

		if (c == '~' && (next == '{' || next == '}')) {
			shifted = next == '{';
			i++;
		} else if (c == '~' && (next == '~' || next == '\n')) {
			if (next == '~')
				buf_addc(b, '~');
			i++;
		} else {
			buf_addc(b, (char)(shifted && c > 0x20 ? c | 0x80 : c));
		}
	}
}

static void
convert(const struct charset *cs, struct slice in, struct buf *out)
{
	struct buf b = BUF_INIT(in.len * 2 + 16);

	switch (cs->family) {
	case UTF8:
		buf_addslice(out, in);
		return;
	case SINGLE:
		by_table(cs, in, out);
		return;
	case MULTI:
		by_iconv(cs->cd, in, out);
		return;
	case JIS:
		from_jis(in, &b);
		break;
	case KR:
		from_kr(in, &b);
		break;
	case HZ:
		from_hz(in, &b);
		break;
	}
	by_iconv(cs->cd, buf_slice(&b), out);
	buf_free(&b);
}

/* Is it western enough that UTF-8 in its place is no accident? In these, two
 * letters in a row above ASCII are rare, and pairs that form UTF-8 nonsense. */
static bool
is_western(const struct charset *cs)
{
	static const char *const names[] = { "windows-1252", "iso-8859-15",
	    "windows-1250", "windows-1254", "iso-8859-2" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(cs->name, names[i]) == 0)
			return true;
	return false;
}

/* Of 7 bits: no byte above ASCII belongs there. */
static bool
is_7bit(const struct charset *cs)
{
	return cs->family == JIS || cs->family == KR || cs->family == HZ;
}

static bool
is_shifting(const struct charset *cs)
{
	return is_7bit(cs) ||
	    (cs->family == MULTI && strncmp(cs->name, "utf-", 4) == 0);
}

/* How many characters of UTF-8, and nothing else above ASCII, show that text is
 * UTF-8 although it is called cs: in few, text of cs may look so by chance. */
static size_t
utf8_proof(const struct charset *cs)
{
	if (cs == NULL || is_7bit(cs) || is_western(cs))
		return 1;
	return cs->family == SINGLE ? 4 : 6;
}

/* As what to read bytes that are not ASCII, declared as cs. */
static struct charset *
choose(struct charset *cs, struct slice in)
{
	struct guess_utf8 u = guess_utf8(in);

	if (cs != NULL && is_shifting(cs) && (!is_7bit(cs) || u.escapes))
		return cs;
	if (u.invalid == 0 && u.valid >= utf8_proof(cs))
		return by_name("utf-8");
	if (cs != NULL && cs->family == UTF8 && u.invalid > 0 &&
	    u.valid <= u.invalid)
		return by_name(guess_charset(in));
	return cs != NULL ? cs : by_name(guess_charset(in));
}

bool
charset_utf8(struct slice in, struct slice name, struct buf *out,
    const char **used_out)
{
	bool ascii;
	struct charset *cs = find(name, &ascii), *use;
	struct guess_utf8 u;

	if (used_out != NULL)
		*used_out = ascii || cs == NULL ? ascii_name : cs->name;
	u = guess_utf8(in);
	if (u.valid + u.invalid == 0 && !u.escapes &&
	    (cs == NULL || !is_shifting(cs))) {
		buf_addslice(out, in);
		return true;
	}
	if (u.valid + u.invalid == 0 && cs == NULL) {
		/* escapes of ISO-2022-JP or KR without their name */
		cs = by_name(guess_charset(in));
	}
	use = choose(cs, in);
	if (use == NULL || (use->family != UTF8 && !load(use))) {
		use = by_name("windows-1252");
		if (!load(use))
			use = by_name("utf-8");
	}
	convert(use, in, out);
	if (used_out != NULL)
		*used_out = use->name;
	return use == cs && name.len > 0;
}
