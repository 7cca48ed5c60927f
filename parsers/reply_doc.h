/* reply_doc - a text as lines, each with what it was found to be; what the
 * steps of reply.c work on. Only reply*.c include it.
 *
 * Steps      reply_doc.c splits; reply_quote.c finds what is quoted;
 *            reply_sign.c signatures and boilerplate; reply.c commands, spans,
 *            reply
 * Kinds      all lines begin as SPAN_NEW; a step takes lines away from the new
 *            ones and gives none back (but doc_set may, and then resets
 *            first_new) */
#ifndef PARSERS_REPLY_DOC_H
#define PARSERS_REPLY_DOC_H

#include "parsers/mail.h"

#define REPLY_WRAP_MIN	66	/* columns of a line that a mailer wrapped */

struct reply_line {
	uint32_t	offset, length;	/* without the line end */
	uint8_t		kind;		/* enum mail_span_kind */
	bool		marked;		/* begins with ">" */
	bool		mark;		/* an attribution, header block, rule */
	bool		blank;
	uint8_t		label;		/* enum quote_label; 0 none */
};

struct reply_doc {
	struct mail	*mail;
	const char	*text;
	size_t		 text_len;
	struct reply_line	*v;
	size_t		 n;
	size_t		 attempts;	/* attributions looked at */
	size_t		 first_new;	/* no line above it is new */
	size_t		 own_depth;	/* ">" marks of lines that are new */
	bool		 other_marks;	/* looked for others than ">" */
	bool		 answer;	/* the mail answers another */
	bool		 forward;	/* its subject says it is passed on */
	bool		 vs;		/* "VS:" says it: passed on to Danes and
					 * Norwegians, answered to Finns */
	size_t		 forward_at;	/* line of the block; n: none */
	struct arena	*arena;
};

/* text and arena are set: the lines. -1: no memory. */
int	doc_split(struct reply_doc *d);
struct slice doc_line(const struct reply_doc *d, size_t i);
/* Lines first..last with what is between them. */
struct slice doc_lines(const struct reply_doc *d, size_t first, size_t last);
/* The first line from i on that is not blank; d->n: none. */
size_t	doc_filled(const struct reply_doc *d, size_t i);
/* The same, no more than max lines on; else d->n. */
size_t	doc_filled_within(const struct reply_doc *d, size_t i, size_t max);
/* Something new above line i? */
bool	doc_new_above(struct reply_doc *d, size_t i);
void	doc_set(struct reply_doc *d, size_t first, size_t end,
	    enum mail_span_kind kind);
/* How many ">" a line begins with; *end_out is behind them and a blank. */
size_t	doc_depth(struct slice line, size_t *end_out);

void	reply_mark_quotes(struct reply_doc *d);
void	reply_mark_signatures(struct reply_doc *d);

#endif
