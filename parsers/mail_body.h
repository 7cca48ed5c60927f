/* mail_body - from the parts of a mail: its readable text, its attachments.
 *
 * Text         of alternatives the plain one, unless it is empty; text parts
 *              that follow each other are one text; HTML becomes text; text
 *              only attached, or only in a forwarded message, is read when
 *              there is no other
 * Attachments  every part that is not such text, as a slice of raw; uuencoded
 *              files inside plain text too */
#ifndef PARSERS_MAIL_BODY_H
#define PARSERS_MAIL_BODY_H

#include "base/buf.h"
#include "parsers/mail.h"
#include "parsers/mail_tree.h"

struct mail_body {
	bool	text_only;	/* in: attachments are not asked for */
	bool	from_html;	/* out: some of the text was */
	bool	flowed;		/* out: some of the text was */
};

/* Fills text and attachments, adds warnings. raw: the whole mail, what offsets
 * count in. */
int	mail_body_read(struct mail *mail, const struct mail_tree *tree,
	    struct slice raw, const struct mail_limits *limits,
	    struct arena *arena, struct mail_body *body, struct err *err);
/* Transfer encoding undone; a slice of raw where there is none. */
struct slice mail_part_decoded(const struct mail_part *part, size_t max,
	    struct arena *arena);
/* Add a line to mail->warnings, at most MAIL_WARNINGS_MAX, each once. */
void	mail_warn(struct mail *mail, struct arena *arena, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

#define MAIL_WARNINGS_MAX	40

#endif
