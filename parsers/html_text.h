/* html_text - what a person sees of an HTML body, as plain text.
 *
 * Blocks      lines; paragraphs with a blank line between; lists with "* " and
 *             numbers; rows of tables as lines; <pre> as it is
 * Links       text, then <target> unless the text says it or it was said before
 * Images      their alternative text in brackets; none for tracking pixels
 * Hidden      display:none and its like, head, scripts, styles, comments: gone
 * Quotes      blockquote, and what Yahoo, GMX, Proton and others mark as quoted:
 *             "> " in front of each line, once a level; indentation that merely
 *             uses blockquote is none. The rule that Outlook, Exchange and Zimbra
 *             put over a quoted header: a line of underscores
 * Bounded     in is cut at limits->html, the text at limits->text; attributes
 *             and their lengths are cut before libxml2 sees them; linear
 * Input       clean UTF-8, without NUL (base/utf8.h) */
#ifndef PARSERS_HTML_TEXT_H
#define PARSERS_HTML_TEXT_H

#include "base/buf.h"
#include "base/err.h"
#include "parsers/mail.h"

/* *cut_out (may be NULL): the input or the text was longer than allowed. */
int	html_text(struct slice in, const struct mail_limits *limits,
	    struct buf *out, bool *cut_out, struct err *err);
/* The charset that a <meta> in the first bytes names; {"",0}: none. */
struct slice html_charset(struct slice in);
/* Load what libxml2 loads at first use; before a sandbox closes. */
void	html_warm(void);

#endif
