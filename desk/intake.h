/* intake - the one place where a source item becomes a ticket change.
 *
 * Called inside the caller's transaction (and savepoint): everything it does,
 * the ledger row included, is one durable step or nothing (I1, I2, design
 * §5.5). It decides by the struct mail, the store and the settings alone. */
#ifndef DESK_INTAKE_H
#define DESK_INTAKE_H

#include "base/blob.h"
#include "db/ledger_store.h"
#include "desk/desk.h"
#include "parsers/mail.h"

struct intake_item {
	struct ledger_key		 key;
	const struct settings_mailbox	*mailbox;	/* NULL: none (cli) */
	const struct blob		*raw;	/* NULL: only header was fetched */
	const struct mail		*mail;
	int64_t				 received_ms;	/* INTERNALDATE or now */
	size_t				 full_size;	/* bytes at the source */
	bool				 too_large;	/* raw is cut: stays on
							 * the server */
	bool				 history;	/* of an import: kept, not obeyed,
						 * nobody is told; desk->now_ms is
						 * its own date */
	bool				 stale;	/* old mail of start = "all": never
						 * answered */
};
struct intake_result {
	enum ledger_outcome	 outcome;
	int64_t			 ledger, ticket, message;	/* 0 none */
	const char		*because;	/* in desk->arena */
	const char		*step;		/* the step that decided */
};

/* Take one mail in. A key that is in the ledger already changes nothing and
 * gives its outcome. */
int	intake_mail(struct desk *desk, const struct intake_item *item,
	    struct intake_result *result_out, struct err *err);
/* Put one in quarantine: raw kept, a ticket says so, staff are told (I5).
 * mail is what mail_parse_header gave. */
int	intake_quarantine(struct desk *desk, const struct intake_item *item,
	    const char *fault, int attempts, struct intake_result *result_out,
	    struct err *err);
/* Decide a quarantined or filed item anew, from the mail read again; its row
 * gets the new outcome. make_ticket: whatever it is, a ticket is wanted.
 * ERR_INPUT: no such item, or it has an outcome that stands. */
int	intake_again(struct desk *desk, int64_t ledger,
	    const struct mail *mail, bool make_ticket,
	    struct intake_result *result_out, struct err *err);
/* Only a ledger row: "before start", "expunged" and the like. */
int	intake_note(struct desk *desk, const struct ledger_key *key,
	    enum ledger_outcome outcome, const char *because, struct err *err);

#endif
