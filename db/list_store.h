/* list_store - mailing lists that wrote to us (by their List-Id), and how their
 * mail is taken. An id is found without regard to case. */
#ifndef DB_LIST_STORE_H
#define DB_LIST_STORE_H

#include "db/db.h"

#define LIST_ID_MAX	255	/* bytes; what is longer is cut */

enum list_taken {
	LIST_BULK,	/* a ticket that is never answered; as shipped */
	LIST_IGNORE,	/* filed, unless it belongs to a ticket */
	LIST_PERSON	/* like a person's mail */
};
const char *list_taken_name(enum list_taken taken);
bool	list_taken_parse(const char *name, enum list_taken *taken_out);

struct mail_list {
	const char	*id;
	enum list_taken	 taken;
	int64_t		 mails;		/* how many came */
	int64_t		 last_ms;	/* when the last one did; 0 never */
};

int	list_get(struct db *db, const char *id, struct arena *arena,
	    struct mail_list *list_out, struct err *err);	/* 1/0/-1 */
int	list_set(struct db *db, const char *id, enum list_taken taken,
	    struct err *err);
/* One more mail came: how is it taken? */
int	list_seen(struct db *db, const char *id, int64_t now_ms,
	    enum list_taken *taken_out, struct err *err);
/* By id. fn gets a row whose strings live until it returns; not 0 ends it. */
int	list_list(struct db *db,
	    int (*fn)(const struct mail_list *list, void *arg), void *arg,
	    struct err *err);

#endif
