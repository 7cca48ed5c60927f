/* mail_json - struct mail as JSON (contract §3) and back, checked.
 *
 * What a parser child sends is hostile: load trusts no number, no length and
 * no text of it; the child may have been taken over by the mail it read. */
#ifndef PARSERS_MAIL_JSON_H
#define PARSERS_MAIL_JSON_H

#include "base/buf.h"
#include "parsers/mail.h"

/* One line without the line end appended to out. internal adds the internal
 * fields under "internal" (parser child to daemon). -1: out->max reached. */
int	mail_json_dump(const struct mail *mail, bool internal,
	    struct buf *out, struct err *err);
/* Checks: types, UTF-8, no controls, spans tile text, slices lie inside
 * raw_size, counts and lengths bounded, sha256 is hex. -1 ERR_INPUT. */
int	mail_json_load(struct slice json, size_t raw_size, struct arena *arena,
	    struct mail **mail_out, struct err *err);

#endif
