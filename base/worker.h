/* worker - a supervised child program that answers framed requests.
 *
 * Transport   one AF_UNIX socketpair (SOCK_STREAM). A frame: 4-byte length
 *             (big endian, of the payload), 1 byte kind, payload; a request
 *             may carry one file descriptor (SCM_RIGHTS) with its first byte
 * Zygote      the program (campusdesk-parse --zygote) warms up, then forks a
 *             sandboxed child per run; a run is up to limits.run requests; the
 *             worker asks for a new child between runs
 *             (base/zygote is the other side)
 * Run         takes a further request within 50 ms of its start only; requests
 *             by descriptor (blob_fd) are always alone
 * Deadline    a request not answered in time kills the child (not the zygote)
 * Threads     one worker, one thread; workers are independent */
#ifndef BASE_WORKER_H
#define BASE_WORKER_H

#include "base/blob.h"
#include "base/buf.h"
#include "base/err.h"

struct worker;

struct worker_limits {
	int	seconds;	/* wall and CPU for one request */
	size_t	memory;		/* bytes, address space of a child beside its
				 * program, libraries and the mail itself */
	size_t	answer;		/* bytes, longest answer believed */
	int	run;		/* requests one child may answer; 1 strict */
};

/* What became of a request. */
enum worker_end {
	WORKER_OK,
	WORKER_CRASHED,		/* signal or exit without an answer */
	WORKER_TIMEOUT,
	WORKER_LIED		/* bad frame, or longer than limits.answer */
};

/* program: path (paths_program). argv NULL-terminated after the name; NULL
 * none. Must be called from a thread that lives as long as the worker
 * (PDEATHSIG, engineering.md §2.6b). */
int	worker_start(const char *program, const char *const *args,
	    const struct worker_limits *limits, struct worker **worker_out,
	    struct err *err);
void	worker_stop(struct worker **worker);		/* NULL-safe */
/* Ask: the blob's bytes (inline) or its fd. alone: in a fresh child, which then
 * ends. 0: *end_out says how it went, answer is set for WORKER_OK, why (one
 * line) else. -1: the zygote itself is gone and did not come back
 * (ERR_RETRY). */
int	worker_ask(struct worker *worker, const struct blob *blob, bool alone,
	    struct buf *answer, enum worker_end *end_out, struct err *why);
/* From any thread: the request in hand, and all later ones, end with -1. */
void	worker_cancel(struct worker *worker);
/* The next request gets a fresh child: the answer was not believed, or the next
 * mail is of another mailbox. */
void	worker_end_run(struct worker *worker);

#endif
