/* ledger_store - every source item that was seen, with its one outcome (I2);
 * cursors; what is in hand; quarantine; filed mail. */
#ifndef DB_LEDGER_STORE_H
#define DB_LEDGER_STORE_H

#include "db/db.h"

/* What identifies an item at its source. IMAP: epoch UIDVALIDITY, uid UID, key
 * "". Others: epoch 0, uid 0, key what the source calls it. */
struct ledger_key {
	const char	*source;	/* "imap:inbox", "deliver:inbox", "cli" */
	int64_t		 epoch, uid;
	const char	*key;
};

enum ledger_outcome {		/* names: ledger_outcome_name() */
	LEDGER_TICKET,		/* made a new ticket */
	LEDGER_MESSAGE,		/* public message on a ticket */
	LEDGER_NOTE,		/* stored for staff only */
	LEDGER_HELD,		/* held message */
	LEDGER_DUPLICATE,	/* same mail as another item */
	LEDGER_FILED,		/* kept, made no ticket */
	LEDGER_BOUNCE, LEDGER_LOOP,
	LEDGER_QUARANTINED,
	LEDGER_BEFORE_START,	/* was there before we began */
	LEDGER_CHAT,		/* of chat: a command, a mark, or nothing to us */
	LEDGER_NOUTCOME
};
const char *ledger_outcome_name(enum ledger_outcome outcome);

struct ledger_row {
	int64_t			 id;
	struct ledger_key	 key;
	int64_t			 seen_ms;
	enum ledger_outcome	 outcome;
	const char		*because;
	int64_t			 ticket, message, raw;	/* 0: none */
	const char		*message_id, *from, *subject;	/* may be NULL */
	const char		*kind;		/* mail kind, or NULL */
	unsigned char		 raw_digest[CRYPT_SHA256];	/* whole mail */
	unsigned char		 same_digest[CRYPT_SHA256];	/* contract §4
					 * "the same mail": trace left out */
	int			 attempts;	/* quarantine: tries made */
	bool			 acked;		/* flagged or moved at source */
};

/* 1 known, 0 not, -1 error. row_out may be NULL. */
int	ledger_find(struct db *db, const struct ledger_key *key,
	    struct arena *arena, struct ledger_row *row_out, struct err *err);
int	ledger_get(struct db *db, int64_t id, struct arena *arena,
	    struct ledger_row *row_out, struct err *err);
/* The oldest item with that digest that is not itself a duplicate. raw: of
 * that source only (a new UIDVALIDITY); same: any source. 1/0/-1. */
int	ledger_find_raw(struct db *db, const char *source,
	    const unsigned char digest[CRYPT_SHA256], struct arena *arena,
	    struct ledger_row *row_out, struct err *err);
int	ledger_find_same(struct db *db,
	    const unsigned char digest[CRYPT_SHA256], struct arena *arena,
	    struct ledger_row *row_out, struct err *err);
/* Add the outcome; row->id is ignored. ERR_INPUT when the key is there. */
int	ledger_add(struct db *db, const struct ledger_row *row,
	    int64_t *id_out, struct err *err);
/* A quarantined or filed item gets its later outcome. */
int	ledger_update(struct db *db, const struct ledger_row *row,
	    struct err *err);
int	ledger_set_acked(struct db *db, const struct ledger_key *key,
	    struct err *err);
/* Call fn for rows: of an outcome (or all: LEDGER_NOUTCOME), newest first,
 * id < before (0: from the newest), at most limit. fn != 0 stops. */
int	ledger_list(struct db *db, enum ledger_outcome outcome,
	    int64_t before, int limit, struct arena *arena,
	    int (*fn)(const struct ledger_row *row, void *arg), void *arg,
	    struct err *err);
/* For one mailbox and epoch in UID order, uid > after: cursor, reconcile and
 * acks to redo (unacked_only). */
int	ledger_walk(struct db *db, const char *source, int64_t epoch,
	    int64_t after, bool unacked_only, int limit, struct arena *arena,
	    int (*fn)(const struct ledger_row *row, void *arg), void *arg,
	    struct err *err);
int64_t	ledger_count(struct db *db, enum ledger_outcome outcome);

/* Highest UID below which every UID of the epoch is accounted for. first_uid:
 * mail below it is "before start". */
struct cursor {
	int64_t	epoch, uid, first_uid;
};
int	cursor_get(struct db *db, const char *source, struct cursor *cursor_out,
	    struct err *err);				/* 1/0/-1 */
int	cursor_set(struct db *db, const char *source,
	    const struct cursor *cursor, struct err *err);

/* In hand (design §5.5): noted before a group, dropped in its transaction. */
int	in_hand_note(struct db *db, const struct ledger_key *key, int attempts,
	    struct err *err);
int	in_hand_drop(struct db *db, const struct ledger_key *key,
	    struct err *err);
/* Left over from an unclean end: attempts so far, 0 for none, -1 error. */
int	in_hand_attempts(struct db *db, const struct ledger_key *key,
	    struct err *err);

#endif
