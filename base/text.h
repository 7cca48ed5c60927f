/* text - ASCII words in bytes of any kind. Never asks the locale: a header
 * name or a domain means the same on every machine. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

char	text_lower(char c);			/* A..Z only */
bool	text_is_alnum(char c);			/* ASCII letters and digits */
bool	text_ieq(struct slice a, struct slice b);	/* without ASCII case */
bool	text_istarts(struct slice s, const char *prefix);
bool	text_iends(struct slice s, const char *suffix);
/* First place of needle in s without ASCII case; NULL if absent. */
const char *text_ifind(struct slice s, const char *needle);
struct slice text_trim(struct slice s);		/* blanks, TAB, CR, LF */
/* The next line of *rest without its line end (LF or CR LF); *rest moves
 * behind it. false when nothing is left. */
bool	text_line(struct slice *rest, struct slice *line_out);
/* A control byte (below 0x20, or 0x7f) in it? */
bool	text_has_control(struct slice s);
/* Decimal digits only, whole slice; false on others, emptiness, overflow. */
bool	text_u64(struct slice s, uint64_t *value_out);

#endif
