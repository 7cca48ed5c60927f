/* compare - one mail as we read it, held against how GMime reads it.
 *
 * Compared    how many parts, their types, names, decoded bytes and characters,
 *             and the letter as a whole
 * Difference  has one of the reasons below, each with a test of its own that
 *             looks at the mail and not at who it is; else it is told and
 *             counted as unexplained */
#ifndef TESTS_DIFF_COMPARE_H
#define TESTS_DIFF_COMPARE_H

#include "base/slice.h"

enum reason {
	UNEXPLAINED,
	UNREADABLE,	/* no header at all, or the gate refuses it */
	LIMITS,		/* the limits of one of us were reached */
	MALFORMED,	/* GMime warns that parts of it cannot be told */
	ODD_TYPE,	/* characters that no type has */
	HEADER_BROKEN,	/* a line in a header is no field */
	NO_BLANK_LINE,	/* a part begins without its header */
	BLANK_FIRST,	/* a mail behind a blank line */
	ENCODED_MESSAGE,	/* GMime does not open attached mail in base64 */
	ODD_BOUNDARY,	/* missing, empty, or one begins as another */
	QP_BLANKS,	/* blanks at the end of a line: RFC 2045 drops them */
	QP_BROKEN,	/* a "=" that begins nothing */
	BASE64_TAIL,	/* padding is missing: we keep the last bytes */
	BASE64_JUNK,	/* other bytes inside, padding in the middle */
	LINE_ENDS,	/* mixed: is the last byte the delimiter's? */
	UUENCODED,	/* GMime decodes to the end of the first file only */
	NO_CHARSET,	/* not declared: each guesses */
	NOT_ITS_CHARSET,	/* not valid in what is declared */
	AS_MEANT,	/* C1 controls of Latin-1, or a charset nobody has */
	REALLY_UTF8,	/* valid UTF-8 under another name */
	RAW_NAME,	/* a file name in raw bytes, or in a broken form */
	NUL_BYTES,	/* GMime's text ends at the first */
	LETTER_EXTRAS,	/* uuencode, PGP, attached mail: we read more */
	NREASONS
};

struct tally {
	size_t	mails, parts, texts, names, letters;	/* compared */
	size_t	by[NREASONS];
};

extern const char *const reason_words[NREASONS];

/* -1: no memory. Unexplained differences are printed after name. */
int	compare(const char *name, struct slice raw, struct tally *tally);

#endif
