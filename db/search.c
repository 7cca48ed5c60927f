#include <string.h>

#include "db/search.h"

#define BLANKS		" \t\r\n"
#define WORD_MAX	60		/* bytes of a word that count */

void
search_words(struct buf *out, const char *words)
{
	size_t len;

	for (int n = 0; n < SEARCH_WORDS; n++) {
		words += strspn(words, BLANKS);
		len = strcspn(words, BLANKS);
		if (len == 0)
			break;
		buf_addc(out, '"');
		for (size_t i = 0; i < len && i < WORD_MAX; i++) {
			if (words[i] == '"')
				buf_addc(out, '"');
			buf_addc(out, words[i]);
		}
		buf_adds(out, "\" ");
		words += len;
	}
}
