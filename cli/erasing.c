#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/erasing.h"

#define PURGE_TRIES	10

bool
erasing_asked(struct cli *cli, const char *question)
{
	char answer[16];

	if (!cli->terminal || !isatty(STDIN_FILENO))
		return false;
	printf("%s [y/N] ", question);
	fflush(stdout);
	return fgets(answer, sizeof answer, stdin) != NULL &&
	    (answer[0] == 'y' || answer[0] == 'Y');
}

int
erasing_may(struct cli *cli)
{
	struct person p;
	struct err err = { 0 };
	int rc;

	if (cli->as == NULL)
		return 0;
	rc = person_find(cli->db, cli->as, cli->arena, &p, &err);
	if (rc == -1)
		return cli_err(&err, CLI_NO);
	if (rc == 0 || p.role != ROLE_ADMIN || p.removed)
		return cli_fail(CLI_NO, "only an admin may erase, and %s is "
		    "none", cli->as);
	return 0;
}

bool
erasing_purge(struct cli *cli)
{
	static const struct timespec pause = { 0, 300 * 1000 * 1000 };
	struct err err = { 0 };
	int i;

	for (i = 0; i < PURGE_TRIES; i++) {
		err = (struct err){ 0 };
		if (db_purge(cli->db, &err) == 0)
			return true;
		if (err.code != ERR_RETRY)
			break;
		nanosleep(&pause, NULL);	/* somebody reads or writes */
	}
	return false;
}

/* Did any of it come from a mailbox, and may lie there still? */
static bool
came_by_imap(const struct erased *what)
{
	size_t i;

	for (i = 0; i < what->nitems; i++)
		if (strncmp(what->items[i].key.source, "imap:", 5) == 0)
			return true;
	return false;
}

/* What an erasure does not reach, as one text a line. */
static void
unreached(struct cli *cli, const struct erased *what, int64_t server,
    bool purged, json_t *list)
{
	const char *tickets = "";
	size_t i;

	for (i = 0; tickets != NULL && i < what->nmentions; i++)
		tickets = arena_printf(cli->arena, "%s%s#%lld", tickets,
		    i == 0 ? "" : ", ", (long long)what->mentions[i]);
	if (what->nmentions > 0 && tickets != NULL)
		json_array_append_new(list, json_sprintf("what others wrote "
		    "of them or quoted, on %s: look there, `ticket delete` "
		    "erases one whole", tickets));
	if (what->mails > 0)
		json_array_append_new(list, json_string("mail that went out: "
		    "it is in the mailboxes of who got it"));
	if (server < 0 && came_by_imap(what))
		json_array_append_new(list, json_string("the mails on the "
		    "mail server, which were left there (--server takes them "
		    "away, too): delete them with a mail client"));
	json_array_append_new(list, json_string("backups and exports made "
	    "before; `restore` on this machine erases again"));
	json_array_append_new(list, json_string("logs of the daemon and of "
	    "mail servers, which name addresses"));
	if (!purged)
		json_array_append_new(list, json_string("free pages of the "
		    "store's file: it was busy, or there is no room to write "
		    "it anew; any later erasure does that, too"));
}

void
erasing_report(struct cli *cli, const struct erased *what, int64_t server,
    bool purged)
{
	json_t *list = json_array();
	size_t i;

	unreached(cli, what, server, purged, list);
	if (cli->json) {
		cli_json(json_pack("{s:I,s:I,s:I,s:I,s:I,s:o,s:o}", "tickets",
		    (json_int_t)what->tickets, "messages",
		    (json_int_t)what->messages, "raw",
		    (json_int_t)what->raws, "outbox",
		    (json_int_t)what->mails, "events",
		    (json_int_t)what->events, "server", server < 0 ?
		    json_null() : json_integer(server), "unreached", list));
		return;
	}
	printf("erased: %lld tickets, %lld messages, %lld mails as they came, "
	    "%lld mails of ours, what %lld events said\n",
	    (long long)what->tickets, (long long)what->messages,
	    (long long)what->raws, (long long)what->mails,
	    (long long)what->events);
	if (server >= 0)
		printf("on the mail server: %lld mails\n", (long long)server);
	printf("not reached:\n");
	for (i = 0; i < json_array_size(list); i++)
		printf("  %s\n", cli_text(cli, json_string_value(
		    json_array_get(list, i)), 0));
	json_decref(list);
}
