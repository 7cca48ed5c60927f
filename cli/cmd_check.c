#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/imap.h"
#include "base/paths.h"
#include "base/smtp.h"
#include "base/text.h"
#include "cli/check.h"
#include "cli/check_slack.h"
#include "cli/take.h"
#include "db/quota_store.h"
#include "desk/canned.h"
#include "desk/compose.h"
#include "desk/trouble.h"

#define HEARTBEAT_MS	60000	/* of a daemon that lives */

enum verdict { FINE, NOTE, WRONG };	/* NOTE: legal, but worth knowing */

struct checking {
	struct cli	*cli;
	int		 code;		/* the gravest so far */
};

/* One line. code: what the program exits with if this is WRONG. */
static void
tell(struct checking *c, enum verdict verdict, int code, const char *what,
    const char *text)
{
	static const char *const words[] = { "ok", "note", "wrong" };
	static const char *const colours[] = { CLI_GREEN, CLI_YELLOW,
	    CLI_RED };

	if (verdict == WRONG && code > c->code)
		c->code = code;
	if (c->cli->json) {
		cli_json(json_pack("{s:s,s:s,s:s}", "what", what, "result",
		    words[verdict], "text", cli_text(c->cli, text, 0)));
		return;
	}
	printf("%s%-5s%s  ", cli_style(c->cli, colours[verdict]),
	    words[verdict], cli_style(c->cli, CLI_PLAIN));
	cli_column(c->cli, what, 18);
	printf("%s\n", cli_text(c->cli, text, 0));
	fflush(stdout);
}

static const char *
say(struct checking *c, const char *before, const struct err *err,
    const char *after)
{
	const char *text = arena_printf(c->cli->arena, "%s%s%s", before,
	    err->msg, after);

	return text == NULL ? "out of memory" : text;
}

static void
tell_slack(void *arg, const char *what, const char *text, const char *fault)
{
	tell(arg, fault == NULL ? FINE : WRONG, CLI_UNAVAILABLE, what,
	    fault == NULL ? text : fault);
}

/* ---- the store ---- */

/* Before the first start there is none: can it be made? */
static void
check_no_store(struct checking *c)
{
	const char *path = c->cli->settings->store_path;
	const char *slash = strrchr(path, '/');
	const char *folder = slash == NULL ? "." : arena_strndup(
	    c->cli->arena, path, slash == path ? 1 : (size_t)(slash - path));

	if (access(folder, W_OK | X_OK) == 0)
		tell(c, FINE, 0, "store", "not there yet: made at the first "
		    "start");
	else
		tell(c, WRONG, CLI_STORE, "store", arena_printf(c->cli->arena,
		    "%s: %s: make this folder, for the user of the daemon",
		    folder, strerror(errno)));
}

static void
count_staff(struct checking *c)
{
	struct person *staff;
	struct err err = { 0 };
	size_t n = 0;

	if (person_staff(c->cli->db, NULL, c->cli->arena, &staff, &n,
	    &err) == -1)
		tell(c, WRONG, CLI_STORE, "staff", err.msg);
	else if (n == 0)
		tell(c, NOTE, 0, "staff", "nobody yet: campusdesk staff add "
		    "ADDRESS");
	else
		tell(c, FINE, 0, "staff", arena_printf(c->cli->arena,
		    "%zu", n));
}

static void
check_store(struct checking *c)
{
	struct settings *s = c->cli->settings;
	struct secret *secret = NULL;
	struct err err = { 0 };

	if (access(s->store_path, F_OK) == -1 && errno == ENOENT) {
		check_no_store(c);
		return;
	}
	if ((c->cli->db == NULL && db_open(s->store_url, DB_WRITE,
	    &c->cli->db, &err) == -1) || db_check(c->cli->db, &err) == -1) {
		tell(c, WRONG, err.code == ERR_RETRY ? CLI_TEMPFAIL :
		    CLI_STORE, "store", say(c, "", &err, err.code == ERR_RETRY ?
		    ": try again" : ": campusdesk restore brings a backup "
		    "back"));
		return;
	}
	tell(c, FINE, 0, "store", arena_printf(c->cli->arena,
	    "%s, %lld KiB, sound", s->store_path,
	    (long long)db_size(c->cli->db) / 1024));
	if (secret_load(s->secret_file, false, &secret, &err) == -1)
		tell(c, WRONG, CLI_NO, "secret", say(c, "", &err,
		    ": of a backup, or a new one at the next start"));
	else
		tell(c, FINE, 0, "secret", s->secret_file);
	secret_free(&secret);
	count_staff(c);
}

/* ---- services ---- */

static int
try_mailbox(const struct settings_mailbox *m, struct imap_folder *folder,
    bool *idle_out, struct err *err)
{
	struct imap *imap = NULL;
	int rc = imap_open(&m->server, -1, &imap, err);

	if (rc == 0)
		rc = imap_select(imap, m->folder, folder, err);
	if (rc == 0)
		*idle_out = imap_has_idle(imap);
	if (rc == 0 && m->after == AFTER_MOVE)
		rc = imap_ensure_folder(imap, m->after_folder, err);
	imap_close(&imap);
	return rc;
}

static void
check_mailboxes(struct checking *c)
{
	struct settings *s = c->cli->settings;
	const struct settings_mailbox *m;
	struct imap_folder folder;
	struct err err;
	const char *what;
	bool idle = false;
	size_t i;

	if (s->nmailboxes == 0)
		tell(c, NOTE, 0, "mailbox", "none: mail comes by campusdesk "
		    "deliver only");
	for (i = 0; i < s->nmailboxes; i++) {
		m = &s->mailboxes[i];
		what = arena_printf(c->cli->arena, "mailbox %s", m->name);
		err = (struct err){ 0 };
		if (try_mailbox(m, &folder, &idle, &err) == -1)
			tell(c, WRONG, CLI_UNAVAILABLE, what, say(c,
			    arena_printf(c->cli->arena, "%s: ",
			    m->server.url), &err, ""));
		else
			tell(c, FINE, 0, what, arena_printf(c->cli->arena,
			    "%s, %lld mails%s", m->server.url,
			    (long long)folder.exists, idle ? "" :
			    ", no IDLE: looked at by poll-interval"));
	}
}

static void
check_smtp(struct checking *c)
{
	struct settings *s = c->cli->settings;
	struct err err = { 0 };

	if (!s->smtp.present)
		tell(c, NOTE, 0, "smtp", "none: nothing can leave");
	else if (smtp_probe(&s->smtp.server, s->domain, &err) == -1)
		tell(c, WRONG, CLI_UNAVAILABLE, "smtp", say(c, arena_printf(
		    c->cli->arena, "%s: ", s->smtp.server.url), &err, ""));
	else
		tell(c, FINE, 0, "smtp", s->smtp.server.url);
}

/* ---- what the daemon has found ---- */

/* Is there one that would tell when a trouble is over? */
static bool
daemon_lives(struct checking *c)
{
	const char *beat = "";
	struct err err = { 0 };
	uint64_t ms = 0;

	return state_get(c->cli->db, "heartbeat", c->cli->arena, &beat,
	    &err) == 1 && text_u64(slice_of(beat), &ms) &&
	    clock_now_ms() - (int64_t)ms < HEARTBEAT_MS;
}

static void
check_troubles(struct checking *c)
{
	struct trouble *v;
	struct err err = { 0 };
	bool lives;
	size_t n, i;

	if (c->cli->db == NULL)
		return;
	if (trouble_list(c->cli->db, c->cli->arena, &v, &n, &err) == -1) {
		tell(c, WRONG, CLI_STORE, "trouble", err.msg);
		return;
	}
	lives = n > 0 && daemon_lives(c);
	for (i = 0; i < n; i++)
		tell(c, lives ? WRONG : NOTE, CLI_UNAVAILABLE, "trouble",
		    arena_printf(c->cli->arena, "%s, since %s: %s%s",
		    v[i].name, cli_time(c->cli, v[i].since_ms), v[i].what,
		    lives ? "" : " (the daemon found it and does not run)"));
}

/* ---- what is ours ---- */

static void
broken_template(const char *name, const char *fault, void *arg)
{
	struct checking *c = arg;

	tell(c, WRONG, CLI_NO, "template", arena_printf(c->cli->arena,
	    "%s: %s: mend or remove it", name, fault));
}

static void
check_templates(struct checking *c)
{
	struct err err = { 0 };
	int rc = compose_check(c->cli->settings, broken_template, c, &err);

	if (rc == -1)
		tell(c, WRONG, CLI_NO, "templates", err.msg);
	else if (rc == 0)
		tell(c, FINE, 0, "templates", c->cli->settings->locale);
}

/* Does a mail get through the sandboxed child? */
static void
check_parser(struct checking *c)
{
	static const char mail[] = "From: a@b.example\r\n\r\nHello\r\n";
	struct blob *raw = blob_start(sizeof mail);
	struct mail *read = NULL;
	const char *fault = "";
	struct err err = { 0 };
	char program[PATHS_MAX];

	paths_program("campusdesk-parse", program);
	if (raw == NULL || blob_add(raw, mail, sizeof mail - 1, &err) == -1 ||
	    blob_done(raw, &err) == -1 || take_read(c->cli, raw,
	    &c->cli->settings->limits, &read, &fault, &err) == -1)
		tell(c, WRONG, CLI_NO, "parser", say(c, "", &err,
		    ": is campusdesk-parse installed?"));
	else if (read == NULL || strcmp(read->text, "Hello\n") != 0)
		tell(c, WRONG, CLI_NO, "parser", arena_printf(c->cli->arena,
		    "%s does not read a mail: %s", program, fault));
	else
		tell(c, FINE, 0, "parser", program);
	blob_free(&raw);
}

static void
canned_fault(const char *name, const char *fault, void *arg)
{
	struct checking *c = arg;

	tell(c, WRONG, CLI_NO, arena_printf(c->cli->arena, "canned %s", name),
	    fault);
}

static void
check_files(struct checking *c)
{
	const struct settings *s = c->cli->settings;
	const struct {
		const char *what, *path;
	} files[] = {
		{ "canned-dir", s->canned_dir },
		{ "locations-file", s->locations_file },
		{ "calendar-file", s->hours_calendar_file },
	};
	size_t i;

	for (i = 0; i < sizeof files / sizeof files[0]; i++)
		if (*files[i].path != '\0' && access(files[i].path, R_OK) == -1)
			tell(c, WRONG, CLI_NO, files[i].what, arena_printf(
			    c->cli->arena, "%s: %s", files[i].path,
			    strerror(errno)));
	if (*s->canned_dir != '\0')
		canned_check(s, canned_fault, c, NULL);
}

int
check_all(struct cli *cli)
{
	struct checking c = { cli, 0 };
	const struct settings *s = cli->settings;

	tell(&c, FINE, 0, "configuration", s->file);
	check_store(&c);
	check_parser(&c);
	check_templates(&c);
	check_files(&c);
	check_mailboxes(&c);
	check_smtp(&c);
	if (s->canary_interval > 0 && !s->smtp.present)
		tell(&c, NOTE, 0, "canary", "off: there is no smtp to send it");
	check_troubles(&c);
	check_slack(cli, tell_slack, &c);
	if (s->matrix.present)
		tell(&c, NOTE, 0, "chat", "this version has none: matrix is "
		    "read and not used");
	return c.code;
}

int
cmd_check(struct cli *cli)
{
	int code = cli_done(cli);

	if (code == 0)
		code = cli_settings(cli, SETTINGS_CLI);
	return code != 0 ? code : check_all(cli);
}
