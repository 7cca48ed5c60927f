#include <string.h>

#include "base/buf.h"
#include "base/paths.h"
#include "cli/subcommands.h"

#define END	{ NULL, NULL, NULL }
#define OPTS(...)	(const struct cli_opt[]){ __VA_ARGS__, END }
#define VERBS(...)	\
	(const struct cli_verb[]){ __VA_ARGS__, { .name = NULL } }

static const struct cli_opt global[] = {
	{ "-c", "FILE", "the configuration; default "
	  PATHS_CONFIGURATION },
	{ "--json", NULL, "one JSON object a line, for programs" },
	{ "--as", "ADDRESS", "act as this member of staff; default: the "
	  "operating-system user, as admin" },
	{ "--help", NULL, "how it is used, with an example" },
	{ "--version", NULL, "which version this is" },
	END
};

#define PERSON_OPTS							\
	{ "--name", "NAME", "as people see it" },			\
	{ "--role", "staff|manager|admin", "what they may do" },	\
	{ "--category", "NAME,…", "whose tickets concern them; "	\
	  "default: all" },						\
	{ "--mail", "all|mine|category|none",				\
	  "of which tickets they hear by mail; default: category" },	\
	{ "--digest", NULL, "once a day instead of at once" },		\
	{ "--slack", "ID", "who they are in Slack" },			\
	{ "--matrix", "@USER:SERVER", "who they are in Matrix" }

static const struct cli_verb ticket_verbs[] = {
	{ "list", "[OPTION…]", "tickets, newest change first",
	  "campusdesk ticket list --view active --category it",
	  cmd_ticket_list, OPTS(
	  { "--view", "open|active|closed|spam|all",
	    "default: open; closed and all leave out spam" },
	  { "--category", "NAME", "of this category" },
	  { "--assignee", "ADDRESS", "taken by this member of staff" },
	  { "--requester", "ADDRESS", "reported by this person" },
	  { "--q", "WORDS", "in which these words stand" }) },
	{ "show", "N", "one ticket with everything that was said",
	  "campusdesk ticket show 1042", cmd_ticket_show, NULL },
	{ "new", "--from ADDRESS --subject TEXT [--category NAME] [TEXT]",
	  "a ticket for somebody who called or came by",
	  "campusdesk ticket new --from jo@campus.example "
	  "--subject \"Key lost\" \"Room B-301, since Monday.\"",
	  cmd_ticket_new, OPTS(
	  { "--from", "ADDRESS", "whose ticket it is" },
	  { "--subject", "TEXT", "in one line" },
	  { "--category", "NAME", "default: default-category" }) },
	{ "reply", "N [TEXT]", "a public answer; mailed to requester and "
	  "watchers",
	  "campusdesk ticket reply 1042 \"It is fixed.\" "
	  "--as mia@campus.example", cmd_ticket_reply, NULL },
	{ "note", "N [TEXT]", "an internal note; staff only",
	  "campusdesk ticket note 1042 \"The cable is old.\"", cmd_ticket_note,
	  NULL },
	{ "set", "N FIELD=VALUE…", "change fields: subject, status, category, "
	  "priority, location, assignee, due, tags, requester",
	  "campusdesk ticket set 1042 priority=high "
	  "location=\"Library 2.14\" due=2026-12-01", cmd_ticket_set, NULL },
	{ "close", "N [TEXT]", "close, with a last public answer if there is "
	  "one", "campusdesk ticket close 1042 \"The lamp is new.\"",
	  cmd_ticket_close, NULL },
	{ "reopen", "N", "open a closed one again",
	  "campusdesk ticket reopen 1042", cmd_ticket_reopen, NULL },
	{ "take", "N", "assign to the one of --as",
	  "campusdesk ticket take 1042 --as mia@campus.example",
	  cmd_ticket_take, NULL },
	{ "link", "N OTHER", "link two tickets for staff",
	  "campusdesk ticket link 1042 1007", cmd_ticket_link, NULL },
	{ "accept", "N [MESSAGE…]", "release held messages, all or these; "
	  "they are sent as such", "campusdesk ticket accept 1042 --watch",
	  cmd_ticket_accept, OPTS(
	  { "--watch", NULL, "make their authors watchers" }) },
	{ "merge", "N INTO", "it goes on as another, whose requester it has",
	  "campusdesk ticket merge 1043 1042", cmd_ticket_merge, NULL },
	{ "incident", "N", "others may be joined to it",
	  "campusdesk ticket incident 1042", cmd_ticket_incident, NULL },
	{ "join", "N INCIDENT", "it reports that incident, whose closing "
	  "answers it", "campusdesk ticket join 1043 1042", cmd_ticket_join,
	  NULL },
	{ "spam", "N [--lift]", "close without a word, block the sender",
	  "campusdesk ticket spam 1042", cmd_ticket_spam, OPTS(
	  { "--lift", NULL, "it was none: open it, hear the sender again" }) },
	{ "undo", "N", "take back what you did last on it, within 7 days",
	  "campusdesk ticket undo 1042 --as mia@campus.example",
	  cmd_ticket_undo, NULL },
	{ "delete", "N [--yes] [--server]", "erase it with its messages, mails and full "
	  "text; its number is never used again, a reply to it makes a new "
	  "ticket; says what it cannot reach",
	  "campusdesk ticket delete 1042", cmd_ticket_delete, OPTS(
	  { "--yes", NULL, "do not ask at a terminal" },
	  { "--server", NULL, "take its mails off the mail server, too" }) },
	{ "mbox", "N", "its mails as they came, as a mailbox to be read by a "
	  "mail client", "campusdesk ticket mbox 1042 > 1042.mbox",
	  cmd_ticket_mbox, NULL },
	{ .name = NULL }
};

static const struct cli_verb staff_verbs[] = {
	{ "list", "", "who works here", "campusdesk staff list", cmd_staff_list,
	  NULL },
	{ "add", "ADDRESS [OPTION…]", "one more",
	  "campusdesk staff add mia@campus.example --name \"Mia Adler\" "
	  "--category it", cmd_staff_add, OPTS(PERSON_OPTS) },
	{ "set", "ADDRESS OPTION…", "change what is given, leave the rest",
	  "campusdesk staff set mia@campus.example --mail mine", cmd_staff_set,
	  OPTS(PERSON_OPTS) },
	{ "remove", "ADDRESS", "no longer staff; what they did stays",
	  "campusdesk staff remove max@campus.example", cmd_staff_remove, NULL },
	{ .name = NULL }
};

static const struct cli_verb person_verbs[] = {
	{ "show", "ADDRESS…", "what we know of somebody",
	  "campusdesk person show jo@campus.example", cmd_person_show, NULL },
	{ "merge", "ADDRESS OTHER…", "these addresses are of one person; what "
	  "the others reported is theirs, too; names of staff come first",
	  "campusdesk person merge jo@campus.example jo.doe@mail.example",
	  cmd_person_merge, NULL },
	{ .name = NULL }
};

static const struct cli_verb list_verbs[] = {
	{ "show", "[LIST-ID]", "mailing lists that wrote to us, and how their "
	  "mail is taken", "campusdesk list show", cmd_list_show, NULL },
	{ "set", "LIST-ID ignore|person|bulk", "how its mail is taken: ignore "
	  "files it, person answers it like a person's mail, bulk (as shipped) "
	  "makes a ticket that is never answered",
	  "campusdesk list set news.campus.example ignore", cmd_list_set,
	  NULL },
	{ .name = NULL }
};

static const struct cli_verb outbox_verbs[] = {
	{ "list", "[--all]", "what is not sent yet, and why",
	  "campusdesk outbox list", cmd_outbox_list, OPTS(
	  { "--all", NULL, "what is sent or dropped, too" }) },
	{ "retry", "ID", "send it now", "campusdesk outbox retry 17",
	  cmd_outbox_retry, NULL },
	{ "drop", "ID", "never send it", "campusdesk outbox drop 17",
	  cmd_outbox_drop, NULL },
	{ .name = NULL }
};

static const struct cli_verb quarantine_verbs[] = {
	{ "list", "", "what could not be processed, and why",
	  "campusdesk quarantine list", cmd_quarantine_list, NULL },
	{ "show", "ID", "its bytes, as it came",
	  "campusdesk quarantine show 17", cmd_quarantine_show, NULL },
	{ "retry", "ID", "try it again, with the parser of today",
	  "campusdesk quarantine retry 17", cmd_quarantine_retry, NULL },
	{ .name = NULL }
};

static const struct cli_verb filed_verbs[] = {
	{ "list", "", "what made no ticket, and why", "campusdesk filed list",
	  cmd_filed_list, NULL },
	{ "show", "ID", "its bytes, as it came", "campusdesk filed show 17",
	  cmd_filed_show, NULL },
	{ "ticket", "ID", "make a ticket of it", "campusdesk filed ticket 17",
	  cmd_filed_ticket, NULL },
	{ .name = NULL }
};

static const struct cli_verb audit_verbs[] = {
	{ "show", "[OPTION…]", "the events, oldest first",
	  "campusdesk audit show --person jo@campus.example --since 2026-11-01",
	  cmd_audit_show, OPTS(
	  { "--ticket", "N", "of this ticket only" },
	  { "--person", "ADDRESS", "what they did, or what names them" },
	  { "--since", "DAY", "2026-11-01, or 2026-11-01T14:30" },
	  { "--until", "DAY", "that day still; a time not any more" }) },
	{ "verify", "[--head SEQ:HASH]", "does the chain hold? prints its "
	  "newest event", "campusdesk audit verify", cmd_audit_verify, OPTS(
	  { "--head", "SEQ:HASH", "and does it still hold this one, noted "
	    "before?" }) },
	{ .name = NULL }
};

static const struct cli_verb session_verbs[] = {
	{ "list", "", "browsers that are logged in", "campusdesk session list",
	  cmd_session_list, NULL },
	{ "revoke", "ADDRESS", "log a person out everywhere",
	  "campusdesk session revoke mia@campus.example", cmd_session_revoke,
	  NULL },
	{ .name = NULL }
};
static const struct cli_verb secret_verbs[] = {
	{ "rotate", "", "a new key; the former one still proves what it signed",
	  "campusdesk secret rotate", cmd_secret_rotate, NULL },
	{ .name = NULL }
};

static const struct cli_command commands[] = {
	{ "ticket", "VERB …", "everything that is done to tickets",
	  "campusdesk ticket list", NULL, "Tickets", ticket_verbs, NULL },
	{ "why", "N", "the story of a ticket: which rule decided what, and how "
	  "well each sender was proven", "campusdesk why 1042", cmd_why,
	  "Tickets", NULL, NULL },
	{ "stats", "--measure MEASURE --by DIMENSION [OPTION…]", "the analyses "
	  "of the web view", "campusdesk stats --measure created --by week",
	  cmd_stats, "Tickets", NULL, OPTS(
	  { "--measure", "created|closed|backlog|first-response-p50|"
	    "first-response-p90|resolution-p50|resolution-p90|reopened|"
	    "messages-per-ticket|sla-met|satisfaction", "what is measured; "
	    "times are opening hours, in seconds for programs" },
	  { "--by", "day|week|month|weekday-hour|category|location|priority|"
	    "assignee|source", "for each of what" },
	  { "--from", "DATE", "first day; default: four weeks back, by week "
	    "twelve, by month a year" },
	  { "--to", "DATE", "last day; default: today" },
	  { "--category", "NAME", "of this category only" },
	  { "--csv", NULL, "comma-separated values, for programs" }) },
	{ "stickers", "[--format svg|html]", "a sheet of QR codes, one a room: "
	  "scanning opens a mail to the desk with the room filled in",
	  "campusdesk stickers > stickers.html", cmd_stickers, "Tickets", NULL,
	  OPTS({ "--format", "svg|html", "default: html, for printing" }) },
	{ "staff", "VERB …", "who works here", "campusdesk staff list", NULL,
	  "People", staff_verbs, NULL },
	{ "person", "VERB …", "everybody who wrote: their addresses, as one "
	  "person", "campusdesk person show jo@campus.example", NULL, "People",
	  person_verbs, NULL },
	{ "outbox", "VERB …", "mail that is to be sent, is stuck or held",
	  "campusdesk outbox list", NULL, "Mail", outbox_verbs, NULL },
	{ "quarantine", "VERB …", "mail that could not be processed, kept as "
	  "it came", "campusdesk quarantine list", NULL, "Mail",
	  quarantine_verbs, NULL },
	{ "filed", "VERB …", "mail that made no ticket, and why",
	  "campusdesk filed list", NULL, "Mail", filed_verbs, NULL },
	{ "list", "VERB …", "how mail of mailing lists is taken",
	  "campusdesk list show", NULL, "Mail", list_verbs, NULL },
	{ "parse", "[--headers] [FILE]", "how a mail would be understood, and why; "
	  "standard input without FILE\nwithout -c no configuration is needed "
	  "(ids and tags are then read by form only)",
	  "campusdesk parse mail.eml", cmd_parse, "Mail", NULL, OPTS(
	  { "--headers", NULL, "every field of its header, decoded, in place "
	    "of its text" }) },
	{ "reparse", "[--since DAY] [--apply]", "read all kept mail again and "
	  "show what would be understood otherwise today\ntickets, statuses and "
	  "what was sent stay as they are",
	  "campusdesk reparse --since 2026-11-01", cmd_reparse, "Mail", NULL,
	  OPTS(
	  { "--since", "DAY", "only what came since then: 2026-11-01" },
	  { "--apply", NULL, "store text, spans and files as they are read "
	    "now" }) },
	{ "deliver", "[--mailbox NAME]",
	  "take in one mail from standard input, as an MTA's pipe calls it\n"
	  "0 means durable and decided, 75 that the MTA must keep it",
	  "campusdesk deliver --mailbox inbox < mail.eml", cmd_deliver,
	  "Mail", NULL, OPTS(
	  { "--mailbox", "NAME", "as if it had come to this mailbox" }) },
	{ "reconcile", "[--mailbox NAME]", "compare the mail server with the "
	  "ledger, UID by UID; 1 when a mail is not accounted for",
	  "campusdesk reconcile", cmd_reconcile, "Mail", NULL, OPTS(
	  { "--mailbox", "NAME", "this mailbox only" }) },
	{ "init", "[OPTION…]", "from nothing to a checked configuration; what "
	  "is given as an option is not asked\nat a terminal the rest is "
	  "asked; elsewhere --address, --imap and --admin are needed",
	  "campusdesk init --address helpdesk@campus.example --imap "
	  "imaps://mail.campus.example/INBOX --user helpdesk --password-file "
	  "/root/imap.secret --admin mia@campus.example", cmd_init,
	  "Operating", NULL, OPTS(
	  { "--address", "ADDRESS", "mail address of the desk" },
	  { "--name", "NAME", "its name in From; default: Campus Helpdesk" },
	  { "--imap", "URL", "its mailbox; \"\": mail is piped in by an MTA" },
	  { "--user", "NAME", "who logs in there" },
	  { "--password-file", "FILE", "holds the password; chmod 600" },
	  { "--smtp", "URL", "how mail leaves; default: port 587 of the "
	    "mailbox's host; \"\": not at all" },
	  { "--admin", "ADDRESS", "the first administrator" },
	  { "--store", "FILE", "default: /var/lib/campusdesk/desk.db, or "
	    "beside the file of -c" },
	  { "--tls", "required|none", "none only to a loopback address" },
	  { "--ca-file", "FILE", "certificates believed; default: the "
	    "system's" }) },
	{ "check", "", "try everything the configuration names, a line each",
	  "campusdesk check", cmd_check, "Operating", NULL, NULL },
	{ "audit", "VERB …", "the chain of events", "campusdesk audit verify",
	  NULL, "Operating", audit_verbs, NULL },
	{ "login-link", "ADDRESS", "a link that logs this person in to the web "
	  "view; it works once, for ten minutes",
	  "campusdesk login-link mia@campus.example", cmd_login_link,
	  "Operating", NULL, NULL },
	{ "session", "VERB …", "who is logged in to the web view",
	  "campusdesk session list", NULL, "Operating", session_verbs, NULL },
	{ "secret", "VERB …", "the keys that everything is signed with",
	  "campusdesk secret rotate", NULL, "Operating", secret_verbs, NULL },
	{ "erase", "ADDRESS [--yes] [--server]", "remove one person's data for "
	  "good, while all runs; from tickets, mails, outbox and full text\n"
	  "their tickets stay as closed shells without words, the chain of "
	  "events stays valid, and what cannot be reached is said",
	  "campusdesk erase jo@campus.example --yes --server", cmd_erase,
	  "Operating", NULL, OPTS(
	  { "--yes", NULL, "do it; without, it is asked at a terminal, and "
	    "elsewhere only shown how much it would be" },
	  { "--server", NULL, "take their mails off the mail server, too" }) },
	{ "export", "DIR", "everything as JSON lines and mails as they came; a "
	  "folder that any program can read\n"
	  "one moment of the store, while all runs; see campusdesk(1)",
	  "campusdesk export /root/desk-2026", cmd_export, "Operating", NULL,
	  NULL },
	{ "import", "mbox:FILE|maildir:DIR [--mail]", "take a history of mail "
	  "in; what was cut off goes on where it was\n"
	  "nothing is sent and nothing in it is obeyed; tickets have the dates "
	  "of their mails, and are closed when the last is older than "
	  "reopen-days\nwith --mail each is taken as if it came now: answered, "
	  "told to staff, obeyed", "campusdesk import mbox:/root/helpdesk.mbox",
	  cmd_import, "Operating", NULL, OPTS(
	  { "--mail", NULL, "as if they came now; people get mail" }) },
	{ "backup", "DIR [--verify]", "a consistent copy of everything, while "
	  "all runs; store, secret, templates, configuration",
	  "campusdesk backup /var/backups/desk-2026-11-25", cmd_backup,
	  "Operating", NULL, OPTS(
	  { "--verify", NULL, "check it, or one that is there already" }) },
	{ "restore", "DIR [--force]", "bring a backup back; nothing is mailed "
	  "until a person releases it",
	  "campusdesk restore /var/backups/desk-2026-11-25", cmd_restore,
	  "Operating", NULL, OPTS(
	  { "--force", NULL, "set store and secret that are there aside" }) },
	{ "manual", "conf|commands|completion", "what the manual pages and the "
	  "completion are made of", "campusdesk manual conf", cmd_manual,
	  NULL, NULL, NULL },
};

#define NCOMMANDS	(sizeof commands / sizeof commands[0])

const struct cli_command *
subcommands_all(size_t *n_out)
{
	*n_out = NCOMMANDS;
	return commands;
}

const struct cli_opt *
subcommands_global(void)
{
	return global;
}

const struct cli_command *
subcommands_find(const char *name)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

const struct cli_verb *
subcommands_verb(const struct cli_command *c, const char *name)
{
	const struct cli_verb *v = c->verbs;

	while (v->name != NULL && strcmp(v->name, name) != 0)
		v++;
	return v->name == NULL ? NULL : v;
}

/* ---- what was meant ---- */

#define WORD_MAX	24	/* bytes; a longer one is no typing mistake */

static int
least(int a, int b)
{
	return a < b ? a : b;
}

/* How many letters must change to make b of a; two swapped count once. */
static int
distance(const char *a, const char *b)
{
	int d[WORD_MAX + 1][WORD_MAX + 1];
	int n = (int)strlen(a), m = (int)strlen(b), i, j;

	if (n > WORD_MAX || m > WORD_MAX)
		return WORD_MAX;
	for (i = 0; i <= n; i++)
		for (j = 0; j <= m; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
			    d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[n][m];
}

/* Keep name if it is nearer than the best so far. A word that a name begins
 * with is near; more than a third wrong is not. */
static void
nearer(const char *word, const char *name, int *best, const char **best_out)
{
	int len = (int)strlen(word);
	int d = len >= 2 && strncmp(word, name, (size_t)len) == 0 ? 1 :
	    distance(word, name);

	if (d < *best && d <= (len < 4 ? 1 : len < 7 ? 2 : len / 3)) {
		*best = d;
		*best_out = name;
	}
}

const char *
subcommands_near(const char *word)
{
	const char *found = NULL;
	int best = WORD_MAX;
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		if (commands[i].group != NULL)
			nearer(word, commands[i].name, &best, &found);
	return found;
}

const char *
subcommands_near_verb(const struct cli_command *c, const char *word)
{
	const char *found = NULL;
	const struct cli_verb *v;
	int best = WORD_MAX;

	for (v = c->verbs; v != NULL && v->name != NULL; v++)
		nearer(word, v->name, &best, &found);
	return found;
}

const char *
subcommands_near_opt(const struct cli *cli, const char *word)
{
	const struct cli_opt *lists[] = { global, cli->command->opts,
	    cli->verb == NULL ? NULL : cli->verb->opts }, *o;
	const char *found = NULL;
	int best = WORD_MAX;
	size_t i;

	for (i = 0; i < sizeof lists / sizeof lists[0]; i++)
		for (o = lists[i]; o != NULL && o->name != NULL; o++)
			nearer(word, o->name, &best, &found);
	return found;
}

/* ---- --help ---- */

/* How much of it a list shows. */
static int
summary(const char *what)
{
	return (int)strcspn(what, ";:\n");
}

#define LEFT	24	/* columns of an option and its value */

static void
print_opts(const struct cli_opt *o, const char *title)
{
	if (o == NULL || o->name == NULL)
		return;
	printf("\n%s:\n", title);
	for (; o->name != NULL; o++) {
		const char *value = o->value == NULL ? "" : o->value;
		bool is_long = strlen(value) > 16;
		int used = printf("  %s%s%s", o->name, *value == '\0' ? "" :
		    " ", is_long ? "" : value);

		printf("%s%*s %s\n", is_long ? "…" : "",
		    LEFT + 2 - used - is_long, "", o->what);
		if (is_long)
			printf("  %-*s %s\n", LEFT, "", value);
	}
}

void
subcommands_help(FILE *f)
{
	const char *group = "";
	size_t i;

	fprintf(f, "usage: campusdesk [-c FILE] [--json] [--as ADDRESS] "
	    "SUBCOMMAND …\n");
	for (i = 0; i < NCOMMANDS; i++) {
		if (commands[i].group == NULL)
			continue;
		if (strcmp(group, commands[i].group) != 0)
			fprintf(f, "\n%s\n", commands[i].group);
		group = commands[i].group;
		fprintf(f, "  %-12s %.*s\n", commands[i].name,
		    summary(commands[i].what), commands[i].what);
	}
	fprintf(f, "\n`campusdesk SUBCOMMAND --help` shows how it is used, "
	    "campusdesk(1) everything.\n");
}

static void
help_verbs(const struct cli_command *c)
{
	const struct cli_verb *v;

	printf("\nverbs:\n");
	for (v = c->verbs; v->name != NULL; v++)
		printf("  %-10s %.*s\n", v->name, summary(v->what),
		    v->what);
	printf("\n`campusdesk %s VERB --help` shows how it is used.\n",
	    c->name);
}

void
subcommands_help_of(const struct cli_command *c, const struct cli_verb *v)
{
	if (v != NULL)
		printf("usage: campusdesk %s %s%s%s\n\n%s\n", c->name, v->name,
		    *v->args == '\0' ? "" : " ", v->args, v->what);
	else
		printf("usage: campusdesk %s%s%s\n\n%s\n", c->name,
		    *c->args == '\0' ? "" : " ", c->args, c->what);
	if (v == NULL && c->verbs != NULL)
		help_verbs(c);
	print_opts(v == NULL ? c->opts : v->opts, "options");
	print_opts(global, "options of every subcommand");
	printf("\nexample:\n  %s\n", v == NULL ? c->example : v->example);
}
