/* child - what a parser child does with a mail: raw bytes in, JSON out. Between
 * parsers/main.c, which sandboxes it, and mail and mail_json, which are pure. */
#ifndef PARSERS_CHILD_H
#define PARSERS_CHILD_H

#include "parsers/mail_json.h"

/* All that a library opens, asks or sets up at its first use: behind this no
 * file and no new charset is needed. */
void	child_warm_up(void);
/* The mail as one line of JSON, appended to out. ERR_RETRY: memory or time of
 * the child do not suffice. */
int	child_answer(struct slice raw, const struct mail_limits *limits,
	    bool internal, struct buf *out, struct err *err);

#endif
