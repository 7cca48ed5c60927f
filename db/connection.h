/* connection - what db.c and query.c share of a struct db. */
#ifndef DB_CONNECTION_H
#define DB_CONNECTION_H

#include "base/zstd.h"
#include "db/driver.h"
#include "db/query.h"
#include "db/writers.h"

#define SAVEPOINTS_MAX	2	/* an item; a part of it */

struct query {
	struct db		*db;
	struct driver_stmt	*stmt;
	bool			 busy;
};

struct db {
	struct driver	*driver;
	enum db_mode	 mode;
	struct writers	*writers;	/* NULL: DB_READ */
	bool		 writing;	/* our turn among the writers */
	bool		 broken;	/* a failed step ended the transaction
					 * and nobody has noticed yet */
	struct query	 query[NSTMT];
	int64_t		*stale;		/* messages to index before commit */
	size_t		 nstale, cap;
	size_t		 mark[SAVEPOINTS_MAX];	/* nstale at each savepoint */
	int		 depth;		/* savepoints that are open */
	struct zstd	*zstd;
	struct {			/* DB_READ: what a count gave */
		bool	known;
		int64_t	version;	/* of the data it is true for */
		int64_t	open, active;
	}		 shown;
};

/* The transaction is over, however it ended: let the next writer in. */
void	connection_ended(struct db *db);
/* Write the full text of the stale messages. */
int	connection_index(struct db *db, struct err *err);

#endif
