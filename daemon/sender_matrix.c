#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/matrix.h"
#include "base/text.h"
#include "daemon/chat_door.h"

#define SEND_MS		30000
#define LOOK_PAGES	5	/* of history, for a post that may be there */
#define LOOK_LIMIT	"100"	/* events a page */
/* The homeserver knows a transaction id for a time that nobody tells; older
 * tries are looked for in the room. */
#define TRUST_TXN_MS	((int64_t)600 * 1000)

struct sender {
	struct matrix	 matrix;
};

static bool
is_configured(const struct settings *settings)
{
	return settings->matrix.present;
}

static void *
sender_open(const struct settings *settings, bool (*stop)(void *arg),
    void *arg, struct err *err)
{
	struct sender *s = calloc(1, sizeof *s);

	if (s == NULL) {
		err_set(err, ERR_FATAL, "matrix: out of memory");
		return NULL;
	}
	s->matrix = (struct matrix){
		.homeserver = settings->matrix.homeserver,
		.token = settings->matrix.access_token,
		.stop = stop,
		.arg = arg,
	};
	return s;
}

static void
sender_close(void *door)
{
	free(door);
}

/* ---- content of events ---- */

static const char *
text_of(const json_t *post, const char *key)
{
	return matrix_text(post, key);
}

/* A notice: other programs never answer it. Nobody is mentioned, whatever name
 * stands in it. */
static json_t *
words(const json_t *post, const char *prefix)
{
	const char *html = text_of(post, "html");
	struct buf body = BUF_INIT(64 * 1024);
	json_t *o = json_object();

	buf_addf(&body, "%s%s", prefix, text_of(post, "text"));
	json_object_set_new(o, "msgtype", json_string("m.notice"));
	json_object_set_new(o, "body", json_string(buf_str(&body)));
	json_object_set_new(o, "m.mentions", json_object());
	buf_free(&body);
	if (*html != '\0') {
		json_object_set_new(o, "format",
		    json_string("org.matrix.custom.html"));
		json_object_set_new(o, "formatted_body", json_string(html));
	}
	return o;
}

static json_t *
post_content(const json_t *post)
{
	const char *root = text_of(post, "root");
	json_t *o = words(post, "");

	if (*root != '\0')
		json_object_set_new(o, "m.relates_to", json_pack(
		    "{s:s,s:s,s:b,s:{s:s}}", "rel_type", "m.thread",
		    "event_id", root, "is_falling_back", 1,
		    "m.in_reply_to", "event_id", text_of(post, "after")));
	return o;
}

static json_t *
edit_content(const json_t *post)
{
	json_t *o = words(post, "* ");

	json_object_set_new(o, "m.new_content", words(post, ""));
	json_object_set_new(o, "m.relates_to", json_pack("{s:s,s:s}",
	    "rel_type", "m.replace", "event_id", text_of(post, "item")));
	return o;
}

static json_t *
mark_content(const json_t *post)
{
	return json_pack("{s:{s:s,s:s,s:s}}", "m.relates_to", "rel_type",
	    "m.annotation", "event_id", text_of(post, "item"), "key",
	    text_of(post, "mark"));
}

static const struct doing {
	const char	*name, *type;	/* of the event */
	json_t		*(*content)(const json_t *post);
} doings[] = {
	{ "post", "m.room.message", post_content },
	{ "edit", "m.room.message", edit_content },
	{ "mark", "m.reaction", mark_content },
};

/* ---- sending ---- */

static enum chat_end
judge(const struct matrix_reply *r, struct chat_reply *reply)
{
	memcpy(reply->why, r->why.msg, sizeof reply->why);
	switch (r->how) {
	case MATRIX_OK:
		break;
	case MATRIX_AWAY:
		reply->away = true;
		return CHAT_END_UNCLEAR;
	case MATRIX_LIMITED:
		reply->wait_ms = r->wait_ms;
		return CHAT_END_LATER;
	case MATRIX_TOKEN:
		return CHAT_END_SHUT;
	case MATRIX_NO:
		return strcmp(r->errcode, "M_FORBIDDEN") == 0 ||
		    strcmp(r->errcode, "M_NOT_FOUND") == 0 ||
		    strcmp(r->errcode, "M_UNRECOGNIZED") == 0 ?
		    CHAT_END_ROOM : CHAT_END_REFUSED;
	}
	return CHAT_END_SENT;
}

static void
keep_item(struct chat_reply *reply, const char *item)
{
	if (strlen(item) < sizeof reply->item)
		memcpy(reply->item, item, strlen(item) + 1);
}

/* The event of that transaction among those of a page; "" none. */
static const char *
ours_in(const json_t *chunk, const char *txn)
{
	const json_t *event;
	size_t i;

	json_array_foreach(chunk, i, event) {
		const json_t *more = json_object_get(event, "unsigned");

		if (strcmp(matrix_text(more, "transaction_id"), txn) == 0)
			return matrix_text(event, "event_id");
	}
	return "";
}

/* Did an earlier try arrive? Looked for in the newest of the room. */
static enum matrix_how
look(struct sender *s, const struct outbox_row *row,
    struct chat_reply *reply, struct matrix_reply *r)
{
	struct buf path = BUF_INIT(8192);
	char from[1024] = "";
	int page;

	for (page = 0; page < LOOK_PAGES; page++) {
		buf_reset(&path);
		matrix_path(&path, "/_matrix/client/v3/rooms/%s/messages"
		    "?dir=b&limit=" LOOK_LIMIT, row->to);
		if (*from != '\0')
			matrix_path(&path, "&from=%s", from);
		if (matrix_call(&s->matrix, "GET", buf_str(&path), NULL,
		    SEND_MS, r) != MATRIX_OK)
			break;
		keep_item(reply, ours_in(json_object_get(r->json, "chunk"),
		    row->message_id));
		snprintf(from, sizeof from, "%s", matrix_text(r->json,
		    "end"));
		if (*reply->item != '\0' || *from == '\0' ||
		    json_array_size(json_object_get(r->json, "chunk")) == 0)
			break;
		matrix_reply_free(r);
	}
	buf_free(&path);
	return r->how;
}

static enum chat_end
put_event(struct sender *s, const struct outbox_row *row, const char *type,
    const json_t *content, struct chat_reply *reply)
{
	struct buf path = BUF_INIT(8192);
	struct matrix_reply r;
	enum chat_end end;

	/* the Message-ID is unique over everything we ever send */
	matrix_path(&path, "/_matrix/client/v3/rooms/%s/send/%s/%s", row->to,
	    type, row->message_id);
	matrix_call(&s->matrix, "PUT", buf_str(&path), content, SEND_MS, &r);
	end = judge(&r, reply);
	if (end == CHAT_END_SENT)
		keep_item(reply, matrix_text(r.json, "event_id"));
	if (end == CHAT_END_SENT && *reply->item == '\0') {
		err_set(&r.why, ERR_RETRY, "the homeserver names no event");
		memcpy(reply->why, r.why.msg, sizeof reply->why);
		reply->away = true;
		end = CHAT_END_UNCLEAR;
	}
	/* the same mark twice: there it is (older servers say M_UNKNOWN) */
	if (strcmp(type, "m.reaction") == 0 && r.status == 400 &&
	    (strcmp(r.errcode, "M_DUPLICATE_ANNOTATION") == 0 ||
	    strcmp(r.errcode, "M_UNKNOWN") == 0)) {
		keep_item(reply, row->message_id);
		end = CHAT_END_SENT;
	}
	matrix_reply_free(&r);
	buf_free(&path);
	return end;
}

static enum chat_end
redact(struct sender *s, const struct outbox_row *row, const json_t *post,
    struct chat_reply *reply)
{
	struct buf path = BUF_INIT(8192);
	json_t *body = json_object();
	struct matrix_reply r;
	enum chat_end end;

	matrix_path(&path, "/_matrix/client/v3/rooms/%s/redact/%s/%s",
	    row->to, text_of(post, "ours"), row->message_id);
	matrix_call(&s->matrix, "PUT", buf_str(&path), body, SEND_MS, &r);
	end = judge(&r, reply);
	if (end == CHAT_END_SENT)
		keep_item(reply, matrix_text(r.json, "event_id"));
	if (r.how == MATRIX_NO && strcmp(r.errcode, "M_NOT_FOUND") == 0)
		end = CHAT_END_SENT;	/* it is gone already */
	matrix_reply_free(&r);
	json_decref(body);
	buf_free(&path);
	return end;
}

static enum chat_end
send_post(void *door, const struct outbox_row *row, const json_t *post,
    bool perhaps, struct chat_reply *reply)
{
	const char *what = text_of(post, "do");
	struct sender *s = door;
	struct matrix_reply r = { .how = MATRIX_OK };
	enum chat_end end = CHAT_END_REFUSED;
	size_t i;

	*reply = (struct chat_reply){ .item = "" };
	if (strcmp(what, "unmark") == 0 || strcmp(what, "retract") == 0)
		return redact(s, row, post, reply);
	if (perhaps && clock_now_ms() - row->first_try_ms > TRUST_TXN_MS) {
		end = look(s, row, reply, &r) == MATRIX_OK ? CHAT_END_SENT :
		    judge(&r, reply);
		matrix_reply_free(&r);
		if (end != CHAT_END_SENT || *reply->item != '\0')
			return end;
		end = CHAT_END_REFUSED;
	}
	for (i = 0; i < sizeof doings / sizeof doings[0]; i++)
		if (strcmp(doings[i].name, what) == 0) {
			json_t *content = doings[i].content(post);

			end = put_event(s, row, doings[i].type, content,
			    reply);
			json_decref(content);
		}
	return end;
}

const struct chat_door chat_door_matrix = {
	.name = "matrix",
	.is_configured = is_configured,
	.open = sender_open,
	.send = send_post,
	.close = sender_close,
};
