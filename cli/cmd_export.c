/* export - everything in files that any program reads:
 *
 *	tickets.jsonl	as `ticket show --json`, messages with their whole text
 *	people.jsonl	who wrote, staff, with all addresses
 *	events.jsonl	the chain, as `audit show --json`
 *	outbox.jsonl	what was sent or is to be
 *	ledger.jsonl	every item that was taken in, with its outcome
 *	lists.jsonl	mailing lists
 *	raw/ID.eml	mails as they came
 *
 * One read transaction: one moment, and nobody waits for it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/files.h"
#include "db/ledger_store.h"
#include "db/list_store.h"
#include "db/outbox_store.h"
#include "db/raw_store.h"
#include "desk/objects.h"

#define PAGE		500	/* rows at a time */
#define ITEM_MEMORY	((size_t)256 * 1024 * 1024)

struct export {
	struct db	*db;		/* of its own, for reading */
	struct arena	*arena;		/* of one object */
	struct arena	*names;
	const char	*dir;
	FILE		*f;		/* being written */
	int64_t		 last;		/* of a page */
	int		 rows;
	long		 tickets, raws;
};

static int
fault(const char *path, struct err *err)
{
	return err_set(err, ERR_INPUT, "%s: %s", path, strerror(errno));
}

/* One line; takes the reference. 0, or 1 that it could not be written. */
static int
line(struct export *e, json_t *object)
{
	int rc = object == NULL || json_dumpf(object, e->f, JSON_COMPACT) ==
	    -1 || putc('\n', e->f) == EOF;

	json_decref(object);
	return rc;
}

/* ---- tickets ---- */

static json_t *
message_json(const struct export *e, const struct message *m)
{
	struct objects o = { .db = e->db, .arena = e->arena };
	json_t *v = object_message(&o, m);

	json_object_set_new(v, "full_text", object_text(m->full_text));
	json_object_set_new(v, "message_id", object_text(m->message_id));
	json_object_set_new(v, "references", object_text(m->references));
	json_object_set_new(v, "automatic", json_boolean(m->automatic));
	json_object_set_new(v, "staff", json_boolean(m->from_staff));
	json_object_set_new(v, "raw", m->raw == 0 ? json_null() :
	    json_sprintf("raw/%lld.eml", (long long)m->raw));
	return v;
}

static json_t *
messages_json(struct export *e, int64_t number, struct err *err)
{
	json_t *list = json_array();
	struct message *v;
	int64_t after = 0;
	size_t n, i;

	do {
		if (message_list(e->db, number, after, 8, e->arena, &v, &n,
		    err) == -1) {
			json_decref(list);
			return NULL;
		}
		for (i = 0; i < n; i++)
			json_array_append_new(list, message_json(e, &v[i]));
		after = n == 0 ? after : v[n - 1].id;
	} while (n > 0);
	return list;
}

static int
write_ticket(struct export *e, int64_t number, struct err *err)
{
	struct objects o = { .db = e->db, .arena = e->arena };
	json_t *messages, *v;
	struct ticket t;

	if (ticket_get(e->db, number, e->arena, &t, err) == -1)
		return -1;
	messages = messages_json(e, number, err);
	if (messages == NULL)
		return -1;
	v = object_ticket(&o, &t);
	json_object_set_new(v, "closed", object_time(t.closed_ms));
	json_object_set_new(v, "due", object_time(t.due_ms));
	json_object_set_new(v, "tags", object_text(t.tags));
	json_object_set_new(v, "source", object_text(t.source));
	json_object_set_new(v, "spam", json_boolean(t.flags & TICKET_SPAM));
	json_object_set_new(v, "rating", t.rating == 0 ? json_null() :
	    json_integer(t.rating));
	json_object_set_new(v, "watchers", object_watchers(&o, number));
	json_object_set_new(v, "links", object_links(&o, number));
	json_object_set_new(v, "messages", messages);
	e->tickets++;
	return line(e, v) == 0 ? 0 : fault("tickets.jsonl", err);
}

/* ---- people, mails ---- */

static int
write_person(struct export *e, int64_t id, struct err *err)
{
	struct person_address *v;
	json_t *addresses = json_array();
	struct person p;
	size_t n, i;

	if (person_get(e->db, id, e->arena, &p, err) == -1 ||
	    person_addresses(e->db, id, e->arena, &v, &n, err) == -1) {
		json_decref(addresses);
		return -1;
	}
	for (i = 0; i < n; i++)
		json_array_append_new(addresses, json_string(v[i].address));
	return line(e, json_pack("{s:I,s:s,s:s,s:s,s:b,s:s,s:s,s:s?,s:s?,s:o}",
	    "id", (json_int_t)id, "name", p.name, "address", p.address,
	    "role", person_role_name(p.role), "removed", p.removed, "mail",
	    person_mail_name(p.mail), "categories", p.categories, "slack",
	    p.slack, "matrix", p.matrix, "addresses", addresses)) == 0 ? 0 :
	    fault("people.jsonl", err);
}

static int
write_piece(const void *p, size_t len, void *arg)
{
	return fwrite(p, 1, len, arg) == len ? 0 : 1;
}

static int
write_raw(struct export *e, int64_t id, struct err *err)
{
	const char *path = arena_printf(e->arena, "%s/raw/%lld.eml", e->dir,
	    (long long)id);
	FILE *f = path == NULL ? NULL : fopen(path, "wxe");
	size_t size = 0;
	int rc;

	if (f == NULL)
		return fault(path == NULL ? "raw" : path, err);
	rc = raw_size(e->db, id, &size, err) == -1 ? -1 :
	    raw_stream(e->db, id, 0, size, write_piece, f, err);
	if (fclose(f) == EOF || rc == 1)
		rc = fault(path, err);
	e->raws++;
	return rc;
}

/* Each that next gives to fn, in an arena of its own. */
static int
each(struct export *e,
    int (*next)(struct db *db, int64_t after, int64_t *id_out,
    struct err *err),
    int (*fn)(struct export *e, int64_t id, struct err *err),
    struct err *err)
{
	int64_t id = 0;
	int rc;

	while ((rc = next(e->db, id, &id, err)) == 1) {
		arena_reset(e->arena);
		if (fn(e, id, err) == -1)
			return -1;
	}
	return rc;
}

static int
write_tickets(struct export *e, struct err *err)
{
	return each(e, ticket_next, write_ticket, err);
}

static int
write_people(struct export *e, struct err *err)
{
	return each(e, person_next, write_person, err);
}

/* ---- lists that come in pages ---- */

static int
event_row(const struct event *event, void *arg)
{
	struct export *e = arg;

	e->last = event->seq;
	e->rows++;
	return line(e, cli_json_event(event));
}

static int
mail_row(const struct outbox_row *row, void *arg)
{
	struct export *e = arg;

	e->last = row->id;
	e->rows++;
	return line(e, cli_json_mail(row));
}

static int
item_row(const struct ledger_row *r, void *arg)
{
	struct export *e = arg;
	char hex[2 * CRYPT_SHA256 + 1];

	e->last = r->id;
	e->rows++;
	crypt_hex(r->raw_digest, sizeof r->raw_digest, hex);
	return line(e, json_pack("{s:I,s:s,s:I,s:I,s:s?,s:o,s:s,s:s?,s:o,s:s?,"
	    "s:s?,s:s?,s:s?,s:s,s:o}", "id", (json_int_t)r->id, "source",
	    r->key.source, "epoch", (json_int_t)r->key.epoch, "uid",
	    (json_int_t)r->key.uid, "key", r->key.key, "date",
	    object_time(r->seen_ms), "outcome",
	    ledger_outcome_name(r->outcome), "because", r->because, "ticket",
	    r->ticket == 0 ? json_null() : json_integer(r->ticket), "from",
	    r->from, "subject", r->subject, "kind", r->kind, "message_id",
	    r->message_id, "sha256", hex, "raw", r->raw == 0 ? json_null() :
	    json_sprintf("raw/%lld.eml", (long long)r->raw)));
}

static int
list_row(const struct mail_list *l, void *arg)
{
	return line(arg, json_pack("{s:s,s:s,s:I,s:o}", "list", l->id,
	    "taken", list_taken_name(l->taken), "mails", (json_int_t)l->mails,
	    "last", object_time(l->last_ms)));
}

static int
event_page(struct export *e, struct err *err)
{
	return audit_list(e->db, 0, e->last, PAGE, e->arena, event_row, e,
	    err);
}

static int
mail_page(struct export *e, struct err *err)
{
	return outbox_list(e->db, true, e->last, PAGE, e->arena, mail_row, e,
	    err);
}

static int
item_page(struct export *e, struct err *err)
{
	return ledger_list(e->db, LEDGER_NOUTCOME, e->last, PAGE, e->arena,
	    item_row, e, err);
}

static int
pages(struct export *e, int (*page)(struct export *e, struct err *err),
    struct err *err)
{
	e->last = 0;
	do {
		e->rows = 0;
		arena_reset(e->arena);
		if (page(e, err) == -1)
			return -1;
	} while (e->rows == PAGE);
	return 0;
}

static int
write_events(struct export *e, struct err *err)
{
	return pages(e, event_page, err);
}

static int
write_outbox(struct export *e, struct err *err)
{
	return pages(e, mail_page, err);
}

static int
write_ledger(struct export *e, struct err *err)
{
	return pages(e, item_page, err);
}

static int
write_lists(struct export *e, struct err *err)
{
	return list_list(e->db, list_row, e, err);
}

/* ---- the folder ---- */

static const struct part {
	const char	*name;
	int		(*fn)(struct export *e, struct err *err);
} parts[] = {
	{ "tickets.jsonl",	write_tickets },
	{ "people.jsonl",	write_people },
	{ "events.jsonl",	write_events },
	{ "outbox.jsonl",	write_outbox },
	{ "ledger.jsonl",	write_ledger },
	{ "lists.jsonl",	write_lists },
};

static int
write_part(struct export *e, const struct part *part, struct err *err)
{
	const char *path = arena_printf(e->names, "%s/%s", e->dir,
	    part->name);
	bool bad;
	int rc;

	e->f = path == NULL ? NULL : fopen(path, "wxe");
	if (e->f == NULL)
		return fault(part->name, err);
	rc = part->fn(e, err);
	bad = ferror(e->f) != 0 || fflush(e->f) == EOF ||
	    fsync(fileno(e->f)) == -1;
	if ((fclose(e->f) == EOF || bad) && rc == 0)
		rc = fault(path, err);
	return rc;
}

static int
fill(struct export *e, struct err *err)
{
	const char *raw = arena_printf(e->names, "%s/raw", e->dir);
	size_t i;
	int rc = 0;

	if (raw == NULL || mkdir(e->dir, 0700) == -1 ||
	    mkdir(raw, 0700) == -1)
		return fault(e->dir, err);
	for (i = 0; rc == 0 && i < sizeof parts / sizeof parts[0]; i++)
		rc = write_part(e, &parts[i], err);
	return rc == 0 ? each(e, raw_next, write_raw, err) : rc;
}

/* Made under another name, so that DIR is whole or not there. */
static int
make(struct cli *cli, struct export *e, const char *dir, struct err *err)
{
	int rc = -1;

	e->dir = arena_printf(cli->arena, "%s.%ld.half", dir, (long)getpid());
	e->arena = arena_new(ITEM_MEMORY);
	e->names = cli->arena;
	if (e->dir == NULL || e->arena == NULL)
		err_set(err, ERR_RETRY, "out of memory");
	else if (db_open(cli->settings->store_url, DB_READ, &e->db,
	    err) == 0 && db_begin(e->db, err) == 0)
		rc = fill(e, err);
	if (rc == 0 && renameat2(AT_FDCWD, e->dir, AT_FDCWD, dir,
	    RENAME_NOREPLACE) == -1)
		rc = fault(dir, err);
	if (rc == -1 && e->dir != NULL)
		files_remove_tree(cli->arena, e->dir, NULL);
	db_close(&e->db);
	arena_free(&e->arena);
	return rc;
}

int
cmd_export(struct cli *cli)
{
	struct export e = { .db = NULL };
	const char *dir = cli_next(cli);
	struct err err = { 0 };
	int code;

	if (dir == NULL || *dir == '\0')
		return cli_usage(cli, "the folder to make is missing");
	code = cli_done(cli);
	if (code != 0)
		return code;
	if (files_exist(dir))
		return cli_fail(CLI_NO, "%s is there already: a new name would "
		    "be right", dir);
	code = cli_open(cli);
	if (code != 0)
		return code;
	if (make(cli, &e, dir, &err) == -1)
		return cli_err(&err, CLI_NO);
	if (cli->json)
		cli_json(json_pack("{s:s,s:I,s:I}", "folder", dir, "tickets",
		    (json_int_t)e.tickets, "raw", (json_int_t)e.raws));
	else
		printf("%s: %ld tickets, %ld mails as they came\n",
		    cli_text(cli, dir, 0), e.tickets, e.raws);
	return 0;
}
