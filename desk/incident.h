/* incident - one outage, many reports; and one report that came twice.
 *
 * join     a ticket reports an incident: both stay, the incident's closing with
 *          a text answers each joined requester in their own thread
 * merge    a ticket goes on in another: both threads are kept, later mail on
 *          the one lands on the other. Only where its requester is on the
 *          other too, for they get its public messages; else join
 * Links: joined on the report, incident on the incident, merged on what was
 * merged. All change *ticket in memory and write the events. */
#ifndef DESK_INCIDENT_H
#define DESK_INCIDENT_H

#include "desk/act.h"

/* Others may be joined to it. */
int	incident_mark(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, struct err *err);
/* ticket reports incident, which is marked when it is not. ERR_INPUT: there is
 * no such ticket, or it reports another itself. */
int	incident_join(struct desk *desk, const struct actor *actor,
	    const struct ticket *ticket, int64_t incident, struct err *err);
/* ticket was closed by a person with text: so are the open tickets joined to
 * it, each answered with the text. ERR_INPUT: words of a note of one of them
 * stand in it. *n_out: how many. */
int	incident_closed(struct desk *desk, const struct actor *actor,
	    const struct ticket *ticket, const char *text, int *n_out,
	    struct err *err);
/* ticket goes on in into; its requester is told. */
int	incident_merge(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, int64_t into, struct err *err);
/* Where mail on *ticket lands: through at most 8 merges. */
int	incident_follow(struct desk *desk, struct ticket *ticket,
	    struct err *err);

#endif
