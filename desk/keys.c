#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "db/audit_store.h"
#include "desk/keys.h"

int
keys_load(struct db *db, const struct settings *settings,
    struct secret **secret_out, struct err *err)
{
	char head[AUDIT_HEAD_MAX];
	bool unused;

	if (audit_head(db, head, err) == -1)
		return -1;
	unused = strcmp(head, "0:") == 0;
	if (!unused && access(settings->secret_file, F_OK) == -1 &&
	    errno == ENOENT)
		return err_set(err, ERR_INPUT, "%s is missing, and %s was used "
		    "with it: bring it back from a backup",
		    settings->secret_file, settings->store_path);
	return secret_load(settings->secret_file, unused, secret_out, err);
}
