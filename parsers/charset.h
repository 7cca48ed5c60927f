/* charset - bytes in any of the charsets that mail uses, as UTF-8.
 *
 * Names       as written in mail: any case, aliases, language suffixes; what
 *             mail calls iso-8859-1, gb2312, shift_jis or ks_c_5601-1987 is
 *             read as the superset that its writers used
 * Mislabels   UTF-8 that is called something else is seen: in us-ascii, a
 *             western or a 7-bit charset always, in others when there is
 *             enough of it that it is no accident;
 *             UTF-8 that is none is read as windows-1252, unless most of it is
 *             UTF-8 (then the bad bytes become U+FFFD)
 * No name     UTF-8, ISO-2022-JP, and what the bytes look like; at last
 *             windows-1252
 * Sandbox     charset_warm() loads everything that will ever be needed; behind
 *             it no file is opened. Without it charsets load at first use
 * State       the loaded tables are one for the process: one thread only
 * Output      may hold any character, controls too: clean it (base/utf8.h) */
#ifndef PARSERS_CHARSET_H
#define PARSERS_CHARSET_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

void	charset_warm(void);
/* in appended to out as UTF-8. name may be empty: none was declared. False when
 * it was not (or could not be) read as declared; pure ASCII always is fine.
 * *used_out (may be NULL): the charset it was read as. */
bool	charset_utf8(struct slice in, struct slice name, struct buf *out,
	    const char **used_out);
/* Is it a name we know? */
bool	charset_known(struct slice name);

#endif
