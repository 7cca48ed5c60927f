/* reader - have a mail read in the sandboxed child: blob → worker → struct
 * mail, checked. What the daemon's parse threads, `deliver` and `parse` share. */
#ifndef PARSERS_READER_H
#define PARSERS_READER_H

#include "base/worker.h"
#include "parsers/mail.h"

/* A worker of campusdesk-parse. mail_size: bytes of the largest mail read whole
 * (limits.mail-size). Where the program is: beside ours, or as the environment
 * variable CAMPUSDESK_PARSE says (tests). */
int	reader_start(size_t mail_size, const struct worker_limits *limits,
	    struct worker **worker_out, struct err *err);
/* alone: strict, in a child of its own. 0: *end_out WORKER_OK and *mail_out, or
 * another end and why->msg; -1: no worker to be had (ERR_RETRY). */
int	reader_read(struct worker *worker, const struct blob *raw, bool alone,
	    struct arena *arena, struct mail **mail_out,
	    enum worker_end *end_out, struct err *why);

#endif
