/* canned - stored answers: canned-dir/NAME.txt, Mustache with what the ticket
 * is (docs/canned.md). Read when they are used, so that a new one needs no
 * restart. */
#ifndef DESK_CANNED_H
#define DESK_CANNED_H

#include "desk/act.h"

#define CANNED_MAX	65536	/* bytes of a file, and of what it becomes */

/* The answer of that name, filled in, in desk->arena. ERR_INPUT: there is
 * none (the message names those that are), or it is broken. */
int	canned_text(struct desk *desk, const struct actor *actor,
	    const struct ticket *ticket, const char *name,
	    const char **text_out, struct err *err);
/* Names of all of them, "a, b"; "" none. In arena. */
const char *canned_names(const struct settings *settings,
	    struct arena *arena);
/* Try each with a made-up ticket; fn gets a line for each that is broken. */
int	canned_check(const struct settings *settings,
	    void (*fn)(const char *name, const char *fault, void *arg),
	    void *arg, struct err *err);

#endif
