/* reader - have a mail read in the sandboxed child: blob → worker → struct
 * mail, checked. What the daemon's parse threads, `deliver` and `parse` share. */
#ifndef PARSERS_READER_H
#define PARSERS_READER_H

#include "base/worker.h"
#include "parsers/mail.h"

/* alone: strict, in a child of its own. 0: *end_out WORKER_OK and *mail_out, or
 * another end and why->msg; -1: no worker to be had (ERR_RETRY). */
int	reader_read(struct worker *worker, const struct blob *raw, bool alone,
	    struct arena *arena, struct mail **mail_out,
	    enum worker_end *end_out, struct err *why);

#endif
