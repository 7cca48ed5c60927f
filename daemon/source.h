/* source - where items come from. One thread per mailbox runs source->run; it
 * fetches, hands items to the pump, and acknowledges what is durable (I1). */
#ifndef DAEMON_SOURCE_H
#define DAEMON_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/blob.h"
#include "base/err.h"
#include "db/ledger_store.h"
#include "desk/settings.h"

struct pump;
struct watch;

/* An item on its way. Made by the source, owned by the pump after submit, and
 * handed back through pump_done() when its outcome is durable. */
struct source_item {
	struct source_item	*next;
	const char		*source;	/* "imap:NAME"; the source's */
	int64_t			 epoch, uid;
	struct blob		*raw;	/* whole, or only the header block */
	int64_t			 received_ms;
	size_t			 full_size;
	bool			 too_large, stale;
	const struct settings_mailbox *mailbox;
	/* set by the pump */
	enum ledger_outcome	 outcome;
	bool			 durable;	/* false: shutting down, not taken */
};

/* What a running source shows to /metrics, /status and the log. */
struct source_status {
	atomic_bool	up;
	_Atomic int64_t	last_ok_ms;		/* wall clock */
	struct watch	*watch;			/* hears of faults; NULL: none */
};

struct source {
	const char	*name;		/* "imap" */
	/* Runs until *stop; reconnects by itself; returns only then. */
	void		(*run)(const struct settings_mailbox *mailbox,
			    const struct settings *settings, struct pump *pump,
			    struct source_status *status, int stop_fd);
};
extern const struct source source_imap;

#endif
