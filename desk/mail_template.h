/* mail_template - the words of our mails: EVENT.subject.mustache,
 * EVENT.txt.mustache, EVENT.html.mustache under mail/LOCALE (desk/template.h). */
#ifndef DESK_MAIL_TEMPLATE_H
#define DESK_MAIL_TEMPLATE_H

#include "desk/template.h"

enum mail_part { PART_SUBJECT, PART_TXT, PART_HTML, NPART };

const char *mail_part_name(enum mail_part part);
int	mail_template_render(const struct template_folders *folders,
	    const char *event, enum mail_part part, json_t *context,
	    struct buf *out, struct err *err);
int	mail_template_try(const struct template_folders *folders,
	    const char *event, enum mail_part part, json_t *context,
	    struct buf *out, struct err *err);

#endif
