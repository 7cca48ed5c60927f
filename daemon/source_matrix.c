#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypt.h"
#include "base/log.h"
#include "base/matrix.h"
#include "base/metrics.h"
#include "base/text.h"
#include "daemon/source_matrix.h"
#include "db/ledger_store.h"
#include "db/outbox_store.h"
#include "db/quota_store.h"
#include "desk/chat_intake.h"
#include "parsers/matrix.h"

#define DOOR		"matrix"
#define SYNC_MS		25000		/* the server may wait so long */
#define ASK_MS		60000		/* for a whole request */
#define GROUP		50		/* events of one commit */
#define PAGES_MAX	200		/* of a gap */
#define BACK_PAGES_MAX	20		/* when our place is lost */
#define ARENA_MAX	((size_t)96 * 1024 * 1024)
#define QUIET_FIRST_MS	500
#define QUIET_MAX_MS	60000
#define STOP_LOOK_MS	100
#define PLACE		"matrix-place"	/* name of our place in the store */
#define NAME_BYTES	160
#define FILTER "{\"presence\":{\"not_types\":[\"*\"]},"			\
	"\"account_data\":{\"not_types\":[\"*\"]},"			\
	"\"room\":{\"ephemeral\":{\"not_types\":[\"*\"]},"		\
	"\"account_data\":{\"not_types\":[\"*\"]},"			\
	"\"state\":{\"lazy_load_members\":true,\"types\":["		\
	"\"m.room.member\",\"m.room.encryption\",\"m.room.tombstone\"]}," \
	"\"timeline\":{\"limit\":100,\"types\":[\"m.room.message\","	\
	"\"m.room.encrypted\",\"m.reaction\",\"m.room.redaction\","	\
	"\"m.room.member\",\"m.room.encryption\","			\
	"\"m.room.tombstone\"]}}}"

struct source_matrix {
	struct matrix		 matrix;
	struct watch		*watch;
	void			(*committed)(void *arg);
	void			*arg;
	struct desk		 desk;		/* its own connection */
	struct arena		*answer;	/* what a sync says */
	pthread_t		 thread;
	atomic_bool		 stopping;
	char			 self[MATRIX_ID_MAX];
	char			 place[1024];	/* "" none yet */
	bool			 lost;		/* the server forgot our place */
	int64_t			 quiet_ms;
};

static const struct metric chat_in = { METRIC_COUNTER,
    "campusdesk_chat_in_total", "Chat events taken in." };
static const struct metric unreadable = { METRIC_COUNTER,
    "campusdesk_chat_encrypted_total", "Chat events that are encrypted." };

static bool
is_stopping(void *arg)
{
	return atomic_load(&((struct source_matrix *)arg)->stopping);
}

static void
rest(struct source_matrix *s, int64_t ms)
{
	int64_t until = clock_mono_ms() + ms;

	while (!is_stopping(s) && clock_mono_ms() < until)
		clock_sleep_ms(STOP_LOOK_MS);
}

/* ---- the store ---- */

/* One transaction: fn, and whoever waits for rows is woken. */
static int
transact(struct source_matrix *s, int (*fn)(struct source_matrix *s,
    const void *arg, struct err *err), const void *arg, struct err *err)
{
	int rc;

	arena_reset(s->desk.arena);
	s->desk.now_ms = clock_now_ms();
	if (db_begin(s->desk.db, err) == -1)
		return -1;
	rc = fn(s, arg, err);
	if (rc == -1)
		db_rollback(s->desk.db);
	else if (db_commit(s->desk.db, err) == -1)
		rc = -1;
	if (rc != -1)
		s->committed(s->arg);
	return rc;
}

static int
store_place(struct source_matrix *s, const void *arg, struct err *err)
{
	return state_set(s->desk.db, PLACE, arg, err);
}

static int
load_place(struct source_matrix *s, struct err *err)
{
	const char *place = "";
	int rc = state_get(s->desk.db, PLACE, s->desk.arena, &place, err);

	if (rc == 1)
		snprintf(s->place, sizeof s->place, "%s", place);
	return rc == -1 ? -1 : 0;
}

/* ---- rooms ---- */

static void
tell(struct source_matrix *s, const char *what, const char *room,
    enum watch_how how, const char *fault)
{
	char name[NAME_BYTES];

	snprintf(name, sizeof name, "matrix %s%s%.100s", what,
	    *room == '\0' ? "" : " ", room);
	watch_tell(s->watch, name, how, fault);
}

static const char *
room_named(const struct settings_category *c)
{
	return strncmp(c->chat, "matrix:", 7) == 0 ? c->chat + 7 : NULL;
}

/* Is it the room of a category, as it is now? */
static int
is_ours(struct source_matrix *s, const char *room, struct err *err)
{
	const struct settings *settings = s->desk.settings;
	struct chat_place place;
	size_t i;
	int rc;

	for (i = 0; i < settings->ncategories; i++) {
		rc = chat_place_of(&s->desk, settings->categories[i].name,
		    &place, err);
		if (rc == -1)
			return -1;
		if (rc == 1 && strcmp(place.door, DOOR) == 0 &&
		    strcmp(place.room, room) == 0)
			return 1;
	}
	return 0;
}

struct renaming {
	const char	*from, *to;
};

/* Every category whose room that was goes on in the other. */
static int
rename_room(struct source_matrix *s, const void *arg, struct err *err)
{
	const struct settings *settings = s->desk.settings;
	const struct renaming *r = arg;
	struct chat_place place;
	size_t i;
	int rc;

	for (i = 0; i < settings->ncategories; i++) {
		rc = chat_place_of(&s->desk, settings->categories[i].name,
		    &place, err);
		if (rc == -1)
			return -1;
		if (rc == 1 && strcmp(place.room, r->from) == 0 &&
		    chat_room_is(&s->desk, DOOR,
		    room_named(&settings->categories[i]), r->to, err) == -1)
			return -1;
	}
	return 0;
}

static enum matrix_how
join(struct source_matrix *s, const char *room, const char *via,
    char id_out[MATRIX_ID_MAX], struct err *why)
{
	struct buf path = BUF_INIT(4096);
	json_t *body = json_object();
	struct matrix_reply r;
	const char *id;

	matrix_path(&path, "/_matrix/client/v3/join/%s", room);
	if (*via != '\0')
		matrix_path(&path, "?server_name=%s&via=%s", via, via);
	if (matrix_call(&s->matrix, "POST", buf_str(&path), body, ASK_MS,
	    &r) == MATRIX_OK) {
		id = matrix_text(r.json, "room_id");
		if (strlen(id) < MATRIX_ID_MAX)
			memcpy(id_out, id, strlen(id) + 1);
	} else
		*why = r.why;
	matrix_reply_free(&r);
	json_decref(body);
	buf_free(&path);
	return r.how;
}

/* Into each room of a category; an alias gets to be its room. */
static int
enter_rooms(struct source_matrix *s, struct err *err)
{
	const struct settings *settings = s->desk.settings;
	char id[MATRIX_ID_MAX] = "";
	struct chat_place place;
	struct err why = { 0 };
	size_t i;

	for (i = 0; i < settings->ncategories && !is_stopping(s); i++) {
		const char *named = room_named(&settings->categories[i]);
		enum matrix_how how;

		arena_reset(s->desk.arena);
		if (named == NULL || chat_place_of(&s->desk,
		    settings->categories[i].name, &place, err) != 1)
			continue;
		how = join(s, place.room, "", id, &why);
		if (how == MATRIX_AWAY || how == MATRIX_TOKEN ||
		    how == MATRIX_LIMITED)
			return err_set(err, ERR_RETRY, "%s", why.msg);
		tell(s, "room", place.room, how == MATRIX_OK ? WATCH_WELL :
		    WATCH_FAULT, how == MATRIX_OK ? "" : why.msg);
		if (how == MATRIX_OK && strcmp(id, place.room) != 0) {
			const struct renaming r = { place.room, id };

			if (transact(s, rename_room, &r, err) == -1)
				return -1;
		}
	}
	return 0;
}

struct telling {
	const char	*room, *text;
};

static int
say_encrypted(struct source_matrix *s, const void *arg, struct err *err)
{
	const struct telling *t = arg;
	const struct chat_place place = { DOOR, t->room };
	const char *key = arena_printf(s->desk.arena, "chat-encrypted:%s",
	    t->room), *was;
	int rc;

	if (key == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	rc = state_get(s->desk.db, key, s->desk.arena, &was, err);
	if (rc != 0)
		return rc == -1 ? -1 : 0;
	if (state_set(s->desk.db, key, "1", err) == -1)
		return -1;
	return chat_notice(&s->desk, &place, 0, NULL, t->text, err);
}

static int
room_encrypted(struct source_matrix *s, const char *room, struct err *err)
{
	const struct telling t = { room, "This room is encrypted: the "
	    "helpdesk cannot read what is written here. Please use a room "
	    "without encryption." };

	tell(s, "encryption", room, WATCH_FAULT, "the room is encrypted: what "
	    "staff write there cannot be read; use a room without encryption");
	return transact(s, say_encrypted, &t, err);
}

static int
room_replaced(struct source_matrix *s, const struct chat_event *e,
    struct err *err)
{
	struct renaming r = { e->room, e->target };
	char id[MATRIX_ID_MAX] = "";
	struct err why = { 0 };
	enum matrix_how how;
	int ours = is_ours(s, e->room, err);

	if (ours != 1)
		return ours;
	how = join(s, e->target, matrix_server_of(e->sender), id, &why);
	if (how == MATRIX_AWAY || how == MATRIX_LIMITED)
		return err_set(err, ERR_RETRY, "%s", why.msg);
	tell(s, "room", e->target, how == MATRIX_OK ? WATCH_WELL :
	    WATCH_FAULT, why.msg);
	if (how != MATRIX_OK)
		return 0;
	log_at(LOG_INFO, "matrix", "the room was replaced",
	    LOG_S("room", e->room), LOG_S("by", id));
	r.to = id;
	return transact(s, rename_room, &r, err);
}

static int
try_again(struct source_matrix *s, const void *room, struct err *err)
{
	return outbox_again(s->desk.db, DOOR, room, s->desk.now_ms, err);
}

static int
room_joined(struct source_matrix *s, const char *room, struct err *err)
{
	tell(s, "room", room, WATCH_WELL, "");
	return transact(s, try_again, room, err);
}

static int
about_room(struct source_matrix *s, const struct chat_event *e,
    struct err *err)
{
	int ours = is_ours(s, e->room, err);

	switch (e->what) {
	case CHAT_ROOM_ENCRYPTED:
		return room_encrypted(s, e->room, err);
	case CHAT_ROOM_REPLACED:
		return room_replaced(s, e, err);
	case CHAT_ROOM_JOINED:
		return ours == 1 ? room_joined(s, e->room, err) : ours;
	case CHAT_ROOM_LEFT:
		if (ours == 1)
			tell(s, "room", e->room, WATCH_FAULT, "the desk was "
			    "put out of the room: invite it again");
		return ours == -1 ? -1 : 0;
	case CHAT_SAYS:
	case CHAT_EDITS:
	case CHAT_TAKES_BACK:
	case CHAT_MARKS:
	case CHAT_UNMARKS:
	case CHAT_ENCRYPTED:
		break;
	}
	return 0;
}

static bool
is_about_room(const struct chat_event *e)
{
	return e->what >= CHAT_ROOM_ENCRYPTED;
}

/* ---- events ---- */

static void
log_event(const struct chat_event *e, const struct chat_result *r)
{
	if (r->known || r->because == NULL)
		return;
	log_at(r->ticket != 0 ? LOG_INFO : LOG_DEBUG, "matrix", "event",
	    LOG_N("ticket", r->ticket), LOG_S("id", e->id),
	    LOG_S("sender", e->sender), LOG_S("because", r->because));
}

/* One event under a savepoint: what it cannot do does not stop the next. */
static int
take_one(struct source_matrix *s, const struct chat_event *e, struct err *err)
{
	struct db *db = s->desk.db;
	struct chat_result result;
	struct err why = { 0 };

	if (db_savepoint(db, err) == -1)
		return -1;
	if (chat_take(&s->desk, DOOR, s->self, e, &result, &why) == 0) {
		log_event(e, &result);
		return db_release(db, err);
	}
	if (why.code == ERR_RETRY || !db_in_transaction(db))
		return err_set(err, ERR_RETRY, "%s", why.msg);
	db_rollback_to(db);
	log_at(LOG_ERROR, "matrix", "an event could not be taken in",
	    LOG_S("id", e->id), LOG_S("error", why.msg));
	return chat_quarantine(&s->desk, DOOR, e, why.msg, err);
}

struct group {
	const struct chat_event	*v;
	size_t			 n;
};

static int
take_group(struct source_matrix *s, const void *arg, struct err *err)
{
	const struct group *g = arg;
	size_t i;

	for (i = 0; i < g->n; i++) {
		if (g->v[i].what == CHAT_ENCRYPTED)
			metrics_add(&unreadable, "", 1);
		if (!is_about_room(&g->v[i]) &&
		    take_one(s, &g->v[i], err) == -1)
			return -1;
	}
	return 0;
}

static int
take_events(struct source_matrix *s, const struct chat_event *v, size_t n,
    struct err *err)
{
	size_t i;

	for (i = 0; i < n; i += GROUP) {
		const struct group g = { v + i, n - i < GROUP ? n - i :
		    GROUP };

		if (transact(s, take_group, &g, err) == -1)
			return -1;
		metrics_add(&chat_in, "", (int64_t)g.n);
	}
	for (i = 0; i < n; i++)
		if (is_about_room(&v[i]) && about_room(s, &v[i], err) == -1)
			return -1;
	return 0;
}

/* ---- gaps ---- */

static int
fetch_page(struct source_matrix *s, const char *room, const char *dir,
    const char *from, const char *to, struct matrix_page *page_out,
    struct err *err)
{
	struct buf path = BUF_INIT(8192);
	struct matrix_reply r;
	int rc;

	matrix_path(&path, "/_matrix/client/v3/rooms/%s/messages?dir=%s"
	    "&limit=100&from=%s", room, dir, from);
	if (*to != '\0')
		matrix_path(&path, "&to=%s", to);
	if (matrix_call(&s->matrix, "GET", buf_str(&path), NULL, ASK_MS,
	    &r) == MATRIX_OK)
		rc = matrix_page_read(r.json, room, s->self, s->answer,
		    page_out, err);
	else
		rc = err_set(err, r.how == MATRIX_NO ? ERR_INPUT : ERR_RETRY,
		    "%s", r.why.msg);
	matrix_reply_free(&r);
	buf_free(&path);
	return rc;
}

/* What a sync left out, oldest first. */
static int
fill_gap(struct source_matrix *s, const struct matrix_room *room,
    struct err *err)
{
	const char *from = s->place;
	struct matrix_page page;
	int i;

	for (i = 0; i < PAGES_MAX; i++) {
		if (fetch_page(s, room->id, "f", from, room->prev_batch, &page,
		    err) == -1 || take_events(s, page.events, page.n,
		    err) == -1)
			return -1;
		/* servers name an end even on the last page */
		if (page.end == NULL || page.chunk == 0)
			return 0;
		from = page.end;
	}
	log_at(LOG_ERROR, "matrix", "too much was missed to read all of it",
	    LOG_S("room", room->id));
	return 0;
}

/* Is this page one that we have read? */
static int
is_known(struct source_matrix *s, const struct matrix_page *page,
    struct err *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < page->n && rc == 0; i++) {
		struct ledger_key key = { DOOR, 0, 0, page->events[i].id };

		rc = ledger_find(s->desk.db, &key, s->desk.arena, NULL, err);
	}
	return rc;
}

static void
turn_round(struct matrix_page *page)
{
	size_t i;

	for (i = 0; i < page->n / 2; i++) {
		struct chat_event e = page->events[i];

		page->events[i] = page->events[page->n - 1 - i];
		page->events[page->n - 1 - i] = e;
	}
}

/* Our place is lost: back from the present to what we know. */
static int
fill_back(struct source_matrix *s, const struct matrix_room *room,
    struct err *err)
{
	struct matrix_page pages[BACK_PAGES_MAX];
	const char *from = room->prev_batch;
	int n = 0, rc = 0;

	while (n < BACK_PAGES_MAX && from != NULL && rc == 0) {
		if (fetch_page(s, room->id, "b", from, "", &pages[n],
		    err) == -1)
			return -1;
		rc = is_known(s, &pages[n], err);
		from = pages[n].chunk == 0 ? NULL : pages[n].end;
		turn_round(&pages[n++]);
	}
	while (rc != -1 && n-- > 0)
		if (take_events(s, pages[n].events, pages[n].n, err) == -1)
			return -1;
	return rc == -1 ? -1 : 0;
}

/* ---- a sync ---- */

static bool
is_invited_by(const struct source_matrix *s, const struct matrix_invite *i)
{
	const struct strings *from = &s->desk.settings->matrix.invite_from;
	size_t k;

	for (k = 0; k < from->n; k++)
		if (text_ieq(slice_of(from->v[k]),
		    slice_of(matrix_server_of(i->from))))
			return true;
	return false;
}

static int
take_invite(struct source_matrix *s, const struct matrix_invite *i,
    struct err *err)
{
	char id[MATRIX_ID_MAX] = "";
	struct err why = { 0 };
	enum matrix_how how;
	int ours = is_ours(s, i->room, err);

	if (ours == -1)
		return -1;
	if (ours == 0 && !is_invited_by(s, i)) {
		log_at(LOG_WARN, "matrix", "an invitation is not taken: its "
		    "server is not in invite-from", LOG_S("from", i->from),
		    LOG_S("room", i->room));
		return 0;
	}
	how = join(s, i->room, matrix_server_of(i->from), id, &why);
	log_at(how == MATRIX_OK ? LOG_INFO : LOG_WARN, "matrix", "invited",
	    LOG_S("from", i->from), LOG_S("room", i->room),
	    LOG_S("error", why.msg));
	return how == MATRIX_AWAY || how == MATRIX_LIMITED ?
	    err_set(err, ERR_RETRY, "%s", why.msg) : 0;
}

/* At the first sync of all only what is said about rooms counts. */
static int
take_room(struct source_matrix *s, const struct matrix_room *room,
    struct err *err)
{
	bool first = *s->place == '\0';
	size_t i;

	if (first && s->lost && fill_back(s, room, err) == -1)
		return -1;
	if (!first && room->limited && room->prev_batch != NULL &&
	    fill_gap(s, room, err) == -1)
		return -1;
	if (!first || s->lost)
		return take_events(s, room->events, room->n, err);
	for (i = 0; i < room->n; i++)
		if (is_about_room(&room->events[i]) &&
		    about_room(s, &room->events[i], err) == -1)
			return -1;
	return 0;
}

static int
take_sync(struct source_matrix *s, const json_t *answer, struct err *err)
{
	struct matrix_sync sync;
	size_t i;

	arena_reset(s->answer);
	if (matrix_sync_read(answer, s->self, s->answer, &sync, err) == -1)
		return -1;
	for (i = 0; i < sync.nrooms; i++)
		if (take_room(s, &sync.rooms[i], err) == -1)
			return -1;
	for (i = 0; i < sync.ninvites; i++)
		if (take_invite(s, &sync.invites[i], err) == -1)
			return -1;
	if (strlen(sync.next) >= sizeof s->place)
		return err_set(err, ERR_INPUT, "the place is too long");
	if (strcmp(sync.next, s->place) != 0 &&
	    transact(s, store_place, sync.next, err) == -1)
		return -1;
	snprintf(s->place, sizeof s->place, "%s", sync.next);
	s->lost = false;
	return 0;
}

/* ---- the loop ---- */

/* Longer each time while the server is away. */
static void
away(struct source_matrix *s, enum watch_how how, const char *why,
    int64_t wait_ms)
{
	bool first = s->quiet_ms == 0;

	s->quiet_ms = first ? QUIET_FIRST_MS : 2 * s->quiet_ms;
	if (s->quiet_ms > QUIET_MAX_MS)
		s->quiet_ms = QUIET_MAX_MS;
	if (is_stopping(s))
		return;
	if (first)
		log_at(LOG_WARN, "matrix", "not to be had for now",
		    LOG_S("error", why));
	watch_tell(s->watch, DOOR, how, why);
	rest(s, (wait_ms > s->quiet_ms ? wait_ms : s->quiet_ms) +
	    (int64_t)(crypt_random_u64() % 200));
}

static void
well(struct source_matrix *s)
{
	if (s->quiet_ms != 0)
		log_msg(LOG_INFO, "matrix", "to be had again");
	s->quiet_ms = 0;
	watch_tell(s->watch, DOOR, WATCH_WELL, "");
}

static void
no_answer(struct source_matrix *s, const struct matrix_reply *r)
{
	away(s, r->how == MATRIX_TOKEN || r->how == MATRIX_NO ? WATCH_FAULT :
	    WATCH_DOWN, r->how == MATRIX_TOKEN ? "the access token is not (or "
	    "no more) good: make a new one and put it in access-token-file" :
	    r->why.msg, r->wait_ms);
}

/* Who are we, and are we where we should be? */
static bool
begin(struct source_matrix *s)
{
	struct matrix_reply r;
	struct err err = { 0 };
	bool good = matrix_whoami(&s->matrix, s->self, &r) == MATRIX_OK;

	if (!good)
		no_answer(s, &r);
	else if (load_place(s, &err) == -1 || enter_rooms(s, &err) == -1) {
		away(s, WATCH_DOWN, err.msg, 0);
		good = false;
	}
	matrix_reply_free(&r);
	if (good)
		log_at(LOG_INFO, "matrix", "connected",
		    LOG_S("user", s->self));
	return good;
}

/* The server does not know our place: a new one, and back from there. */
static void
lose_place(struct source_matrix *s, const struct matrix_reply *r)
{
	log_at(LOG_ERROR, "matrix", "the server has forgotten where we "
	    "stopped reading: the history is read back",
	    LOG_S("error", r->why.msg));
	s->place[0] = '\0';
	s->lost = true;
}

static void
sync_once(struct source_matrix *s)
{
	struct buf path = BUF_INIT(8192);
	struct matrix_reply r;
	struct err err = { 0 };
	bool first = *s->place == '\0';

	matrix_path(&path, "/_matrix/client/v3/sync?filter=%s&"
	    "set_presence=offline&timeout=%s", FILTER, first ||
	    s->quiet_ms > 0 ? "0" : "25000");
	if (!first)
		matrix_path(&path, "&since=%s", s->place);
	if (matrix_call(&s->matrix, "GET", buf_str(&path), NULL,
	    SYNC_MS + ASK_MS, &r) == MATRIX_OK) {
		if (take_sync(s, r.json, &err) == 0)
			well(s);
		else
			away(s, WATCH_DOWN, err.msg, 0);
	} else if (!first && r.how == MATRIX_NO && r.status == 400)
		lose_place(s, &r);
	else
		no_answer(s, &r);
	matrix_reply_free(&r);
	buf_free(&path);
}

static void *
run(void *arg)
{
	struct source_matrix *s = arg;
	bool begun = false;

	while (!is_stopping(s)) {
		if (begun)
			sync_once(s);
		else
			begun = begin(s);
	}
	return NULL;
}

/* ---- start and stop ---- */

static void
free_all(struct source_matrix **source)
{
	struct source_matrix *s = *source;

	db_close(&s->desk.db);
	arena_free(&s->desk.arena);
	arena_free(&s->answer);
	free(s);
	*source = NULL;
}

static int
start(struct source_matrix *s, struct err *err)
{
	s->desk.arena = arena_new(ARENA_MAX);
	s->answer = arena_new(ARENA_MAX);
	if (s->desk.arena == NULL || s->answer == NULL)
		return err_set(err, ERR_FATAL, "matrix: out of memory");
	if (db_open(s->desk.settings->store_url, DB_WRITE, &s->desk.db,
	    err) == -1)
		return -1;
	db_leave_log(s->desk.db);
	if (pthread_create(&s->thread, NULL, run, s) != 0)
		return err_set(err, ERR_FATAL, "matrix: no thread");
	return 0;
}

int
source_matrix_start(const struct settings *settings,
    const struct secret *secret, struct watch *watch,
    void (*committed)(void *arg), void *arg,
    struct source_matrix **source_out, struct err *err)
{
	struct source_matrix *s;

	*source_out = NULL;
	if (!settings->matrix.present)
		return 0;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return err_set(err, ERR_FATAL, "matrix: out of memory");
	s->matrix = (struct matrix){
		.homeserver = settings->matrix.homeserver,
		.token = settings->matrix.access_token,
		.stop = is_stopping,
		.arg = s,
	};
	s->desk.settings = settings;
	s->desk.secret = secret;
	s->watch = watch;
	s->committed = committed;
	s->arg = arg;
	if (start(s, err) == -1) {
		free_all(&s);
		return -1;
	}
	*source_out = s;
	return 0;
}

void
source_matrix_stop(struct source_matrix **source)
{
	struct source_matrix *s = *source;

	if (s == NULL)
		return;
	atomic_store(&s->stopping, true);
	pthread_join(s->thread, NULL);
	free_all(source);
}
