/* mail_template - the words of our mails: files under mail/LOCALE of two
 * folders, the administrator's first.
 *
 * EVENT.subject.mustache, EVENT.txt.mustache, EVENT.html.mustache; partials are
 * NAME.mustache beside them. When a rendering with the administrator's copies
 * fails, the shipped ones alone are used; when there is nothing for a locale,
 * those of en_US. */
#ifndef DESK_MAIL_TEMPLATE_H
#define DESK_MAIL_TEMPLATE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

enum mail_part { PART_SUBJECT, PART_TXT, PART_HTML, NPART };

struct mail_folders {
	const char	*own;		/* the administrator's; NULL none */
	const char	*shipped;
	const char	*locale;
};

const char *mail_part_name(enum mail_part part);
/* "EVENT.PART.mustache" rendered and appended. ERR_FATAL: there is no such
 * template, or the shipped one is broken; ERR_INPUT: the result is too long. */
int	mail_template_render(const struct mail_folders *folders,
	    const char *event, enum mail_part part, json_t *context,
	    struct buf *out, struct err *err);
/* The administrator's way alone, without a way out: 1 rendered, 0 nothing of
 * theirs was used, -1 what is wrong. */
int	mail_template_try(const struct mail_folders *folders,
	    const char *event, enum mail_part part, json_t *context,
	    struct buf *out, struct err *err);

#endif
