#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypt.h"
#include "base/text.h"
#include "base/utf8.h"
#include "db/outbox_store.h"
#include "desk/chat_post.h"
#include "desk/compose_context.h"
#include "desk/template.h"

#define TEXT_MAX	((size_t)20 * 1024)	/* bytes of text, of HTML */
#define EXCERPT_MAX	600	/* bytes of the first message on a card */
#define SAID_MAX	6000	/* bytes of a message in a thread */
#define DIGEST_SIZE	(2 * CRYPT_SHA256 + 1)

struct making {
	struct desk		*desk;
	const struct outbox_row	*row;
	json_t			*post;
	const char		*why;
};

static const char *
detail_text(const json_t *detail, const char *key)
{
	return json_string_value(json_object_get(detail, key));
}

static void
put(struct making *m, const char *key, const char *value)
{
	json_object_set_new(m->post, key, json_string(value));
}

static int
nothing(struct making *m, const char *why)
{
	m->why = why;
	return 0;
}

/* ---- words ---- */

/* The message shown is cut to max bytes; "more" says so to the template. */
static void
cut_message(json_t *context, size_t max)
{
	json_t *message = json_object_get(context, "message");
	const char *text = json_string_value(json_object_get(message, "text"));
	size_t len = text == NULL ? 0 : strlen(text);

	if (len <= max) {
		if (message != NULL)
			json_object_set_new(message, "more", json_false());
		return;
	}
	json_object_set_new(message, "text", json_stringn(text,
	    utf8_cut(text, len, max)));
	json_object_set_new(message, "more", json_true());
	json_object_del(message, "paragraphs");
}

/* [{"text":…}…]: lines of the message, for <br> between them. */
static void
set_lines(json_t *context)
{
	json_t *message = json_object_get(context, "message");
	json_t *lines = json_array();
	struct slice rest = slice_of(json_string_value(json_object_get(message,
	    "text"))), line;

	while (message != NULL && text_line(&rest, &line)) {
		json_t *o = json_object();

		json_object_set_new(o, "text", json_stringn(line.p, line.len));
		json_object_set_new(o, "more", json_boolean(rest.len > 0));
		json_array_append_new(lines, o);
	}
	json_object_set_new(context, "lines", lines);
}

static int
render_part(struct making *m, const char *name, const char *part,
    enum mustache_kind kind, json_t *context, struct err *err)
{
	struct buf out = BUF_INIT(TEXT_MAX);
	char own[PATHS_MAX], shipped[PATHS_MAX], file[64];
	struct template_folders folders = template_folders_of(
	    m->desk->settings, own, shipped);
	struct slice words;
	int rc;

	snprintf(file, sizeof file, "%s.%s", name, part);
	rc = template_render(&folders, "chat", file, kind, context, &out, err);
	words = text_trim(buf_slice(&out));
	if (rc == 0)
		json_object_set_new(m->post, strcmp(part, "txt") == 0 ?
		    "text" : "html", json_stringn(words.p == NULL ? "" :
		    words.p, words.len));
	buf_free(&out);
	return rc;
}

/* text and html of a template about the row's ticket. message: which one it
 * shows, 0 none. */
static int
words_of(struct making *m, const char *name, int64_t message, size_t max,
    struct err *err)
{
	struct outbox_row row = *m->row;
	struct compose_item item;
	json_t *context;
	int rc = -1;

	row.message = message;
	if (compose_load(m->desk, &row, &item, err) == -1)
		return -1;
	context = compose_context(m->desk, &item, err);
	if (context == NULL)
		return -1;
	cut_message(context, max);
	set_lines(context);
	if (render_part(m, name, "txt", MUSTACHE_TEXT, context, err) == 0 &&
	    render_part(m, name, "html", MUSTACHE_HTML, context, err) == 0)
		rc = 1;
	json_decref(context);
	return rc;
}

/* The message that opened the ticket, 0 none. */
static int
opening(struct making *m, int64_t *id_out, struct err *err)
{
	struct message *v;
	size_t n;

	if (message_list(m->desk->db, m->row->ticket, 0, 1, m->desk->arena,
	    &v, &n, err) == -1)
		return -1;
	*id_out = n == 0 ? 0 : v[0].id;
	return 0;
}

static char *
digest_of(json_t *post, char out[DIGEST_SIZE])
{
	unsigned char sum[CRYPT_SHA256];
	const char *text = detail_text(post, "text");
	size_t i;

	crypt_sha256(slice_of(text == NULL ? "" : text), sum);
	for (i = 0; i < sizeof sum; i++)
		snprintf(out + 2 * i, 3, "%02x", sum[i]);
	return out;
}

/* ---- each event ---- */

static int
make_card(struct making *m, json_t *detail, struct err *err)
{
	struct chat_card card;
	int64_t first;
	int rc = chat_card_get(m->desk->db, m->row->ticket, m->desk->arena,
	    &card, err);

	(void)detail;
	if (rc == -1)
		return -1;
	if (rc == 0 || strcmp(card.room, m->row->to) != 0)
		return nothing(m, "the ticket has moved to another room");
	put(m, "do", "post");
	if (opening(m, &first, err) == -1)
		return -1;
	return words_of(m, "card", first, EXCERPT_MAX, err);
}

static int
make_update(struct making *m, json_t *detail, struct err *err)
{
	char digest[DIGEST_SIZE];
	struct chat_card card;
	int64_t first;
	int rc = chat_card_get(m->desk->db, m->row->ticket, m->desk->arena,
	    &card, err);

	(void)detail;
	if (rc == -1)
		return -1;
	if (rc == 0 || strcmp(card.room, m->row->to) != 0)
		return nothing(m, "the ticket has moved to another room");
	if (card.item[0] == '\0')
		return nothing(m, "there is no card");
	put(m, "do", "edit");
	put(m, "item", card.item);
	if (opening(m, &first, err) == -1)
		return -1;
	rc = words_of(m, "card", first, EXCERPT_MAX, err);
	if (rc == 1 && strcmp(digest_of(m->post, digest), card.shown) == 0)
		return nothing(m, "the card shows it already");
	return rc;
}

static int
make_moved(struct making *m, json_t *detail, struct err *err)
{
	const char *item = detail_text(detail, "item");

	if (item == NULL)
		return nothing(m, "there is no card");
	put(m, "do", "edit");
	put(m, "item", item);
	return words_of(m, "moved", 0, 0, err);
}

/* root and after of the ticket's thread in the row's room; 0 there is none. */
static int
in_thread(struct making *m, const char *to, struct err *err)
{
	const struct outbox_row *row = m->row;
	struct chat_item card, last;
	int rc = chat_item_card(m->desk->db, row->ticket, row->door, row->to,
	    m->desk->arena, &card, err);

	if (rc == 0)
		return nothing(m, "there is no card");
	if (rc == -1)
		return -1;
	put(m, "root", card.item);
	if (to == NULL) {
		rc = chat_item_last(m->desk->db, row->ticket, row->door,
		    row->to, m->desk->arena, &last, err);
		if (rc == -1)
			return -1;
		to = rc == 1 ? last.item : card.item;
	}
	put(m, "after", to);
	return 1;
}

static int
make_said(struct making *m, json_t *detail, struct err *err)
{
	int rc = in_thread(m, NULL, err);

	(void)detail;
	put(m, "do", "post");
	return rc != 1 ? rc : words_of(m, "said", m->row->message, SAID_MAX,
	    err);
}

static int
make_notice(struct making *m, json_t *detail, struct err *err)
{
	const char *text = detail_text(detail, "text");
	int rc = m->row->ticket == 0 ? 1 : in_thread(m, detail_text(detail,
	    "to"), err);

	put(m, "do", "post");
	put(m, "text", text == NULL ? "" : text);
	return rc;
}

static int
make_mark(struct making *m, json_t *detail, struct err *err)
{
	const char *item = detail_text(detail, "item");
	const char *mark = detail_text(detail, "mark");

	(void)err;
	if (item == NULL || mark == NULL)
		return nothing(m, "nothing to mark");
	put(m, "do", "mark");
	put(m, "item", item);
	put(m, "mark", mark);
	return 1;
}

static int
make_unmark(struct making *m, json_t *detail, struct err *err)
{
	const char *item = detail_text(detail, "item");
	const char *mark = detail_text(detail, "mark");
	struct chat_item ours, target = {
		.door = m->row->door,
		.room = m->row->to,
		.item = item,
	};
	int rc;

	if (item == NULL || mark == NULL)
		return nothing(m, "nothing to unmark");
	rc = chat_item_mark(m->desk->db, &target, mark, m->desk->arena, &ours,
	    err);
	if (rc != 1)
		return rc == 0 ? nothing(m, "there is no such mark") : -1;
	put(m, "do", "unmark");
	put(m, "item", item);
	put(m, "mark", mark);
	put(m, "ours", ours.item);
	return 1;
}

static int
make_retract(struct making *m, json_t *detail, struct err *err)
{
	const char *item = detail_text(detail, "item");

	(void)err;
	if (item == NULL)
		return nothing(m, "nothing to take out");
	put(m, "do", "retract");
	put(m, "ours", item);
	return 1;
}

static const struct event {
	const char	*name;
	int		(*make)(struct making *m, json_t *detail,
			    struct err *err);
} events[] = {
	{ "card",	 make_card },
	{ "card-update", make_update },
	{ "card-moved",	 make_moved },
	{ "said",	 make_said },
	{ "notice",	 make_notice },
	{ "mark",	 make_mark },
	{ "unmark",	 make_unmark },
	{ "retract",	 make_retract },
};

static json_t *
detail_of(const struct outbox_row *row)
{
	json_t *v = row->detail == NULL ? NULL : json_loads(row->detail,
	    JSON_REJECT_DUPLICATES, NULL);

	return v == NULL ? json_object() : v;
}

int
chat_post_render(struct desk *desk, const struct outbox_row *row,
    struct buf *out, const char **why_out, struct err *err)
{
	struct making m = { desk, row, json_object(), "" };
	json_t *detail = detail_of(row);
	char *text = NULL;
	int rc = err_set(err, ERR_INPUT, "no such post: %s", row->event);
	size_t i;

	for (i = 0; i < sizeof events / sizeof events[0]; i++)
		if (strcmp(events[i].name, row->event) == 0)
			rc = events[i].make(&m, detail, err);
	if (rc == 1) {
		text = json_dumps(m.post, JSON_COMPACT);
		if (text == NULL)
			rc = err_set(err, ERR_RETRY, "chat: out of memory");
		else
			buf_adds(out, text);
	}
	*why_out = m.why;
	free(text);
	json_decref(detail);
	json_decref(m.post);
	return rc;
}

/* ---- when it was posted ---- */

static int
card_done(struct desk *desk, const struct outbox_row *row, const char *item,
    json_t *post, struct err *err)
{
	char digest[DIGEST_SIZE];
	struct chat_card card;
	int rc = chat_card_get(desk->db, row->ticket, desk->arena, &card, err);

	if (rc == -1)
		return -1;
	if (rc == 0 || strcmp(card.room, row->to) != 0)
		return 0;	/* it moved while its card was on the way */
	card.item = item;
	card.shown = digest_of(post, digest);
	return chat_card_put(desk->db, &card, err);
}

static int
keep_item(struct desk *desk, const struct outbox_row *row, const char *name,
    enum chat_kind kind, json_t *post, struct err *err)
{
	struct chat_item item = {
		.door = row->door,
		.room = row->to,
		.item = name,
		.ticket = row->ticket,
		.kind = kind,
		.target = kind == CHAT_MARK ? detail_text(post, "item") : NULL,
		.words = kind == CHAT_MARK ? detail_text(post, "mark") : NULL,
		.message = row->message,
		.time_ms = desk->now_ms,
	};

	if (row->ticket == 0)
		return 0;
	return chat_item_add(desk->db, &item, NULL, err) == -1 ? -1 : 0;
}

static int
posted(struct desk *desk, const struct outbox_row *row, const char *item,
    json_t *post, struct err *err)
{
	const char *what = detail_text(post, "do");
	bool card = strcmp(row->event, "card") == 0;

	if (what == NULL)
		return err_set(err, ERR_INPUT, "outbox %lld: no post",
		    (long long)row->id);
	if (card || strcmp(row->event, "card-update") == 0) {
		const char *at = card ? item : detail_text(post, "item");

		if (at != NULL && card_done(desk, row, at, post, err) == -1)
			return -1;
	}
	if (strcmp(what, "post") == 0)
		return keep_item(desk, row, item, card ? CHAT_CARD :
		    CHAT_POST, post, err);
	if (strcmp(what, "mark") == 0)
		return keep_item(desk, row, item, CHAT_MARK, post, err);
	return 0;
}

int
chat_post_done(struct desk *desk, const struct outbox_row *row,
    const char *item, struct err *err)
{
	json_t *post = json_loadb(row->rendered.p == NULL ? "" :
	    row->rendered.p, row->rendered.len, 0, NULL);
	int rc = posted(desk, row, item, post, err);

	json_decref(post);
	return rc;
}
