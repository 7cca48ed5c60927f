/* exitcheck - would words of a note leave with this text? (I7, design §8)
 *
 * Both sides are normalised: case folded, quote marks and punctuation dropped,
 * white space one. A hit: 8 words in a row, or a whole line of 40 bytes and
 * more, of a note or a held message stand in the text, however the lines are
 * wrapped. Words that stand in a public message of the ticket (the student's
 * own before all) do not count: they may be quoted. */
#ifndef DESK_EXITCHECK_H
#define DESK_EXITCHECK_H

#include "desk/desk.h"

/* 0 clean, 1 found: *found_out (in desk->arena) is what stood there, 80 bytes
 * at most; -1 error. message: the message whose text it is, left out of the
 * search when it is a note itself; 0: none. */
int	exitcheck(struct desk *desk, int64_t ticket, int64_t message,
	    const char *text, const char **found_out, struct err *err);

#endif
