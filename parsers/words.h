/* words - words and phrases of people's languages, found in text without regard
 * to case: of ASCII, of the accented letters of Latin-1 and Latin Extended-A,
 * of Greek and of Cyrillic. Any bytes may be given; no locale is asked.
 *
 * Linear in the text for each word of a list; lists end with NULL. */
#ifndef PARSERS_WORDS_H
#define PARSERS_WORDS_H

#include "base/slice.h"

bool	words_start(struct slice s, const char *word);
bool	words_end(struct slice s, const char *word);
/* Where word first stands in s; NULL: nowhere. */
const char *words_find(struct slice s, const char *word);
bool	words_start_any(struct slice s, const char *const *list);
bool	words_end_any(struct slice s, const char *const *list);
bool	words_find_any(struct slice s, const char *const *list);

#endif
