#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/backup.h"
#include "cli/subcommands.h"
#include "cli/files.h"
#include "db/audit_store.h"
#include "db/outbox_store.h"
#include "db/ticket_store.h"
#include "desk/keys.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static char home[] = "/tmp/test_backup.XXXXXX";
static const char conf[] = "desk = { name = \"D\"; address = "
    "\"help@campus.example\"; };\nstore = { url = \"sqlite:desk.db\"; };\n";

static int
go_home(void **state)
{
	(void)state;
	return mkdtemp(home) == NULL || chdir(home) == -1;
}

static int
leave_home(void **state)
{
	struct arena *arena = arena_new(1024 * 1024);
	int rc;

	(void)state;
	rc = chdir("/") == -1 ? -1 : files_remove_tree(arena, home, NULL);
	arena_free(&arena);
	return rc;
}

static void
put(const char *path, const char *text)
{
	unlink(path);
	assert_int_equal(files_write(path, slice_of(text), 0600, NULL), 0);
}

/* Run a subcommand with these arguments, as main.c would. */
static int
run(int (*fn)(struct cli *), const char *a, const char *b)
{
	static const struct cli_command command = { .name = "test",
	    .args = "…" };
	char *argv[] = { (char *)(uintptr_t)a, (char *)(uintptr_t)b, NULL };
	struct cli cli = { .conf = "c.conf", .conf_given = true,
	    .command = &command, .argc = (a != NULL) + (b != NULL),
	    .argv = argv, .arena = arena_new(16 * 1024 * 1024) };
	int code = fn(&cli);

	db_close(&cli.db);
	secret_free(&cli.secret);
	settings_free(&cli.settings);
	arena_free(&cli.arena);
	return code;
}

/* A store, its secret, templates; one ticket number and outbox id used. */
static void
make_desk(void)
{
	struct secret *secret = NULL;
	struct db *db = NULL;
	struct err err = { 0 };
	struct ticket ticket = { .subject = "x", .category = "it",
	    .location = "", .source = "mail", .tags = "", .created_ms = 1 };
	int64_t id;

	put("c.conf", conf);
	mkdir("templates", 0750);
	mkdir("templates/mail", 0750);
	put("templates/mail/x.txt", "hello\n");
	assert_int_equal(secret_load("secret", true, &secret, &err), 0);
	assert_int_equal(db_open("sqlite:desk.db", DB_WRITE, &db, &err), 0);
	assert_int_equal(db_begin(db, &err), 0);
	assert_int_equal(ticket_insert(db, &ticket, &err), 0);
	assert_int_equal(outbox_next_id(db, &id, &err), 0);
	assert_int_equal(db_commit(db, &err), 0);
	db_close(&db);
	secret_free(&secret);
}

static void
test_backup_and_restore(void **state)
{
	struct db *db = NULL;
	struct db_lock *lock = NULL;
	struct err err = { 0 };
	struct ticket ticket = { .subject = "y", .category = "it",
	    .location = "", .source = "mail", .tags = "", .created_ms = 1 };
	int64_t id;

	(void)state;
	assert_int_equal(run(cmd_backup, "b", NULL), CLI_CONFIG);
	make_desk();
	assert_int_equal(run(cmd_backup, "b/", "--verify"), 0);
	assert_true(files_exist("b/templates/mail/x.txt"));
	assert_true(files_exist("b/campusdesk.conf"));
	assert_int_equal(run(cmd_backup, "b", NULL), CLI_NO);
	assert_int_equal(run(cmd_backup, "b", "--verify"), 0);
	assert_int_equal(run(cmd_backup, NULL, NULL), CLI_USAGE);

	assert_int_equal(run(cmd_restore, "nowhere", NULL), CLI_NOINPUT);
	assert_int_equal(run(cmd_restore, "b", NULL), CLI_NO);
	/* in use, whatever else is true */
	assert_int_equal(db_lock_daemon("sqlite:desk.db", &lock, &err), 0);
	assert_int_equal(run(cmd_restore, "b", "--force"), CLI_TEMPFAIL);
	db_unlock_daemon(&lock);
	/* the secret alone is refused as well */
	assert_int_equal(rename("desk.db", "away.db"), 0);
	assert_int_equal(run(cmd_restore, "b", NULL), CLI_NO);
	assert_int_equal(unlink("secret"), 0);
	assert_int_equal(run(cmd_restore, "b", NULL), 0);

	assert_int_equal(db_open("sqlite:desk.db", DB_WRITE, &db, &err), 0);
	assert_int_equal(db_begin(db, &err), 0);
	assert_int_equal(ticket_insert(db, &ticket, &err), 0);
	assert_int_equal(ticket.number, 1002);
	assert_int_equal(outbox_next_id(db, &id, &err), 0);
	assert_int_equal(id, 100002);
	db_rollback(db);
	db_close(&db);
}

/* A used store never gets a new secret behind one's back. */
static void
test_lost_secret(void **state)
{
	struct secret *secret = NULL;
	struct settings *settings = NULL;
	struct db *db = NULL;
	struct err err = { 0 };
	struct event event = { .time_ms = 1, .action = "x", .actor = "a",
	    .proof = "system" };

	(void)state;
	put("fresh.conf", "desk = { name = \"D\"; address = "
	    "\"help@campus.example\"; };\nstore = { url = "
	    "\"sqlite:fresh.db\"; };\nsecret-file = \"fresh.secret\";\n");
	assert_int_equal(settings_load("fresh.conf", SETTINGS_NO_SECRETS,
	    &settings, &err), 0);
	assert_int_equal(db_open("sqlite:fresh.db", DB_WRITE, &db, &err), 0);
	assert_int_equal(keys_load(db, settings, &secret, &err), 0);
	assert_int_equal(db_begin(db, &err), 0);
	assert_int_equal(audit_add(db, secret, &event, &err), 0);
	assert_int_equal(db_commit(db, &err), 0);
	secret_free(&secret);
	assert_int_equal(keys_load(db, settings, &secret, &err), 0);
	secret_free(&secret);
	assert_int_equal(unlink("fresh.secret"), 0);
	assert_int_equal(keys_load(db, settings, &secret, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_string_equal(err.msg, "fresh.secret is missing, and fresh.db "
	    "was used with it: bring it back from a backup");
	assert_false(files_exist("fresh.secret"));
	db_close(&db);
	settings_free(&settings);
}

/* What does not belong to the backup as it was made is found. */
static void
test_damage(void **state)
{
	static const struct {
		const char *file, *text;	/* NULL: removed */
	} t[] = {
		{ "d/secret", "campusdesk-secret 1\n" },
		{ "d/desk.db", "not a store" },
		{ "d/campusdesk.conf", NULL },
		{ "d/templates/mail/x.txt", "hellO\n" },
		{ "d/MANIFEST", NULL },
		{ "d/MANIFEST", "" },
		{ "d/MANIFEST", "what is this\n" },
		{ "d/MANIFEST", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b9"
		  "34ca495991b7852b855  ../c.conf\n" },
	};
	struct arena *arena = arena_new(1024 * 1024);

	(void)state;
	for (size_t i = 0; i < NELEM(t); i++) {
		print_message("%s\n", t[i].file);
		assert_int_equal(files_copy_tree(arena, "b", "d", NULL), 0);
		assert_int_equal(chmod("d/secret", 0600), 0);
		assert_int_equal(run(cmd_backup, "d", "--verify"), 0);
		unlink(t[i].file);
		if (t[i].text != NULL)
			put(t[i].file, t[i].text);
		assert_int_equal(run(cmd_backup, "d", "--verify"), CLI_NO);
		assert_int_equal(run(cmd_restore, "d", "--force"), CLI_DATA);
		assert_int_equal(files_remove_tree(arena, "d", NULL), 0);
	}
	arena_free(&arena);
}

static void
test_files(void **state)
{
	static const struct { const char *path, *folder; } t[] = {
		{ "a", "." }, { "/a", "/" }, { "a/b", "a" },
		{ "/a/b/c", "/a/b" }, { "./a", "." },
	};
	struct arena *arena = arena_new(1024 * 1024);
	unsigned char digest[CRYPT_SHA256];
	char hex[2 * CRYPT_SHA256 + 1];
	struct err err = { 0 };
	struct stat st;

	(void)state;
	for (size_t i = 0; i < NELEM(t); i++)
		assert_string_equal(files_folder(arena, t[i].path),
		    t[i].folder);
	umask(077);
	assert_int_equal(files_write("f", SLICE_LIT("abc"), 0640, &err), 0);
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	/* never over what is there, nor through a link */
	assert_int_equal(files_write("f", SLICE_LIT("x"), 0640, &err), -1);
	assert_int_equal(symlink("elsewhere", "l"), 0);
	assert_int_equal(files_copy("f", "l", 0600, &err), -1);
	assert_false(files_exist("elsewhere"));
	assert_int_equal(files_copy("absent", "g", 0600, &err), -1);
	assert_false(files_exist("g"));		/* no half of a file */
	assert_int_equal(files_sha256("f", digest, &err), 0);
	crypt_hex(digest, sizeof digest, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");	/* FIPS 180-2, B.1 */
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backup_and_restore),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_lost_secret),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, go_home, leave_home);
}
