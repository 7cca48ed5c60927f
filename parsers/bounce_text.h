/* bounce_text - who could not be reached, read out of prose.
 *
 * The text is cut where the copy of the original mail starts. An address counts
 * by the shape of its line, the best shape found wins: standing alone or in
 * front ("<a@b>: host said …"), behind a label ("Unknown user: a@b"), in a
 * sentence ("your message to a@b"), anywhere; addresses of servers, of the
 * sender, and of who is to be asked for help never count. */
#ifndef PARSERS_BOUNCE_TEXT_H
#define PARSERS_BOUNCE_TEXT_H

#include "base/arena.h"
#include "base/slice.h"

#define BOUNCE_TEXT_MAX (64 * 1024)	/* bytes of a report that are read */

struct bounce_found {
	struct slice	address;	/* of the text */
	struct slice	said;		/* what was said of it; of the text */
	bool		alias;		/* what the one before stands for */
};

/* The words of the report, before any copy of the mail; *copy_out the rest. */
struct slice bounce_text_report(struct slice text, struct slice *copy_out);
/* Recipients in report, each once, without case; n at most max. from: the
 * address that sent the report; NULL unknown. */
size_t	bounce_text_recipients(struct slice report, const char *from,
	    struct bounce_found *out, size_t max);
/* A recipient that is named without its domain; {NULL,0}: none. */
struct slice bounce_text_local(struct slice report);
/* Does the text say that mail was not delivered, or not yet? */
bool	bounce_text_says_failed(struct slice report);
bool	bounce_text_says_delayed(struct slice report);
/* Would a mailer give a report this subject? */
bool	bounce_text_subject(struct slice subject);
/* Value of a header field in a copy of a mail, unfolded no further than its
 * first line with something in it; {NULL,0}: not there. */
struct slice bounce_text_field(struct slice copy, const char *name);
/* The first address in s; {NULL,0}: none. *rest_out: what follows it. */
struct slice bounce_text_address(struct slice s, struct slice *rest_out);

#endif
