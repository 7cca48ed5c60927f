/* compose_context - what a mail is made of: read from the store, checked
 * against I7, and as the JSON that the templates see (docs/templates.md). */
#ifndef DESK_COMPOSE_CONTEXT_H
#define DESK_COMPOSE_CONTEXT_H

#include <jansson.h>

#include "db/message_store.h"
#include "db/outbox_store.h"
#include "db/people_store.h"
#include "db/ticket_store.h"
#include "desk/desk.h"

#define COMPOSE_AUTHOR_MAX	60	/* characters of a name in From */

struct compose_item {
	const struct outbox_row		*row;
	const struct settings_category	*category;	/* NULL none */
	bool			 has_ticket, has_message, has_person, staff;
	struct ticket		 ticket;
	struct message		 message;
	struct person		 person;	/* the recipient */
	const char		*author;	/* who wrote the message, cleaned;
						 * "" no person, or not shown */
	bool			 shows_message;
	struct attachment	*attached, *linked;	/* carried; named only */
	size_t			 nattached, nlinked;
};

/* Load what the row is about. ERR_FATAL: it would show somebody who is not
 * staff what is not public (I7). ERR_INPUT: what it tells of is gone. */
int	compose_load(struct desk *desk, const struct outbox_row *row,
	    struct compose_item *item_out, struct err *err);
/* New reference; NULL on failure. */
json_t	*compose_context(struct desk *desk, const struct compose_item *item,
	    struct err *err);
/* A made-up ticket, for trying templates. */
json_t	*compose_sample(const struct settings *settings);

/* A name as From shows it: no @ < > " , ; : controls or bidi, 60 characters. */
const char *compose_author(struct arena *arena, const char *name);

/* Events in order; NULL at the end. */
extern const char *const compose_events[];

#endif
