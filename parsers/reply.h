/* reply - the words newly written in a mail, told from all the others.
 *
 * Spans      tile text exactly, byte for byte, in order; nothing is thrown away
 * Doubt      means new: what no client marked as quoted, and no one signs with,
 *            is the sender's own. History without ">" is taken as quoted only
 *            below a header block, a rule or an attribution that no person
 *            types, and only where something new stands above it
 * Reply      the new spans, without blank lines at both ends. Where answers
 *            stand between quoted lines, the quoted lines that they answer stay
 *            in it (as they are, with ">"): an answer alone says nothing. A
 *            single answer below everything quoted stands alone
 * Commands   command.h lines at the top of what is new; a line with a verb of
 *            ours and malformed arguments stays in the message
 * near       what may have been meant as one: command-like lines at the top
 *            that are none, malformed ones, and lines anywhere in the new text
 *            with a verb of ours or one edit from it; whole lines.
 *            command_parse says of each: 0 unknown, -1 malformed, 1 misplaced
 * Forwarded  who wrote a mail passed on in the text; one that is there already
 *            (from an attached mail) stays
 * Ours       a line as quote_is_ours() knows begins our own notification
 * Linear     in the text */
#ifndef PARSERS_REPLY_H
#define PARSERS_REPLY_H

#include "parsers/mail.h"

/* Needs text, subject, in_reply_to, references; fills spans, reply, commands,
 * near_commands, note_marker, forwarded. from_html: text was made from HTML,
 * whose quotes are marked with ">"; flowed: RFC 3676 was undone. -1: the arena
 * is full (ERR_RETRY). */
int	reply_read(struct mail *mail, bool from_html, bool flowed,
	    struct arena *arena, struct err *err);

#endif
