/* take - a mail read by the sandboxed child for one command: a worker of its
 * own, three tries, each alone. */
#ifndef CLI_TAKE_H
#define CLI_TAKE_H

#include "base/blob.h"
#include "base/worker.h"
#include "cli/cli.h"
#include "parsers/mail.h"

#define TAKE_TRIES	3

/* limits NULL: the defaults (no configuration is needed). 0: *mail_out, or
 * NULL when every try failed, then *fault_out says how the last one ended.
 * -1: no child could be had. */
int	take_read(struct cli *cli, const struct blob *raw,
	    const struct settings_limits *limits, struct mail **mail_out,
	    const char **fault_out, struct err *err);
/* The same for many, by one worker: start it, read, worker_stop() it. */
int	take_start(const struct settings_limits *limits,
	    struct worker **worker_out, struct err *err);
int	take_read_by(struct cli *cli, struct worker *worker,
	    const struct blob *raw, struct mail **mail_out,
	    const char **fault_out, struct err *err);
/* What the header alone says, for a mail that could not be read. */
int	take_header(struct cli *cli, const struct blob *raw,
	    struct mail **mail_out, struct err *err);

#endif
