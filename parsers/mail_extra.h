/* mail_extra - text in clothes: files uuencoded inside text, PGP's armour of
 * signed text, an invitation as one line. */
#ifndef PARSERS_MAIL_EXTRA_H
#define PARSERS_MAIL_EXTRA_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

/* The next uuencoded file in *rest: what stands before it, the whole of it
 * from "begin" to "end", and its name. *rest moves behind it. false: none is
 * left, *rest as it was. Linear over all calls. */
bool	extra_uu(struct slice *rest, struct slice *before_out,
	    struct slice *file_out, struct slice *name_out);
/* text without the lines that PGP puts around signed text, and without its
 * signature; true when there were some. */
bool	extra_pgp_signed(struct slice text, struct buf *out);
/* An invitation (RFC 5545, UTF-8) as one line: what, when, where. *summary_out:
 * its title. NULL: there is no event in it. */
const char *extra_calendar(struct slice ics, struct arena *arena,
	    const char **summary_out);

#endif
