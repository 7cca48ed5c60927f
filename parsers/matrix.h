/* matrix - what a homeserver answers, as chat events (client-server API).
 *
 * Nothing is believed: ids are checked for form and length, events of other
 * types or shapes are left out, texts are cleaned and cut. HTML is never read:
 * the plain body is what counts. Quotes that old clients put before a reply
 * are taken off. */
#ifndef PARSERS_MATRIX_H
#define PARSERS_MATRIX_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "parsers/chat.h"

struct matrix_room {
	const char		*id;
	struct chat_event	*events;	/* state first, then timeline */
	size_t			 n;
	bool			 joined_now;	/* what was before is not for us */
	bool			 limited;	/* older ones were left out */
	const char		*prev_batch;	/* NULL none */
};
struct matrix_invite {
	const char	*room, *from;		/* who invites us */
	bool		 direct;
};
struct matrix_sync {
	const char		*next;		/* where the next sync begins */
	struct matrix_room	*rooms;
	size_t			 nrooms;
	struct matrix_invite	*invites;
	size_t			 ninvites;
};
struct matrix_page {
	struct chat_event	*events;	/* in the order of the answer */
	size_t			 n;
	size_t			 chunk;		/* events before others were left
						 * out */
	const char		*end;		/* NULL: that was all */
};

/* self: our own user id. ERR_INPUT: it is none. */
int	matrix_sync_read(const json_t *answer, const char *self,
	    struct arena *arena, struct matrix_sync *sync_out,
	    struct err *err);
int	matrix_page_read(const json_t *answer, const char *room,
	    const char *self, struct arena *arena,
	    struct matrix_page *page_out, struct err *err);
/* The ids of a mxc:// URI, when they are fit for a path. */
bool	matrix_mxc(const char *url, char server_out[CHAT_ID_MAX + 1],
	    char media_out[CHAT_ID_MAX + 1]);
/* The server of a user id, "" none. */
const char *matrix_server_of(const char *user);

#endif
