/* restore - a backup put in place (design §7): numbers jump, nothing is mailed
 * until a person releases it, mailboxes are looked at against the ledger, what
 * was erased since (cli/erasures.h) is erased again. All is prepared beside the store and put in place by renaming at the end; what
 * was there is set aside, never deleted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/backup.h"
#include "cli/erasures.h"
#include "cli/files.h"
#include "db/ledger_store.h"
#include "db/outbox_store.h"
#include "db/ticket_store.h"

#define NUMBERS_JUMP	1000
#define ITEMS_JUMP	100000	/* of the outbox: Message-IDs are over its ids */

struct restoring {
	const char	*dir;
	const char	*fresh;		/* the store being prepared */
	const char	*aside;		/* what former files are called by */
	bool		 force;
	int		 erased;	/* that a backup brought back */
};

/* ---- the new store, before it is anybody's ---- */

/* A cursor says where to go on; from the start again, the ledger knows what was
 * taken in already. */
static int
rescan(struct cli *cli, struct db *db, struct err *err)
{
	struct cursor cursor;
	size_t i;
	int rc;

	for (i = 0; i < cli->settings->nmailboxes; i++) {
		const char *source = arena_printf(cli->arena, "imap:%s",
		    cli->settings->mailboxes[i].name);

		if (source == NULL)
			return err_set(err, ERR_RETRY, "out of memory");
		rc = cursor_get(db, source, &cursor, err);
		if (rc == -1)
			return -1;
		if (rc == 0)
			continue;
		cursor.uid = cursor.first_uid > 0 ? cursor.first_uid - 1 : 0;
		if (cursor_set(db, source, &cursor, err) == -1)
			return -1;
	}
	return 0;
}

static int
adjust(struct cli *cli, struct db *db, struct err *err)
{
	if (db_begin(db, err) == -1)
		return -1;
	if (ticket_counter_jump(db, NUMBERS_JUMP, err) == -1 ||
	    outbox_counter_jump(db, ITEMS_JUMP, err) == -1 ||
	    outbox_hold_unsent(db, err) == -1 ||
	    rescan(cli, db, err) == -1 || db_commit(db, err) == -1) {
		db_rollback(db);
		return -1;
	}
	return 0;
}

static const char *
with_tail(struct cli *cli, const char *path, const char *tail)
{
	const char *name = arena_printf(cli->arena, "%s%s", path, tail);

	return name == NULL ? "" : name;
}

/* What was erased after the backup was made, by the list beside the store. */
static int
erase_again(struct cli *cli, struct restoring *r, struct db *db,
    struct err *err)
{
	struct desk desk = { db, cli->settings, NULL, clock_now_ms(),
	    cli->arena, 0 };
	struct secret *secret = NULL;
	int rc;

	if (secret_load(backup_path(cli, r->dir, BACKUP_SECRET), false,
	    &secret, err) == -1)
		return -1;
	desk.secret = secret;
	rc = db_begin(db, err);
	if (rc == 0)
		rc = erasures_apply(cli, erasures_path(cli), &desk, &r->erased,
		    err);
	if (rc == 0)
		rc = db_commit(db, err);
	db_rollback(db);
	secret_free(&secret);
	return rc == 0 && r->erased > 0 ? db_purge(db, err) : rc;
}

static int
prepare(struct cli *cli, struct restoring *r, struct err *err)
{
	struct db *db = NULL;
	int rc = -1;

	unlink(r->fresh);		/* of a restore that was cut off */
	if (files_copy(backup_path(cli, r->dir, BACKUP_STORE), r->fresh, 0640,
	    err) == -1)
		return -1;
	if (db_open(with_tail(cli, "sqlite:", r->fresh), DB_WRITE, &db,
	    err) == 0 && adjust(cli, db, err) == 0 &&
	    erase_again(cli, r, db, err) == 0)
		rc = db_checkpoint(db, err);	/* all in the one file */
	db_close(&db);
	unlink(with_tail(cli, r->fresh, "-wal"));
	unlink(with_tail(cli, r->fresh, "-shm"));
	return rc;
}

/* ---- in place ---- */

static int
set_aside(struct cli *cli, const struct restoring *r, const char *path,
    const char *tail, struct err *err)
{
	const char *from = with_tail(cli, path, tail);
	const char *to = arena_printf(cli->arena, "%s.%s%s", path, r->aside,
	    tail);

	if (to == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	if (rename(from, to) == 0 || errno == ENOENT)
		return 0;
	return err_set(err, ERR_INPUT, "%s: %s", from, strerror(errno));
}

static int
place_store(struct cli *cli, const struct restoring *r, struct err *err)
{
	const char *path = cli->settings->store_path;

	if (set_aside(cli, r, path, "-wal", err) == -1 ||
	    set_aside(cli, r, path, "-shm", err) == -1 ||
	    set_aside(cli, r, path, "", err) == -1)
		return -1;
	if (rename(r->fresh, path) == -1)
		return err_set(err, ERR_INPUT, "%s: %s", path,
		    strerror(errno));
	files_own(path, files_folder(cli->arena, path));
	return files_sync(files_folder(cli->arena, path), err);
}

static int
place_secret(struct cli *cli, const struct restoring *r, struct err *err)
{
	const char *path = cli->settings->secret_file;

	if (set_aside(cli, r, path, "", err) == -1 ||
	    files_copy(backup_path(cli, r->dir, BACKUP_SECRET), path, 0600,
	    err) == -1)
		return -1;
	files_own(path, files_folder(cli->arena, path));
	return files_sync(files_folder(cli->arena, path), err);
}

/* The list of erasures, where there is none: a newer one knows more. */
static int
place_erasures(struct cli *cli, const struct restoring *r, struct err *err)
{
	const char *from = backup_path(cli, r->dir, BACKUP_ERASED);
	const char *path = erasures_path(cli);

	if (!files_exist(from) || files_exist(path))
		return 0;
	if (files_copy(from, path, 0600, err) == -1)
		return -1;
	files_own(path, files_folder(cli->arena, path));
	return 0;
}

/* The administrator's templates, where there are none. */
static int
place_templates(struct cli *cli, const struct restoring *r, struct err *err)
{
	const char *from = backup_path(cli, r->dir, BACKUP_TEMPLATES);
	const char *to = arena_printf(cli->arena, "%s/templates",
	    cli->settings->directory);

	if (to == NULL || !files_exist(from))
		return 0;
	if (!files_exist(to))
		return files_copy_tree(cli->arena, from, to, err);
	printf("%s: kept as they are; those of the backup are in %s\n",
	    cli_text(cli, to, 0), cli_text(cli, from, 0));
	return 0;
}

static int
restore(struct cli *cli, struct restoring *r, struct err *err)
{
	if (prepare(cli, r, err) == -1) {
		unlink(r->fresh);
		return -1;
	}
	if (place_secret(cli, r, err) == -1 ||
	    place_store(cli, r, err) == -1 ||
	    place_erasures(cli, r, err) == -1)
		return -1;
	return place_templates(cli, r, err);
}

/* ---- what must be so before ---- */

/* On a new machine the configuration comes from the backup, too. */
static int
need_conf(struct cli *cli, const char *dir)
{
	const char *from = backup_path(cli, dir, BACKUP_CONF);
	struct err err = { 0 };

	if (files_exist(cli->conf) || !files_exist(from))
		return 0;
	if (files_copy(from, cli->conf, 0640, &err) == -1)
		return cli_err(&err, CLI_CONFIG);
	files_own(cli->conf, files_folder(cli->arena, cli->conf));
	printf("%s: from the backup\n", cli_text(cli, cli->conf, 0));
	return 0;
}

static int
refuse_existing(struct cli *cli, const struct restoring *r)
{
	const struct settings *s = cli->settings;

	if (r->force)
		return 0;
	if (files_exist(s->secret_file))
		return cli_fail(CLI_NO, "%s is there: --force sets it aside",
		    s->secret_file);
	if (files_exist(s->store_path))
		return cli_fail(CLI_NO, "%s is there: --force sets it aside",
		    s->store_path);
	return 0;
}

static int
under_lock(struct cli *cli, struct restoring *r)
{
	struct db_lock *lock = NULL;
	struct err err = { 0 };
	int code;

	if (db_lock_daemon(cli->settings->store_url, &lock, &err) == -1)
		return cli_err(&err, CLI_NO);
	code = refuse_existing(cli, r);
	if (code == 0 && backup_verify(cli, r->dir, &err) == -1)
		code = cli_err(&err, CLI_DATA);
	else if (code == 0 && restore(cli, r, &err) == -1)
		code = cli_err(&err, CLI_NO);
	db_unlock_daemon(&lock);
	if (code == 0 && r->erased > 0)
		printf("%d persons and tickets that had been erased since the "
		    "backup were erased again\n", r->erased);
	if (code == 0)
		printf("restored; ticket numbers jumped by %d; unsent mail is "
		    "held: `campusdesk outbox list`, then retry or drop\n",
		    NUMBERS_JUMP);
	return code;
}

int
cmd_restore(struct cli *cli)
{
	struct restoring r = { .force = cli_flag(cli, "--force") };
	char when[CLOCK_TEXT_MAX];
	int code;

	r.dir = cli_next(cli);
	if (r.dir == NULL)
		return cli_usage(cli, "the folder of the backup is missing");
	code = cli_done(cli);
	if (code != 0)
		return code;
	if (!files_exist(r.dir))
		return cli_fail(CLI_NOINPUT, "%s: there is no such folder",
		    r.dir);
	code = need_conf(cli, r.dir);
	if (code == 0)
		code = cli_settings(cli, SETTINGS_NO_SECRETS);
	if (code != 0)
		return code;
	r.aside = with_tail(cli, "before-",
	    clock_rfc3339(clock_now_ms(), when));
	r.fresh = with_tail(cli, cli->settings->store_path, ".restoring");
	return under_lock(cli, &r);
}
