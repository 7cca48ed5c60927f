/* stats_groups - the groups of a dimension, and which of them a fact is in. */
#ifndef DESK_STATS_GROUPS_H
#define DESK_STATS_GROUPS_H

#include "desk/spread.h"
#include "desk/stats.h"

struct group {
	const char	*text;		/* key, but of assignees */
	int64_t		 id;		/* assignee */
	int64_t		 first, last;	/* days, by time */
	int64_t		 day;		/* backlog: counted at its end */
	int64_t		 n, sum;
	struct spread	*spread;
};
struct groups;

/* For ask's dimension and period, in the arena. ERR_RETRY: it is full. */
int	groups_new(const struct stats_ask *ask, struct arena *arena,
	    struct groups **groups_out, struct err *err);
/* Which one a ticket is in whose time is at_ms; NULL: too many, or no memory
 * (groups_failed). */
struct group *groups_of(struct groups *groups, const struct fact *fact,
	    int64_t at_ms);
/* The same of a day at whose end something was counted. */
struct group *groups_of_backlog(struct groups *groups,
	    const struct backlog *row, int64_t day);
int	groups_failed(const struct groups *groups, struct err *err);
struct group *groups_list(struct groups *groups, size_t *n_out);
bool	groups_by_time(enum stats_by by);

#endif
