#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/utf8.h"
#include "parsers/matrix.h"

#define ROOMS_MAX	2000	/* of a sync */
#define EVENTS_MAX	20000	/* of an answer */
#define TOKEN_MAX	1000	/* bytes of a place in the stream */
#define NAME_MAX_	200	/* bytes of a file name, a type */

struct reading {
	struct arena	*arena;
	const char	*self, *room;
};

/* ---- texts ---- */

static const char *
raw(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* Visible characters alone, at most max; else NULL. */
static const char *
visible(struct reading *r, const char *s, size_t max)
{
	size_t len = s == NULL ? 0 : strlen(s), i;

	if (len == 0 || len > max)
		return NULL;
	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f)
			return NULL;
	return arena_strndup(r->arena, s, len);
}

/* An id that begins with first (0: with anything). NULL: it is none. */
static const char *
id_of(struct reading *r, const char *s, char first)
{
	if (s == NULL || (first != 0 && s[0] != first))
		return NULL;
	return visible(r, s, CHAT_ID_MAX);
}

static const char *
clean(struct reading *r, const char *s, size_t max)
{
	struct buf out = BUF_INIT(3 * max + 1);
	const char *result;

	if (s == NULL)
		return "";
	utf8_clean(&out, s, utf8_cut(s, strlen(s), max));
	result = arena_strndup(r->arena, out.p == NULL ? "" : out.p, out.len);
	buf_free(&out);
	return result == NULL ? "" : result;
}

static const char *
clean_line(struct reading *r, const char *s)
{
	struct slice line;

	if (s == NULL)
		return "";
	line = utf8_clean_line(r->arena, s, utf8_cut(s, strlen(s),
	    NAME_MAX_));
	return line.p == NULL ? "" : arena_strndup(r->arena, line.p, line.len);
}

/* Old clients quote what they answer: "> " lines, then a blank one. */
static const char *
without_quote(const char *text)
{
	const char *p = text;

	if (strncmp(p, "> ", 2) != 0)
		return text;
	while (p[0] == '>') {
		p = strchr(p, '\n');
		if (p == NULL)
			return "";
		p++;
	}
	return *p == '\n' ? p + 1 : p;
}

/* An emoji without U+FE0F, which clients add or leave out. */
static const char *
mark_of(struct reading *r, const char *key)
{
	const char *s = clean_line(r, key), *at;
	struct buf out = BUF_INIT(NAME_MAX_ + 1);
	const char *result;

	while ((at = strstr(s, "\xef\xb8\x8f")) != NULL) {
		buf_add(&out, s, (size_t)(at - s));
		s = at + 3;
	}
	buf_adds(&out, s);
	result = arena_strdup(r->arena, buf_str(&out));
	buf_free(&out);
	return result == NULL ? "" : result;
}

/* ---- one event ---- */

static void
relate(struct reading *r, const json_t *content, struct chat_event *e)
{
	const json_t *to = json_object_get(content, "m.relates_to");
	const char *rel = raw(to, "rel_type");

	if (rel != NULL && strcmp(rel, "m.thread") == 0)
		e->root = id_of(r, raw(to, "event_id"), '$');
	if (rel != NULL && strcmp(rel, "m.replace") == 0) {
		e->what = CHAT_EDITS;
		e->target = id_of(r, raw(to, "event_id"), '$');
	}
	e->after = id_of(r, raw(json_object_get(to, "m.in_reply_to"),
	    "event_id"), '$');
}

static void
add_file(struct reading *r, const json_t *content, struct chat_event *e)
{
	const json_t *info = json_object_get(content, "info");
	const char *body = raw(content, "body");
	const char *name = raw(content, "filename");
	json_int_t size = json_integer_value(json_object_get(info, "size"));
	struct chat_file *f = arena_calloc(r->arena, 1, sizeof *f);
	const char *url = id_of(r, raw(content, "url"), 'm');

	if (f == NULL)
		return;
	/* a body beside a file name is a caption; alone it is the name */
	if (name == NULL || body == NULL || strcmp(name, body) == 0)
		e->text = "";
	f->name = clean_line(r, name == NULL ? body : name);
	f->type = clean_line(r, raw(info, "mimetype"));
	f->url = url == NULL ? "" : url;
	f->size = size > 0 ? size : 0;
	e->files = f;
	e->nfiles = 1;
}

static bool
read_message(struct reading *r, const json_t *content, struct chat_event *e)
{
	static const char *const files[] = { "m.file", "m.image", "m.video",
	    "m.audio" };
	const json_t *said = content;
	const char *type;
	size_t i;

	e->what = CHAT_SAYS;
	relate(r, content, e);
	if (e->what == CHAT_EDITS) {
		if (e->target == NULL)
			return false;
		said = json_object_get(content, "m.new_content");
	}
	type = raw(said, "msgtype");
	if (type == NULL || raw(said, "body") == NULL)
		return false;	/* it was taken back, or is no message */
	e->automatic = strcmp(type, "m.notice") == 0;
	e->action = strcmp(type, "m.emote") == 0;
	e->text = clean(r, raw(said, "body"), CHAT_TEXT_MAX);
	if (e->after != NULL)
		e->text = without_quote(e->text);
	for (i = 0; i < sizeof files / sizeof files[0]; i++)
		if (strcmp(type, files[i]) == 0)
			add_file(r, said, e);
	return true;
}

static bool
read_mark(struct reading *r, const json_t *content, struct chat_event *e)
{
	const json_t *to = json_object_get(content, "m.relates_to");

	e->what = CHAT_MARKS;
	e->target = id_of(r, raw(to, "event_id"), '$');
	e->mark = mark_of(r, raw(to, "key"));
	return e->target != NULL && *e->mark != '\0';
}

static bool
read_redaction(struct reading *r, const json_t *event, const json_t *content,
    struct chat_event *e)
{
	const char *target = raw(content, "redacts");	/* rooms since v11 */

	e->what = CHAT_TAKES_BACK;
	e->target = id_of(r, target == NULL ? raw(event, "redacts") : target,
	    '$');
	return e->target != NULL;
}

static bool
read_member(struct reading *r, const json_t *event, const json_t *content,
    struct chat_event *e)
{
	const char *key = raw(event, "state_key");
	const char *is = raw(content, "membership");

	if (key == NULL || is == NULL || strcmp(key, r->self) != 0)
		return false;
	if (strcmp(is, "join") == 0) {
		e->what = CHAT_ROOM_JOINED;
		return true;
	}
	e->what = CHAT_ROOM_LEFT;
	e->text = clean_line(r, raw(content, "reason"));
	return strcmp(is, "leave") == 0 || strcmp(is, "ban") == 0;
}

static bool
read_other(struct reading *r, const char *type, const json_t *content,
    struct chat_event *e)
{
	if (strcmp(type, "m.room.encrypted") == 0)
		e->what = CHAT_ENCRYPTED;
	else if (strcmp(type, "m.room.encryption") == 0)
		e->what = CHAT_ROOM_ENCRYPTED;
	else if (strcmp(type, "m.room.tombstone") == 0) {
		e->what = CHAT_ROOM_REPLACED;
		e->target = id_of(r, raw(content, "replacement_room"), '!');
		return e->target != NULL;
	} else
		return false;
	return true;
}

/* false: nothing to us. */
static bool
read_event(struct reading *r, const json_t *event, struct chat_event *out)
{
	const json_t *content = json_object_get(event, "content");
	const json_t *more = json_object_get(event, "unsigned");
	json_int_t ms = json_integer_value(json_object_get(event,
	    "origin_server_ts"));
	const char *type = raw(event, "type");
	struct chat_event e = { .text = "", .room = r->room };
	bool good;

	e.id = id_of(r, raw(event, "event_id"), '$');
	e.sender = id_of(r, raw(event, "sender"), '@');
	e.post = id_of(r, raw(more, "transaction_id"), 0);
	e.time_ms = ms > 0 ? ms : 0;
	if (type == NULL || e.id == NULL || e.sender == NULL ||
	    !json_is_object(content))
		return false;
	if (strcmp(type, "m.room.message") == 0)
		good = read_message(r, content, &e);
	else if (strcmp(type, "m.reaction") == 0)
		good = read_mark(r, content, &e);
	else if (strcmp(type, "m.room.redaction") == 0)
		good = read_redaction(r, event, content, &e);
	else if (strcmp(type, "m.room.member") == 0)
		good = read_member(r, event, content, &e);
	else
		good = read_other(r, type, content, &e);
	if (good)
		*out = e;
	return good;
}

/* ---- answers ---- */

static size_t
append(struct reading *r, const json_t *list, struct chat_event *v, size_t n,
    size_t max)
{
	const json_t *event;
	size_t i;

	json_array_foreach(list, i, event)
		if (n < max && read_event(r, event, &v[n]))
			n++;
	return n;
}

/* What came before our own joining is not for us. */
static void
after_joining(struct matrix_room *room)
{
	size_t i = room->n;

	while (i > 0 && room->events[i - 1].what != CHAT_ROOM_JOINED)
		i--;
	if (i == 0)
		return;
	room->joined_now = true;
	room->limited = false;
	room->events += i - 1;
	room->n -= i - 1;
}

static int
read_room(struct reading *r, const json_t *o, struct matrix_room *room)
{
	const json_t *state = json_object_get(json_object_get(o, "state"),
	    "events");
	const json_t *timeline = json_object_get(o, "timeline");
	const json_t *events = json_object_get(timeline, "events");
	size_t max = json_array_size(state) + json_array_size(events);

	room->id = r->room;
	if (max > EVENTS_MAX)
		max = EVENTS_MAX;
	room->events = arena_calloc(r->arena, max + 1, sizeof *room->events);
	if (room->events == NULL)
		return -1;
	room->limited = json_is_true(json_object_get(timeline, "limited"));
	room->prev_batch = visible(r, raw(timeline, "prev_batch"), TOKEN_MAX);
	room->n = append(r, events, room->events, 0, max);
	after_joining(room);
	/* state is of before the timeline, but what it says still holds */
	room->n = append(r, state, room->events, room->n, max);
	return 0;
}

static bool
read_invite(struct reading *r, const json_t *o, struct matrix_invite *invite)
{
	const json_t *list = json_object_get(json_object_get(o,
	    "invite_state"), "events"), *event;
	size_t i;

	json_array_foreach(list, i, event) {
		const char *key = raw(event, "state_key");
		const char *type = raw(event, "type");
		const json_t *content = json_object_get(event, "content");

		if (key == NULL || type == NULL ||
		    strcmp(key, r->self) != 0 ||
		    strcmp(type, "m.room.member") != 0)
			continue;
		invite->room = r->room;
		invite->from = id_of(r, raw(event, "sender"), '@');
		invite->direct = json_is_true(json_object_get(content,
		    "is_direct"));
		return invite->from != NULL;
	}
	return false;
}

/* Rooms we are in and out of, one after the other. */
static int
read_rooms(struct reading *r, const json_t *list, struct matrix_sync *sync)
{
	const char *id;
	json_t *o;

	json_object_foreach((json_t *)list, id, o) {
		r->room = id_of(r, id, '!');
		if (r->room == NULL || sync->nrooms == 2 * ROOMS_MAX)
			continue;
		if (read_room(r, o, &sync->rooms[sync->nrooms]) == -1)
			return -1;
		sync->nrooms++;
	}
	return 0;
}

int
matrix_sync_read(const json_t *answer, const char *self, struct arena *arena,
    struct matrix_sync *sync_out, struct err *err)
{
	const json_t *rooms = json_object_get(answer, "rooms");
	json_t *invites = json_object_get(rooms, "invite"), *o;
	struct reading r = { arena, self, NULL };
	struct matrix_sync sync = { 0 };
	const char *id;

	sync.next = visible(&r, raw(answer, "next_batch"), TOKEN_MAX);
	if (sync.next == NULL)
		return err_set(err, ERR_INPUT, "the homeserver's answer has no "
		    "next_batch");
	sync.rooms = arena_calloc(arena, 2 * ROOMS_MAX, sizeof *sync.rooms);
	sync.invites = arena_calloc(arena, ROOMS_MAX, sizeof *sync.invites);
	if (sync.rooms == NULL || sync.invites == NULL ||
	    read_rooms(&r, json_object_get(rooms, "join"), &sync) == -1 ||
	    read_rooms(&r, json_object_get(rooms, "leave"), &sync) == -1)
		return err_set(err, ERR_RETRY, "matrix: out of memory");
	json_object_foreach(invites, id, o) {
		r.room = id_of(&r, id, '!');
		if (r.room != NULL && sync.ninvites < ROOMS_MAX &&
		    read_invite(&r, o, &sync.invites[sync.ninvites]))
			sync.ninvites++;
	}
	if (arena_failed(arena))
		return err_set(err, ERR_RETRY, "matrix: out of memory");
	*sync_out = sync;
	return 0;
}

int
matrix_page_read(const json_t *answer, const char *room, const char *self,
    struct arena *arena, struct matrix_page *page_out, struct err *err)
{
	const json_t *chunk = json_object_get(answer, "chunk");
	struct reading r = { arena, self, room };
	struct matrix_page page = { .chunk = json_array_size(chunk) };

	if (!json_is_array(chunk))
		return err_set(err, ERR_INPUT, "the homeserver's answer has no "
		    "chunk");
	if (page.chunk > EVENTS_MAX)
		page.chunk = EVENTS_MAX;
	page.events = arena_calloc(arena, page.chunk + 1,
	    sizeof *page.events);
	if (page.events != NULL)
		page.n = append(&r, chunk, page.events, 0, page.chunk);
	page.end = visible(&r, raw(answer, "end"), TOKEN_MAX);
	if (arena_failed(arena))
		return err_set(err, ERR_RETRY, "matrix: out of memory");
	*page_out = page;
	return 0;
}

/* ---- ids ---- */

bool
matrix_mxc(const char *url, char server_out[CHAT_ID_MAX + 1],
    char media_out[CHAT_ID_MAX + 1])
{
	const char *server, *media, *p;

	if (strncmp(url, "mxc://", 6) != 0 || strlen(url) > CHAT_ID_MAX)
		return false;
	server = url + 6;
	media = strchr(server, '/');
	if (media == NULL || media == server || media[1] == '\0')
		return false;
	for (p = server; p < media; p++)
		if (!text_is_alnum(*p) && strchr(".-:[]", *p) == NULL)
			return false;
	if (strstr(server, "..") != NULL && strstr(server, "..") < media)
		return false;
	for (p = media + 1; *p != '\0'; p++)
		if (!text_is_alnum(*p) && *p != '_' && *p != '-')
			return false;
	memcpy(server_out, server, (size_t)(media - server));
	server_out[media - server] = '\0';
	memcpy(media_out, media + 1, strlen(media + 1) + 1);
	return true;
}

const char *
matrix_server_of(const char *user)
{
	const char *colon = strchr(user, ':');

	return colon == NULL ? "" : colon + 1;
}
