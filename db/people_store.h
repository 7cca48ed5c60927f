/* people_store - persons, their addresses, roles and wishes.
 *
 * An address is kept as written and found without regard to case. */
#ifndef DB_PEOPLE_STORE_H
#define DB_PEOPLE_STORE_H

#include "db/db.h"

enum person_role { ROLE_REQUESTER, ROLE_STAFF, ROLE_MANAGER, ROLE_ADMIN };
enum person_mail { PMAIL_ALL, PMAIL_MINE, PMAIL_CATEGORY, PMAIL_NONE };
const char *person_role_name(enum person_role role);
bool	person_role_parse(const char *name, enum person_role *role_out);
const char *person_mail_name(enum person_mail mail);
bool	person_mail_parse(const char *name, enum person_mail *mail_out);

struct person {
	int64_t			 id;
	const char		*name;		/* "" unknown */
	const char		*address;	/* the first, where mail goes */
	enum person_role	 role;
	enum person_mail	 mail;
	bool			 digest;
	const char		*slack, *matrix;	/* NULL none */
	const char		*categories;	/* "it,services"; "" all */
	bool			 removed;	/* no longer staff: acts as a
						 * requester */
};
/* What we know of one address. */
struct address_state {
	bool	suppressed;	/* bounced for good: no automatic mail */
	bool	blocked;	/* spam: further mail goes to view spam */
};

/* All 1 found / 0 absent / -1 error. */
int	person_get(struct db *db, int64_t id, struct arena *arena,
	    struct person *person_out, struct err *err);
/* The next id above after. */
int	person_next(struct db *db, int64_t after, int64_t *id_out,
	    struct err *err);
int	person_find(struct db *db, const char *address, struct arena *arena,
	    struct person *person_out, struct err *err);
/* By what a door of chat calls them: "matrix" @user:server, "slack" U…. */
int	person_find_chat(struct db *db, const char *door, const char *id,
	    struct arena *arena, struct person *person_out, struct err *err);
int	address_get(struct db *db, const char *address,
	    struct address_state *state_out, struct err *err);
int	address_set(struct db *db, const char *address,
	    const struct address_state *state, struct err *err);
/* A new person with this first address. */
int	person_add(struct db *db, const struct person *person, int64_t now_ms,
	    int64_t *id_out, struct err *err);
int	person_update(struct db *db, const struct person *person,
	    struct err *err);			/* all but id and address */
int	person_add_address(struct db *db, int64_t id, const char *address,
	    struct err *err);
/* Does the person have this address? 1/0/-1 */
int	person_has_address(struct db *db, int64_t id, const char *address,
	    struct err *err);
/* All addresses of a person, as written. */
struct person_address {
	const char		*address;
	struct address_state	 state;
};
int	person_addresses(struct db *db, int64_t id, struct arena *arena,
	    struct person_address **v_out, size_t *n_out, struct err *err);
struct person_figures {
	int64_t	reported, assigned, watched;	/* tickets */
	int64_t	created_ms;		/* when we first heard of them */
};
int	person_figures(struct db *db, int64_t id,
	    struct person_figures *figures_out, struct err *err);
/* One person becomes another: addresses, tickets, messages go over, sessions
 * end. Its row stays, empty, for what was sent to it. */
int	person_fold(struct db *db, int64_t id, int64_t into, struct err *err);
/* Staff, managers and admins that are not removed, by id; category NULL: all,
 * else those that serve it. */
int	person_staff(struct db *db, const char *category, struct arena *arena,
	    struct person **v_out, size_t *n_out, struct err *err);

#endif
