/* objects - tickets as the JSON of contract §2, for command line and web view
 * alike. Every function gives a new reference.
 *
 * shared   true: for requester and watchers (I7): nothing internal, nobody's
 *          address but the viewer's own; what is left out is null or [] */
#ifndef DESK_OBJECTS_H
#define DESK_OBJECTS_H

#include <jansson.h>

#include "db/audit_store.h"
#include "db/message_store.h"
#include "db/ticket_store.h"

struct objects {
	struct db	*db;
	struct arena	*arena;
	bool		 shared;
	int64_t		 viewer;	/* person; 0: none */
};

json_t	*object_time(int64_t ms);		/* null for 0 */
json_t	*object_text(const char *text);		/* null for NULL */
json_t	*object_person(const struct objects *objects, int64_t id);

/* Without messages and what else `ticket show` has. updated_ms of a shared one
 * is when something public was said last. */
json_t	*object_ticket(const struct objects *objects, const struct ticket *ticket);
json_t	*object_message(const struct objects *objects,
	    const struct message *m);
/* A shared one: of those that audit_history gives for shared. */
json_t	*object_event(const struct objects *objects, const struct event *e);
json_t	*object_watchers(const struct objects *objects, int64_t ticket);
json_t	*object_links(const struct objects *objects, int64_t ticket);

#endif
