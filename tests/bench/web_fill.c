/* A store for measuring the web view: web_fill URL TICKETS prints the session
 * of a manager in it. Tickets have three messages, many people, four statuses. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "db/message_store.h"
#include "db/people_store.h"
#include "db/ticket_store.h"
#include "desk/login.h"

#define PEOPLE	2000
#define GROUP	1000	/* tickets of one commit */

struct fill {
	struct db	*db;
	struct err	 err;
	int64_t		 now, people[PEOPLE], staff;
};

static void
need(struct fill *f, int ret)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "web_fill: %s\n", f->err.msg);
	exit(1);
}

static int64_t
person(struct fill *f, const char *address, const char *name,
    enum person_role role)
{
	struct person p = { .name = name, .address = address, .role = role,
	    .categories = "" };

	need(f, person_add(f->db, &p, f->now, &p.id, &f->err));
	p.role = role;
	need(f, person_update(f->db, &p, &f->err));
	return p.id;
}

static void
people(struct fill *f)
{
	char address[64];

	need(f, db_begin(f->db, &f->err));
	f->staff = person(f, "mia@campus.example", "Mia Adler", ROLE_MANAGER);
	for (int i = 0; i < PEOPLE; i++) {
		snprintf(address, sizeof address, "student%d@campus.example",
		    i);
		f->people[i] = person(f, address, "A Student",
		    ROLE_REQUESTER);
	}
	need(f, db_commit(f->db, &f->err));
}

static void
ticket(struct fill *f, int i)
{
	static const char *const categories[] = { "it", "facilities",
	    "services" };
	static const char *const words[] = { "The printer in the library is "
	    "jammed again, and there are twenty people waiting for it.",
	    "Somebody looks at it this afternoon.", "It works, thank you!" };
	int64_t made = f->now - (int64_t)(1000000 - i) * 60000;
	bool done = i % 20 != 0;
	struct ticket t = { .subject = "The printer in room 2.14 is jammed",
	    .category = categories[i % 3], .priority = i % 4,
	    .location = "Library 2.14", .source = "mail", .tags = "",
	    .requester = f->people[i * 7919 % PEOPLE],
	    .assignee = i % 5 == 0 ? 0 : f->staff,
	    .status = done ? TICKET_CLOSED : (enum ticket_status)(i / 20 % 3),
	    .closed_ms = done ? made : 0, .created_ms = made,
	    .updated_ms = made };

	need(f, ticket_insert(f->db, &t, &f->err));
	for (int m = 0; m < 3; m++) {
		struct message message = { .ticket = t.number,
		    .author = m == 1 ? f->staff : t.requester,
		    .author_name = m == 1 ? "Mia Adler" : "A Student",
		    .author_address = m == 1 ? "mia@campus.example" :
		    "student@campus.example", .date_ms = made + m * 60000,
		    .text = words[m], .source = "mail",
		    .visibility = MESSAGE_PUBLIC };
		int64_t id;

		need(f, message_insert(f->db, &message, &id, &f->err));
	}
}

int
main(int argc, char **argv)
{
	struct fill *f = calloc(1, sizeof *f);
	char token[LOGIN_TEXT_MAX], session[LOGIN_TEXT_MAX];
	uint64_t n;
	int64_t who;

	if (f == NULL || argc != 3 || !text_u64(slice_of(argv[2]), &n) ||
	    n > 10000000)
		return 64;
	f->now = clock_now_ms();
	need(f, db_open(argv[1], DB_WRITE, &f->db, &f->err));
	people(f);
	for (int i = 0; i < (int)n; i++) {
		if (i % GROUP == 0)
			need(f, db_begin(f->db, &f->err));
		ticket(f, i);
		if (i % GROUP == GROUP - 1 || i == (int)n - 1)
			need(f, db_commit(f->db, &f->err));
	}
	need(f, db_begin(f->db, &f->err));
	need(f, login_make(f->db, f->staff, f->now, token, &f->err));
	need(f, login_consume(f->db, token, "bench", f->now, session, &who,
	    &f->err));
	need(f, db_commit(f->db, &f->err));
	need(f, db_checkpoint(f->db, &f->err));
	puts(session);
	db_close(&f->db);
	free(f);
	return 0;
}
