/* writers - the writers of one store in this process, in the order they came.
 *
 * SQLite lets the quickest writer in, not the first; and one that waits there
 * sleeps in steps. So threads of one process queue here.
 * Threads     any */
#ifndef DB_WRITERS_H
#define DB_WRITERS_H

#include "base/err.h"

struct writers;

/* The queue of the store at path, which exists; shared by all who ask. */
int	writers_join(const char *path, struct writers **writers_out,
	    struct err *err);
void	writers_leave(struct writers **writers);	/* NULL-safe */
/* Wait for one's turn. ERR_FATAL when this thread has it already. */
int	writers_enter(struct writers *writers, struct err *err);
void	writers_exit(struct writers *writers);
/* Pages of the log after the newest commit of this process. */
void	writers_log_is(struct writers *writers, int pages);
int	writers_log(const struct writers *writers);

#endif
