#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/backup.h"
#include "cli/erasures.h"
#include "cli/files.h"

#define MANIFEST_MAX	((size_t)1024 * 1024)

struct listing {
	struct cli	*cli;
	const char	*dir;
	struct buf	 text;
};

static int
add_line(const char *name, void *arg, struct err *err)
{
	struct listing *l = arg;
	unsigned char digest[CRYPT_SHA256];
	char hex[2 * CRYPT_SHA256 + 1];

	if (files_sha256(backup_path(l->cli, l->dir, name), digest, err) == -1)
		return -1;
	crypt_hex(digest, sizeof digest, hex);
	buf_addf(&l->text, "%s  %s\n", hex, name);
	return 0;
}

static int
write_manifest(struct cli *cli, const char *dir, struct err *err)
{
	struct listing l = { cli, dir, BUF_INIT(MANIFEST_MAX) };
	int rc = files_each(cli->arena, dir, add_line, &l, err);

	if (rc == 0 && l.text.failed)
		rc = err_set(err, ERR_INPUT, "too many templates");
	if (rc == 0)
		rc = files_write(backup_path(cli, dir, BACKUP_MANIFEST),
		    buf_slice(&l.text), 0600, err);
	buf_free(&l.text);
	return rc;
}

static int
fill(struct cli *cli, const char *dir, struct err *err)
{
	const struct settings *s = cli->settings;
	const char *templates = arena_printf(cli->arena, "%s/templates",
	    s->directory);

	if (templates == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	if (db_copy(cli->db, backup_path(cli, dir, BACKUP_STORE), err) == -1 ||
	    files_copy(s->secret_file, backup_path(cli, dir, BACKUP_SECRET),
	    0600, err) == -1 ||
	    files_copy(s->file, backup_path(cli, dir, BACKUP_CONF), 0600,
	    err) == -1)
		return -1;
	if (files_exist(erasures_path(cli)) && files_copy(erasures_path(cli),
	    backup_path(cli, dir, BACKUP_ERASED), 0600, err) == -1)
		return -1;
	if (files_exist(templates) && files_copy_tree(cli->arena, templates,
	    backup_path(cli, dir, BACKUP_TEMPLATES), err) == -1)
		return -1;
	if (write_manifest(cli, dir, err) == -1)
		return -1;
	return files_sync(dir, err);
}

/* Made under another name, so that DIR is a whole backup or not there. */
static int
make(struct cli *cli, const char *dir, struct err *err)
{
	const char *half = arena_printf(cli->arena, "%s.%ld.half", dir,
	    (long)getpid());

	if (half == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	if (mkdir(half, 0700) == -1)
		return err_set(err, ERR_INPUT, "%s: %s", half,
		    strerror(errno));
	if (fill(cli, half, err) == -1)
		goto fail;
	if (renameat2(AT_FDCWD, half, AT_FDCWD, dir, RENAME_NOREPLACE) == -1) {
		err_set(err, ERR_INPUT, "%s: %s", dir, strerror(errno));
		goto fail;
	}
	return files_sync(files_folder(cli->arena, dir), err);
fail:
	files_remove_tree(cli->arena, half, NULL);
	return -1;
}

static int
verify(struct cli *cli, const char *dir)
{
	struct err err = { 0 };

	if (backup_verify(cli, dir, &err) == -1)
		return cli_err(&err, CLI_NO);
	printf("%s: whole and sound\n", cli_text(cli, dir, 0));
	return 0;
}

/* "a/b/" is "a/b"; NULL: there was none. */
static const char *
folder_argument(struct cli *cli)
{
	const char *dir = cli_next(cli);
	size_t len = dir == NULL ? 0 : strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	return len == 0 ? NULL : arena_strndup(cli->arena, dir, len);
}

int
cmd_backup(struct cli *cli)
{
	bool verified = cli_flag(cli, "--verify");
	const char *dir = folder_argument(cli);
	struct err err = { 0 };
	int code;

	if (dir == NULL)
		return cli_usage(cli, "the folder to make is missing");
	code = cli_done(cli);
	if (code != 0)
		return code;
	if (files_exist(dir) && verified)
		return verify(cli, dir);
	if (files_exist(dir))
		return cli_fail(CLI_NO, "%s is there already: a new name would "
		    "be right, or --verify to look at it", dir);
	code = cli_settings(cli, SETTINGS_NO_SECRETS);
	if (code == 0 && !files_exist(cli->settings->store_path))
		code = cli_fail(CLI_NO, "%s: there is no store yet",
		    cli->settings->store_path);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (make(cli, dir, &err) == -1)
		return cli_err(&err, CLI_NO);
	if (!cli->json)
		printf("%s: made\n", cli_text(cli, dir, 0));
	return verified ? verify(cli, dir) : 0;
}
