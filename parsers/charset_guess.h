/* charset_guess - what bytes look like whose charset nobody, or somebody
 * falsely, said. Statistics of byte pairs, and of the commonest letters of
 * languages; no tables of words; linear. */
#ifndef PARSERS_CHARSET_GUESS_H
#define PARSERS_CHARSET_GUESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct guess_utf8 {
	size_t	valid;		/* characters of UTF-8 above ASCII */
	size_t	invalid;	/* bytes above ASCII that are in none, but
				 * for a character that the end cuts off */
	bool	escapes;	/* ESC $ or ESC ( : ISO-2022 */
};

struct guess_utf8 guess_utf8(struct slice in);
/* The name of the likeliest charset, one that charset.c has; windows-1252 when
 * nothing speaks for another. */
const char *guess_charset(struct slice in);

#endif
