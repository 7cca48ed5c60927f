/* imap_wire - inside of base/imap: commands on the wire, several in flight.
 * For imap*.c only. */
#ifndef BASE_IMAP_WIRE_H
#define BASE_IMAP_WIRE_H

#include <libetpan/mailimap.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/imap.h"
#include "base/netstream.h"

#define IMAP_COMMAND_MS		60000	/* an ordinary command */
#define IMAP_COMMAND_BYTES	(1024 * 1024)
#define IMAP_SET_UIDS		100	/* of one command */

struct imap {
	mailimap		*session;
	struct netstream	*ns;	/* the stream's; NULL once closed */
	char			*host;
	int			 port;
	bool			 dead;	/* out of step or gone: reconnect */
	bool			 selected;
	struct imap_folder	 folder;
};

enum imap_status { IMAP_OK, IMAP_NO, IMAP_BAD };

/* "HOST:PORT: …"; -1 always. */
int	imap_fault(const struct imap *imap, enum err_code code,
	    struct err *err, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));
/* libetpan said r: the session is dead; says why. -1 always. */
int	imap_broken(struct imap *imap, int r, struct err *err);
/* Is the session fit for a command? 0, or -1 and *err. */
int	imap_alive(const struct imap *imap, struct err *err);

/* Send a command, tag and line end added; its tag is the session's imap_tag. */
int	imap_send(struct imap *imap, const char *command, int *tag_out,
	    struct err *err);
/* Read up to the tagged answer of the oldest command in flight. */
int	imap_answer(struct imap *imap, int tag, enum imap_status *status_out,
	    struct err *err);
/* Both, within the ordinary limits. */
int	imap_command(struct imap *imap, const char *command,
	    enum imap_status *status_out, struct err *err);
/* Forget that the server told of new messages / has it, since? */
void	imap_news_seen(struct imap *imap);
bool	imap_news(const struct imap *imap);
/* What the server said with its last tagged answer; "" nothing. */
const char *imap_said(const struct imap *imap);
/* Is the last answer's code one that says "not now"? */
bool	imap_not_now(const struct imap *imap);

/* "1:3,7" of uids in rising order, at most IMAP_SET_UIDS of them; returns how
 * many were written. */
size_t	imap_set(struct buf *out, const int64_t *uids, size_t n);

#endif
