/* pump_inside - what the three files of the pump share: pump.c (the queues),
 * pump_parse.c (threads that have mail read), pump_decide.c (the one thread that
 * writes).
 *
 * A load goes QUEUE → PARSE → DESK → DECIDE → gone (its item is then in the
 * lane's done list). Back: PARSE → QUEUE after a failed reading, DECIDE → DESK
 * after a failed decision. Everything here is guarded by pump->lock, but the
 * insides of a load in PARSE or DECIDE, which belong to that thread. */
#ifndef DAEMON_PUMP_INSIDE_H
#define DAEMON_PUMP_INSIDE_H

#include <pthread.h>
#include <sys/queue.h>

#include "base/worker.h"
#include "daemon/pump.h"
#include "desk/intake.h"

#define PUMP_BYTES	((size_t)8 << 20)	/* of mail inside; each source
						 * may hold half, and one mail
						 * more each */
#define PUMP_READ	((size_t)64 << 20)	/* of what was read out of it
						 * and is not decided; each
						 * thread may exceed it once */
#define PUMP_TRIES	3	/* readings, and decisions, of one mail */
#define PUMP_ASIDE_MS	1000	/* parsing longer than this: others pass */
#define PUMP_SPARE	2	/* parse threads for what is aside */
#define PUMP_GROUP	64	/* items of one commit */
#define PUMP_GROUP_MS	50	/* time to fill one commit */

enum load_stage { LOAD_QUEUE, LOAD_PARSE, LOAD_DESK, LOAD_DECIDE };

struct load {
	TAILQ_ENTRY(load)	 order;		/* of its lane */
	TAILQ_ENTRY(load)	 queue;		/* lane->fresh, pump->again */
	struct lane		*lane;
	struct source_item	*item;
	size_t			 cost;		/* bytes */
	size_t			 read;		/* bytes of arena, from DESK on */
	bool			 owed;		/* there was no parser: later
						 * ones may be read already */
	enum load_stage		 stage;
	bool			 aside;		/* later ones may pass */
	int64_t			 came_ms, parse_ms;	/* monotonic */
	int64_t			 not_before_ms;	/* next reading, decision */
	int			 readings;	/* that failed */
	struct arena		*arena;	/* of mail */
	struct mail		*mail;
	char			 fault[ERR_MSG_MAX];	/* why it cannot be
						 * read; "" */
	bool			 alone;		/* in a commit of its own */
	int			 decisions;	/* that failed, alone */
	int			 ends;		/* unclean ends with it in
						 * hand; -1 not asked yet */
	struct arena		*desk_arena;
	struct intake_result	 result;
};
TAILQ_HEAD(load_list, load);

struct lane {			/* one source */
	TAILQ_ENTRY(lane)	 lanes;
	char			*source;
	struct load_list	 order, fresh;
	size_t			 bytes;
	int			 inside;	/* loads */
	struct source_item	*done, **done_end;
};

struct pump_note {		/* ledger rows without mail; lives on the
				 * stack of the thread that waits for it */
	TAILQ_ENTRY(pump_note)	 notes;
	const char		*source, *because;
	int64_t			 epoch;
	const int64_t		*uids;
	size_t			 n;
	enum ledger_outcome	 outcome;
	bool			 done;
	int			 rc;
	struct err		 err;
};

struct parser {			/* one parse thread */
	struct pump		*pump;
	pthread_t		 thread;
	struct worker		*worker;	/* NULL: not started */
	const struct settings	*settings;	/* the worker's */
	struct load		*load;		/* in hand; NULL idle */
	struct lane		*lane;		/* of the run */
	int			 run;		/* requests of the run */
};

struct pump {
	struct pump_options	 options;
	const struct settings	*settings;	/* the newest */
	pthread_mutex_t		 lock;
	pthread_cond_t		 room, parse, desk, done;
	bool			 closing, stopping;
	TAILQ_HEAD(, lane)	 lanes;
	struct load_list	 again;		/* to be read again */
	TAILQ_HEAD(, pump_note)	 notes;
	size_t			 bytes, read;
	struct parser		*parsers;
	int			 nparsers;
	pthread_t		 decider;
	bool			 has_decider, decider_runs;
	struct db		*db, *note_db;	/* the decider's */
};

/* pthread_cond_wait for at most ms. */
void	pump_wait(struct pump *pump, pthread_cond_t *cond, int64_t ms);
/* Its outcome is durable: the item goes to the lane's done list. */
void	pump_finish(struct load *load);
void	pump_load_free(struct load *load);
/* Is it no reason for later ones to wait? */
bool	pump_is_aside(const struct load *load);

void	*pump_parse_main(void *parser);
void	*pump_decide_main(void *pump);

#endif
