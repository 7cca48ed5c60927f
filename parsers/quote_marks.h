/* quote_marks - what mail clients write around mail that they quote or pass on,
 * in the languages they speak: the words, and one line's or one
 * paragraph's form. What becomes of it is reply.h's to decide.
 *
 * Text   UTF-8; a line is without its line end and without ">" marks
 * Pure   every function is linear in its argument */
#ifndef PARSERS_QUOTE_MARKS_H
#define PARSERS_QUOTE_MARKS_H

#include "base/slice.h"

#define QUOTE_MARKS_LINES	5	/* an attribution may be wrapped over */
#define QUOTE_MARKS_MAX		700	/* bytes of an attribution */

enum quote_sureness { QUOTE_NOT, QUOTE_WEAK, QUOTE_SURE };

/* Is this, one line or several, "On … somebody wrote:"? WEAK: it is when quoted
 * lines follow; SURE: it also is when the quoted text is not marked. */
enum quote_sureness quote_attribution(struct slice lines);
/* May an attribution end in this line? Cheap; asked of every line. Its end in
 * the line: mostly the line's, but some clients go on behind "wrote:" and a
 * gap. 0: no. */
size_t	quote_attribution_end(struct slice line);
/* Does the line begin as attributions do, so that one may start with it? */
bool	quote_attribution_start(struct slice line);

enum quote_label {	/* bits; of a header block as Outlook writes it */
	LABEL_FROM = 1, LABEL_SENT = 2, LABEL_DATE = 4, LABEL_TO = 8,
	LABEL_CC = 16, LABEL_SUBJECT = 32, LABEL_OTHER = 64
};
/* "From: value", "*De :* value", "发件人：value": the label and the value;
 * 0: no such line. SENT is a word only mail has for its date. */
unsigned quote_header_label(struct slice line, struct slice *value_out);

enum quote_rule { RULE_NONE, RULE_ORIGINAL, RULE_FORWARDED };
/* "-----Original Message-----", "---------- Forwarded message ---------",
 * "Begin forwarded message:". */
enum quote_rule quote_rule(struct slice line);
/* Does a rule have a row of marks in front, which people do not type? */
bool	quote_is_ruled(struct slice line);
/* A row of -, _, =, * or the like, at least min of them, with a short title in
 * it or none? */
bool	quote_is_row(struct slice line, size_t min);

/* Is this the line that our own notifications have above what they quote, as
 * we write it, whatever marks a client put around it? */
bool	quote_is_ours(struct slice line);

/* Without blanks of all kinds around; and without dashes, stars and quotes. */
struct slice quote_trim(struct slice s);
struct slice quote_undecorated(struct slice s);

#endif
