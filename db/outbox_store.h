/* outbox_store - what must still be sent (I3).
 *
 * A row is made with id, recipient and Message-ID fixed; rendered into the
 * row at its first lease; sent in order per ticket and recipient: a row is not
 * leased while an older one of the same ticket and recipient is unfinished
 * (queued, sending or unknown).
 *
 * rendered    RFC 5322 text with CR LF, 7-bit, plus these places, filled at
 *             each try and never stored (design §5.7): \x01T\x01 the
 *             Reply-To token; \x01A id \x01 the encoded bytes of attachment
 *             id. \x01 occurs nowhere else. */
#ifndef DB_OUTBOX_STORE_H
#define DB_OUTBOX_STORE_H

#include "db/db.h"

enum outbox_state { OUTBOX_QUEUED, OUTBOX_SENDING, OUTBOX_SENT, OUTBOX_FAILED,
	OUTBOX_UNKNOWN, OUTBOX_BOUNCED, OUTBOX_HELD, OUTBOX_DROPPED };
const char *outbox_state_name(enum outbox_state state);

struct outbox_row {
	int64_t			 id;
	const char		*door;		/* "matrix", "slack": to is a
						 * room; NULL, "": mail */
	int64_t			 ticket;	/* 0: about none */
	int64_t			 person;	/* recipient; 0: an address only */
	const char		*to;		/* bare address */
	const char		*event;		/* template name: "acknowledged" */
	int64_t			 message;	/* what it tells of; 0 none */
	const char		*detail;	/* JSON for the template; NULL */
	bool			 automatic;	/* no person wrote it */
	bool			 bare;		/* to a sender not proven: repeats
						 * nothing of theirs (contract §5) */
	const char		*message_id;	/* ours, without <> */
	const char		*in_reply_to;	/* theirs, without <>; NULL */
	const char		*references;	/* ids with <>; NULL */
	enum outbox_state	 state;
	bool			 burnt;		/* its token proves nothing more */
	bool			 used;		/* one-use token was used */
	bool			 tried_unknown;	/* was resent after unknown */
	int			 attempts;
	int64_t			 created_ms, next_ms, first_try_ms, done_ms;
	const char		*error;		/* last reply or fault; NULL */
	struct slice		 rendered;	/* {NULL,0}: not yet */
};

/* Ids are needed before the row is made: the Message-ID is over them. */
int	outbox_next_id(struct db *db, int64_t *id_out, struct err *err);
/* Skip ids after a restore: mail with the next ones may have gone out. */
int	outbox_counter_jump(struct db *db, int64_t by, struct err *err);
int	outbox_insert(struct db *db, const struct outbox_row *row,
	    struct err *err);
int	outbox_get(struct db *db, int64_t id, struct arena *arena,
	    struct outbox_row *row_out, struct err *err);	/* 1/0/-1 */
/* The same without the rendered bytes, which may be many. */
int	outbox_head(struct db *db, int64_t id, struct arena *arena,
	    struct outbox_row *row_out, struct err *err);	/* 1/0/-1 */
/* state, burnt, used, tried_unknown, attempts, next_ms, first_try_ms,
 * done_ms, error. */
int	outbox_update(struct db *db, const struct outbox_row *row,
	    struct err *err);
int	outbox_set_rendered(struct db *db, int64_t id, struct slice rendered,
	    struct err *err);
/* The oldest row that is due and whose turn it is (queued or unknown with
 * next_ms <= now; a row that lessee ids hold is excluded by its state):
 * 1 and *row_out, 0 none and *next_ms_out when the next is due (0: none). */
int	outbox_due(struct db *db, int64_t now_ms, struct arena *arena,
	    struct outbox_row *row_out, int64_t *next_ms_out, struct err *err);
/* The same for a door of chat. */
int	outbox_due_at(struct db *db, const char *door, int64_t now_ms,
	    struct arena *arena, struct outbox_row *row_out,
	    int64_t *next_ms_out, struct err *err);
/* Mail left `sending` by an unclean end becomes unknown. Count or -1. */
int	outbox_recover(struct db *db, int64_t now_ms, int64_t retry_ms,
	    struct err *err);
/* The same for a door of chat, due at once: the door looks what became of it. */
int	outbox_recover_at(struct db *db, const char *door, int64_t now_ms,
	    struct err *err);
/* Rows that wait to be tried again in that room are due now. */
int	outbox_again(struct db *db, const char *door, const char *room,
	    int64_t now_ms, struct err *err);
/* Is such a row of this ticket, door and room queued and never tried? It will
 * show what is true when it is made; 1/0/-1. */
int	outbox_is_fresh(struct db *db, const struct outbox_row *row,
	    struct err *err);
/* all: also sent and dropped. Oldest first. */
int	outbox_list(struct db *db, bool all, int64_t after, int limit,
	    struct arena *arena,
	    int (*fn)(const struct outbox_row *row, void *arg), void *arg,
	    struct err *err);
/* Mail about a ticket that was queued at that moment, in order for each. */
int	outbox_of_moment(struct db *db, int64_t ticket, int64_t created_ms,
	    struct arena *arena, struct outbox_row **v_out, size_t *n_out,
	    struct err *err);
/* Those that are queued. */
int	outbox_waiting(struct db *db, int64_t ticket, struct arena *arena,
	    struct outbox_row **v_out, size_t *n_out, struct err *err);
int	outbox_hold_unsent(struct db *db, struct err *err);	/* restore */
/* Empty rendered of rows done before then. */
int	outbox_forget(struct db *db, int64_t before_ms, struct err *err);
/* Number not finished, and created_ms of the oldest of them (0 none). */
int	outbox_depth(struct db *db, int64_t *n_out, int64_t *oldest_ms_out,
	    struct err *err);
/* Burn all tokens sent to this person on this ticket so far. */
int	outbox_burn(struct db *db, int64_t ticket, int64_t person,
	    struct err *err);
/* How many rows of this event to this person are queued or sent and not
 * answered since then: open questions. */
int	outbox_count_open(struct db *db, int64_t person, const char *event,
	    int64_t since_ms, int64_t *n_out, struct err *err);

#endif
