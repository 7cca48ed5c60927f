#include <string.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/text.h"
#include "cli/backup.h"
#include "cli/files.h"
#include "db/audit_store.h"

#define MANIFEST_MAX	((size_t)1024 * 1024)
#define HEX_LEN		(2 * CRYPT_SHA256)

const char *
backup_path(struct cli *cli, const char *dir, const char *name)
{
	const char *path = arena_printf(cli->arena, "%s/%s", dir, name);

	return path == NULL ? "" : path;
}

/* One line of the manifest: "SHA256  NAME". */
static int
check_file(struct cli *cli, const char *dir, struct slice line,
    struct err *err)
{
	unsigned char digest[CRYPT_SHA256];
	char hex[HEX_LEN + 1];
	const char *name;

	if (line.len < HEX_LEN + 3 || memcmp(line.p + HEX_LEN, "  ", 2) != 0)
		return err_set(err, ERR_INPUT, "%s/%s: not a line of it: %.*s",
		    dir, BACKUP_MANIFEST, (int)line.len, line.p);
	name = arena_strndup(cli->arena, line.p + HEX_LEN + 2,
	    line.len - HEX_LEN - 2);
	if (name == NULL || *name == '/' || strstr(name, "..") != NULL)
		return err_set(err, ERR_INPUT, "%s/%s: not a name of a file",
		    dir, BACKUP_MANIFEST);
	if (files_sha256(backup_path(cli, dir, name), digest, err) == -1)
		return -1;
	crypt_hex(digest, sizeof digest, hex);
	if (memcmp(hex, line.p, HEX_LEN) != 0)
		return err_set(err, ERR_INPUT, "%s/%s: changed since the "
		    "backup was made", dir, name);
	return 0;
}

static int
check_manifest(struct cli *cli, const char *dir, struct err *err)
{
	const char *path = backup_path(cli, dir, BACKUP_MANIFEST);
	struct blob *blob = NULL;
	struct slice rest, line;
	FILE *f = fopen(path, "re");
	int rc, n = 0;

	if (f == NULL)
		return err_set(err, ERR_INPUT, "%s: not there: not a backup, "
		    "or not a whole one", path);
	rc = blob_read_fd(fileno(f), MANIFEST_MAX, &blob, err);
	fclose(f);
	if (rc == -1)
		return -1;
	rest = blob_inline(blob);
	for (; rc == 0 && text_line(&rest, &line); n++)
		rc = check_file(cli, dir, line, err);
	blob_free(&blob);
	if (rc == 0 && n < 3)
		return err_set(err, ERR_INPUT, "%s: names too few files", path);
	return rc;
}

/* On a copy: opening a store writes beside it, and a backup stays as it is. */
static int
check_store(struct cli *cli, const char *dir, const char *copy,
    struct err *err)
{
	struct secret *secret = NULL;
	struct db *db = NULL;
	int rc = -1;

	if (files_copy(backup_path(cli, dir, BACKUP_STORE), copy, 0600,
	    err) == -1)
		return -1;
	if (secret_load(backup_path(cli, dir, BACKUP_SECRET), false, &secret,
	    err) == 0 && db_open(arena_printf(cli->arena, "sqlite:%s", copy),
	    DB_WRITE, &db, err) == 0 && db_check(db, err) == 0)
		rc = audit_verify(db, secret, NULL, err);
	db_close(&db);
	secret_free(&secret);
	return rc;
}

int
backup_verify(struct cli *cli, const char *dir, struct err *err)
{
	static const char *const tails[] = { "", "-wal", "-shm", "-lock",
	    ".lock" };
	const char *copy = arena_printf(cli->arena, "%s.verify.%ld", dir,
	    (long)getpid());
	size_t i;
	int rc;

	if (copy == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	if (check_manifest(cli, dir, err) == -1)
		return -1;
	rc = check_store(cli, dir, copy, err);
	for (i = 0; i < sizeof tails / sizeof tails[0]; i++)
		unlink(arena_printf(cli->arena, "%s%s", copy, tails[i]));
	return rc;
}
