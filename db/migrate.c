#include <stddef.h>

#include "db/migrate.h"

int
schema_version(const struct schema *schema)
{
	int version = 1;

	for (const struct migration *m = schema->migrations; m->name != NULL;
	    m++)
		version = m->version;
	return version;
}

/* 1 it is right, 0 it must be brought up, -1 it cannot be used. */
static int
compare(int version, int known, struct err *err)
{
	if (version > known)
		return err_set(err, ERR_FATAL, "store has schema version %d, "
		    "this program knows up to %d: it needs a newer campusdesk",
		    version, known);
	return version == known;
}

static int
apply(struct driver *driver, const struct schema *schema, int version,
    struct err *err)
{
	if (version == 0)
		return driver_exec(driver, schema->sql, err);
	for (const struct migration *m = schema->migrations; m->name != NULL;
	    m++) {
		if (m->version <= version)
			continue;
		if (driver_exec(driver, m->sql, err) != 0)
			return err_prefix(err, "migration %s", m->name);
	}
	return 0;
}

int
migrate(struct driver *driver, const struct schema *schema, bool may_change,
    struct err *err)
{
	int known = schema_version(schema), version, ret;

	if (driver_version(driver, &version, err) != 0)
		return -1;
	ret = compare(version, known, err);
	if (ret != 0)
		return ret < 0 ? -1 : 0;
	if (!may_change)
		return err_set(err, ERR_RETRY, "store has schema version %d, "
		    "not yet brought to %d", version, known);
	if (driver_begin(driver, err) != 0)
		return -1;
	/* somebody else may have done it while we waited */
	ret = driver_version(driver, &version, err);
	if (ret == 0)
		ret = compare(version, known, err);
	if (ret == 0) {
		ret = apply(driver, schema, version, err);
		if (ret == 0)
			ret = driver_set_version(driver, known, err);
	}
	if (ret >= 0)
		ret = driver_commit(driver, err);
	driver_rollback(driver);
	return ret;
}
