/* chat_user - who a user of a chat system is (design §8): linked once to a
 * person, by the address that the system has verified; from then on it is team
 * and user id that count, whatever they change their address or name to. What
 * may make them count no more (guest, deleted) is asked again each day.
 *
 * All run inside the caller's transaction. */
#ifndef DESK_CHAT_USER_H
#define DESK_CHAT_USER_H

#include "db/inbox_store.h"
#include "desk/desk.h"

#define CHAT_USER_DAY_MS	((int64_t)24 * 3600 * 1000)

/* What the door says of a user now. */
struct chat_profile {
	const char	*door, *team, *id;
	const char	*address;	/* verified; "" none */
	const char	*name;		/* shown; "" */
	const char	*refused;	/* why nothing of theirs counts; NULL */
};

/* Must the door be asked about this user? 1 yes; 0 no, *user_out; -1. */
int	chat_user_ask(struct desk *desk, const char *door, const char *team,
	    const char *id, struct chat_user *user_out, struct err *err);
/* It was asked. make: somebody with an address whom we do not know becomes a
 * requester. */
int	chat_user_learn(struct desk *desk, const struct chat_profile *profile,
	    bool make, struct chat_user *user_out, struct err *err);

#endif
