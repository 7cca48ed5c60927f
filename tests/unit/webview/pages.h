/* pages - a desk with some tickets, asked for pages as routes.c would. */
#ifndef TESTS_UNIT_WEBVIEW_PAGES_H
#define TESTS_UNIT_WEBVIEW_PAGES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/desk/world.h"
#include "webview/page.h"

#define MIA	"mia@campus.example"
#define TOM	"tom@campus.example"
#define JANA	"jana@students.example"
#define OTTO	"otto@students.example"

struct pages {
	struct world		 w;
	struct page_answer	 a;		/* the last answer */
	struct page_param	 params[8];
	size_t			 nparams;
	enum page_format	 format;
	struct template_cache	*templates;
};

static inline void
pages_open(struct pages *p)
{
	memset(p, 0, sizeof *p);
	world_open(&p->w);
	p->templates = template_cache_new();
	assert_non_null(p->templates);
	p->w.settings->name = "Campus Helpdesk";
	world_staff(&p->w, TOM, "Tom Berger", ROLE_MANAGER);
}

static inline void
pages_close(struct pages *p)
{
	buf_free(&p->a.body);
	template_cache_free(&p->templates);
	world_close(&p->w);
}

static inline void
pages_must(int rc, const struct err *err)
{
	if (rc == -1)
		fail_msg("%s", err->msg);
}

static inline struct person
pages_person(struct pages *p, const char *address)
{
	struct person person = { 0 };
	struct err err = { 0 };

	pages_must(person_find(p->w.desk.db, address, p->w.arena, &person,
	    &err), &err);
	return person;
}

/* A parameter of the next question. */
static inline void
pages_set(struct pages *p, const char *name, const char *value)
{
	assert_true(p->nparams < sizeof p->params / sizeof p->params[0]);
	p->params[p->nparams++] = (struct page_param){ name, value };
}

/* The page as the person of that address gets it (NULL: nobody is logged in),
 * whole, an attachment too. */
static inline const char *
pages_get(struct pages *p, page_fn *fn, const char *address, int64_t number,
    int64_t id)
{
	struct person person = { 0 };
	struct err err = { 0 };
	struct page_request r = { .settings = p->w.settings,
	    .db = p->w.desk.db, .arena = p->w.arena, .path = "/",
	    .number = number, .id = id, .format = p->format,
	    .now_ms = p->w.desk.now_ms, .templates = p->templates,
	    .params = p->params, .nparams = p->nparams };
	char piece[1000];
	ssize_t n;

	if (address != NULL) {
		person = pages_person(p, address);
		r.viewer = (struct viewer){ person.id, person.role,
		    person.address, person.name };
	}
	buf_free(&p->a.body);
	p->a = (struct page_answer){ .body = BUF_INIT(PAGE_MAX) };
	pages_must(db_begin(r.db, &err), &err);
	pages_must(fn(&r, &p->a, &err), &err);
	db_rollback(r.db);
	p->nparams = 0;
	if (p->a.stream != NULL) {
		while ((n = p->a.stream->read(p->a.stream->self, r.db, piece,
		    sizeof piece)) > 0)
			buf_add(&p->a.body, piece, (size_t)n);
		assert_int_equal(n, 0);
		assert_int_equal(p->a.body.len, p->a.stream->size);
		p->a.stream->close(p->a.stream->self);
	}
	return buf_str(&p->a.body);
}

static inline void
pages_has(struct pages *p, const char *text)
{
	if (strstr(buf_str(&p->a.body), text) == NULL)
		fail_msg("\"%s\" is missing in:\n%s", text,
		    buf_str(&p->a.body));
}

static inline void
pages_lacks(struct pages *p, const char *text)
{
	if (strstr(buf_str(&p->a.body), text) != NULL)
		fail_msg("\"%s\" must not be in:\n%s", text,
		    buf_str(&p->a.body));
}

static inline int
pages_status(const struct pages *p)
{
	return p->a.status == 0 ? 200 : p->a.status;
}

/* A mail of that address to the desk; the ticket it is on. */
static inline int64_t
pages_mail(struct pages *p, const char *from, const char *subject,
    const char *body)
{
	return world_mail(&p->w, 0, world_text(&p->w, "From: %s\nTo: "
	    "helpdesk@campus.example\nSubject: %s\nMessage-ID: <m%lld@x>\n"
	    "Content-Type: text/plain; charset=utf-8\n\n%s\n", from, subject,
	    (long long)p->w.uid, body)).ticket;
}

/* What staff do at a terminal. */
static inline struct actor
pages_actor(struct pages *p, const char *address)
{
	struct actor actor = { 0 };
	struct err err = { 0 };

	p->w.desk.now_ms += 60000;
	pages_must(db_begin(p->w.desk.db, &err), &err);
	pages_must(act_terminal(&p->w.desk, address, &actor, &err), &err);
	return actor;
}

static inline void
pages_done(struct pages *p, int rc, const struct err *err)
{
	struct err commit = { 0 };

	pages_must(rc, err);
	pages_must(db_commit(p->w.desk.db, &commit), &commit);
}

static inline void
pages_reply(struct pages *p, const char *who, int64_t ticket,
    const char *text)
{
	struct actor actor = pages_actor(p, who);
	struct err err = { 0 };
	int64_t id;

	pages_done(p, act_reply(&p->w.desk, &actor, ticket, text, &id, &err),
	    &err);
}

static inline void
pages_note(struct pages *p, const char *who, int64_t ticket,
    const char *text)
{
	struct actor actor = pages_actor(p, who);
	struct err err = { 0 };
	int64_t id;

	pages_done(p, act_note(&p->w.desk, &actor, ticket, text, &id, &err),
	    &err);
}

static inline void
pages_field(struct pages *p, const char *who, int64_t ticket,
    const char *field, const char *value)
{
	struct actor actor = pages_actor(p, who);
	struct err err = { 0 };

	pages_done(p, act_set(&p->w.desk, &actor, ticket, field, value,
	    &err), &err);
}

#endif
