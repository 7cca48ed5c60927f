/* zygote - the other end of base/worker: a program that is warm, and forks a
 * sandboxed child for each run of requests.
 *
 * Control     ZYGOTE_FD, given by the worker. To the worker: 'R' ready, or 'X'
 *             and why it cannot start. From it: 'F' start a child, with its
 *             connection as descriptor and limits (4 seconds, 8 memory, 8
 *             longest answer) as payload; 'W' end the child and say in 'S' how
 *             it ended (4: status of wait(2), or ZYGOTE_NO_CHILD)
 * Child       its connection is ZYGOTE_FD too; every other descriptor is
 *             closed. From the worker: 'M' a request as payload; 'D' a request
 *             as memfd, payload: its size (8). Answers 'A' the answer, 'E' why
 *             there is none
 * One         child at a time; it dies with the zygote, the zygote with the
 *             thread that started it */
#ifndef BASE_ZYGOTE_H
#define BASE_ZYGOTE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#define ZYGOTE_FD		3
#define ZYGOTE_INLINE_MAX	(2 * 1024 * 1024)	/* bytes of 'M' */
#define ZYGOTE_NO_CHILD		0xffffffffu
#define ZYGOTE_EXIT_SANDBOX	71	/* exit code: no sandbox to be had */

/* Append the answer; -1: err->msg goes to the worker, whose caller sees a crash
 * with that reason. Runs in the sandbox. */
typedef int zygote_answer_fn(struct slice request, struct buf *answer,
	    void *arg, struct err *err);

/* Serve until the worker closes; warm up before. Also starts a trial child, so
 * that a machine without the sandbox is found out at start. */
int	zygote_serve(zygote_answer_fn *answer, void *arg, struct err *err);

#endif
