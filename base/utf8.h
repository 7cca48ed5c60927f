/* utf8 - RFC 3629: what is a character, and making text of any bytes.
 * Overlong forms, surrogates and code points above U+10FFFF are not UTF-8. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

/* Decode the character at p: its length in bytes (1..4), 0 when the bytes
 * there are none. *cp_out is set on success. len must be at least 1. */
size_t	utf8_decode(const char *p, size_t len, uint32_t *cp_out);
/* Encode cp into out: bytes written (1..4), 0 for a surrogate or too large. */
size_t	utf8_encode(uint32_t cp, char out[4]);
bool	utf8_valid(const char *p, size_t len);
/* How many bytes at p are ASCII for sure: a quick way over most of most texts.
 * It may stop up to seven bytes early. */
size_t	utf8_ascii(const char *p, size_t len);
/* Append p as valid UTF-8: invalid bytes, and controls but TAB and LF, become
 * U+FFFD; CR LF and CR become LF. */
void	utf8_clean(struct buf *out, const char *p, size_t len);
/* The same into the arena, one line: TAB and LF too become a blank. */
struct slice utf8_clean_line(struct arena *arena, const char *p, size_t len);
/* Longest prefix of at most max bytes that does not split a character. */
size_t	utf8_cut(const char *p, size_t len, size_t max);
/* Bidi controls (U+061C, 200E, 200F, 202A..202E, 2066..2069). */
bool	utf8_is_bidi(uint32_t cp);
/* Columns a terminal needs: combining marks 0, wide East Asian 2, else 1. */
int	utf8_width(uint32_t cp);

#endif
