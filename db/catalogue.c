#include <stddef.h>

#include "db/catalogue.h"

#define S(id, sql)		[STMT_##id] = { #id, sql, NULL }
#define S2(id, sqlite, pg)	[STMT_##id] = { #id, sqlite, pg }

#define LEDGER								\
	"id, source, epoch, uid, item_key, seen_ms, outcome, because, "	\
	"ticket, message, raw, message_id, sender, subject, kind, "	\
	"raw_digest, same_digest, attempts, acked"
#define PERSON								\
	"p.id, p.name, p.address, p.role, p.mail, p.digest, p.slack, "	\
	"p.matrix, p.categories, p.removed"
#define TICKET								\
	"number, token_key, subject, status, category, priority, "	\
	"location, assignee, requester, source, tags, flags, "		\
	"created_ms, updated_ms, closed_ms, waiting_ms, "		\
	"first_response_ms, first_response_due_ms, resolve_due_ms, "	\
	"due_ms, paused_ms, alarm_ms, alarms, reopened, rating"
#define MESSAGE								\
	"id, ticket, date_ms, author, author_name, author_address, "	\
	"visibility, proof, source, body, full_text, spans, raw, "	\
	"message_id, refs, automatic, from_staff, pending, "		\
	"pending_until_ms"
#define ATTACHMENT							\
	"id, message, raw, name, type, size, sha256, is_inline, "	\
	"content_id, raw_offset, raw_length, encoding"
#define OUTBOX								\
	"o.id, o.ticket, o.person, o.rcpt, o.event, o.message, "	\
	"o.detail, o.automatic, o.bare, o.message_id, o.in_reply_to, "	\
	"o.refs, o.state, o.burnt, o.used, o.tried_unknown, "		\
	"o.attempts, o.created_ms, o.next_ms, o.first_try_ms, "		\
	"o.done_ms, o.error, o.door"
#define CHAT_ITEM							\
	"id, door, room, item, ticket, kind, state, person, target, "	\
	"words, message, due_ms, time_ms"
#define EVENT								\
	"e.seq, e.time_ms, e.ticket, e.person, e.item, e.action, "	\
	"v.seq, v.actor, v.proof, v.field, v.old_value, v.new_value, "	\
	"v.because"

/* Lists: the shelves $1..$2, the category $3, assignee $4 and requester $5 (0
 * or NULL: any), below ($6, $7), at most $8, priority $9 (-1: any), location
 * $10, words $11. */
#define FACT "number, created_ms, closed_ms, category, priority, "		\
	"building, assignee, source, response_s, resolution_s, promises, " \
	"reopened, messages, rating"
#define TICKET_ALSO							\
	"(priority = $9 OR $9 = -1) AND ($10 = '' OR location = $10) "
#define TICKET_WHERE							\
	"($3 = '' OR category = $3) AND (assignee = $4 OR $4 = 0) AND "	\
	"(requester = $5 OR $5 = 0) AND (updated_ms, number) < ($6, $7) " \
	"AND " TICKET_ALSO
/* The ids of one kind that an erasure takes away (enum doom). */
#define DOOMED(kind) "(SELECT d.id FROM doomed d WHERE d.kind = " #kind ")"
#define DOOM(kind, what)						\
	"INSERT INTO doomed(kind, id) SELECT DISTINCT " #kind ", " what	\
	" ON CONFLICT (kind, id) DO NOTHING"
#define TICKET_ORDER "ORDER BY updated_ms DESC, number DESC LIMIT $8"

const struct catalogue_entry catalogue[NSTMT] = {
	S(STATE_GET, "SELECT value FROM state WHERE name = $1"),
	S(STATE_SET, "INSERT INTO state(name, value) VALUES($1, $2) "
	    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"),
	S(STATE_DROP, "DELETE FROM state WHERE name = $1"),
	/* byte by byte, which SQLite does anyway */
	S2(STATE_LIST, "SELECT name, value FROM state WHERE name >= $1 "
	    "AND name < $2 ORDER BY name LIMIT $3",
	    "SELECT name, value FROM state WHERE name COLLATE \"C\" >= $1 "
	    "AND name COLLATE \"C\" < $2 ORDER BY name LIMIT $3"),

	/* $1 name, $2 window, $3 its end, $4 limit: no row when over it. A
	 * clock that went back goes on counting in the later window. */
	S(QUOTA_TAKE, "INSERT INTO quota(name, window_ms, until_ms, n) "
	    "VALUES($1, $2, $3, 1) "
	    "ON CONFLICT (name, window_ms) DO UPDATE SET n = "
	    "CASE WHEN excluded.until_ms > quota.until_ms THEN 1 "
	    "ELSE quota.n + 1 END, until_ms = "
	    "CASE WHEN excluded.until_ms > quota.until_ms "
	    "THEN excluded.until_ms ELSE quota.until_ms END "
	    "WHERE excluded.until_ms > quota.until_ms OR quota.n < $4 "
	    "RETURNING n"),
	S(QUOTA_COUNT, "INSERT INTO quota(name, window_ms, until_ms, n) "
	    "VALUES($1, $2, $3, 1) "
	    "ON CONFLICT (name, window_ms) DO UPDATE SET n = "
	    "CASE WHEN excluded.until_ms > quota.until_ms THEN 1 "
	    "ELSE quota.n + 1 END, until_ms = "
	    "CASE WHEN excluded.until_ms > quota.until_ms "
	    "THEN excluded.until_ms ELSE quota.until_ms END "
	    "RETURNING n"),
	S(QUOTA_SWEEP, "DELETE FROM quota WHERE until_ms <= $1"),

	S(COUNTER_NEXT, "UPDATE counter SET value = value + 1 "
	    "WHERE name = $1 RETURNING value"),
	S(COUNTER_ADD, "UPDATE counter SET value = value + $2 "
	    "WHERE name = $1"),

	S(LEDGER_FIND, "SELECT " LEDGER " FROM ledger WHERE source = $1 "
	    "AND epoch = $2 AND uid = $3 AND item_key = $4"),
	S(LEDGER_GET, "SELECT " LEDGER " FROM ledger WHERE id = $1"),
	/* outcome 4: LEDGER_DUPLICATE */
	S(LEDGER_FIND_RAW, "SELECT " LEDGER " FROM ledger "
	    "WHERE raw_digest = $1 AND source = $2 AND outcome <> 4 "
	    "ORDER BY id LIMIT 1"),
	S(LEDGER_FIND_SAME, "SELECT " LEDGER " FROM ledger "
	    "WHERE same_digest = $1 AND outcome <> 4 ORDER BY id LIMIT 1"),
	S(LEDGER_ADD, "INSERT INTO ledger(source, epoch, uid, item_key, "
	    "seen_ms, outcome, because, ticket, message, raw, message_id, "
	    "sender, subject, kind, raw_digest, same_digest, attempts, "
	    "acked) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
	    "$12, $13, $14, $15, $16, $17, $18) RETURNING id"),
	S(LEDGER_UPDATE, "UPDATE ledger SET seen_ms = $2, outcome = $3, "
	    "because = $4, ticket = $5, message = $6, raw = $7, "
	    "message_id = $8, sender = $9, subject = $10, kind = $11, "
	    "raw_digest = $12, same_digest = $13, attempts = $14, "
	    "acked = $15 WHERE id = $1 RETURNING id"),
	S(LEDGER_SET_ACKED, "UPDATE ledger SET acked = 1 "
	    "WHERE source = $1 AND epoch = $2 AND uid = $3 "
	    "AND item_key = $4"),
	S(LEDGER_LIST, "SELECT " LEDGER " FROM ledger WHERE outcome = $1 "
	    "AND id < $2 ORDER BY id DESC LIMIT $3"),
	S(LEDGER_LIST_ALL, "SELECT " LEDGER " FROM ledger WHERE id < $1 "
	    "ORDER BY id DESC LIMIT $2"),
	S(LEDGER_WALK, "SELECT " LEDGER " FROM ledger WHERE source = $1 "
	    "AND epoch = $2 AND uid > $3 ORDER BY uid LIMIT $4"),
	S(LEDGER_WALK_UNACKED, "SELECT " LEDGER " FROM ledger "
	    "WHERE source = $1 AND epoch = $2 AND uid > $3 AND acked = 0 "
	    "ORDER BY uid LIMIT $4"),
	S(LEDGER_COUNT, "SELECT count(*) FROM ledger WHERE outcome = $1"),
	S(LEDGER_COUNT_ALL, "SELECT count(*) FROM ledger"),

	S(CURSOR_GET, "SELECT epoch, uid, first_uid FROM source_cursor "
	    "WHERE source = $1"),
	S(CURSOR_SET, "INSERT INTO source_cursor(source, epoch, uid, "
	    "first_uid) VALUES($1, $2, $3, $4) ON CONFLICT (source) "
	    "DO UPDATE SET epoch = excluded.epoch, uid = excluded.uid, "
	    "first_uid = excluded.first_uid"),

	S(HAND_NOTE, "INSERT INTO in_hand(source, epoch, uid, item_key, "
	    "attempts) VALUES($1, $2, $3, $4, $5) "
	    "ON CONFLICT (source, epoch, uid, item_key) "
	    "DO UPDATE SET attempts = excluded.attempts"),
	S(HAND_DROP, "DELETE FROM in_hand WHERE source = $1 AND epoch = $2 "
	    "AND uid = $3 AND item_key = $4"),
	S(HAND_ATTEMPTS, "SELECT attempts FROM in_hand WHERE source = $1 "
	    "AND epoch = $2 AND uid = $3 AND item_key = $4"),

	S(PERSON_GET, "SELECT " PERSON " FROM person p WHERE p.id = $1"),
	S(PERSON_FIND, "SELECT " PERSON " FROM address a "
	    "JOIN person p ON p.id = a.person WHERE a.folded = $1"),
	S(PERSON_ADD, "INSERT INTO person(name, address, role, mail, "
	    "digest, slack, matrix, categories, removed, created_ms) "
	    "VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id"),
	S(PERSON_UPDATE, "UPDATE person SET name = $2, role = $3, "
	    "mail = $4, digest = $5, slack = $6, matrix = $7, "
	    "categories = $8, removed = $9 WHERE id = $1 RETURNING id"),
	S(PERSON_MATRIX, "SELECT " PERSON " FROM person p "
	    "WHERE p.matrix = $1 ORDER BY p.id LIMIT 1"),
	S(PERSON_SLACK, "SELECT " PERSON " FROM person p "
	    "WHERE p.slack = $1 ORDER BY p.id LIMIT 1"),
	S(PERSON_STAFF, "SELECT " PERSON " FROM person p WHERE p.role > 0 "
	    "AND p.removed = 0 ORDER BY p.id"),

	S(ADDRESS_GET, "SELECT suppressed, blocked FROM address "
	    "WHERE folded = $1"),
	S(ADDRESS_SET, "INSERT INTO address(folded, written, suppressed, "
	    "blocked) VALUES($1, $2, $3, $4) ON CONFLICT (folded) "
	    "DO UPDATE SET suppressed = excluded.suppressed, "
	    "blocked = excluded.blocked"),
	/* no row when the address is somebody's already */
	S(ADDRESS_OWN, "INSERT INTO address(folded, written, person, "
	    "suppressed, blocked) VALUES($1, $2, $3, 0, 0) "
	    "ON CONFLICT (folded) DO UPDATE SET person = excluded.person "
	    "WHERE address.person IS NULL "
	    "OR address.person = excluded.person RETURNING person"),
	S(ADDRESS_OWNER, "SELECT person FROM address WHERE folded = $1"),

	S(ADDRESS_LIST, "SELECT written, suppressed, blocked FROM address "
	    "WHERE person = $1 ORDER BY folded"),
	/* reported, assigned, watched, since when we know them */
	S(PERSON_FIGURES, "SELECT (SELECT count(*) FROM ticket "
	    "WHERE requester = $1), (SELECT count(*) FROM ticket "
	    "WHERE assignee = $1), (SELECT count(*) FROM watcher "
	    "WHERE person = $1), (SELECT created_ms FROM person "
	    "WHERE id = $1)"),
	/* One person becomes another: $1 is now $2. What was sent to the first
	 * still says so: its tokens are over that. */
	S(PERSON_FOLD, "UPDATE person SET name = '', address = (SELECT "
	    "address FROM person WHERE id = $2), role = 0, digest = 0, "
	    "slack = NULL, matrix = NULL, categories = '', removed = 1 "
	    "WHERE id = $1"),
	S(MOVE_ADDRESS, "UPDATE address SET person = $2 WHERE person = $1"),
	S(MOVE_REQUESTER, "UPDATE ticket SET requester = $2 "
	    "WHERE requester = $1"),
	S(MOVE_ASSIGNEE, "UPDATE ticket SET assignee = $2 "
	    "WHERE assignee = $1"),
	S(MOVE_WATCHER, "INSERT INTO watcher(ticket, person) SELECT w.ticket, "
	    "CAST($2 AS BIGINT) FROM watcher w WHERE w.person = $1 "
	    "ON CONFLICT (ticket, person) DO NOTHING"),
	S(MOVE_MUTE, "INSERT INTO mute(ticket, person) SELECT m.ticket, "
	    "CAST($2 AS BIGINT) FROM mute m WHERE m.person = $1 "
	    "ON CONFLICT (ticket, person) DO NOTHING"),
	S(MOVE_MESSAGE, "UPDATE message SET author = $2 WHERE author = $1"),
	S(MOVE_FACT, "UPDATE ticket_fact SET assignee = $2 "
	    "WHERE assignee = $1"),
	S(MOVE_CHAT_USER, "UPDATE chat_user SET person = $2 "
	    "WHERE person = $1"),
	S(MOVE_VIEWED, "INSERT INTO viewed(person, ticket, day) "
	    "SELECT CAST($2 AS BIGINT), v.ticket, v.day FROM viewed v "
	    "WHERE v.person = $1 ON CONFLICT (ticket, person, day) "
	    "DO NOTHING"),
	S(DROP_WATCHER, "DELETE FROM watcher WHERE person = $1"),
	S(DROP_MUTE, "DELETE FROM mute WHERE person = $1"),
	S(DROP_VIEWED, "DELETE FROM viewed WHERE person = $1"),
	S(DROP_LOGIN, "DELETE FROM login_token WHERE person = $1"),
	S(DROP_SESSION, "DELETE FROM web_session WHERE person = $1"),

	S(LIST_GET, "SELECT list_id, taken_as, mails, last_ms "
	    "FROM mail_list WHERE list_id = $1"),
	S(LIST_SET, "INSERT INTO mail_list(list_id, taken_as, mails, "
	    "last_ms) VALUES($1, $2, 0, 0) ON CONFLICT (list_id) "
	    "DO UPDATE SET taken_as = excluded.taken_as"),
	S(LIST_SEEN, "INSERT INTO mail_list(list_id, taken_as, mails, "
	    "last_ms) VALUES($1, 0, 1, $2) ON CONFLICT (list_id) "
	    "DO UPDATE SET mails = mail_list.mails + 1, "
	    "last_ms = excluded.last_ms RETURNING taken_as"),
	S(LIST_LIST, "SELECT list_id, taken_as, mails, last_ms "
	    "FROM mail_list ORDER BY list_id"),

	S(TICKET_INSERT, "INSERT INTO ticket(" TICKET ", shelf) "
	    "VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
	    "$13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, "
	    "$25, $26)"),
	S(TICKET_GET, "SELECT " TICKET " FROM ticket WHERE number = $1"),
	S(TICKET_UPDATE, "UPDATE ticket SET subject = $2, status = $3, "
	    "category = $4, priority = $5, location = $6, assignee = $7, "
	    "requester = $8, source = $9, tags = $10, flags = $11, "
	    "updated_ms = $12, closed_ms = $13, waiting_ms = $14, "
	    "first_response_ms = $15, first_response_due_ms = $16, "
	    "resolve_due_ms = $17, due_ms = $18, paused_ms = $19, "
	    "alarm_ms = $20, alarms = $21, reopened = $22, rating = $23, "
	    "shelf = $24 WHERE number = $1"),
	S(TICKET_ALARM, "SELECT number FROM ticket WHERE alarm_ms > 0 "
	    "AND alarm_ms <= $1 ORDER BY alarm_ms, number LIMIT 1"),
	S(TICKET_SUBJECT, "SELECT subject FROM ticket WHERE number = $1"),
	/* + keeps the engine from the index of shelves, which is not in order
	 * over several */
	S(TICKET_LIST_ALL, "SELECT " TICKET " FROM ticket "
	    "WHERE +shelf >= $1 AND +shelf <= $2 AND "
	    TICKET_WHERE TICKET_ORDER),
	S(TICKET_LIST_SHELF, "SELECT " TICKET " FROM ticket "
	    "WHERE shelf = $1 AND $1 <= CAST($2 AS BIGINT) AND "
	    TICKET_WHERE TICKET_ORDER),
	S(TICKET_LIST_CATEGORY, "SELECT " TICKET " FROM ticket "
	    "WHERE category = $3 AND shelf = $1 "
	    "AND $1 <= CAST($2 AS BIGINT) AND "
	    "(assignee = $4 OR $4 = 0) AND (requester = $5 OR $5 = 0) "
	    "AND (updated_ms, number) < ($6, $7) AND "
	    TICKET_ALSO TICKET_ORDER),
	S(TICKET_LIST_ASSIGNEE, "SELECT " TICKET " FROM ticket "
	    "WHERE assignee = $4 AND shelf >= $1 AND shelf <= $2 AND "
	    "($3 = '' OR category = $3) AND (requester = $5 OR $5 = 0) "
	    "AND (updated_ms, number) < ($6, $7) AND "
	    TICKET_ALSO TICKET_ORDER),
	S(TICKET_LIST_REQUESTER, "SELECT " TICKET " FROM ticket "
	    "WHERE requester = $5 AND shelf >= $1 AND shelf <= $2 AND "
	    "($3 = '' OR category = $3) AND (assignee = $4 OR $4 = 0) "
	    "AND (updated_ms, number) < ($6, $7) AND "
	    TICKET_ALSO TICKET_ORDER),
	/* tickets of the 2,000 newest messages that have the words */
	S2(TICKET_SEARCH, "SELECT " TICKET " FROM ticket "
	    "WHERE number IN (SELECT m.ticket FROM (SELECT rowid AS id "
	    "FROM message_fts WHERE message_fts MATCH $11 "
	    "ORDER BY rowid DESC LIMIT 2000) f JOIN message m "
	    "ON m.id = f.id) AND shelf >= $1 AND shelf <= $2 AND "
	    TICKET_WHERE TICKET_ORDER,
	    "SELECT " TICKET " FROM ticket "
	    "WHERE number IN (SELECT m.ticket FROM (SELECT rowid AS id "
	    "FROM message_fts WHERE (public || internal) "
	    "@@ websearch_to_tsquery('simple', $11) "
	    "ORDER BY rowid DESC LIMIT 2000) f JOIN message m "
	    "ON m.id = f.id) AND shelf >= $1 AND shelf <= $2 AND "
	    TICKET_WHERE TICKET_ORDER),
	/* One's own, by number: updated_ms would tell of notes. $1..$2
	 * shelves, $3 requester, $4 category, $5 below, $6 at most */
	S(TICKET_OWN, "SELECT " TICKET " FROM ticket WHERE requester = $3 "
	    "AND shelf >= $1 AND shelf <= $2 "
	    "AND ($4 = '' OR category = $4) AND number < $5 "
	    "ORDER BY number DESC LIMIT $6"),
	/* those of the newest 500 whose public messages have the words $7 */
	S2(TICKET_OWN_SEARCH, "SELECT " TICKET " FROM (SELECT " TICKET ", "
	    "shelf FROM ticket WHERE requester = $3 AND number < $5 "
	    "ORDER BY number DESC LIMIT 500) o WHERE shelf >= $1 "
	    "AND shelf <= $2 AND ($4 = '' OR category = $4) "
	    "AND EXISTS (SELECT 1 FROM message m CROSS JOIN message_fts f "
	    "WHERE m.ticket = o.number AND m.visibility = 0 "
	    "AND f.rowid = m.id AND message_fts MATCH $7) "
	    "ORDER BY number DESC LIMIT $6",
	    "SELECT " TICKET " FROM (SELECT " TICKET ", "
	    "shelf FROM ticket WHERE requester = $3 AND number < $5 "
	    "ORDER BY number DESC LIMIT 500) o WHERE shelf >= $1 "
	    "AND shelf <= $2 AND ($4 = '' OR category = $4) "
	    "AND EXISTS (SELECT 1 FROM message m CROSS JOIN message_fts f "
	    "WHERE m.ticket = o.number AND m.visibility = 0 "
	    "AND f.rowid = m.id AND f.public "
	    "@@ websearch_to_tsquery('simple', $7)) "
	    "ORDER BY number DESC LIMIT $6"),
	S(TICKET_PUBLIC, "SELECT max(date_ms) FROM message "
	    "WHERE ticket = $1 AND visibility = 0"),
	S(TICKET_SHELF, "SELECT count(*) FROM ticket WHERE shelf = $1"),
	/* flags 2: TICKET_SPAM, which has a shelf of its own */
	S(TICKET_COUNTS, "SELECT category, count(*) FROM ticket "
	    "WHERE shelf = $1 AND status = $2 GROUP BY category "
	    "ORDER BY category"),

	S(WATCHER_ADD, "INSERT INTO watcher(ticket, person) VALUES($1, $2) "
	    "ON CONFLICT (ticket, person) DO NOTHING"),
	S(WATCHER_REMOVE, "DELETE FROM watcher WHERE ticket = $1 "
	    "AND person = $2"),
	S(WATCHER_LIST, "SELECT person FROM watcher WHERE ticket = $1 "
	    "ORDER BY person"),
	S(MUTE_ADD, "INSERT INTO mute(ticket, person) VALUES($1, $2) "
	    "ON CONFLICT (ticket, person) DO NOTHING"),
	S(MUTE_REMOVE, "DELETE FROM mute WHERE ticket = $1 AND person = $2"),
	S(MUTE_GET, "SELECT 1 FROM mute WHERE ticket = $1 AND person = $2"),
	S(LINK_ADD, "INSERT INTO ticket_link(ticket, kind, number) "
	    "VALUES($1, $2, $3) ON CONFLICT (ticket, kind, number) "
	    "DO NOTHING"),
	S(LINK_REMOVE, "DELETE FROM ticket_link "
	    "WHERE ticket = $1 AND kind = $2 AND number = $3"),
	S(LINK_LIST, "SELECT kind, number FROM ticket_link "
	    "WHERE ticket = $1 ORDER BY kind, number"),

	S(RAW_ADD, "INSERT INTO raw(size, header_length, taken_ms, removed) "
	    "VALUES($1, $2, $3, 0) RETURNING id"),
	S(RAW_GET, "SELECT size, header_length FROM raw WHERE id = $1 "
	    "AND removed = 0"),
	S(RAW_DROP, "UPDATE raw SET removed = 1 WHERE id = $1"),
	S(FRAME_ADD, "INSERT INTO raw_frame(id, data) VALUES($1, $2)"),
	S(FRAME_GET, "SELECT data FROM raw_frame WHERE id = $1"),
	S(FRAME_DROP, "DELETE FROM raw_frame WHERE id >= $1 AND id < $2"),

	S(MESSAGE_INSERT, "INSERT INTO message(ticket, date_ms, author, "
	    "author_name, author_address, visibility, proof, source, body, "
	    "full_text, spans, raw, message_id, refs, automatic, "
	    "from_staff, pending, pending_until_ms) VALUES($1, $2, $3, $4, "
	    "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
	    "$18) RETURNING id"),
	S(MESSAGE_GET, "SELECT " MESSAGE " FROM message WHERE id = $1"),
	S(MESSAGE_UPDATE, "UPDATE message SET visibility = $2, "
	    "pending = $3, pending_until_ms = $4, body = $5 "
	    "WHERE id = $1"),
	S(MESSAGE_RESTATE, "UPDATE message SET body = $2, full_text = $3, "
	    "spans = $4 WHERE id = $1"),
	S(MESSAGE_LIST, "SELECT " MESSAGE " FROM message WHERE ticket = $1 "
	    "AND id > $2 ORDER BY id LIMIT $3"),
	/* For pages: newest first below $2, at most $3, $4 1: public ones and
	 * what was newly written alone; texts cut to $5 characters. */
	S(MESSAGE_THREAD, "SELECT id, ticket, date_ms, author, author_name, "
	    "author_address, visibility, proof, source, "
	    "substr(body, 1, $5), CASE WHEN $4 = 0 "
	    "THEN substr(full_text, 1, $5) END, CASE WHEN $4 = 0 "
	    "AND length(spans) <= $5 THEN spans END, raw, message_id, "
	    "NULL, automatic, from_staff, pending, pending_until_ms "
	    "FROM message WHERE ticket = $1 AND id < $2 "
	    "AND (visibility = 0 OR $4 = 0) ORDER BY id DESC LIMIT $3"),
	S(MESSAGE_IDS, "SELECT id FROM message WHERE ticket = $1 "
	    "AND id > $2 ORDER BY id LIMIT 1"),
	S(MESSAGE_EARLIER, "SELECT 1 FROM message WHERE ticket = $1 "
	    "AND id < $2 LIMIT 1"),
	S(MESSAGE_LAST_ANSWER, "SELECT " MESSAGE " FROM message "
	    "WHERE ticket = $1 AND visibility = 0 AND from_staff = 1 "
	    "ORDER BY id DESC LIMIT 1"),
	S(MESSAGE_LAST_OF, "SELECT " MESSAGE " FROM message "
	    "WHERE ticket = $1 AND author = $2 AND message_id IS NOT NULL "
	    "ORDER BY id DESC LIMIT 1"),
	S(MESSAGE_SECRETS, "SELECT body, full_text FROM message "
	    "WHERE ticket = $1 AND visibility <> 0 ORDER BY id"),
	/* 2: PENDING_SEND, which no proof of the author ends */
	S(MESSAGE_PENDING, "SELECT " MESSAGE " FROM message "
	    "WHERE author = $1 AND pending > 0 AND pending <> 2 "
	    "AND pending_until_ms > $2 ORDER BY id"),

	/* What full text holds of a message, as it stands. Apart from adding
	 * it: INSERT … SELECT would open a savepoint in the statement, and
	 * each of those makes FTS5 write out what it gathers in memory. */
	S(FTS_TEXT, "SELECT t.subject || ' ' || m.body, m.visibility "
	    "FROM message m JOIN ticket t ON t.number = m.ticket "
	    "WHERE m.id = $1"),
	S2(FTS_ADD, "INSERT INTO message_fts(rowid, public, internal) "
	    "VALUES($1, $2, $3)",
	    "INSERT INTO message_fts(rowid, public, internal) "
	    "VALUES($1, to_tsvector('simple', $2), "
	    "to_tsvector('simple', $3))"),
	S2(FTS_DROP, "INSERT INTO message_fts(message_fts, rowid, public, "
	    "internal) VALUES('delete', $1, $2, $3)",
	    "DELETE FROM message_fts WHERE rowid = $1 "
	    "AND $2 || CAST($3 AS TEXT) IS NOT NULL"),

	S(ATTACHMENT_INSERT, "INSERT INTO attachment(message, raw, name, "
	    "type, size, sha256, is_inline, content_id, raw_offset, "
	    "raw_length, encoding) VALUES($1, $2, $3, $4, $5, $6, $7, $8, "
	    "$9, $10, $11) RETURNING id"),
	S(ATTACHMENT_LIST, "SELECT " ATTACHMENT " FROM attachment "
	    "WHERE message = $1 ORDER BY id"),
	S(ATTACHMENT_GET, "SELECT " ATTACHMENT " FROM attachment "
	    "WHERE id = $1"),
	S(ATTACHMENT_RENAME, "UPDATE attachment SET name = $2, type = $3 "
	    "WHERE id = $1"),

	S(THREAD_ADD, "INSERT INTO thread(message_id, rel, ticket, message) "
	    "VALUES($1, $2, $3, $4) ON CONFLICT (message_id, rel, ticket) "
	    "DO NOTHING"),
	S(THREAD_FIND, "SELECT ticket FROM thread WHERE message_id = $1 "
	    "AND rel = $2 ORDER BY ticket LIMIT 1"),
	/* the first of them that $3 reported or watches */
	S(THREAD_FIND_OWN, "SELECT t.ticket FROM thread t "
	    "WHERE t.message_id = $1 AND t.rel = $2 AND (EXISTS (SELECT 1 "
	    "FROM ticket k WHERE k.number = t.ticket AND k.requester = $3) "
	    "OR EXISTS (SELECT 1 FROM watcher w WHERE w.ticket = t.ticket "
	    "AND w.person = $3)) ORDER BY t.ticket LIMIT 1"),

	S(OUTBOX_INSERT, "INSERT INTO outbox(id, ticket, person, rcpt, "
	    "lane, event, message, detail, automatic, bare, message_id, "
	    "in_reply_to, refs, state, burnt, used, tried_unknown, "
	    "attempts, created_ms, next_ms, due_ms, first_try_ms, done_ms, "
	    "error, door) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
	    "$11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, "
	    "$23, $24, $25)"),
	S(OUTBOX_GET, "SELECT " OUTBOX ", b.rendered FROM outbox o "
	    "LEFT JOIN outbox_body b ON b.id = o.id WHERE o.id = $1"),
	S(OUTBOX_HEAD, "SELECT " OUTBOX " FROM outbox o WHERE o.id = $1"),
	S(OUTBOX_UPDATE, "UPDATE outbox SET state = $2, burnt = $3, "
	    "used = $4, tried_unknown = $5, attempts = $6, next_ms = $7, "
	    "due_ms = $8, first_try_ms = $9, done_ms = $10, error = $11 "
	    "WHERE id = $1 RETURNING id"),
	S(OUTBOX_RENDERED, "INSERT INTO outbox_body(id, rendered) "
	    "VALUES($1, $2) ON CONFLICT (id) DO UPDATE "
	    "SET rendered = excluded.rendered"),
	/* states 0 queued, 1 sending, 4 unknown; what is unknown for the
	 * second time waits for a person and lets others pass */
	S(OUTBOX_DUE, "SELECT " OUTBOX ", b.rendered FROM outbox o "
	    "LEFT JOIN outbox_body b ON b.id = o.id WHERE o.door = $2 "
	    "AND o.due_ms <= $1 AND NOT EXISTS (SELECT 1 FROM outbox e "
	    "WHERE e.ticket = o.ticket AND e.lane = o.lane AND e.id < o.id "
	    "AND (e.state IN (0, 1) OR (e.state = 4 "
	    "AND e.tried_unknown = 0))) ORDER BY o.due_ms, o.id LIMIT 1"),
	S(OUTBOX_NEXT, "SELECT due_ms FROM outbox WHERE door = $2 "
	    "AND due_ms > $1 ORDER BY due_ms LIMIT 1"),
	S(OUTBOX_RECOVER, "UPDATE outbox SET state = 4, next_ms = $1, "
	    "due_ms = CASE WHEN tried_unknown = 0 "
	    "THEN CAST($1 AS BIGINT) ELSE NULL END "
	    "WHERE state IN (0, 1, 4) AND state = 1 AND door = '' "
	    "RETURNING id"),
	/* a door of chat finds out by itself what became of it */
	S(OUTBOX_RECOVER_CHAT, "UPDATE outbox SET state = 4, next_ms = $1, "
	    "due_ms = $1 WHERE state IN (0, 1, 4) AND state = 1 "
	    "AND door = $2 RETURNING id"),
	S(OUTBOX_AGAIN, "UPDATE outbox SET next_ms = $1, due_ms = $1 "
	    "WHERE door = $2 AND due_ms > $1 AND lane = $3"),
	/* queued and not made yet: it will show what is true then */
	S(OUTBOX_FRESH, "SELECT id FROM outbox WHERE ticket = $1 "
	    "AND lane = $2 AND event = $3 AND door = $4 AND state = 0 "
	    "AND attempts = 0 LIMIT 1"),
	S(OUTBOX_LIST, "SELECT " OUTBOX " FROM outbox o WHERE o.id > $1 "
	    "AND o.state NOT IN (2, 7) ORDER BY o.id LIMIT $2"),
	S(OUTBOX_LIST_ALL, "SELECT " OUTBOX " FROM outbox o "
	    "WHERE o.id > $1 ORDER BY o.id LIMIT $2"),
	/* 0: queued */
	S(OUTBOX_WAITING, "SELECT " OUTBOX " FROM outbox o "
	    "WHERE o.ticket = $1 AND o.state = 0 AND o.door = '' ORDER BY o.lane, o.id"),
	S(OUTBOX_OF_MOMENT, "SELECT " OUTBOX " FROM outbox o "
	    "WHERE o.ticket = $1 AND o.created_ms = $2 AND o.door = '' "
	    "ORDER BY o.lane, o.id"),
	/* 6: held */
	S(OUTBOX_HOLD, "UPDATE outbox SET state = 6, due_ms = NULL "
	    "WHERE state IN (0, 1, 4)"),
	S(OUTBOX_FORGET, "DELETE FROM outbox_body WHERE EXISTS (SELECT 1 "
	    "FROM outbox o WHERE o.id = outbox_body.id AND o.done_ms > 0 "
	    "AND o.done_ms < $1)"),
	S(OUTBOX_DEPTH, "SELECT count(*), min(created_ms) FROM outbox "
	    "WHERE state IN (0, 1, 4)"),
	S(OUTBOX_BURN, "UPDATE outbox SET burnt = 1 WHERE ticket = $1 "
	    "AND person = $2 AND burnt = 0"),
	S(OUTBOX_OPEN, "SELECT count(*) FROM outbox WHERE person = $1 "
	    "AND event = $2 AND created_ms >= $3 AND used = 0 "
	    "AND state IN (0, 1, 2, 4)"),

	S(CHAT_CARD_GET, "SELECT ticket, door, room, item, shown "
	    "FROM chat_card WHERE ticket = $1"),
	S(CHAT_CARD_PUT, "INSERT INTO chat_card(ticket, door, room, item, "
	    "shown) VALUES($1, $2, $3, $4, $5) ON CONFLICT (ticket) "
	    "DO UPDATE SET door = excluded.door, room = excluded.room, "
	    "item = excluded.item, shown = excluded.shown"),
	/* status 3: closed */
	S(CHAT_CARD_NEXT, "SELECT c.ticket, c.door, c.room, c.item, c.shown "
	    "FROM chat_card c JOIN ticket t ON t.number = c.ticket "
	    "WHERE c.door = $1 AND c.room = $2 AND c.ticket > $3 "
	    "AND c.item <> '' AND t.status <> 3 ORDER BY c.ticket LIMIT 1"),
	S(CHAT_CARD_DROP, "DELETE FROM chat_card WHERE ticket = $1"),
	S(CHAT_ITEM_ADD, "INSERT INTO chat_item(door, room, item, ticket, "
	    "kind, state, person, target, words, message, due_ms, time_ms) "
	    "VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
	    "ON CONFLICT (door, room, item) DO NOTHING RETURNING id"),
	S(CHAT_ITEM_FIND, "SELECT " CHAT_ITEM " FROM chat_item "
	    "WHERE door = $1 AND room = $2 AND item = $3"),
	S(CHAT_ITEM_UPDATE, "UPDATE chat_item SET state = $2, words = $3, "
	    "message = $4, due_ms = $5 WHERE id = $1 RETURNING id"),
	/* kinds 0 to 2: what stands in the thread */
	S(CHAT_ITEM_LAST, "SELECT " CHAT_ITEM " FROM chat_item "
	    "WHERE ticket = $1 AND door = $2 AND room = $3 AND kind <= 2 "
	    "ORDER BY id DESC LIMIT 1"),
	/* kind 0: a card of the ticket in that room */
	S(CHAT_ITEM_CARD, "SELECT " CHAT_ITEM " FROM chat_item "
	    "WHERE ticket = $1 AND door = $2 AND room = $3 AND kind = 0 "
	    "ORDER BY id DESC LIMIT 1"),
	S(CHAT_ITEM_DUE, "SELECT " CHAT_ITEM " FROM chat_item "
	    "WHERE due_ms > 0 AND due_ms <= $1 ORDER BY due_ms, id LIMIT 1"),
	/* state 2: goes out by itself */
	S(CHAT_ITEM_WAITING, "SELECT " CHAT_ITEM " FROM chat_item "
	    "WHERE ticket = $1 AND state = 2 AND id <> $2 "
	    "ORDER BY id LIMIT 1"),
	/* kind 4: a mark of ours */
	S(CHAT_ITEM_MARK, "SELECT " CHAT_ITEM " FROM chat_item "
	    "WHERE target = $1 AND words = $2 AND kind = 4 "
	    "AND door = $3 AND room = $4 ORDER BY id DESC LIMIT 1"),

	S(INBOX_ADD, "INSERT INTO inbox(door, item_key, kind, body, came_ms, "
	    "attempts) VALUES($1, $2, $3, $4, $5, 0) "
	    "ON CONFLICT (door, item_key) DO NOTHING RETURNING id"),
	S(INBOX_LIST, "SELECT id, door, item_key, kind, body, came_ms, "
	    "attempts FROM inbox WHERE door = $1 AND id > $2 ORDER BY id "
	    "LIMIT $3"),
	S(INBOX_FAILED, "UPDATE inbox SET attempts = attempts + 1 "
	    "WHERE id = $1 RETURNING id"),
	S(INBOX_DROP, "DELETE FROM inbox WHERE id = $1 RETURNING id"),
	S(CHAT_USER_GET, "SELECT door, team, id, person, refused, checked_ms "
	    "FROM chat_user WHERE door = $1 AND team = $2 AND id = $3"),
	S(CHAT_USER_OF, "SELECT door, team, id, person, refused, checked_ms "
	    "FROM chat_user WHERE person = $3 AND door = $1 AND team = $2 "
	    "AND refused IS NULL ORDER BY id LIMIT 1"),
	S(CHAT_USER_PUT, "INSERT INTO chat_user(door, team, id, person, "
	    "refused, checked_ms) VALUES($1, $2, $3, $4, $5, $6) "
	    "ON CONFLICT (door, team, id) DO UPDATE SET "
	    "person = excluded.person, refused = excluded.refused, "
	    "checked_ms = excluded.checked_ms"),

	S(EVENT_HEAD, "SELECT seq, mac FROM event ORDER BY seq DESC LIMIT 1"),
	S(EVENT_ADD, "INSERT INTO event(seq, time_ms, ticket, person, item, "
	    "action, digest, key_id, mac) VALUES($1, $2, $3, $4, $5, $6, "
	    "$7, $8, $9)"),
	S(EVENT_VALUE_ADD, "INSERT INTO event_value(seq, salt, actor, "
	    "proof, field, old_value, new_value, because) VALUES($1, $2, "
	    "$3, $4, $5, $6, $7, $8)"),
	S(EVENT_LIST, "SELECT " EVENT " FROM event e "
	    "LEFT JOIN event_value v ON v.seq = e.seq WHERE e.ticket = $1 "
	    "AND e.seq > $2 ORDER BY e.seq LIMIT $3"),
	S(EVENT_LIST_ALL, "SELECT " EVENT " FROM event e "
	    "LEFT JOIN event_value v ON v.seq = e.seq WHERE e.seq > $1 "
	    "ORDER BY e.seq LIMIT $2"),
	/* For pages: newest first, at most $2; what was said has its own place
	 * there. The second: what requester and watchers may know. */
	S(EVENT_HISTORY, "SELECT " EVENT " FROM event e "
	    "LEFT JOIN event_value v ON v.seq = e.seq WHERE e.ticket = $1 "
	    "AND e.action NOT IN ('message', 'note', 'held') "
	    "ORDER BY e.seq DESC LIMIT $2"),
	S(EVENT_HISTORY_SHARED, "SELECT " EVENT " FROM event e "
	    "JOIN event_value v ON v.seq = e.seq WHERE e.ticket = $1 "
	    "AND (e.action IN ('created', 'status', 'reopened') "
	    "OR (e.action = 'set' "
	    "AND v.field IN ('category', 'location', 'subject'))) "
	    "ORDER BY e.seq DESC LIMIT $2"),
	S(EVENT_WALK, "SELECT " EVENT ", e.digest, e.key_id, e.mac, v.salt "
	    "FROM event e LEFT JOIN event_value v ON v.seq = e.seq "
	    "ORDER BY e.seq"),
	S(EVENT_MAC, "SELECT mac FROM event WHERE seq = $1"),

	S(FACT_UPDATE, "UPDATE ticket_fact SET created_ms = $2, "
	    "closed_ms = $3, category = $4, priority = $5, building = $6, "
	    "assignee = $7, source = $8, response_s = $9, "
	    "resolution_s = $10, promises = $11, reopened = $12, "
	    "rating = $13 WHERE number = $1 RETURNING number"),
	S(FACT_INSERT, "INSERT INTO ticket_fact(number, created_ms, "
	    "closed_ms, category, priority, building, assignee, source, "
	    "response_s, resolution_s, promises, reopened, rating, messages) "
	    "VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	    "(SELECT count(*) FROM message WHERE ticket = $1 "
	    "AND visibility = 0))"),
	S(FACT_MESSAGE, "UPDATE ticket_fact SET messages = messages + 1 "
	    "WHERE number = $1"),
	S(FACT_DROP, "DELETE FROM ticket_fact WHERE number = $1"),
	S(FACT_CREATED, "SELECT number, created_ms, category, priority, "
	    "building, assignee, source, response_s, promises, reopened, "
	    "messages, rating FROM ticket_fact "
	    "WHERE created_ms >= $1 AND created_ms < $2 "
	    "ORDER BY created_ms"),
	S(FACT_CLOSED, "SELECT number, closed_ms, category, priority, "
	    "building, assignee, source, resolution_s FROM ticket_fact "
	    "WHERE closed_ms > 0 AND closed_ms >= $1 AND closed_ms < $2 "
	    "ORDER BY closed_ms"),
	S(FACT_BACK_CREATED, "SELECT " FACT ", created_ms FROM ticket_fact "
	    "WHERE created_ms >= $1 AND created_ms < $2 "
	    "AND (created_ms < $3 OR number < $4) "
	    "ORDER BY created_ms DESC, number DESC"),
	S(FACT_BACK_CLOSED, "SELECT " FACT ", closed_ms FROM ticket_fact "
	    "WHERE closed_ms > 0 AND closed_ms >= $1 AND closed_ms < $2 "
	    "AND (closed_ms < $3 OR number < $4) "
	    "ORDER BY closed_ms DESC, number DESC"),
	S(FACT_BACK_NOW, "SELECT " FACT ", created_ms FROM ticket_fact "
	    "WHERE closed_ms = 0 AND created_ms < $1 AND number < $2 "
	    "ORDER BY number DESC"),
	S(FACT_BACK_THEN, "SELECT " FACT ", created_ms FROM ticket_fact "
	    "WHERE created_ms < $1 AND (closed_ms = 0 OR closed_ms >= $1) "
	    "AND number < $2 ORDER BY number DESC"),
	S(BACKLOG_NOW, "SELECT category, priority, building, assignee, "
	    "source, count(*) FROM ticket_fact WHERE closed_ms = 0 "
	    "GROUP BY category, priority, building, assignee, source"),
	S(BACKLOG_KEEP, "INSERT INTO backlog(day, category, priority, "
	    "building, assignee, source, n) SELECT CAST($1 AS BIGINT), "
	    "category, priority, building, assignee, source, count(*) "
	    "FROM ticket_fact WHERE closed_ms = 0 "
	    "GROUP BY category, priority, building, assignee, source"),
	S(BACKLOG_LAST, "SELECT max(day) FROM backlog"),
	S(BACKLOG_LIST, "SELECT day, category, priority, building, "
	    "assignee, source, n FROM backlog WHERE day >= $1 AND day <= $2 "
	    "ORDER BY day"),

	S(LOGIN_ADD, "INSERT INTO login_token(hash, person, until_ms) "
	    "VALUES($1, $2, $3)"),
	S(LOGIN_FIND, "SELECT person FROM login_token WHERE hash = $1 "
	    "AND until_ms > $2"),
	S(LOGIN_DROP, "DELETE FROM login_token WHERE hash = $1"),
	S(LOGIN_SWEEP, "DELETE FROM login_token WHERE until_ms <= $1"),
	S(SESSION_ADD, "INSERT INTO web_session(hash, person, created_ms, "
	    "until_ms, agent) VALUES($1, $2, $3, $4, $5)"),
	S(SESSION_FIND, "SELECT person FROM web_session WHERE hash = $1 "
	    "AND until_ms > $2"),
	S(SESSION_DROP, "DELETE FROM web_session WHERE hash = $1"),
	S(SESSION_LIST, "SELECT s.person, p.address, s.created_ms, "
	    "s.until_ms, s.agent FROM web_session s JOIN person p "
	    "ON p.id = s.person WHERE s.until_ms > $1 "
	    "ORDER BY s.created_ms DESC, s.hash"),
	S(SESSION_REVOKE, "DELETE FROM web_session WHERE person = $1 "
	    "RETURNING person"),
	S(SESSION_SWEEP, "DELETE FROM web_session WHERE until_ms <= $1"),
	S(VIEWED_ADD, "INSERT INTO viewed(person, ticket, day) "
	    "VALUES($1, $2, $3) "
	    "ON CONFLICT (ticket, person, day) DO NOTHING"),
	S(VIEWED_HAS, "SELECT 1 FROM viewed WHERE person = $1 "
	    "AND ticket = $2 AND day = $3"),
	/* ---- erasure; kinds are enum doom: 1 ticket, 2 message, 3 raw,
	 * 4 outbox, 5 event, 6 person, 7 item, 8 name ---- */
	S(DOOM_CLEAR, "DELETE FROM doomed"),
	S(DOOM_ADD, "INSERT INTO doomed(kind, id) VALUES($1, $2) "
	    "ON CONFLICT (kind, id) DO NOTHING"),
	S(DOOM_COUNT, "SELECT count(*) FROM doomed WHERE kind = $1"),
	S(DOOM_NEXT, "SELECT id FROM doomed WHERE kind = $1 AND id > $2 "
	    "ORDER BY id LIMIT 1"),
	/* of an address; its former selves (PERSON_FOLD) have it too */
	S(DOOM_OWNER, DOOM(6, "p.id FROM person p WHERE p.id = (SELECT "
	    "a.person FROM address a WHERE a.folded = $1) "
	    "OR lower(p.address) = $1")),
	S(DOOM_MESSAGES_OF_ADDRESS, DOOM(2, "m.id FROM message m "
	    "WHERE m.author IS NULL AND lower(m.author_address) = $1")),
	S(DOOM_ITEMS_OF_ADDRESS, DOOM(7, "l.id FROM ledger l "
	    "WHERE lower(l.sender) = $1")),
	/* replace: does it stand in there? In both dialects. */
	S(DOOM_OUTBOX_OF_ADDRESS, DOOM(4, "o.id FROM outbox o "
	    "WHERE o.lane = $1 OR replace(lower(o.detail), $1, '') "
	    "<> lower(o.detail)")),
	S(DOOM_EVENTS_OF_ADDRESS, DOOM(5, "v.seq FROM event_value v "
	    "WHERE replace(lower(coalesce(v.actor, '') || ' ' || "
	    "coalesce(v.old_value, '') || ' ' || "
	    "coalesce(v.new_value, '') || ' ' || "
	    "coalesce(v.because, '')), $1, '') <> "
	    "lower(coalesce(v.actor, '') || ' ' || "
	    "coalesce(v.old_value, '') || ' ' || "
	    "coalesce(v.new_value, '') || ' ' || "
	    "coalesce(v.because, ''))")),
	S(DOOM_TICKETS, DOOM(1, "t.number FROM ticket t WHERE t.requester "
	    "IN " DOOMED(6))),
	S(DOOM_MESSAGES, DOOM(2, "m.id FROM message m WHERE m.ticket "
	    "IN " DOOMED(1))),
	S(DOOM_MESSAGES_OF_PERSON, DOOM(2, "m.id FROM message m "
	    "WHERE m.author IN " DOOMED(6) " AND m.from_staff = 0")),
	S(DOOM_NAMES, DOOM(8, "m.id FROM message m WHERE m.author "
	    "IN " DOOMED(6) " AND m.from_staff = 1 AND m.id NOT "
	    "IN " DOOMED(2))),
	S(DOOM_ITEMS, DOOM(7, "l.id FROM ledger l WHERE l.ticket "
	    "IN " DOOMED(1) " OR l.message IN " DOOMED(2)
	    " OR l.message IN " DOOMED(8))),
	S(DOOM_RAWS, DOOM(3, "m.raw FROM message m WHERE (m.id "
	    "IN " DOOMED(2) " OR m.id IN " DOOMED(8) ") "
	    "AND m.raw IS NOT NULL")),
	S(DOOM_RAWS_OF_ITEMS, DOOM(3, "l.raw FROM ledger l WHERE l.id "
	    "IN " DOOMED(7) " AND l.raw IS NOT NULL")),
	S(DOOM_OUTBOX, DOOM(4, "o.id FROM outbox o WHERE o.ticket "
	    "IN " DOOMED(1) " OR o.message IN " DOOMED(2)
	    " OR o.person IN " DOOMED(6))),
	/* of their tickets all that may repeat words of theirs */
	S(DOOM_EVENTS, DOOM(5, "e.seq FROM event e WHERE (e.ticket "
	    "IN " DOOMED(1) " AND e.action NOT IN ('status', 'reopened', "
	    "'assigned', 'promised')) OR e.item IN " DOOMED(7))),
	S(DOOM_EVENTS_OF_PERSON, DOOM(5, "e.seq FROM event e "
	    "WHERE e.person IN " DOOMED(6))),
	S(DOOM_EVENTS_ALL, DOOM(5, "e.seq FROM event e WHERE e.ticket "
	    "IN " DOOMED(1) " OR e.item IN " DOOMED(7))),

	S(ERASE_OUTBOX_BODY, "DELETE FROM outbox_body WHERE id "
	    "IN " DOOMED(4)),
	S(ERASE_OUTBOX, "DELETE FROM outbox WHERE id IN " DOOMED(4)),
	S(ERASE_ATTACHMENT, "DELETE FROM attachment WHERE message "
	    "IN " DOOMED(2) " OR message IN " DOOMED(8)),
	S(ERASE_THREAD, "DELETE FROM thread WHERE ticket IN " DOOMED(1)
	    " OR message IN " DOOMED(2)),
	S(ERASE_CHAT_CARD, "DELETE FROM chat_card WHERE ticket "
	    "IN " DOOMED(1)),
	S(ERASE_CHAT_ITEM, "DELETE FROM chat_item WHERE ticket "
	    "IN " DOOMED(1) " OR message IN " DOOMED(2)
	    " OR person IN " DOOMED(6)),
	/* kinds 0 and 1: what we posted there */
	S(CHAT_ITEM_DOOMED, "SELECT " CHAT_ITEM " FROM chat_item "
	    "WHERE id > $1 AND kind <= 1 AND (ticket IN " DOOMED(1)
	    " OR message IN " DOOMED(2) ") ORDER BY id LIMIT 1"),
	/* 8 quarantined becomes 5 filed: nothing is left to be tried again */
	S(ERASE_ITEMS, "UPDATE ledger SET because = 'erased', raw = NULL, "
	    "message = NULL, message_id = NULL, sender = NULL, "
	    "subject = NULL, outcome = CASE WHEN outcome = 8 THEN 5 "
	    "ELSE outcome END WHERE id IN " DOOMED(7)),
	/* what staff said on their ticket loses its words, not its author */
	S(ERASE_WORDS, "UPDATE message SET body = '(erased)', "
	    "full_text = NULL, spans = NULL, raw = NULL, message_id = NULL, "
	    "refs = NULL, pending = 0, pending_until_ms = 0, "
	    "author_name = CASE WHEN from_staff = 1 AND author NOT "
	    "IN " DOOMED(6) " THEN author_name END, "
	    "author_address = CASE WHEN from_staff = 1 AND author NOT "
	    "IN " DOOMED(6) " THEN author_address END, "
	    "author = CASE WHEN from_staff = 1 AND author NOT "
	    "IN " DOOMED(6) " THEN author END WHERE id IN " DOOMED(2)),
	S(ERASE_NAMES, "UPDATE message SET author = NULL, "
	    "author_name = NULL, author_address = NULL, full_text = NULL, "
	    "spans = NULL, raw = NULL, message_id = NULL, refs = NULL "
	    "WHERE id IN " DOOMED(8)),
	/* with a new key $1: nothing that was signed leads to them any more */
	S(ERASE_SHELLS, "UPDATE ticket SET token_key = $1, "
	    "subject = '(erased)', location = '', tags = '', requester = NULL WHERE number "
	    "IN " DOOMED(1)),
	S(ERASE_ASSIGNEE, "UPDATE ticket SET assignee = NULL "
	    "WHERE assignee IN " DOOMED(6)),
	S(ERASE_FACT_ASSIGNEE, "UPDATE ticket_fact SET assignee = 0 "
	    "WHERE assignee IN " DOOMED(6)),
	S(ERASE_WATCHERS, "DELETE FROM watcher WHERE person "
	    "IN " DOOMED(6)),
	S(ERASE_MUTES, "DELETE FROM mute WHERE person IN " DOOMED(6)),
	S(ERASE_VIEWS, "DELETE FROM viewed WHERE person IN " DOOMED(6)),
	S(ERASE_LOGINS, "DELETE FROM login_token WHERE person "
	    "IN " DOOMED(6)),
	S(ERASE_SESSIONS, "DELETE FROM web_session WHERE person "
	    "IN " DOOMED(6)),
	S(ERASE_CHAT_USERS, "DELETE FROM chat_user WHERE person "
	    "IN " DOOMED(6)),
	S(ERASE_OWNED, "DELETE FROM address WHERE person IN " DOOMED(6)),
	S(ERASE_PERSONS, "DELETE FROM person WHERE id IN " DOOMED(6)),
	S(ERASE_ADDRESS, "DELETE FROM address WHERE folded = $1"),
	S(ERASE_QUOTA, "DELETE FROM quota WHERE replace(name, $1, '') "
	    "<> name"),
	S(ERASE_MESSAGES, "DELETE FROM message WHERE id IN " DOOMED(2)),
	S(ERASE_TICKET_WATCHERS, "DELETE FROM watcher WHERE ticket "
	    "IN " DOOMED(1)),
	S(ERASE_TICKET_MUTES, "DELETE FROM mute WHERE ticket "
	    "IN " DOOMED(1)),
	S(ERASE_TICKET_LINKS, "DELETE FROM ticket_link WHERE ticket "
	    "IN " DOOMED(1) " OR number IN " DOOMED(1)),
	S(ERASE_TICKET_VIEWS, "DELETE FROM viewed WHERE ticket "
	    "IN " DOOMED(1)),
	S(ERASE_TICKET_FACT, "DELETE FROM ticket_fact WHERE number "
	    "IN " DOOMED(1)),
	S(ERASE_TICKET, "DELETE FROM ticket WHERE number IN " DOOMED(1)),
	/* but for those that say how much was: AUDIT_ERASED */
	S(ERASE_VALUES, "DELETE FROM event_value WHERE seq IN " DOOMED(5)
	    " AND seq NOT IN (SELECT e.seq FROM event e "
	    "WHERE e.action = 'erased')"),
	S(EVENT_MISSING, "SELECT (SELECT count(*) FROM event) - "
	    "(SELECT count(*) FROM event_value)"),
	S(MENTIONS, "SELECT DISTINCT m.ticket FROM message m "
	    "WHERE replace(lower(m.body || ' ' || coalesce(m.full_text, '') "
	    "|| ' ' || coalesce(m.author_name, '')), $1, '') <> "
	    "lower(m.body || ' ' || coalesce(m.full_text, '') "
	    "|| ' ' || coalesce(m.author_name, '')) ORDER BY m.ticket"),
	S(ADDRESSES, "SELECT folded FROM address UNION "
	    "SELECT lower(sender) FROM ledger WHERE sender IS NOT NULL"),
	/* what was taken out leaves the parts that are on disk */
	S2(FTS_PURGE, "INSERT INTO message_fts(message_fts) "
	    "VALUES('optimize')", "SELECT 1"),
	/* 8: quarantined, which nobody has read yet */
	S(RAW_OLD, "SELECT r.id FROM raw r WHERE r.removed = 0 "
	    "AND r.taken_ms < $1 AND NOT EXISTS (SELECT 1 FROM ledger l "
	    "WHERE l.outcome = 8 AND l.raw = r.id) "
	    "ORDER BY r.taken_ms LIMIT 1"),

	/* all of them, one after the other */
	S(TICKET_NEXT, "SELECT number FROM ticket WHERE number > $1 "
	    "ORDER BY number LIMIT 1"),
	S(PERSON_NEXT, "SELECT id FROM person WHERE id > $1 "
	    "ORDER BY id LIMIT 1"),
	S(RAW_NEXT, "SELECT id FROM raw WHERE id > $1 AND removed = 0 "
	    "ORDER BY id LIMIT 1"),
};
