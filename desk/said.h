/* said - what a mail says, in the desk's own records: the message row, its
 * attachments and thread ids; and what kind of words or address it is. */
#ifndef DESK_SAID_H
#define DESK_SAID_H

#include "db/message_store.h"
#include "desk/identify.h"

/* The message row of a mail by the identified sender; visibility and raw are
 * the caller's to set. */
int	said_message(struct desk *desk, const struct intake_item *item,
	    const struct identity *id, const char *text,
	    struct message *message_out, struct err *err);
/* One of them as a row, which borrows all its texts; id is not set. */
void	said_attachment(const struct message *message,
	    const struct mail_attachment *attachment,
	    struct attachment *out);
int	said_attachments(struct desk *desk, const struct mail *mail,
	    const struct message *message, struct err *err);
/* Index its Message-ID and what it refers to. */
int	said_thread(struct desk *desk, const struct mail *mail,
	    const struct message *message, struct err *err);

/* The newly written words; lines taken for commands are put back in front, so
 * that nothing somebody wrote is missing, but for those that are obeyed: note,
 * reply, send of staff. */
const char *said_text(struct desk *desk, const struct mail *mail, bool staff);
/* The first message of a ticket: as above, the whole of a forwarded mail, or
 * why it cannot be shown. */
const char *said_opening(struct desk *desk, const struct intake_item *item);
/* Does a message's text say that its mail was not taken in whole? */
bool	said_was_too_large(const char *text);
/* The spans of its text as a JSON array; NULL when there are none to tell. */
const char *said_spans(struct desk *desk, const struct mail *mail);
/* Never empty: "(no subject)". */
const char *said_subject(struct desk *desk, const struct intake_item *item);

/* Thanks only: up to 12 words of the list, no question mark, no attachment. */
bool	said_is_thanks(const struct mail *mail, const char *text);
/* no-reply, postmaster, mailer-daemon, owner-, -request, -bounces. */
bool	said_is_machine_address(const char *address);
/* An address that may belong to a person and is not ours; NULL is none. */
bool	said_is_person_address(const struct settings *settings,
	    const char *address);
/* Is an answer to a mail of this event always internal? */
bool	said_is_note_answer(const char *event);
/* The newest ticket of this requester made since then; 1/0/-1. */
int	said_newest_of(struct desk *desk, int64_t requester, int64_t since_ms,
	    int64_t *number_out, struct err *err);

#endif
