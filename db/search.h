/* search - what a person typed, as a query of full text. */
#ifndef DB_SEARCH_H
#define DB_SEARCH_H

#include "base/buf.h"

#define SEARCH_MAX	2048		/* bytes of the query */
#define SEARCH_WORDS	16		/* words that are looked at */

/* Append words (blank-separated) so that all of them must occur and none is
 * read as an operator: each in double quotes, quotes inside doubled. */
void	search_words(struct buf *out, const char *words);

#endif
