#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slack_api.h"
#include "base/utf8.h"
#include "daemon/chat_door.h"
#include "daemon/slack_form.h"
#include "parsers/slack_chat.h"
#include "parsers/slack_text.h"

#define FALLBACK_MAX	3500	/* bytes of text beside blocks, escaped */
#define HEADER_MAX	150	/* characters; bytes here */
#define SECTION_MAX	3000
#define BLOCKS_MAX	11000	/* bytes of text in all blocks of a post */
#define LABEL_MAX	75
#define LOOK_PAGES	5
#define LOOK_LIMIT	"200"	/* messages a page */
#define LOOK_BACK_MS	((int64_t)600 * 1000)	/* clocks differ */
#define EVENT_TYPE	"campusdesk_post"

struct sender {
	struct slack_api	 api;
	const struct settings	*settings;
};

/* What is sent as one request. */
struct letter {
	struct sender		*sender;
	const struct outbox_row	*row;
	const json_t		*post;
	struct slack_api_reply	 r;
};

static bool
is_configured(const struct settings *settings)
{
	return settings->slack.present && *settings->slack.bot_token != '\0';
}

static void *
sender_open(const struct settings *settings, bool (*stop)(void *arg),
    void *arg, struct err *err)
{
	struct sender *s = calloc(1, sizeof *s);

	if (s == NULL) {
		err_set(err, ERR_FATAL, "slack: out of memory");
		return NULL;
	}
	s->settings = settings;
	s->api = (struct slack_api){
		.url = settings->slack.api,
		.token = settings->slack.bot_token,
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

static const char *
text_of(const struct letter *l, const char *key)
{
	return slack_api_text(l->post, key);
}

/* A message that the post names; "" what is none, a click say. */
static const char *
ts_of(const struct letter *l, const char *key)
{
	const char *ts = slack_chat_ts(text_of(l, key), l->row->to);

	return ts == NULL ? "" : ts;
}

/* ---- blocks: whatever people wrote stands in plain_text alone ---- */

static void
add_sections(json_t *blocks, struct slice rest)
{
	size_t left = BLOCKS_MAX;

	while (rest.len > 0 && left > 0) {
		size_t max = left < SECTION_MAX ? left : SECTION_MAX;
		size_t n = utf8_cut(rest.p, rest.len, max);
		char part[SECTION_MAX + 1];

		if (n == 0)
			return;
		memcpy(part, rest.p, n);
		part[n] = '\0';
		json_array_append_new(blocks, json_pack("{s:s, s:o}", "type",
		    "section", "text", slack_plain(part, SECTION_MAX)));
		rest = (struct slice){ rest.p + n, rest.len - n };
		left -= n;
	}
}

static json_t *
button(const char *action, const char *label, const char *value,
    const char *style)
{
	json_t *o = json_pack("{s:s, s:s, s:o, s:s}", "type", "button",
	    "action_id", action, "text", slack_plain(label, LABEL_MAX),
	    "value", value);

	if (style != NULL)
		json_object_set_new(o, "style", json_string(style));
	return o;
}

static void
add_buttons(const struct letter *l, json_t *blocks)
{
	const struct settings *settings = l->sender->settings;
	json_t *elements = json_array();
	char number[24], prefix[32], url[600];

	snprintf(number, sizeof number, "%lld", (long long)l->row->ticket);
	snprintf(prefix, sizeof prefix, "%s:", number);
	json_array_append_new(elements, button("take", "Take", number,
	    "primary"));
	json_array_append_new(elements, button("close", "Close", number,
	    NULL));
	json_array_append_new(elements, slack_categories(settings, "category",
	    prefix));
	if (snprintf(url, sizeof url, "%s/tickets/%s", settings->url,
	    number) < (int)sizeof url && *settings->url != '\0') {
		json_t *open = button("open", "Open", number, NULL);

		json_object_set_new(open, "url", json_string(url));
		json_array_append_new(elements, open);
	}
	json_array_append_new(blocks, json_pack("{s:s, s:s, s:o}", "type",
	    "actions", "block_id", number, "elements", elements));
}

/* A card has its first line for a heading, and buttons below. */
static json_t *
blocks_of(const struct letter *l)
{
	bool card = strcmp(l->row->event, "card") == 0 ||
	    strcmp(l->row->event, "card-update") == 0;
	struct slice text = slice_of(text_of(l, "text"));
	const char *end = memchr(text.p, '\n', text.len);
	json_t *blocks = json_array();
	char head[HEADER_MAX + 1];
	size_t n;

	if (card && text.len > 0) {
		n = utf8_cut(text.p, end == NULL ? text.len :
		    (size_t)(end - text.p), HEADER_MAX);
		memcpy(head, text.p, n);
		head[n] = '\0';
		json_array_append_new(blocks, json_pack("{s:s, s:o}", "type",
		    "header", "text", slack_plain(n == 0 ? "-" : head,
		    HEADER_MAX)));
		text = (struct slice){ text.p + n, text.len - n };
		while (text.len > 0 && text.p[0] == '\n')
			text = (struct slice){ text.p + 1, text.len - 1 };
	}
	add_sections(blocks, text);
	if (card)
		add_buttons(l, blocks);
	return blocks;
}

/* What notifications show, and clients without blocks. */
static json_t *
fallback(const struct letter *l)
{
	struct slice text = slice_of(text_of(l, "text"));
	struct buf out = BUF_INIT(6 * FALLBACK_MAX);
	json_t *s;

	text.len = utf8_cut(text.p, text.len, FALLBACK_MAX);
	slack_text_out(&out, text);
	if (out.len > FALLBACK_MAX) {
		buf_reset(&out);
		text.len = utf8_cut(text.p, text.len, FALLBACK_MAX / 5);
		slack_text_out(&out, text);
	}
	s = json_string(out.len == 0 ? "-" : buf_str(&out));
	buf_free(&out);
	return s;
}

static json_t *
words(const struct letter *l, bool blocks)
{
	json_t *call = json_pack("{s:s, s:o, s:b}", "channel", l->row->to,
	    "text", fallback(l), "mrkdwn", 0);

	json_object_set_new(call, "unfurl_links", json_false());
	json_object_set_new(call, "unfurl_media", json_false());
	if (blocks)
		json_object_set_new(call, "blocks", blocks_of(l));
	return call;
}

/* ---- how it ended ---- */

static bool
is_room(const char *error)
{
	static const char *const rooms[] = { "channel_not_found",
	    "not_in_channel", "is_archived", "channel_is_archived",
	    "restricted_action", "restricted_action_read_only_channel",
	    "restricted_action_thread_only_channel",
	    "restricted_action_non_threadable_channel",
	    "cannot_reply_to_message", "user_not_found" };

	for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++)
		if (strcmp(rooms[i], error) == 0)
			return true;
	return false;
}

static enum chat_end
judge(const struct slack_api_reply *r, struct chat_reply *reply)
{
	memcpy(reply->why, r->why.msg, sizeof reply->why);
	switch (r->how) {
	case SLACK_API_OK:
		return CHAT_END_SENT;
	case SLACK_API_AWAY:
		reply->away = true;
		return CHAT_END_UNCLEAR;
	case SLACK_API_LIMITED:
		reply->wait_ms = r->wait_ms;
		return CHAT_END_LATER;
	case SLACK_API_SHUT:
		return CHAT_END_SHUT;
	case SLACK_API_NO:
		break;
	}
	return is_room(r->error) ? CHAT_END_ROOM : CHAT_END_REFUSED;
}

static void
keep_item(struct chat_reply *reply, const char *channel, const char *ts)
{
	if (slack_is_ts(ts))
		snprintf(reply->item, sizeof reply->item, "%.100s:%s",
		    channel, ts);
}

/* Slack does not take the blocks: better plain than nothing. */
static bool
is_about_blocks(const struct slack_api_reply *r)
{
	return r->how == SLACK_API_NO &&
	    (strcmp(r->error, "invalid_blocks") == 0 ||
	    strcmp(r->error, "invalid_blocks_format") == 0 ||
	    strcmp(r->error, "msg_blocks_too_long") == 0);
}

/* ---- was it posted already? ---- */

static void
outbox_id(const struct outbox_row *row, char out[24])
{
	snprintf(out, 24, "%lld", (long long)row->id);
}

static const char *
ours_in(const json_t *messages, const char *id)
{
	const json_t *m;
	size_t i;

	json_array_foreach(messages, i, m) {
		const json_t *meta = json_object_get(m, "metadata");
		const char *type = slack_api_text(meta, "event_type");

		if (strcmp(type, EVENT_TYPE) == 0 && strcmp(slack_api_text(
		    json_object_get(meta, "event_payload"), "outbox_id"),
		    id) == 0)
			return slack_api_text(m, "ts");
	}
	return "";
}

/* There is no key by which Slack knows a post again: its metadata is looked
 * for, in the channel or the thread, since before the first try. */
static enum slack_api_how
look(struct letter *l, struct chat_reply *reply)
{
	const char *root = ts_of(l, "root");
	char id[24], oldest[32], cursor[512] = "";
	int64_t since = l->row->first_try_ms - LOOK_BACK_MS;
	int page;

	outbox_id(l->row, id);
	snprintf(oldest, sizeof oldest, "%lld.000000",
	    (long long)(since < 0 ? 0 : since / 1000));
	for (page = 0; page < LOOK_PAGES; page++) {
		const json_t *more;

		slack_api_free(&l->r);
		if (slack_api_ask(&l->sender->api, &l->r, *root == '\0' ?
		    "conversations.history" : "conversations.replies",
		    "channel", l->row->to, "ts", root, "oldest", oldest,
		    "limit", LOOK_LIMIT, "include_all_metadata", "true",
		    "cursor", cursor, NULL) != SLACK_API_OK)
			break;
		keep_item(reply, l->row->to, ours_in(json_object_get(
		    l->r.json, "messages"), id));
		more = json_object_get(l->r.json, "response_metadata");
		snprintf(cursor, sizeof cursor, "%s", slack_api_text(more,
		    "next_cursor"));
		if (*reply->item != '\0' || *cursor == '\0')
			break;
	}
	return l->r.how;
}

/* ---- what is done ---- */

/* With blocks, or without them when they are not taken. */
static void
say(struct letter *l, const char *method, bool fresh)
{
	for (int blocks = 1; blocks >= 0; blocks--) {
		const char *root = ts_of(l, "root");
		json_t *call = words(l, blocks == 1);
		char id[24];

		outbox_id(l->row, id);
		if (fresh)
			json_object_set_new(call, "metadata", json_pack(
			    "{s:s, s:{s:s}}", "event_type", EVENT_TYPE,
			    "event_payload", "outbox_id", id));
		else
			json_object_set_new(call, "ts",
			    json_string(ts_of(l, "item")));
		if (fresh && *root != '\0')
			json_object_set_new(call, "thread_ts",
			    json_string(root));
		slack_api_free(&l->r);
		slack_api_call(&l->sender->api, method, call, SLACK_API_MS,
		    &l->r);
		json_decref(call);
		if (!is_about_blocks(&l->r))
			return;
	}
}

static enum chat_end
do_post(struct letter *l, bool perhaps, struct chat_reply *reply)
{
	enum chat_end end;

	if (perhaps) {
		if (look(l, reply) != SLACK_API_OK)
			return judge(&l->r, reply);
		if (*reply->item != '\0')
			return CHAT_END_SENT;
	}
	say(l, "chat.postMessage", true);
	end = judge(&l->r, reply);
	if (end == CHAT_END_SENT)
		keep_item(reply, l->row->to, slack_api_text(l->r.json, "ts"));
	if (end == CHAT_END_SENT && *reply->item == '\0') {
		snprintf(reply->why, sizeof reply->why, "slack: a post "
		    "without ts");
		reply->away = true;
		end = CHAT_END_UNCLEAR;
	}
	return end;
}

/* What is gone needs no change. */
static enum chat_end
do_edit(struct letter *l, bool perhaps, struct chat_reply *reply)
{
	(void)perhaps;
	say(l, "chat.update", false);
	keep_item(reply, l->row->to, ts_of(l, "item"));
	if (l->r.how == SLACK_API_NO &&
	    strcmp(l->r.error, "message_not_found") == 0)
		return CHAT_END_SENT;
	return judge(&l->r, reply);
}

static enum chat_end
react(struct letter *l, const char *method, const char *done,
    struct chat_reply *reply)
{
	const char *name = slack_mark_out(text_of(l, "mark"));
	const char *ts = ts_of(l, "item");
	json_t *call;

	if (*ts == '\0')
		return CHAT_END_SENT;	/* a click bears no marks */

	if (name == NULL) {
		snprintf(reply->why, sizeof reply->why, "slack has no name "
		    "for that mark");
		return CHAT_END_REFUSED;
	}
	call = json_pack("{s:s, s:s, s:s}", "channel", l->row->to,
	    "timestamp", ts, "name", name);
	slack_api_call(&l->sender->api, method, call, SLACK_API_MS, &l->r);
	json_decref(call);
	snprintf(reply->item, sizeof reply->item, "ours:%.100s:%.40s",
	    text_of(l, "item"), name);
	if (l->r.how == SLACK_API_NO && (strcmp(l->r.error, done) == 0 ||
	    strcmp(l->r.error, "message_not_found") == 0))
		return CHAT_END_SENT;
	return judge(&l->r, reply);
}

static enum chat_end
do_mark(struct letter *l, bool perhaps, struct chat_reply *reply)
{
	(void)perhaps;
	return react(l, "reactions.add", "already_reacted", reply);
}

static enum chat_end
do_unmark(struct letter *l, bool perhaps, struct chat_reply *reply)
{
	(void)perhaps;
	return react(l, "reactions.remove", "no_reaction", reply);
}

static enum chat_end
do_retract(struct letter *l, bool perhaps, struct chat_reply *reply)
{
	json_t *call = json_pack("{s:s, s:s}", "channel", l->row->to, "ts",
	    ts_of(l, "ours"));

	(void)perhaps;
	slack_api_call(&l->sender->api, "chat.delete", call, SLACK_API_MS,
	    &l->r);
	json_decref(call);
	if (l->r.how == SLACK_API_NO &&
	    strcmp(l->r.error, "message_not_found") == 0)
		return CHAT_END_SENT;
	return judge(&l->r, reply);
}

static const struct doing {
	const char	*name;
	enum chat_end	(*act)(struct letter *l, bool perhaps,
			    struct chat_reply *reply);
} doings[] = {
	{ "post", do_post },
	{ "edit", do_edit },
	{ "mark", do_mark },
	{ "unmark", do_unmark },
	{ "retract", do_retract },
};

static enum chat_end
sender_send(void *door, const struct outbox_row *row, const json_t *post,
    bool perhaps, struct chat_reply *reply)
{
	struct letter l = { .sender = door, .row = row, .post = post };
	enum chat_end end = CHAT_END_REFUSED;

	*reply = (struct chat_reply){ .item = "" };
	for (size_t i = 0; i < sizeof doings / sizeof doings[0]; i++)
		if (strcmp(doings[i].name, text_of(&l, "do")) == 0)
			end = doings[i].act(&l, perhaps, reply);
	slack_api_free(&l.r);
	return end;
}

const struct chat_door chat_door_slack = {
	.name = "slack",
	.is_configured = is_configured,
	.open = sender_open,
	.send = sender_send,
	.close = sender_close,
};
