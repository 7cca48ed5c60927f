/* message_store - what was said on a ticket, its attachments, the index of
 * Message-IDs, and full text (kept in the same transaction). */
#ifndef DB_MESSAGE_STORE_H
#define DB_MESSAGE_STORE_H

#include "db/db.h"

enum message_visibility { MESSAGE_PUBLIC, MESSAGE_NOTE, MESSAGE_HELD };
enum message_proof { PROVEN_CLAIMED, PROVEN_TOKEN, PROVEN_VERIFIED,
	PROVEN_STAFF };			/* STAFF: at a terminal, or in chat */
enum message_pending {
	PENDING_NONE,
	PENDING_PROOF,		/* parked: the known address was asked */
	PENDING_SEND,		/* doubtful: the author may answer "send" */
	PENDING_PROOF_NOTE,	/* parked, and meant as an internal note */
	PENDING_COMMANDS	/* only what it orders waits for proof */
};
const char *message_visibility_name(enum message_visibility visibility);
const char *message_proof_name(enum message_proof proof);

struct message {
	int64_t			 id, ticket;
	int64_t			 date_ms;	/* when we took it in */
	int64_t			 author;	/* person; 0 none */
	const char		*author_name, *author_address;	/* as in From;
						 * NULL: none */
	enum message_visibility	 visibility;
	enum message_proof	 proof;
	const char		*source;	/* mail slack matrix cli import */
	const char		*text;		/* the visible reply */
	const char		*full_text;	/* whole body; NULL: as text */
	const char		*spans;		/* JSON of spans; NULL */
	int64_t			 raw;		/* 0 none */
	const char		*message_id;	/* NULL none */
	const char		*references;	/* theirs, ids with <>, blank
						 * between; NULL */
	bool			 automatic;	/* no person wrote it */
	bool			 from_staff;
	enum message_pending	 pending;
	int64_t			 pending_until_ms;
};
struct attachment {
	int64_t		 id, message, raw;
	const char	*name, *type;	/* name NULL: none */
	size_t		 size;
	const char	*sha256;
	bool		 is_inline;
	const char	*content_id;	/* NULL none */
	size_t		 offset, length;
	const char	*encoding;
};

int	message_insert(struct db *db, const struct message *message,
	    int64_t *id_out, struct err *err);
int	message_get(struct db *db, int64_t id, struct arena *arena,
	    struct message *message_out, struct err *err);	/* 1/0/-1 */
/* visibility, pending, pending_until_ms and text may change. */
int	message_update(struct db *db, const struct message *message,
	    struct err *err);
/* text, full_text and spans: the same mail, read again. */
int	message_restate(struct db *db, const struct message *message,
	    struct err *err);
/* In order of id; after: ids above; limit at most. */
int	message_list(struct db *db, int64_t ticket, int64_t after, int limit,
	    struct arena *arena, struct message **v_out, size_t *n_out,
	    struct err *err);
/* For pages: the newest messages below before (0: of all), newest first, texts
 * cut: at most limit, and no more once they have room bytes of text (one at
 * least). *more_out: there are older ones. shared: public ones alone, and of
 * each what was newly written, no full_text (I7). */
#define MESSAGE_SHOWN	65536		/* characters of a text */
struct message_part {
	int64_t	ticket, before;
	bool	shared;
	int	limit;
	size_t	room;
};
int	message_thread(struct db *db, const struct message_part *part,
	    struct arena *arena, struct message **v_out, size_t *n_out,
	    bool *more_out, struct err *err);
/* Has the ticket a message before this one? 1/0/-1 */
int	message_has_earlier(struct db *db, int64_t ticket, int64_t message,
	    struct err *err);
/* Newest message of a person on the ticket that has a Message-ID; 1/0/-1. */
int	message_last_of(struct db *db, int64_t ticket, int64_t person,
	    struct arena *arena, struct message *message_out, struct err *err);
/* The newest public message of staff on the ticket; 1/0/-1. */
int	message_last_answer(struct db *db, int64_t ticket, struct arena *arena,
	    struct message *message_out, struct err *err);
/* Texts of the ticket's notes and held messages, for the exit check. */
int	message_secrets(struct db *db, int64_t ticket,
	    int (*fn)(const char *text, void *arg), void *arg,
	    struct err *err);
/* Parked messages of a person still waiting for proof; now for expiry. */
int	message_pending_of(struct db *db, int64_t person, int64_t now_ms,
	    struct arena *arena, struct message **v_out, size_t *n_out,
	    struct err *err);

int	attachment_insert(struct db *db, const struct attachment *attachment,
	    int64_t *id_out, struct err *err);
int	attachment_list(struct db *db, int64_t message, struct arena *arena,
	    struct attachment **v_out, size_t *n_out, struct err *err);
/* Only name and type may change: the bytes are the mail's. */
int	attachment_rename(struct db *db, const struct attachment *attachment,
	    struct err *err);
int	attachment_get(struct db *db, int64_t id, struct arena *arena,
	    struct attachment *attachment_out, struct err *err);

/* Message-IDs of all mail: its own, and what it refers to. */
enum thread_rel { THREAD_SELF, THREAD_REFERENCE, THREAD_SENT };
int	thread_add(struct db *db, const char *message_id, enum thread_rel rel,
	    int64_t ticket, int64_t message, struct err *err);
/* The ticket that knows this id under that relation; 1/0/-1. Anybody can use an
 * id again: of several the one that person (0: nobody) reported or watches,
 * else the oldest. */
int	thread_find(struct db *db, const char *message_id, enum thread_rel rel,
	    int64_t person, int64_t *ticket_out, struct err *err);

#endif
