#include <string.h>

#include "parsers/mail.h"

static const char *const kinds[MAIL_NKIND] = {
	[MAIL_PERSON] = "person",
	[MAIL_AUTO_REPLY] = "auto-reply",
	[MAIL_BOUNCE] = "bounce",
	[MAIL_BULK] = "bulk",
	[MAIL_LOOP] = "loop",
	[MAIL_RECEIPT] = "receipt",
	[MAIL_ABUSE_REPORT] = "abuse-report",
	[MAIL_UNREADABLE] = "unreadable",
};
static const char *const spans[SPAN_NKIND] = {
	[SPAN_NEW] = "new",
	[SPAN_QUOTED] = "quoted",
	[SPAN_SIGNATURE] = "signature",
	[SPAN_FORWARDED] = "forwarded",
	[SPAN_BOILERPLATE] = "boilerplate",
	[SPAN_COMMAND] = "command",
};
static const char *const encodings[ENC_NENC] = {
	[ENC_7BIT] = "7bit",
	[ENC_8BIT] = "8bit",
	[ENC_BINARY] = "binary",
	[ENC_QP] = "quoted-printable",
	[ENC_BASE64] = "base64",
	[ENC_UU] = "uuencode",
};

/* Index of name in the list; -1: it is not there. */
static int
index_of(const char *const *list, int n, const char *name)
{
	int i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			return i;
	return -1;
}

const char *
mail_kind_name(enum mail_kind kind)
{
	return kinds[kind];
}

bool
mail_kind_parse(const char *name, enum mail_kind *kind_out)
{
	int i = index_of(kinds, MAIL_NKIND, name);

	if (i >= 0)
		*kind_out = (enum mail_kind)i;
	return i >= 0;
}

const char *
mail_span_name(enum mail_span_kind kind)
{
	return spans[kind];
}

bool
mail_span_parse(const char *name, enum mail_span_kind *kind_out)
{
	int i = index_of(spans, SPAN_NKIND, name);

	if (i >= 0)
		*kind_out = (enum mail_span_kind)i;
	return i >= 0;
}

const char *
mail_encoding_name(enum mail_encoding enc)
{
	return encodings[enc];
}

bool
mail_encoding_parse(const char *name, enum mail_encoding *enc_out)
{
	int i = index_of(encodings, ENC_NENC, name);

	if (i >= 0)
		*enc_out = (enum mail_encoding)i;
	return i >= 0;
}
