/* migrate - bring a store to the schema that this program knows.
 *
 * One transaction that excludes all other writers, so two programs that start
 * together do it once. */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stdbool.h>

#include "db/driver.h"

struct migration {
	int		 version;	/* that it brings the store to */
	const char	*name, *sql;
};
/* The newest schema as a whole, and the ways to it in order of version, ended
 * by a NULL name. Generated from db/schema.sql and db/migrations. */
struct schema {
	const char		*sql;
	const struct migration	*migrations;
};
extern const struct schema schema_shipped;

int	schema_version(const struct schema *schema);
/* ERR_FATAL for a store that is newer. may_change false: only look; an older
 * or empty store is then ERR_RETRY: whoever may has still to do it. */
int	migrate(struct driver *driver, const struct schema *schema,
	    bool may_change, struct err *err);

#endif
