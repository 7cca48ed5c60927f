/* alias - several addresses of one person. */
#ifndef DESK_ALIAS_H
#define DESK_ALIAS_H

#include "desk/act.h"

/* The person of other becomes that of address, who is known: its tickets,
 * messages and addresses are theirs from now on. An other that nobody has yet
 * is one more address of theirs. ERR_INPUT: address is not known, or other is
 * staff and address is not. */
int	alias_merge(struct desk *desk, const struct actor *actor,
	    const char *address, const char *other, struct err *err);

#endif
