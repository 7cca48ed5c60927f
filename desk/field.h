/* field - what may stand in a ticket's fields, as a person writes it.
 *
 * subject   one line             status    open|active|waiting|closed
 * category  a configured name    priority  low|normal|high|urgent
 * location  code or words        assignee  address, its local part, a name
 *                                          that is unique, none
 * due       YYYY-MM-DD [HH:MM], none       tags      a,b
 * requester a mail address, none */
#ifndef DESK_FIELD_H
#define DESK_FIELD_H

#include "desk/act.h"

#define FIELD_SUBJECT_MAX	400	/* bytes kept of a subject */

/* Changes *ticket in memory and writes the event; tells nobody. A value that
 * is there already: nothing. ERR_INPUT: the value makes no sense, and why. */
int	field_set(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, const char *field, const char *value,
	    struct err *err);
/* What stands in a field, as field_set reads it. NULL: no such field. */
const char *field_get(struct desk *desk, const struct ticket *ticket,
	    const char *field);
/* Is that category configured? ERR_INPUT. */
int	field_is_category(struct desk *desk, const char *name,
	    struct err *err);
/* One mail address, as an envelope may carry it? */
bool	field_is_address(const char *s);

#endif
