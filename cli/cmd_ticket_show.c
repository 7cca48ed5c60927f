#include <string.h>

#include "cli/cli.h"
#include "cli/pager.h"
#include "cli/table.h"
#include "desk/objects.h"

static const char *
person_address(struct cli *cli, int64_t id)
{
	struct person p;

	if (id == 0 || person_get(cli->db, id, cli->arena, &p, NULL) != 1)
		return "-";
	return p.address;
}

static struct objects
objects_of(const struct cli *cli)
{
	return (struct objects){ .db = cli->db, .arena = cli->arena };
}

/* ---- list ---- */

struct listing {
	struct cli	*cli;
	struct table	*table;		/* NULL: JSON */
	int		 n;		/* of this page */
	int64_t		 last_ms, last_number;	/* its last row */
};

/* How long ago: "3 min". */
static const char *
age(struct cli *cli, int64_t ms)
{
	int64_t s = (cli->desk.now_ms - ms) / 1000;

	if (s < 120)
		return arena_printf(cli->arena, "%lld s",
		    (long long)(s < 0 ? 0 : s));
	if (s < 7200)
		return arena_printf(cli->arena, "%lld min",
		    (long long)(s / 60));
	if (s < 172800)
		return arena_printf(cli->arena, "%lld h",
		    (long long)(s / 3600));
	return arena_printf(cli->arena, "%lld d", (long long)(s / 86400));
}

/* What a row says by its look: closed, or more pressing than others. */
static const char *
look(const struct ticket *t)
{
	if (t->status == TICKET_CLOSED)
		return CLI_DIM;
	if (t->priority == PRIORITY_URGENT)
		return CLI_RED;
	return t->priority == PRIORITY_HIGH ? CLI_YELLOW : "";
}

static int
print_row(const struct ticket *t, void *arg)
{
	struct listing *l = arg;
	struct cli *cli = l->cli;
	struct objects objects = objects_of(cli);
	const char *cells[] = { cli_id(cli, "#", t->number),
	    ticket_status_name(t->status), ticket_priority_name(t->priority),
	    t->category, t->subject, person_address(cli, t->requester),
	    person_address(cli, t->assignee), age(cli, t->updated_ms) };

	l->n++;
	l->last_ms = t->updated_ms;
	l->last_number = t->number;
	if (cli->json)
		cli_json(object_ticket(&objects, t));
	else
		table_row(l->table, look(t), cells);
	return 0;
}

/* The person that --assignee or --requester names. */
static int
person_filter(struct cli *cli, const char *address, int64_t *id_out)
{
	struct person p;
	struct err err = { 0 };
	int rc;

	if (address == NULL)
		return 0;
	rc = person_find(cli->db, address, cli->arena, &p, &err);
	if (rc == -1)
		return cli_err(&err, CLI_NO);
	*id_out = rc == 1 ? p.id : -1;		/* nobody: an empty list */
	return 0;
}

/* Page by page, so that no statement waits for the reader of a pager. */
static int
list_all(struct cli *cli, struct ticket_filter *f)
{
	static const struct table_column columns[] = {
		{ "TICKET", 0 }, { "STATUS", 0 },
		{ "PRIORITY", 0 }, { "CATEGORY", 0 },
		{ "SUBJECT", 2 }, { "REQUESTER", 1 },
		{ "ASSIGNEE", 1 }, { "CHANGED", 0 }, { NULL, 0 },
	};
	struct listing l = { .cli = cli };
	struct err err = { 0 };
	int rc;

	if (!cli->json) {
		l.table = table_new(cli, columns, "no ticket here");
		if (l.table == NULL)
			return CLI_TEMPFAIL;
	}
	do {
		l.n = 0;
		f->before_ms = l.last_ms;
		f->before_number = l.last_number;
		rc = ticket_list(cli->db, f, print_row, &l, &err);
	} while (rc == 0 && l.n == f->limit);
	table_end(&l.table);
	return rc == -1 ? cli_err(&err, CLI_NO) : 0;
}

int
cmd_ticket_list(struct cli *cli)
{
	struct ticket_filter f = { .view = VIEW_OPEN, .limit = 500 };
	const char *view = NULL, *assignee = NULL, *requester = NULL;
	int code;

	if (cli_option(cli, "--view", &view) == -1 ||
	    cli_option(cli, "--category", &f.category) == -1 ||
	    cli_option(cli, "--assignee", &assignee) == -1 ||
	    cli_option(cli, "--requester", &requester) == -1 ||
	    cli_option(cli, "--q", &f.q) == -1)
		return cli_usage(cli, "an option lacks its value");
	if (view != NULL && !ticket_view_parse(view, &f.view))
		return cli_usage(cli, "view is open, active, closed, spam or "
		    "all, not %s", view);
	code = cli_done(cli);
	if (code == 0)
		code = cli_open(cli);
	if (code == 0)
		code = person_filter(cli, assignee, &f.assignee);
	if (code == 0)
		code = person_filter(cli, requester, &f.requester);
	if (code != 0)
		return code;
	if (f.category != NULL &&
	    settings_category(cli->settings, f.category) == NULL)
		return cli_fail(CLI_NO, "there is no category %s",
		    f.category);
	return list_all(cli, &f);
}

/* ---- show ---- */

struct events {
	struct objects	 objects;
	json_t		*list;
};

static int
add_event(const struct event *e, void *arg)
{
	struct events *events = arg;

	json_array_append_new(events->list, object_event(&events->objects,
	    e));
	return 0;
}

/* Call fn for each message of the ticket, in order. */
static int
each_message(struct cli *cli, int64_t number,
    void (*fn)(struct cli *cli, const struct message *m, void *arg),
    void *arg, struct err *err)
{
	struct message *v;
	int64_t after = 0;
	size_t n, i;

	do {
		if (message_list(cli->db, number, after, 100, cli->arena, &v,
		    &n, err) == -1)
			return -1;
		for (i = 0; i < n; i++) {
			fn(cli, &v[i], arg);
			after = v[i].id;
		}
	} while (n == 100);
	return 0;
}

static void
append_message(struct cli *cli, const struct message *m, void *arg)
{
	struct objects objects = objects_of(cli);

	json_array_append_new(arg, object_message(&objects, m));
}

static int
show_json(struct cli *cli, const struct ticket *t, struct err *err)
{
	struct events events = { objects_of(cli), json_array() };
	json_t *o = object_ticket(&events.objects, t);
	json_t *messages = json_array();

	json_object_set_new(o, "messages", messages);
	json_object_set_new(o, "watchers", object_watchers(
	    &events.objects, t->number));
	json_object_set_new(o, "links", object_links(
	    &events.objects, t->number));
	json_object_set_new(o, "tags", object_text(t->tags));
	json_object_set_new(o, "events", events.list);
	if (each_message(cli, t->number, append_message, messages,
	    err) == -1 || audit_list(cli->db, t->number, 0, 100000,
	    cli->arena, add_event, &events, err) == -1) {
		json_decref(o);
		return -1;
	}
	cli_json(o);
	return 0;
}

/* Who said it: "Mia Adler <mia@campus.example>"; a terminal has no name. */
static const char *
author(struct cli *cli, const struct message *m)
{
	bool named = m->author_name != NULL && m->author_name[0] != '\0';

	if (m->author_address == NULL)
		return named ? cli_text(cli, m->author_name, 40) :
		    arena_printf(cli->arena, "(%s)", m->source);
	return arena_printf(cli->arena, named ? "%s <%s>" : "%s%s",
	    named ? cli_text(cli, m->author_name, 40) : "",
	    cli_text(cli, m->author_address, 60));
}

static void
print_message(struct cli *cli, const struct message *m, void *arg)
{
	static const char *const looks[] = { [MESSAGE_PUBLIC] = "",
	    [MESSAGE_NOTE] = CLI_YELLOW, [MESSAGE_HELD] = CLI_RED };
	struct attachment *v;
	size_t n, i;

	(void)arg;
	printf("\n%s%s  %s  %s[%s, %s, message %lld]%s\n",
	    cli_style(cli, CLI_BOLD), cli_time(cli, m->date_ms),
	    author(cli, m), cli_style(cli, looks[m->visibility]),
	    message_visibility_name(m->visibility),
	    message_proof_name(m->proof), (long long)m->id,
	    cli_style(cli, CLI_PLAIN));
	printf("%s", cli_lines(cli, m->text));
	if (m->text[0] != '\0' && m->text[strlen(m->text) - 1] != '\n')
		putchar('\n');
	if (attachment_list(cli->db, m->id, cli->arena, &v, &n, NULL) == -1)
		return;
	for (i = 0; i < n; i++)
		printf("  + %s (%s, %zu bytes)\n", v[i].name == NULL ?
		    "attachment" : cli_text(cli, v[i].name, 60),
		    cli_text(cli, v[i].type, 60), v[i].size);
}

/* One line of facts, when there is something to say. */
static void
fact(struct cli *cli, const char *name, const char *value)
{
	if (value != NULL && *value != '\0' && strcmp(value, "-") != 0)
		printf("%s%-15s%s%s\n", cli_style(cli, CLI_DIM), name,
		    cli_style(cli, CLI_PLAIN), cli_text(cli, value, 0));
}

static const char *
watchers_text(struct cli *cli, int64_t number)
{
	const char *text = "";
	int64_t *v;
	size_t n, i;

	if (watcher_list(cli->db, number, cli->arena, &v, &n, NULL) == -1)
		return "";
	for (i = 0; i < n && text != NULL; i++)
		text = arena_printf(cli->arena, "%s%s%s", text,
		    i == 0 ? "" : ", ", person_address(cli, v[i]));
	return text;
}

static const char *
links_text(struct cli *cli, int64_t number)
{
	const char *text = "";
	struct link *v;
	size_t n, i;

	if (link_list(cli->db, number, cli->arena, &v, &n, NULL) == -1)
		return "";
	for (i = 0; i < n && text != NULL; i++)
		text = arena_printf(cli->arena, "%s%s%s #%lld", text,
		    i == 0 ? "" : ", ", link_kind_name(v[i].kind),
		    (long long)v[i].number);
	return text;
}

static int
show_text(struct cli *cli, const struct ticket *t, struct err *err)
{
	pager_start(cli);
	printf("%s#%lld  %s%s\n", cli_style(cli, CLI_BOLD),
	    (long long)t->number, cli_text(cli, t->subject, 0),
	    cli_style(cli, CLI_PLAIN));
	fact(cli, "status", ticket_status_name(t->status));
	fact(cli, "category", t->category);
	fact(cli, "priority", ticket_priority_name(t->priority));
	fact(cli, "location", t->location);
	fact(cli, "tags", t->tags);
	fact(cli, "requester", person_address(cli, t->requester));
	fact(cli, "assignee", person_address(cli, t->assignee));
	fact(cli, "watchers", watchers_text(cli, t->number));
	fact(cli, "links", links_text(cli, t->number));
	fact(cli, "created", cli_time(cli, t->created_ms));
	fact(cli, "changed", cli_time(cli, t->updated_ms));
	fact(cli, "respond by", cli_time(cli, t->first_response_due_ms));
	fact(cli, "resolve by", cli_time(cli, t->resolve_due_ms));
	return each_message(cli, t->number, print_message, NULL, err);
}

int
cmd_ticket_show(struct cli *cli)
{
	struct ticket t;
	struct err err = { 0 };
	int code;
	int64_t number = cli_number(cli, cli_next(cli), &code);
	int rc;

	if (number == -1)
		return code;
	code = cli_done(cli);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	rc = ticket_get(cli->db, number, cli->arena, &t, &err);
	if (rc == 0)
		return cli_fail(CLI_NO, "there is no ticket #%lld",
		    (long long)number);
	if (rc == 1)
		rc = cli->json ? show_json(cli, &t, &err) :
		    show_text(cli, &t, &err);
	return rc == -1 ? cli_err(&err, CLI_NO) : 0;
}
