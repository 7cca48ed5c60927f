#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "db/audit_store.h"
#include "db/people_store.h"
#include "tests/unit/desk/story_inside.h"

#define FILE_MAX	65536	/* bytes of a story */

void
story_fail(struct story *s, const char *fmt, ...)
{
	char why[2000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	s->said = true;
	print_error("%s:%d: %s\n    %s\n", s->file, s->line.number,
	    s->line.text == NULL ? "" : s->line.text, why);
	fail();
	abort();		/* fail() does not return, but does not say so */
}

/* ---- names ---- */

const struct story_name *
story_person(struct story *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->npersons; i++)
		if (strcmp(s->person[i].name, name) == 0)
			return &s->person[i];
	if (strchr(name, '@') == NULL)
		return NULL;
	story_add_person(s, name, name, "");
	return &s->person[s->npersons - 1];
}

struct story_name *
story_ticket(struct story *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->ntickets; i++)
		if (strcmp(s->ticket[i].name, name) == 0)
			return &s->ticket[i];
	return NULL;
}

void
story_add_person(struct story *s, const char *name, const char *address,
    const char *full)
{
	if (s->npersons == STORY_NAMES)
		story_fail(s, "too many people");
	s->person[s->npersons++] = (struct story_name){
	    .name = world_text(&s->w, "%s", name),
	    .address = world_text(&s->w, "%s", address),
	    .full = world_text(&s->w, "%s", full) };
}

void
story_add_ticket(struct story *s, const char *name, int64_t number)
{
	if (story_ticket(s, name) != NULL)
		story_fail(s, "there is a ticket called %s already", name);
	if (s->ntickets == STORY_NAMES)
		story_fail(s, "too many tickets");
	s->ticket[s->ntickets++] = (struct story_name){
	    .name = world_text(&s->w, "%s", name), .ticket = number };
}

/* ---- {…} ---- */

/* {Jo}: the address; {wifi}: the number; {Jo replied id}, {Jo replied
 * address}: of the newest such mail to Jo. */
static const char *
meaning(struct story *s, const char *what)
{
	char name[64] = "", event[64] = "", part[64] = "";
	const struct story_name *p, *t;
	struct outbox_row row;
	int n = sscanf(what, "%63s %63s %63s", name, event, part);

	p = n < 1 ? NULL : story_person(s, name);
	t = n < 1 ? NULL : story_ticket(s, name);
	if (n == 1 && strcmp(name, "desk") == 0)
		return s->w.settings->address;
	if (n == 1 && p != NULL)
		return p->address;
	if (n == 1 && t != NULL)
		return world_text(&s->w, "%lld", (long long)t->ticket);
	if (n != 3 || p == NULL)
		story_fail(s, "{%s} means nothing", what);
	row = world_row(&s->w, p->address, event);
	if (strcmp(part, "id") == 0)
		return row.message_id;
	if (strcmp(part, "address") != 0)
		story_fail(s, "{%s}: id or address", what);
	return world_reply_to(&s->w, &row);
}

const char *
story_filled(struct story *s, const char *text)
{
	const char *out = "", *open, *close;

	while ((open = strchr(text, '{')) != NULL &&
	    (close = strchr(open, '}')) != NULL) {
		out = world_text(&s->w, "%s%.*s%s", out, (int)(open - text),
		    text, meaning(s, world_text(&s->w, "%.*s",
		    (int)(close - open - 1), open + 1)));
		text = close + 1;
	}
	return world_text(&s->w, "%s%s", out, text);
}

/* ---- words ---- */

/* One word from *p on: up to a blank or comma, or a text in quotes. */
static void
next_word(struct story *s, struct story_line *l, const char **p)
{
	char word[4096];
	size_t n = 0;
	bool quoted = **p == '"', name = false;

	*p += quoted;
	while (**p != '\0' && (quoted ? **p != '"' : name ||
	    (**p != ' ' && **p != ','))) {
		name = **p == '{' || (name && **p != '}');
		if (quoted && **p == '\\' && (*p)[1] != '\0') {
			(*p)++;
			word[n++] = **p == 'n' ? '\n' : **p;
		} else
			word[n++] = **p;
		if (n == sizeof word - 1)
			story_fail(s, "a word too long");
		(*p)++;
	}
	if (quoted && **p != '"')
		story_fail(s, "a quote that does not end");
	*p += quoted;
	word[n] = '\0';
	if (l->n == STORY_WORDS)
		story_fail(s, "too many words");
	l->quoted[l->n] = quoted;
	l->word[l->n++] = story_filled(s, world_text(&s->w, "%s", word));
}

static void
split(struct story *s, struct story_line *l)
{
	const char *p = l->text;

	l->n = 0;
	for (;;) {
		p += strspn(p, " ,");
		if (*p == '\0')
			return;
		next_word(s, l, &p);
	}
}

static bool
is_number(const char *s)
{
	return *s != '\0' && strspn(s, "0123456789") == strlen(s);
}

static bool
is_possessive(struct story *s, const char *word)
{
	size_t len = strlen(word);

	return len > 2 && strcmp(word + len - 2, "'s") == 0 &&
	    story_person(s, world_text(&s->w, "%.*s", (int)(len - 2),
	    word)) != NULL;
}

static bool
fits(struct story *s, const char *form, const char *word, bool quoted)
{
	if (strcmp(form, "TEXT") == 0)
		return quoted;
	if (quoted)
		return false;
	if (strcmp(form, "PERSON") == 0)
		return story_person(s, word) != NULL;
	if (strcmp(form, "PERSONS") == 0)
		return is_possessive(s, word);
	if (strcmp(form, "TICKET") == 0)
		return story_ticket(s, word) != NULL;
	if (strcmp(form, "N") == 0)
		return is_number(word);
	return strcmp(form, "WORD") == 0 || strcmp(form, word) == 0;
}

static bool
matches(struct story *s, const char *form, const struct story_line *l)
{
	char want[32];
	size_t i;

	for (i = 0; *form != '\0'; i++) {
		size_t len = strcspn(form, " ");

		snprintf(want, sizeof want, "%.*s", (int)len, form);
		if (strcmp(want, "...") == 0)
			return true;
		if (i == l->n || !fits(s, want, l->word[i], l->quoted[i]))
			return false;
		form += len + (form[len] == ' ');
	}
	return i == l->n;
}

static const struct story_rule *
rule_of(struct story *s, const struct story_rule *rules,
    const struct story_line *l)
{
	for (; rules->form != NULL; rules++)
		if (matches(s, rules->form, l))
			return rules;
	return NULL;
}

static void
tell(struct story *s)
{
	const struct story_rule *deed, *view;

	split(s, &s->line);
	view = rule_of(s, story_views, &s->line);
	deed = view != NULL ? NULL : rule_of(s, story_mails, &s->line);
	if (view == NULL && deed == NULL)
		deed = rule_of(s, story_deeds, &s->line);
	if (view == NULL && deed == NULL)
		story_fail(s, "these words are no statement, or name nobody");
	if (s->refused != NULL && strcmp(s->line.word[0], "refused") != 0)
		story_fail(s, "before this, it was refused: %s", s->refused);
	if (view != NULL && s->line.block != NULL)
		story_fail(s, "indented words belong to no mail");
	(view != NULL ? view : deed)->fn(s, &s->line);
	s->expected += view != NULL;
}

/* ---- what a step sent ---- */

void
story_step(struct story *s)
{
	s->nsent = 0;
	s->result = (struct intake_result){ 0 };
	s->refused = NULL;
}

static int
keep_sent(const struct outbox_row *row, void *arg)
{
	struct story *s = arg;

	if (s->nsent == STORY_MAILS)
		return 1;
	s->sent[s->nsent++] = (struct story_sent){ .row = *row };
	return 0;
}

/* White space of any length is one blank: mail clients wrap. */
const char *
story_squeezed(struct story *s, const char *text)
{
	char *out = arena_alloc(s->w.arena, strlen(text) + 1), *p = out;

	for (; *text != '\0'; text++)
		if (strchr(" \t\n\r", *text) == NULL)
			*p++ = *text;
		else if (p > out && p[-1] != ' ')
			*p++ = ' ';
	*p = '\0';
	return out;
}

static const char *
readable(struct story *s, const char *raw)
{
	struct mail *mail = NULL;
	struct err err = { 0 };

	if (mail_parse(slice_of(raw), &mail_limits_default, s->w.arena, &mail,
	    &err) == -1)
		story_fail(s, "%s", err.msg);
	return story_squeezed(s, world_text(&s->w, "%s\n%s", mail->subject,
	    mail->text));
}

/* I7: no words of a note or a held message of any ticket leave to who is not
 * staff, unless the same words are public somewhere on the ticket. */
static void
look_for_notes(struct story *s, const struct story_sent *sent)
{
	struct message *v;
	struct err err = { 0 };
	size_t n, i, j, t;

	for (t = 0; t < s->ntickets; t++) {
		if (message_list(s->w.desk.db, s->ticket[t].ticket, 0, 1000,
		    s->w.arena, &v, &n, &err) == -1)
			story_fail(s, "%s", err.msg);
		for (i = 0; i < n; i++) {
			const char *text = story_squeezed(s, v[i].text);

			if (v[i].visibility == MESSAGE_PUBLIC ||
			    strlen(text) < 20 || strstr(sent->text,
			    text) == NULL)
				continue;
			for (j = 0; j < n; j++)
				if (v[j].visibility == MESSAGE_PUBLIC &&
				    strstr(story_squeezed(s, v[j].text),
				    text) != NULL)
					break;
			if (j == n)
				story_fail(s, "%s to %s shows what is not "
				    "public: %s", sent->row.event,
				    sent->row.to, text);
		}
	}
}

static void
look_at(struct story *s, struct story_sent *sent)
{
	struct person p = { .role = ROLE_REQUESTER };
	struct err err = { 0 };
	size_t i;

	sent->raw = world_rendered(&s->w, &sent->row);
	sent->text = readable(s, sent->raw);
	if (sent->row.person != 0 && person_get(s->w.desk.db,
	    sent->row.person, s->w.arena, &p, &err) == -1)
		story_fail(s, "%s", err.msg);
	if (p.role != ROLE_REQUESTER)
		return;
	for (i = 0; i < s->nsecrets; i++)
		if (strstr(sent->text, s->secret[i]) != NULL ||
		    strstr(sent->raw, s->secret[i]) != NULL)
			story_fail(s, "%s to %s has the secret \"%s\"",
			    sent->row.event, sent->row.to, s->secret[i]);
	look_for_notes(s, sent);
}

/* One mail in, at most one to each other person about the same thing. */
static void
look_for_doubles(struct story *s)
{
	size_t i, j;

	for (i = 0; s->from != NULL && i < s->nsent; i++)
		for (j = 0; j < i; j++) {
			const struct outbox_row *a = &s->sent[i].row,
			    *b = &s->sent[j].row;

			if (strcmp(a->to, b->to) == 0 && a->ticket ==
			    b->ticket && a->message == b->message &&
			    strcmp(a->to, s->from) != 0)
				story_fail(s, "%s gets two mails of one: %s "
				    "and %s", a->to, b->event, a->event);
		}
}

void
story_look(struct story *s)
{
	struct err err = { 0 };
	size_t i;

	if (outbox_list(s->w.desk.db, true, s->last_row, STORY_MAILS + 1,
	    s->w.arena, keep_sent, s, &err) == -1)
		story_fail(s, "%s", err.msg);
	for (i = 0; i < s->nsent; i++) {
		look_at(s, &s->sent[i]);
		if (s->sent[i].row.id > s->last_row)
			s->last_row = s->sent[i].row.id;
	}
	look_for_doubles(s);
}

/* ---- the file ---- */

static char *
load(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, FILE_MAX + 1);
	size_t n;

	if (f == NULL || text == NULL)
		fail_msg("%s cannot be read", path);
	n = fread(text, 1, FILE_MAX, f);
	fclose(f);
	if (n == FILE_MAX)
		fail_msg("%s is too long", path);
	return text;
}

static char *
take_line(char **rest)
{
	char *line = *rest, *end = strchr(line, '\n');

	if (end != NULL)
		*end = '\0';
	*rest = end == NULL ? line + strlen(line) : end + 1;
	return line;
}

/* Indented lines (and empty ones between) that follow. */
static const char *
take_block(struct story *s, char **rest, int *number)
{
	const char *block = NULL, *gap = "";

	for (;;) {
		const char *p = *rest;

		if (*p == '\n') {
			gap = world_text(&s->w, "%s\n", gap);
			(*rest)++;
			(*number)++;
			continue;
		}
		if (*p != ' ' && *p != '\t')
			return block;
		p = take_line(rest);
		(*number)++;
		block = world_text(&s->w, "%s%s%s\n", block == NULL ? "" :
		    block, block == NULL ? "" : gap, *p == '\t' ? p + 1 :
		    strncmp(p, "    ", 4) == 0 ? p + 4 : p + 1);
		gap = "";
	}
}

static void
tell_all(struct story *s, char *rest)
{
	int number = 0;

	while (*rest != '\0') {
		char *line = take_line(&rest);

		number++;
		if (*line == '#' || strspn(line, " \t") == strlen(line))
			continue;
		s->line = (struct story_line){ .number = number,
		    .text = line };
		s->line.block = take_block(s, &rest, &number);
		tell(s);
	}
}

static void
begin(struct story *s, const char *path)
{
	static const char *const cast[][3] = {
		{ "Jo", "jo@students.example", "Jo Doe" },
		{ "Ann", "ann@students.example", "Ann Lee" },
		{ "Bob", "bob@students.example", "Bob Ray" },
		{ "Eve", "eve@elsewhere.example", "Eve Moss" },
		{ "Mia", "mia@campus.example", "Mia Adler" },
	};
	size_t i;

	memset(s, 0, sizeof *s);
	s->file = path;
	world_open(&s->w);
	s->w.settings->url = "https://desk.campus.example";
	for (i = 0; i < sizeof cast / sizeof cast[0]; i++)
		story_add_person(s, cast[i][0], cast[i][1], cast[i][2]);
}

/* What must hold at the end of every story. */
static void
end(struct story *s)
{
	struct err err = { 0 };

	if (s->refused != NULL)
		story_fail(s, "it was refused: %s", s->refused);
	if (s->expected == 0)
		story_fail(s, "the story expects nothing");
	if (audit_verify(s->w.desk.db, s->w.secret, NULL, &err) == -1)
		story_fail(s, "the chain does not hold: %s", err.msg);
}

static struct story story;

void
story_tell(void **state)
{
	const char *path = *state;
	char *text = load(path);

	begin(&story, path);
	tell_all(&story, text);
	end(&story);
	story.done = true;
	free(text);
}

int
story_close(void **state)
{
	(void)state;
	if (story.file == NULL)
		return 0;
	if (!story.done && !story.said)		/* the desk or the world did */
		print_error("%s:%d: %s\n", story.file, story.line.number,
		    story.line.text == NULL ? "" : story.line.text);
	world_close(&story.w);
	story.file = NULL;
	return 0;
}
