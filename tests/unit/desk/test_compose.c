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

#include "base/text.h"
#include "base/utf8.h"
#include "db/people_store.h"
#include "db/raw_store.h"
#include "desk/compose.h"
#include "desk/compose_context.h"
#include "desk/mail_template.h"
#include "desk/token.h"
#include "parsers/decode.h"
#include "parsers/mail.h"
#include "tests/unit/desk/world.h"

#define JANA	"jana@students.example"
#define MIA	"mia@campus.example"

/* A ticket of Jana with a public answer of Mia and a note, and what was
 * composed last: as sent, and read back by our own parser. */
struct story {
	struct world	 w;
	int64_t		 jana, mia, ticket, opening, answer, note;
	struct buf	 mail;
	struct mail	*read;
};

static void
must(int rc, const struct err *err)
{
	if (rc == -1)
		fail_msg("%s", err->msg);
}

static int64_t
say(struct story *s, int64_t author, const char *name, const char *address,
    enum message_visibility visibility, bool staff, const char *text)
{
	struct message m = { .ticket = s->ticket, .author = author,
	    .author_name = name, .author_address = address,
	    .visibility = visibility, .from_staff = staff, .text = text,
	    .source = "mail", .date_ms = s->w.desk.now_ms,
	    .message_id = staff ? NULL : "jana1@students.example" };
	struct err err = { 0 };

	must(db_begin(s->w.desk.db, &err), &err);
	must(message_insert(s->w.desk.db, &m, &m.id, &err), &err);
	must(db_commit(s->w.desk.db, &err), &err);
	return m.id;
}

static int64_t
person(struct story *s, const char *address, const char *name,
    enum person_role role)
{
	struct person p = { .name = name, .address = address, .role = role,
	    .categories = "" };
	struct err err = { 0 };

	must(db_begin(s->w.desk.db, &err), &err);
	must(person_add(s->w.desk.db, &p, s->w.desk.now_ms, &p.id, &err),
	    &err);
	must(db_commit(s->w.desk.db, &err), &err);
	return p.id;
}

static int
setup(void **state)
{
	static struct story s;
	struct ticket t = { .subject = "No light in B-301", .category = "it",
	    .location = "B-301", .tags = "", .source = "mail" };
	struct person mia;
	struct err err = { 0 };

	memset(&s, 0, sizeof s);
	world_open(&s.w);
	s.w.settings->url = "https://helpdesk.campus.example";
	must(person_find(s.w.desk.db, MIA, s.w.arena, &mia, &err), &err);
	s.mia = mia.id;
	s.jana = person(&s, JANA, "Jana Novak", ROLE_REQUESTER);
	t.requester = s.jana;
	t.created_ms = t.updated_ms = s.w.desk.now_ms;
	must(db_begin(s.w.desk.db, &err), &err);
	must(ticket_insert(s.w.desk.db, &t, &err), &err);
	must(db_commit(s.w.desk.db, &err), &err);
	s.ticket = t.number;
	s.opening = say(&s, s.jana, "Jana Novak", JANA, MESSAGE_PUBLIC, false,
	    "Hello,\n\nthe lamp is dark.\n  Jana");
	s.answer = say(&s, s.mia, "Mia Adler", MIA, MESSAGE_PUBLIC, true,
	    "We bring a new lamp at 2 + 2 = 4.\n\nMia");
	s.note = say(&s, s.mia, "Mia Adler", MIA, MESSAGE_NOTE, true,
	    "Third lamp this month.");
	s.mail = BUF_INIT(64 * 1024 * 1024);
	*state = &s;
	return 0;
}

static int
teardown(void **state)
{
	struct story *s = *state;

	buf_free(&s->mail);
	world_close(&s->w);
	return 0;
}

static struct outbox_row
row_to(struct story *s, const char *event, const char *to, int64_t to_id,
    int64_t message)
{
	static char id[TOKEN_ID_MAX];
	struct ticket t = world_ticket(&s->w, s->ticket);

	token_message_id(s->w.secret, t.key, t.number, 77, "campus.example",
	    id);
	return (struct outbox_row){ .id = 77, .ticket = s->ticket,
	    .person = to_id, .to = to, .event = event, .message = message,
	    .message_id = id, .in_reply_to = "jana1@students.example",
	    .references = "<jana0@students.example> <jana1@students.example>" };
}

/* What must hold of each mail: CR LF, 7-bit, lines, no place left. */
static void
assert_sound(const struct buf *b)
{
	size_t i, line = 0;

	assert_true(b->len > 4);
	for (i = 0; i < b->len; i++) {
		unsigned char c = (unsigned char)b->p[i];

		assert_true(c < 0x7f && (c >= ' ' || c == '\t' || c == '\r' ||
		    c == '\n'));
		if (c == '\n')
			assert_true(i > 0 && b->p[i - 1] == '\r');
		if (c == '\r')
			assert_true(i + 1 < b->len && b->p[i + 1] == '\n');
		line = c == '\n' ? 0 : line + 1;
		assert_true(line <= 999);
	}
}

static void
compose(struct story *s, const struct outbox_row *row)
{
	struct buf rendered = BUF_INIT(64 * 1024 * 1024);
	struct err err = { 0 };

	buf_reset(&s->mail);
	must(compose_render(&s->w.desk, row, &rendered, &err), &err);
	must(compose_fill(&s->w.desk, row, buf_slice(&rendered), &s->mail,
	    &err), &err);
	buf_free(&rendered);
	assert_sound(&s->mail);
	must(mail_parse(buf_slice(&s->mail), &mail_limits_default, s->w.arena,
	    &s->read, &err), &err);
}

static bool
has(struct story *s, const char *what)
{
	return strstr(buf_str(&s->mail), what) != NULL;
}

/* The value of a header, unfolded; NULL: none. */
static const char *
header(struct story *s, const char *name)
{
	const char *p = buf_str(&s->mail), *end;
	char *out;
	size_t n = 0;

	while (*p != '\r') {
		end = strstr(p, "\r\n");
		while (end[2] == ' ' || end[2] == '\t')
			end = strstr(end + 2, "\r\n");
		if (text_istarts(slice_of(p), name) &&
		    p[strlen(name)] == ':') {
			p += strlen(name) + 1;
			out = arena_alloc(s->w.arena, (size_t)(end - p) + 1);
			for (p += *p == ' '; p < end; p++)
				if (*p != '\r' && *p != '\n')
					out[n++] = *p;
			out[n] = '\0';
			return out;
		}
		p = end + 2;
	}
	return NULL;
}

/* A link in the HTML carries the mail's id, for clients that thread by nothing
 * else: what they quote of it finds its ticket. */
static void
assert_marked(struct story *s)
{
	const char *html = strstr(buf_str(&s->mail), "text/html");
	struct buf text = BUF_INIT(1 << 20);
	const char *id;

	assert_non_null(html);
	decode_all(slice_of(html), ENC_QP, &text);
	id = world_text(&s->w, "/tickets/%d#%s\"", (int)s->ticket,
	    s->read->message_id);
	assert_non_null(strstr(buf_str(&text), id));
	buf_free(&text);
}

static void
test_replied(void **state)
{
	struct story *s = *state;
	struct outbox_row row = row_to(s, "replied", JANA, s->jana,
	    s->answer);
	char token[TOKEN_REPLY_LEN + 1];
	int64_t ticket, item;

	compose(s, &row);
	assert_string_equal(header(s, "From"),
	    "\"Mia Adler via Campus Helpdesk\" <helpdesk@campus.example>");
	assert_string_equal(header(s, "To"), "\"Jana Novak\" <" JANA ">");
	assert_string_equal(s->read->subject, world_text(&s->w,
	    "[#%d] No light in B-301", (int)s->ticket));
	token_reply(s->w.secret, world_ticket(&s->w, s->ticket).key, s->jana,
	    77, token);
	assert_string_equal(header(s, "Reply-To"), world_text(&s->w,
	    "\"Campus Helpdesk\" <helpdesk+%s@campus.example>", token));
	assert_true(token_message_id_read(slice_of(s->read->message_id),
	    &ticket, &item));
	assert_int_equal(ticket, s->ticket);
	assert_int_equal(item, 77);
	assert_string_equal(header(s, "In-Reply-To"),
	    "<jana1@students.example>");
	assert_string_equal(header(s, "References"),
	    "<jana0@students.example> <jana1@students.example>");
	assert_string_equal(header(s, "Date"),
	    "Wed, 25 Nov 2026 09:00:00 +0000");
	assert_null(header(s, "Auto-Submitted"));
	assert_null(header(s, "X-Auto-Response-Suppress"));
	assert_true(token_loop_check(s->w.secret, slice_of(header(s,
	    "X-Campusdesk-Loop"))));
	assert_non_null(strstr(s->read->text, "Mia Adler wrote:\n\nWe bring a "
	    "new lamp at 2 + 2 = 4.\n\nMia\n"));
	assert_non_null(strstr(s->read->text, "\n-- Please write above this "
	    "line --\nOn 25 November 2026 you wrote:\n> Hello,\n> \n> the lamp "
	    "is dark.\n>   Jana\n"));
	/* I7 */
	assert_null(strstr(s->read->text, "Third lamp"));
	assert_false(has(s, MIA));
	assert_marked(s);
}

/* What no person wrote says so, and names none. */
static void
test_acknowledged(void **state)
{
	struct story *s = *state;
	struct outbox_row row = row_to(s, "acknowledged", JANA, s->jana,
	    s->opening);

	row.automatic = true;
	compose(s, &row);
	assert_string_equal(header(s, "From"),
	    "\"Campus Helpdesk\" <helpdesk@campus.example>");
	assert_string_equal(header(s, "Auto-Submitted"), "auto-replied");
	assert_string_equal(header(s, "X-Auto-Response-Suppress"), "All");
	assert_non_null(strstr(s->read->text, "Hello Jana Novak,"));
	assert_null(strstr(s->read->text, "the lamp is dark"));
	assert_int_equal(s->read->nattachments, 0);
}

/* To a sender who is not proven nothing of theirs comes back. */
static void
test_bare(void **state)
{
	struct story *s = *state;
	struct outbox_row row = row_to(s, "acknowledged", JANA, s->jana, 0);

	row.automatic = row.bare = true;
	row.detail = "{\"why\":\"BUY NOW\"}";
	compose(s, &row);
	assert_string_equal(header(s, "To"), "<" JANA ">");
	assert_string_equal(s->read->subject, world_text(&s->w,
	    "[#%d] We have received your message", (int)s->ticket));
	assert_false(has(s, "Jana Novak") || has(s, "No light") ||
	    has(s, "B-301") || has(s, "BUY") || has(s, "lamp"));
	assert_string_equal(header(s, "In-Reply-To"),
	    "<jana1@students.example>");
}

static const char *
first_line(const char *text, char out[200])
{
	snprintf(out, 200, "%.*s", (int)strcspn(text, "\n"), text);
	return out;
}

static void
watch(struct story *s, int64_t id)
{
	struct err err = { 0 };

	must(db_begin(s->w.desk.db, &err), &err);
	must(watcher_add(s->w.desk.db, s->ticket, id, &err), &err);
	must(db_commit(s->w.desk.db, &err), &err);
}

#define INTERNAL "Only staff read an answer to this mail."

static void
test_who_reads_an_answer(void **state)
{
	struct story *s = *state;
	struct settings_category *it = &s->w.settings->categories[0];
	static const struct {
		const char		*event;
		int			 watchers, note;
		enum settings_say	 say;
		const char		*line;
	} t[] = {
		{ "staff-new-ticket", 0, 0, SAY_REPLY,
		    "Your answer goes to Jana Novak." },
		{ "staff-requester-reply", 1, 0, SAY_REPLY,
		    "Your answer goes to Jana Novak and 1 watcher." },
		{ "staff-requester-reply", 2, 0, SAY_REPLY,
		    "Your answer goes to Jana Novak and 2 watchers." },
		{ "staff-requester-reply", 2, 0, SAY_ASK, "You will be asked "
		    "before your answer goes to Jana Novak and 2 watchers." },
		{ "staff-requester-reply", 2, 0, SAY_NOTE, INTERNAL },
		{ "staff-requester-reply", 2, 1, SAY_REPLY, INTERNAL },
		{ "refused", 2, 1, SAY_REPLY, INTERNAL },
		{ "confirm", 2, 1, SAY_REPLY, INTERNAL },
		{ "quarantined", 2, 1, SAY_REPLY, INTERNAL },
		{ "delivery-failed", 2, 0, SAY_REPLY, INTERNAL },
	};
	int watchers = 0;
	char line[200];

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct outbox_row row = row_to(s, t[i].event, MIA, s->mia,
		    t[i].note ? s->note : s->opening);

		print_message("%s: %s\n", t[i].event, t[i].line);
		row.automatic = true;
		for (; watchers < t[i].watchers; watchers++)
			watch(s, person(s, world_text(&s->w, "w%d@x.example",
			    watchers), "", ROLE_REQUESTER));
		it->mail_reply = t[i].say;
		if (strcmp(t[i].event, "delivery-failed") == 0)
			row.message = 0;
		compose(s, &row);
		assert_string_equal(first_line(s->read->text, line),
		    t[i].line);
	}
	it->mail_reply = SAY_REPLY;
}

/* Staff see who, what and how well it is proven. */
static void
test_staff_mail(void **state)
{
	struct story *s = *state;
	struct outbox_row row = row_to(s, "staff-requester-reply", MIA, s->mia,
	    s->opening);

	row.automatic = true;
	compose(s, &row);
	assert_string_equal(header(s, "From"),
	    "\"Jana Novak via Campus Helpdesk\" <helpdesk@campus.example>");
	assert_string_equal(header(s, "Auto-Submitted"), "auto-generated");
	assert_non_null(strstr(s->read->text, "the lamp is dark."));
	assert_non_null(strstr(s->read->text, "Jana Novak <" JANA ">"));
	assert_non_null(strstr(s->read->text, "not proven"));
	/* about no ticket, to admins */
	row = row_to(s, "delivery-failed", MIA, s->mia, 0);
	row.ticket = 0;
	row.detail = "{\"to\":\"x@y.example\",\"error\":\"550 nobody\"}";
	compose(s, &row);
	assert_string_equal(s->read->subject, "Not delivered to x@y.example");
	assert_non_null(strstr(s->read->text, "550 nobody"));
}

static void
test_internal_stays(void **state)
{
	struct story *s = *state;
	int64_t held = say(s, 0, "Eve", "eve@x.example", MESSAGE_HELD, false,
	    "let me in");
	int64_t gone = person(s, "old@campus.example", "Old", ROLE_STAFF);
	struct person p;
	struct err err = { 0 };
	static const char *const all[] = { "replied", "closed", "reopened",
	    "acknowledged", "staff-requester-reply", "no-such-event" };

	must(person_get(s->w.desk.db, gone, s->w.arena, &p, &err), &err);
	p.removed = true;
	must(db_begin(s->w.desk.db, &err), &err);
	must(person_update(s->w.desk.db, &p, &err), &err);
	must(db_commit(s->w.desk.db, &err), &err);
	for (size_t i = 0; i < sizeof all / sizeof all[0] * 6; i++) {
		const struct { const char *to; int64_t id, message; } who[] = {
			{ JANA, s->jana, s->note }, { JANA, s->jana, held },
			{ "old@campus.example", gone, s->note },
			{ "x@list.example", 0, s->note },
			{ "x@list.example", 0, held },
			{ MIA, 0, s->note },
		};
		struct outbox_row row = row_to(s, all[i / 6], who[i % 6].to,
		    who[i % 6].id, who[i % 6].message);
		struct buf out = BUF_INIT(1 << 20);

		err.code = ERR_NONE;
		assert_int_equal(compose_render(&s->w.desk, &row, &out, &err),
		    -1);
		assert_int_equal(err.code, ERR_FATAL);
		assert_int_equal(out.len, 0);
		buf_free(&out);
	}
}

/* A mail for staff is for staff, public words in it or not; and what was held
 * is not quoted to whoever wrote it. */
static void
test_staff_events(void **state)
{
	struct story *s = *state;
	static const char *const internal[] = { "staff-new-ticket",
	    "staff-requester-reply", "refused", "quarantined",
	    "delivery-failed" };
	struct outbox_row row;
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof internal / sizeof internal[0]; i++) {
		struct buf out = BUF_INIT(1 << 20);

		row = row_to(s, internal[i], JANA, s->jana, s->opening);
		assert_int_equal(compose_render(&s->w.desk, &row, &out, &err),
		    -1);
		assert_int_equal(err.code, ERR_FATAL);
		buf_free(&out);
	}
	/* what she ordered herself may be asked about */
	row = row_to(s, "confirm", JANA, s->jana, s->opening);
	row.detail = "{\"as\":\"commands\",\"verbs\":\"!close\"}";
	row.bare = true;
	compose(s, &row);
	assert_true(has(s, "It is then done."));
	assert_true(has(s, "!close"));
	assert_false(has(s, "Jana Novak") || has(s, "No light") ||
	    has(s, "lamp"));
	assert_string_equal(s->read->subject, world_text(&s->w,
	    "[#%d] Did you write this?", (int)s->ticket));
	assert_false(has(s, "go out as your answer"));
	say(s, s->jana, "Jana Novak", JANA, MESSAGE_HELD, false,
	    "held words");
	row = row_to(s, "replied", JANA, s->jana, s->answer);
	compose(s, &row);
	assert_false(has(s, "held words"));
}

/* Nothing of another ticket, nothing that is gone, no bad address. */
static void
test_refused_rows(void **state)
{
	struct story *s = *state;
	struct ticket other = { .subject = "Other", .category = "it",
	    .location = "", .tags = "", .source = "mail" };
	struct outbox_row t[5];
	static const enum err_code codes[] = { ERR_FATAL, ERR_INPUT, ERR_INPUT,
	    ERR_INPUT, ERR_INPUT };
	struct err err = { 0 };

	must(db_begin(s->w.desk.db, &err), &err);
	must(ticket_insert(s->w.desk.db, &other, &err), &err);
	must(db_commit(s->w.desk.db, &err), &err);
	for (int i = 0; i < 5; i++)
		t[i] = row_to(s, "replied", JANA, s->jana, s->answer);
	t[0].ticket = other.number;
	t[1].message = 99999;
	t[2].ticket = 99999;
	t[3].to = "a@b.example\r\nRCPT TO:<c@d.example>";
	t[4].person = 99999;
	for (int i = 0; i < 5; i++) {
		struct buf out = BUF_INIT(1 << 20);

		print_message("%d\n", i);
		assert_int_equal(compose_render(&s->w.desk, &t[i], &out, &err),
		    -1);
		assert_int_equal(err.code, codes[i]);
		buf_free(&out);
	}
}

static void
test_hostile(void **state)
{
	static const char *const bad[] = {
		"x\r\nBcc: victim@evil.example\r\n\r\nHello",
		"{{desk.name}} {{{x}}} {{#a}} {{> foot.txt}} {{=<% %>=}}",
		"<script>alert(1)</script><img src=x onerror=alert(1)>",
		"\xe2\x80\xae" "elpmaxe.live\xe2\x81\xa6",
		"=?UTF-8?Q?=0D=0ABcc:_victim=40evil.example?=",
		"\"><a href='http://evil.example'>x</a>",
		"Mia <mia@campus.example>, x@y; z: q",
		"\x01T\x01 \x01" "A1\x01",
		"--=_alternative_77--\r\n\r\n.\r\n",
		".\nFrom evil\n.\n",
	};
	struct story *s = *state;
	const char *events[] = { "replied", "staff-new-ticket", "closed",
	    "refused" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0] * 4; i++) {
		const char *x = bad[i / 4];
		struct ticket t = world_ticket(&s->w, s->ticket);
		struct outbox_row row = row_to(s, events[i % 4], i % 2 == 0 ?
		    JANA : MIA, i % 2 == 0 ? s->jana : s->mia, 0);
		const char *clean, *html;
		struct err err = { 0 };

		print_message("%s %s\n", events[i % 4], x);
		t.subject = t.location = t.tags = x;
		must(db_begin(s->w.desk.db, &err), &err);
		must(ticket_update(s->w.desk.db, &t, &err), &err);
		must(db_commit(s->w.desk.db, &err), &err);
		row.message = say(s, s->jana, x, x, MESSAGE_PUBLIC, i % 3 == 0,
		    x);
		row.in_reply_to = x;
		row.references = x;
		row.detail = world_text(&s->w, "{\"why\":\"%s\"}",
		    i / 4 == 2 ? x : "");
		compose(s, &row);
		/* one of each header, two texts, no attachment */
		assert_false(s->read->duplicate_headers);
		assert_null(header(s, "Bcc"));
		assert_int_equal(s->read->from_count, 1);
		assert_string_equal(s->read->from.address,
		    "helpdesk@campus.example");
		assert_int_equal(s->read->to.n, 1);
		assert_string_equal(s->read->to.v[0].address, row.to);
		assert_int_equal(s->read->nattachments, 0);
		html = strstr(buf_str(&s->mail), "text/html");
		assert_non_null(html);
		assert_null(strstr(html, "<script"));
		assert_null(strstr(html, "<img"));
		assert_null(strstr(html, "href=3D'http://evil"));
		clean = s->read->from.name;
		assert_true(clean != NULL && strpbrk(clean, "<>@\",;:") ==
		    NULL);
		assert_null(strstr(s->read->subject, "\xe2\x80\xae"));
		/* a template in somebody's words is words */
		if (i / 4 == 1 && i % 4 < 2)
			assert_non_null(strstr(s->read->text,
			    "{{desk.name}} {{{x}}}"));
	}
}

/* A million words are cut, with a link to the whole. */
static void
test_long(void **state)
{
	struct story *s = *state;
	struct buf b = BUF_INIT(8 << 20);
	struct outbox_row row;

	for (int i = 0; i < 1000000; i++)
		buf_adds(&b, i % 1000 == 0 ? "w\xc3\xb6rd\n" : "word ");
	row = row_to(s, "replied", JANA, s->jana, say(s, s->mia, "Mia Adler",
	    MIA, MESSAGE_PUBLIC, true, buf_str(&b)));
	compose(s, &row);
	assert_true(s->mail.len < 1 << 20);
	assert_non_null(strstr(s->read->text, "This message is very long. The "
	    "whole of it: https://helpdesk.campus.example/tickets/"));
	buf_free(&b);
}

static const char raw_mail[] =
    "From: x\r\n\r\nbinary \x01\x02\xff\r\n.\r\n"	/* offset 11, 15 bytes */
    "aGVsbG8gd29ybGQK\r\n";			/* offset 26 */

/* Attachments of a public message go along while they fit. */
static void
test_attachments(void **state)
{
	struct story *s = *state;
	struct attachment a[] = {
		{ .message = s->answer, .name = "l\xc3\xa4mp.bin", .type =
		    "image/png", .size = 14, .sha256 = "", .offset = 11,
		    .length = 14, .encoding = "8bit" },
		{ .message = s->answer, .name = "big.iso", .type =
		    "application/x-iso", .size = 11000000, .sha256 = "",
		    .offset = 11, .length = 14, .encoding = "8bit" },
		{ .message = s->answer, .name = "x\r\nX-Evil: y", .type =
		    "text/plain\r\nX-Evil: z", .size = 12, .sha256 = "",
		    .offset = 26, .length = 16, .encoding = "base64" },
	};
	struct outbox_row row = row_to(s, "replied", JANA, s->jana,
	    s->answer);
	struct blob *blob = blob_start(1 << 20);
	struct buf part = BUF_INIT(1000);
	struct err err = { 0 };
	struct slice got;
	int64_t raw;

	must(blob_add(blob, raw_mail, sizeof raw_mail - 1, &err), &err);
	must(blob_done(blob, &err), &err);
	must(db_begin(s->w.desk.db, &err), &err);
	must(raw_put(s->w.desk.db, blob, 11, s->w.desk.now_ms, &raw, &err),
	    &err);
	for (int i = 0; i < 3; i++) {
		a[i].raw = raw;
		must(attachment_insert(s->w.desk.db, &a[i], &a[i].id, &err),
		    &err);
	}
	must(db_commit(s->w.desk.db, &err), &err);
	blob_free(&blob);
	compose(s, &row);
	assert_int_equal(s->read->nattachments, 2);
	assert_string_equal(s->read->attachments[0].name, a[0].name);
	assert_string_equal(s->read->attachments[0].type, "image/png");
	assert_string_equal(s->read->attachments[1].type,
	    "application/octet-stream");
	assert_null(header(s, "X-Evil"));
	assert_false(has(s, "\nX-Evil"));
	for (int i = 0; i < 2; i++) {
		const struct mail_attachment *m = &s->read->attachments[i];

		buf_reset(&part);
		got = (struct slice){ s->mail.p + m->offset, m->length };
		decode_all(got, m->encoding, &part);
		if (i == 0)
			assert_true(slice_eq(buf_slice(&part), (struct slice){
			    raw_mail + 11, 14 }));
		else
			assert_true(slice_is(buf_slice(&part),
			    "hello world\n"));
	}
	assert_non_null(strstr(s->read->text, "Not attached: big.iso (11.0 MB) "
	    "https://helpdesk.campus.example/tickets/"));
	/* a row of another message cannot carry them */
	must(compose_fill(&s->w.desk, &row, SLICE_LIT("x"), &part, &err),
	    &err);
	row.message = s->opening;
	assert_int_equal(compose_fill(&s->w.desk, &row, slice_of(world_text(
	    &s->w, "\x01" "A%d\x01", (int)a[0].id)), &part, &err), -1);
	assert_int_equal(err.code, ERR_FATAL);
	buf_free(&part);
}

static void
test_fill_faults(void **state)
{
	static const char *const bad[] = { "\x01", "a\x01T", "\x01\x01",
	    "\x01X\x01", "\x01" "A\x01", "\x01" "A1x\x01", "\x01" "A-1\x01",
	    "\x01TT\x01", "\x01" "A99999999999999999999\x01" };
	struct story *s = *state;
	struct outbox_row row = row_to(s, "replied", JANA, s->jana, 0);

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct buf out = BUF_INIT(1000);
		struct err err = { 0 };

		assert_int_equal(compose_fill(&s->w.desk, &row, slice_of(
		    bad[i]), &out, &err), -1);
		assert_int_equal(err.code, ERR_FATAL);
		buf_free(&out);
	}
}

/* The same bytes at each try; no secret in what is stored. */
static void
test_same_bytes(void **state)
{
	struct story *s = *state;
	struct outbox_row row = row_to(s, "replied", JANA, s->jana,
	    s->answer);
	struct buf rendered = BUF_INIT(1 << 20), one = BUF_INIT(1 << 20),
	    two = BUF_INIT(1 << 20);
	char token[TOKEN_REPLY_LEN + 1];
	struct err err = { 0 };

	must(compose_render(&s->w.desk, &row, &rendered, &err), &err);
	token_reply(s->w.secret, world_ticket(&s->w, s->ticket).key, s->jana,
	    77, token);
	assert_null(strstr(buf_str(&rendered), token));
	must(compose_fill(&s->w.desk, &row, buf_slice(&rendered), &one, &err),
	    &err);
	world_pass(&s->w, 3600);
	must(compose_fill(&s->w.desk, &row, buf_slice(&rendered), &two, &err),
	    &err);
	assert_true(slice_eq(buf_slice(&one), buf_slice(&two)));
	assert_non_null(strstr(buf_str(&one), token));
	buf_free(&rendered);
	buf_free(&one);
	buf_free(&two);
}

static void
test_addresses(void **state)
{
	struct story *s = *state;
	struct settings_category *it = &s->w.settings->categories[0];
	struct outbox_row row = row_to(s, "replied", JANA, s->jana,
	    s->answer);

	it->address = "it@campus.example";
	it->send_as = true;
	s->w.settings->subaddressing = false;
	compose(s, &row);
	assert_string_equal(header(s, "From"),
	    "\"Mia Adler via Campus Helpdesk\" <it@campus.example>");
	assert_string_equal(header(s, "Reply-To"),
	    "\"Campus Helpdesk\" <it@campus.example>");
	it->send_as = false;
	compose(s, &row);
	assert_string_equal(header(s, "Reply-To"),
	    "\"Campus Helpdesk\" <helpdesk@campus.example>");
}

static void
test_envelope(void **state)
{
	struct story *s = *state;
	struct settings *set = s->w.settings;
	struct outbox_row row = row_to(s, "replied", JANA, s->jana, 0);
	const char *verp;

	assert_string_equal(compose_envelope(&s->w.desk, &row),
	    "helpdesk@campus.example");
	set->smtp.envelope = ENVELOPE_NULL_AUTO;
	assert_string_equal(compose_envelope(&s->w.desk, &row),
	    "helpdesk@campus.example");
	row.automatic = true;
	assert_string_equal(compose_envelope(&s->w.desk, &row), "");
	set->smtp.envelope = ENVELOPE_VERP;
	verp = compose_envelope(&s->w.desk, &row);
	assert_memory_equal(verp, "helpdesk+", 9);
	assert_true(token_reply_check(s->w.secret, (struct slice){ verp + 9,
	    TOKEN_REPLY_LEN }, world_ticket(&s->w, s->ticket).key, s->jana));
	assert_string_equal(verp + 9 + TOKEN_REPLY_LEN, "@campus.example");
	set->subaddressing = false;
	assert_string_equal(compose_envelope(&s->w.desk, &row),
	    "helpdesk@campus.example");
}

/* 20 ids and 900 bytes at most; the first and the newest stay. */
static void
test_references(void **state)
{
	static const struct { int n, pad; const char *what; } t[] = {
		{ 1, 0, "one" }, { 20, 0, "twenty" }, { 60, 0, "many" },
		{ 30, 100, "long" }, { 3, 1000, "too long for a line" },
	};
	struct story *s = *state;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct outbox_row row = row_to(s, "replied", JANA, s->jana,
		    s->answer);
		struct buf b = BUF_INIT(100000);
		const char *got;
		char last[1100];
		int ids = 0;

		print_message("%s\n", t[i].what);
		for (int j = 0; j < t[i].n; j++) {
			buf_addf(&b, "%s<id%d", j == 0 ? "" : " ", j);
			for (int k = 0; k < t[i].pad; k++)
				buf_addc(&b, 'x');
			buf_adds(&b, "@x>");
		}
		row.references = buf_str(&b);
		compose(s, &row);
		got = header(s, "References");
		assert_true(strlen(got) <= 900);
		for (const char *p = got; *p != '\0'; p++)
			ids += *p == '<';
		assert_true(ids <= 20);
		if (t[i].pad < 1000) {
			assert_memory_equal(got, "<id0", 4);
			snprintf(last, sizeof last, "<id%d", t[i].n - 1);
			assert_non_null(strstr(got, last));
		}
		if (t[i].n >= 20 && t[i].pad == 0)
			assert_int_equal(ids, 20);
		buf_free(&b);
	}
}

static void
test_author(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ NULL, "" }, { "", "" }, { "Mia Adler", "Mia Adler" },
		{ "mia@campus.example", "mia" },
		{ "A<d>l\"e,r;:", "Adler" },
		{ "Mia\r\nBcc: x@y", "Mia Bcc x" },
		{ "\xe2\x80\xaeMia", "Mia" },
		{ "@", "" },
		{ "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
		    NULL },
	};
	struct story *s = *state;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		const char *got = compose_author(s->w.arena, t[i].in);

		if (t[i].out != NULL)
			assert_string_equal(got, t[i].out);
		else
			assert_int_equal(strlen(got), 60 * 2);
	}
}

static void
write_file(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

struct faults {
	char	text[2000];
	int	n;
};

static void
note_fault(const char *template_name, const char *fault, void *arg)
{
	struct faults *f = arg;
	size_t len = strlen(f->text);

	f->n++;
	snprintf(f->text + len, sizeof f->text - len, "%s: %s\n",
	    template_name, fault);
}

/* The administrator's copy wins; a broken one is told and passed over. */
static void
test_own_templates(void **state)
{
	struct story *s = *state;
	struct outbox_row row = row_to(s, "replied", JANA, s->jana,
	    s->answer);
	struct faults faults = { .n = 0 };
	struct err err = { 0 };
	char dir[128], sub[160];

	assert_int_equal(compose_check(s->w.settings, note_fault, &faults,
	    &err), 0);
	assert_int_equal(faults.n, 0);
	s->w.settings->directory = s->w.dir;
	snprintf(dir, sizeof dir, "%s/templates", s->w.dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	snprintf(sub, sizeof sub, "%s/mail", dir);
	assert_int_equal(mkdir(sub, 0700), 0);
	snprintf(sub, sizeof sub, "%s/mail/en_US", dir);
	assert_int_equal(mkdir(sub, 0700), 0);
	write_file(sub, "replied.txt.mustache", "Our own: {{message.text}}\n");
	write_file(sub, "replied.subject.mustache", "x {{#broken}}\n");
	write_file(sub, "foot.html.mustache", "{{> nothing}}{{/oops}}");
	compose(s, &row);
	assert_memory_equal(s->read->text, "Our own: We bring", 17);
	assert_non_null(strstr(s->read->subject, "No light in B-301"));
	assert_true(has(s, "</html>"));
	assert_int_equal(compose_check(s->w.settings, note_fault, &faults,
	    &err), 1);
	assert_non_null(strstr(faults.text, "replied.subject.mustache: line "
	    "1: a section that does not end: broken"));
	assert_non_null(strstr(faults.text, "replied.html.mustache: partial "
	    "foot.html: line 1: the end of a section that is not open"));
	assert_null(strstr(faults.text, "replied.txt"));
	assert_null(strstr(faults.text, "staff-new-ticket"));
	unlink(world_text(&s->w, "%s/replied.txt.mustache", sub));
	unlink(world_text(&s->w, "%s/replied.subject.mustache", sub));
	unlink(world_text(&s->w, "%s/foot.html.mustache", sub));
	rmdir(sub);
	rmdir(world_text(&s->w, "%s/mail", dir));
	rmdir(dir);
}

/* Every event has its three templates, and no name leads out of the folder. */
static void
test_templates_are_there(void **state)
{
	static const char *const bad[] = { "../../../etc/passwd", "", ".",
	    "a/b", "no-such" };
	struct template_folders folders = { .shipped = "templates",
	    .locale = "en_US" };
	json_t *context = json_object();
	struct err err = { 0 };

	(void)state;
	for (int i = 0; compose_events[i] != NULL; i++)
		for (int part = 0; part < NPART; part++) {
			struct buf out = BUF_INIT(1 << 20);

			must(mail_template_render(&folders, compose_events[i],
			    (enum mail_part)part, context, &out, &err), &err);
			buf_free(&out);
		}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct buf out = BUF_INIT(1 << 20);

		assert_int_equal(mail_template_render(&folders, bad[i],
		    PART_TXT, context, &out, &err), -1);
		assert_int_equal(err.code, ERR_FATAL);
		buf_free(&out);
	}
	/* another language falls back */
	folders.locale = "tlh_QO";
	for (int part = 0; part < NPART; part++) {
		struct buf out = BUF_INIT(1 << 20);

		must(mail_template_render(&folders, "closed",
		    (enum mail_part)part, context, &out, &err), &err);
		buf_free(&out);
	}
	json_decref(context);
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_replied), T(test_acknowledged), T(test_bare),
		T(test_who_reads_an_answer), T(test_staff_mail),
		T(test_internal_stays), T(test_staff_events),
		T(test_refused_rows),
		T(test_hostile), T(test_long), T(test_attachments),
		T(test_fill_faults), T(test_same_bytes), T(test_addresses),
		T(test_envelope), T(test_references), T(test_author),
		T(test_own_templates), T(test_templates_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
