-- The store: every table, a sentence per column.
--
-- Times are milliseconds since the epoch, UTC, in columns named *_ms; 0 is
-- "not". Enumerations hold the numbers of the C enum named beside them; their
-- order is for ever. A reference to a row that may be absent is NULL.
-- Text is valid UTF-8 without NUL.
--
-- This is SQLite's text and always the newest version. PostgreSQL gets the same
-- by translating type names (tools/check-postgres), but for what stands between
-- "only sqlite" and "end"; db/schema_pg.sql has its twin.
-- Migrations (db/migrations) bring an older store to the same.

-- State of the program as name and value: heartbeat, figures for /metrics.
CREATE TABLE state (
	name	TEXT NOT NULL PRIMARY KEY,	-- what it is, "heartbeat"
	value	TEXT NOT NULL			-- its value as text
) WITHOUT ROWID, STRICT;

-- Numbers that are given out once and never again.
CREATE TABLE counter (
	name	TEXT NOT NULL PRIMARY KEY,	-- what is counted: ticket, outbox
	value	INTEGER NOT NULL		-- the number given out last
) WITHOUT ROWID, STRICT;
INSERT INTO counter(name, value) VALUES('ticket', 0);
INSERT INTO counter(name, value) VALUES('outbox', 0);

-- Everybody we know: who wrote to us, and staff.
CREATE TABLE person (
	id		INTEGER PRIMARY KEY,	-- never used again
	name		TEXT NOT NULL,		-- as they write it, '' unknown
	address		TEXT NOT NULL,		-- the first, where mail goes
	role		INTEGER NOT NULL,	-- enum person_role
	mail		INTEGER NOT NULL,	-- enum person_mail: which they want
	digest		INTEGER NOT NULL,	-- 1: wants it folded into digests
	slack		TEXT,			-- Slack user id
	matrix		TEXT,			-- Matrix user id
	categories	TEXT NOT NULL,		-- that staff serve, 'it,services'; '' all
	removed		INTEGER NOT NULL,	-- 1: no longer staff
	created_ms	INTEGER NOT NULL	-- when we first heard of them
) STRICT;
CREATE INDEX person_staff ON person(id) WHERE role > 0;
CREATE INDEX person_matrix ON person(matrix) WHERE matrix IS NOT NULL;
CREATE INDEX person_slack ON person(slack) WHERE slack IS NOT NULL;

-- Every address we know something of, with or without a person.
CREATE TABLE address (
	folded		TEXT NOT NULL PRIMARY KEY,	-- ASCII letters in lower case
	written		TEXT NOT NULL,		-- as it was first written
	person		INTEGER REFERENCES person(id),	-- whose it is
	suppressed	INTEGER NOT NULL,	-- 1: bounced for good
	blocked		INTEGER NOT NULL	-- 1: its mail goes to view spam
) WITHOUT ROWID, STRICT;
CREATE INDEX address_person ON address(person) WHERE person IS NOT NULL;

-- Mailing lists that wrote to us, and how their mail is taken.
CREATE TABLE mail_list (
	list_id		TEXT NOT NULL PRIMARY KEY,	-- ASCII in lower case
	taken_as	INTEGER NOT NULL,	-- enum list_taken
	mails		INTEGER NOT NULL,	-- how many came
	last_ms		INTEGER NOT NULL	-- when the last one did; 0 never
) WITHOUT ROWID, STRICT;

-- Reported problems.
CREATE TABLE ticket (
	number		INTEGER PRIMARY KEY,	-- shown as #1042, from counter
	token_key	INTEGER NOT NULL,	-- random 64 bits; signed things cover it
	subject		TEXT NOT NULL,		-- one line
	status		INTEGER NOT NULL,	-- enum ticket_status
	category	TEXT NOT NULL,		-- name of a configured category
	priority	INTEGER NOT NULL,	-- enum ticket_priority
	location	TEXT NOT NULL,		-- code or words, '' none
	assignee	INTEGER REFERENCES person(id),	-- staff who took it
	requester	INTEGER REFERENCES person(id),	-- who reported it
	source		TEXT NOT NULL,		-- mail slack matrix cli import
	tags		TEXT NOT NULL,		-- sorted, 'a,b', '' none
	flags		INTEGER NOT NULL,	-- TICKET_BULK, _SPAM, _QUIET …
	shelf		INTEGER NOT NULL,	-- view, made from status and flags:
						-- 0 open 1 active 2 closed 3 spam
	created_ms	INTEGER NOT NULL,	-- when it was made
	updated_ms	INTEGER NOT NULL,	-- when anything last changed
	closed_ms	INTEGER NOT NULL,	-- since when it is closed
	waiting_ms	INTEGER NOT NULL,	-- since when it is waiting
	first_response_ms INTEGER NOT NULL,	-- first public staff message
	first_response_due_ms INTEGER NOT NULL,	-- SLA target of that
	resolve_due_ms	INTEGER NOT NULL,	-- SLA target of closing
	due_ms		INTEGER NOT NULL,	-- a date that staff set
	paused_ms	INTEGER NOT NULL DEFAULT 0,	-- opening hours that it was
						-- waiting or closed
	alarm_ms	INTEGER NOT NULL DEFAULT 0,	-- when the clock has
						-- something to do; 0 nothing
	alarms		INTEGER NOT NULL DEFAULT 0,	-- enum alarm: what was done
	reopened	INTEGER NOT NULL DEFAULT 0,	-- how often
	rating		INTEGER NOT NULL DEFAULT 0	-- by the requester, 1 to 5;
						-- 0 none
) STRICT;
CREATE INDEX ticket_shelf ON ticket(shelf, updated_ms, number);
CREATE INDEX ticket_category ON ticket(category, shelf, updated_ms, number);
CREATE INDEX ticket_updated ON ticket(updated_ms, number);
CREATE INDEX ticket_requester ON ticket(requester, updated_ms, number);
CREATE INDEX ticket_own ON ticket(requester, number);
CREATE INDEX ticket_assignee ON ticket(assignee, updated_ms, number)
	WHERE assignee IS NOT NULL;
CREATE INDEX ticket_alarm ON ticket(alarm_ms) WHERE alarm_ms > 0;

-- Who gets a ticket's public messages besides its requester.
CREATE TABLE watcher (
	ticket	INTEGER NOT NULL REFERENCES ticket(number),	-- of what
	person	INTEGER NOT NULL REFERENCES person(id),		-- who
	PRIMARY KEY (ticket, person)
) WITHOUT ROWID, STRICT;

-- Staff who want no more mail about a ticket.
CREATE TABLE mute (
	ticket	INTEGER NOT NULL REFERENCES ticket(number),	-- of what
	person	INTEGER NOT NULL REFERENCES person(id),		-- who
	PRIMARY KEY (ticket, person)
) WITHOUT ROWID, STRICT;

-- How tickets hang together.
CREATE TABLE ticket_link (
	ticket	INTEGER NOT NULL REFERENCES ticket(number),	-- this ticket
	kind	INTEGER NOT NULL,	-- enum link_kind
	number	INTEGER NOT NULL REFERENCES ticket(number),	-- the other
	PRIMARY KEY (ticket, kind, number)
) WITHOUT ROWID, STRICT;

-- Mails as they came, byte for byte (I11).
CREATE TABLE raw (
	id		INTEGER PRIMARY KEY,	-- below 2^47
	size		INTEGER NOT NULL,	-- bytes of the whole mail
	header_length	INTEGER NOT NULL,	-- bytes of its header block
	taken_ms	INTEGER NOT NULL,	-- when we took it in
	removed		INTEGER NOT NULL	-- 1: its frames are gone; the row
						-- stays, so that no other mail gets
						-- the id that others name
) STRICT;
CREATE INDEX raw_kept ON raw(taken_ms) WHERE removed = 0;

-- Their bytes in frames of at most 256 KiB plain text: those of the header
-- block, then those of the rest, so that a frame's place follows from its
-- number.
CREATE TABLE raw_frame (
	id	INTEGER PRIMARY KEY,	-- raw's id * 65536 + frame number from 0
	data	BLOB NOT NULL		-- one zstd frame
) STRICT;

-- What was said on a ticket.
CREATE TABLE message (
	id		INTEGER PRIMARY KEY,	-- in order of arrival
	ticket		INTEGER NOT NULL REFERENCES ticket(number),	-- on which
	date_ms		INTEGER NOT NULL,	-- when we took it in
	author		INTEGER REFERENCES person(id),	-- who
	author_name	TEXT,			-- as in From
	author_address	TEXT,			-- as in From
	visibility	INTEGER NOT NULL,	-- enum message_visibility
	proof		INTEGER NOT NULL,	-- enum message_proof
	source		TEXT NOT NULL,		-- mail slack matrix cli import
	body		TEXT NOT NULL,		-- the visible reply
	full_text	TEXT,			-- whole body, NULL: as body
	spans		TEXT,			-- JSON: what is quoted, signature …
	raw		INTEGER,		-- the mail it came in; may be gone by now
	message_id	TEXT,			-- theirs, without <>
	refs		TEXT,			-- their References, ids with <>
	automatic	INTEGER NOT NULL,	-- 1: no person wrote it
	from_staff	INTEGER NOT NULL,	-- 1: the author was staff then
	pending		INTEGER NOT NULL,	-- enum message_pending
	pending_until_ms INTEGER NOT NULL	-- when asking expires
) STRICT;
CREATE INDEX message_ticket ON message(ticket, id);
CREATE INDEX message_pending ON message(author, id) WHERE pending > 0;

-- Files that came with messages: slices of the raw mail.
CREATE TABLE attachment (
	id		INTEGER PRIMARY KEY,	-- in its web address
	message		INTEGER NOT NULL REFERENCES message(id),	-- of which
	raw		INTEGER,		-- the mail that has the bytes
	name		TEXT,			-- file name as sent
	type		TEXT NOT NULL,		-- media type
	size		INTEGER NOT NULL,	-- decoded bytes
	sha256		TEXT NOT NULL,		-- of the decoded bytes, hex
	is_inline	INTEGER NOT NULL,	-- 1: an image in the text
	content_id	TEXT,			-- what the HTML calls it
	raw_offset	INTEGER NOT NULL,	-- first encoded byte in the raw mail
	raw_length	INTEGER NOT NULL,	-- encoded bytes
	encoding	TEXT NOT NULL		-- transfer encoding of those
) STRICT;
CREATE INDEX attachment_message ON attachment(message, id);

-- Message-IDs of all mail, so that a parent that comes late joins its reply.
CREATE TABLE thread (
	message_id	TEXT NOT NULL,		-- without <>
	rel		INTEGER NOT NULL,	-- enum thread_rel
	ticket		INTEGER NOT NULL REFERENCES ticket(number),	-- leads to
	message		INTEGER,		-- that has or names it
	PRIMARY KEY (message_id, rel, ticket)
) WITHOUT ROWID, STRICT;

-- only sqlite
-- Full text; can be rebuilt from message and ticket. rowid is the message's id;
-- public has subject and body of a public message, internal those of others.
CREATE VIRTUAL TABLE message_fts USING fts5(public, internal, content='',
	columnsize=0, tokenize='unicode61 remove_diacritics 2');
-- end

-- Every source item that was seen, with its one outcome (I2).
CREATE TABLE ledger (
	id		INTEGER PRIMARY KEY,	-- what events call the item
	source		TEXT NOT NULL,		-- 'imap:inbox', 'deliver:inbox'
	epoch		INTEGER NOT NULL,	-- UIDVALIDITY, else 0
	uid		INTEGER NOT NULL,	-- UID, else 0
	item_key	TEXT NOT NULL,		-- what the source calls it, else ''
	seen_ms		INTEGER NOT NULL,	-- when it was decided
	outcome		INTEGER NOT NULL,	-- enum ledger_outcome
	because		TEXT,			-- the rule that led to it
	ticket		INTEGER,		-- number, when it touched one
	message		INTEGER,		-- id of the message it made
	raw		INTEGER,		-- id of the mail kept
	message_id	TEXT,			-- of the mail
	sender		TEXT,			-- From, as address
	subject		TEXT,			-- of the mail
	kind		TEXT,			-- of the mail: person, bounce …
	raw_digest	BLOB,			-- SHA-256 of the whole mail
	same_digest	BLOB,			-- SHA-256 without trace headers
	attempts	INTEGER NOT NULL,	-- tries made before quarantine
	acked		INTEGER NOT NULL,	-- 1: flagged or moved at the source
	UNIQUE (source, epoch, uid, item_key)
) STRICT;
CREATE INDEX ledger_outcome ON ledger(outcome, id);
CREATE INDEX ledger_raw ON ledger(raw_digest) WHERE raw_digest IS NOT NULL;
CREATE INDEX ledger_same ON ledger(same_digest) WHERE same_digest IS NOT NULL;
CREATE INDEX ledger_unacked ON ledger(source, epoch, uid) WHERE acked = 0;

-- How far a mailbox has been read.
CREATE TABLE source_cursor (
	source		TEXT NOT NULL PRIMARY KEY,	-- 'imap:inbox'
	epoch		INTEGER NOT NULL,	-- UIDVALIDITY it is true for
	uid		INTEGER NOT NULL,	-- all up to here are in the ledger
	first_uid	INTEGER NOT NULL	-- mail below was there before us
) WITHOUT ROWID, STRICT;

-- Items being worked on: what is left here after a crash runs alone.
CREATE TABLE in_hand (
	source		TEXT NOT NULL,		-- key as in ledger
	epoch		INTEGER NOT NULL,
	uid		INTEGER NOT NULL,
	item_key	TEXT NOT NULL,
	attempts	INTEGER NOT NULL,	-- begun so often
	PRIMARY KEY (source, epoch, uid, item_key)
) WITHOUT ROWID, STRICT;

-- What must still be sent, and what was (I3).
CREATE TABLE outbox (
	id		INTEGER PRIMARY KEY,	-- from counter; its Message-ID covers it
	ticket		INTEGER,		-- about which; NULL none
	person		INTEGER REFERENCES person(id),	-- to whom, if known
	rcpt		TEXT NOT NULL,		-- bare address
	lane		TEXT NOT NULL,		-- rcpt in lower case: keeps the order
	event		TEXT NOT NULL,		-- template name
	message		INTEGER,		-- the message it tells of
	detail		TEXT,			-- JSON for the template
	automatic	INTEGER NOT NULL,	-- 1: no person wrote it
	bare		INTEGER NOT NULL,	-- 1: repeats nothing of theirs
	message_id	TEXT NOT NULL,		-- ours, without <>
	in_reply_to	TEXT,			-- theirs, without <>
	refs		TEXT,			-- References, ids with <>
	state		INTEGER NOT NULL,	-- enum outbox_state
	burnt		INTEGER NOT NULL,	-- 1: its token proves nothing more
	used		INTEGER NOT NULL,	-- 1: its one-use token was used
	tried_unknown	INTEGER NOT NULL,	-- 1: was resent after unknown
	attempts	INTEGER NOT NULL,	-- tries begun
	created_ms	INTEGER NOT NULL,	-- when it was queued
	next_ms		INTEGER NOT NULL,	-- not before then
	due_ms		INTEGER,		-- next_ms while it may be leased
	first_try_ms	INTEGER NOT NULL,	-- when it was first tried
	done_ms		INTEGER NOT NULL,	-- when it ended
	error		TEXT,			-- last reply or fault
	door		TEXT NOT NULL DEFAULT ''	-- '' mail, matrix, slack: then
						-- rcpt is a room, and the event
						-- says what is posted there
) STRICT;
CREATE INDEX outbox_due ON outbox(door, due_ms, id) WHERE due_ms IS NOT NULL;
CREATE INDEX outbox_unfinished ON outbox(created_ms) WHERE state IN (0, 1, 4);
CREATE INDEX outbox_lane ON outbox(ticket, lane, id);
CREATE INDEX outbox_person ON outbox(person, event, created_ms);

-- The frozen bytes of an outbox row, from its first lease until some days
-- after it was sent.
CREATE TABLE outbox_body (
	id		INTEGER PRIMARY KEY REFERENCES outbox(id),	-- the row
	rendered	BLOB NOT NULL	-- the mail, with places for secrets
) STRICT;

-- Where the card of a ticket is, and with it the thread.
CREATE TABLE chat_card (
	ticket	INTEGER PRIMARY KEY REFERENCES ticket(number),	-- whose
	door	TEXT NOT NULL,		-- matrix, slack
	room	TEXT NOT NULL,		-- what the door calls the room
	item	TEXT NOT NULL,		-- and the card; '' not posted yet
	shown	TEXT NOT NULL		-- digest of what it shows; '' nothing
) STRICT;

-- What was said, posted and marked in the threads of tickets.
CREATE TABLE chat_item (
	id	INTEGER PRIMARY KEY,	-- in order of arrival
	door	TEXT NOT NULL,		-- matrix, slack
	room	TEXT NOT NULL,		-- what the door calls the room
	item	TEXT NOT NULL,		-- and the item
	ticket	INTEGER NOT NULL REFERENCES ticket(number),	-- on which
	kind	INTEGER NOT NULL,	-- enum chat_kind
	state	INTEGER NOT NULL,	-- enum chat_state
	person	INTEGER REFERENCES person(id),	-- who did it; NULL the desk
	target	TEXT,			-- the item that is marked
	words	TEXT,			-- what is said; the mark
	message	INTEGER,		-- that it became, or shows
	due_ms	INTEGER NOT NULL,	-- when it goes out; 0 not by itself
	time_ms	INTEGER NOT NULL,	-- when we heard of it
	UNIQUE (door, room, item)
) STRICT;
CREATE INDEX chat_item_ticket ON chat_item(ticket, id);
CREATE INDEX chat_item_due ON chat_item(due_ms) WHERE due_ms > 0;
CREATE INDEX chat_item_target ON chat_item(target) WHERE target IS NOT NULL;

-- What a door of chat pushed to us and nobody has decided on yet.
CREATE TABLE inbox (
	id		INTEGER PRIMARY KEY,	-- in order of arrival
	door		TEXT NOT NULL,		-- slack
	item_key	TEXT NOT NULL,		-- what the door calls it
	kind		INTEGER NOT NULL,	-- where it was pushed to
	body		BLOB NOT NULL,		-- as it came
	came_ms		INTEGER NOT NULL,	-- when
	attempts	INTEGER NOT NULL,	-- decisions that failed
	UNIQUE (door, item_key)
) STRICT;
CREATE INDEX inbox_door ON inbox(door, id);

-- Users of such a door, and who they are.
CREATE TABLE chat_user (
	door		TEXT NOT NULL,		-- slack
	team		TEXT NOT NULL,		-- its workspace
	id		TEXT NOT NULL,		-- and what it calls the user
	person		INTEGER REFERENCES person(id),	-- NULL nobody we know
	refused		TEXT,			-- why nothing of theirs counts
	checked_ms	INTEGER NOT NULL,	-- when the door was asked last
	PRIMARY KEY (door, team, id)
) WITHOUT ROWID, STRICT;
CREATE INDEX chat_user_person ON chat_user(person) WHERE person IS NOT NULL;

-- The event chain (I4): one line of the audit log each.
CREATE TABLE event (
	seq	INTEGER PRIMARY KEY,	-- 1, 2, 3 … without a gap
	time_ms	INTEGER NOT NULL,	-- when
	ticket	INTEGER NOT NULL,	-- on which ticket, 0 none
	person	INTEGER NOT NULL,	-- by whom, 0 none
	item	INTEGER NOT NULL,	-- ledger id it came in with, 0 none
	action	TEXT NOT NULL,		-- 'created', 'status', 'bounced' …
	digest	BLOB NOT NULL,		-- HMAC of the values under their salt
	key_id	INTEGER NOT NULL,	-- which secret the mac is made with
	mac	BLOB NOT NULL		-- HMAC of the row and the mac before it
) STRICT;
CREATE INDEX event_ticket ON event(ticket, seq);

-- The values of an event; erasure removes the row, the chain still holds.
CREATE TABLE event_value (
	seq		INTEGER PRIMARY KEY,	-- of event
	salt		BLOB NOT NULL,	-- random: the digest betrays no value
	actor		TEXT,		-- address, 'system', 'os:root'
	proof		TEXT,		-- token verified claimed staff system
	field		TEXT,		-- what changed
	old_value	TEXT,		-- from
	new_value	TEXT,		-- to
	because		TEXT		-- rule that led to it
) STRICT;

-- Counters in fixed windows.
CREATE TABLE quota (
	name		TEXT NOT NULL,		-- what is counted
	window_ms	INTEGER NOT NULL,	-- length of its windows
	until_ms	INTEGER NOT NULL,	-- end of the window n belongs to
	n		INTEGER NOT NULL,	-- how many in it
	PRIMARY KEY (name, window_ms)
) WITHOUT ROWID, STRICT;

-- Links that log somebody in once; the row goes when it is used.
CREATE TABLE login_token (
	hash		BLOB NOT NULL PRIMARY KEY,	-- SHA-256 of the token
	person		INTEGER NOT NULL REFERENCES person(id),	-- whom
	until_ms	INTEGER NOT NULL	-- not any more from then on
) WITHOUT ROWID, STRICT;

-- Browsers that are logged in.
CREATE TABLE web_session (
	hash		BLOB NOT NULL PRIMARY KEY,	-- SHA-256 of its id
	person		INTEGER NOT NULL REFERENCES person(id),	-- as whom
	created_ms	INTEGER NOT NULL,	-- since when
	until_ms	INTEGER NOT NULL,	-- not any more from then on
	agent		TEXT NOT NULL		-- what the browser calls itself
) WITHOUT ROWID, STRICT;

-- Who looked at which ticket, a row a day; no part of the chain.
CREATE TABLE viewed (
	person		INTEGER NOT NULL REFERENCES person(id),	-- who
	ticket		INTEGER NOT NULL REFERENCES ticket(number),	-- at what
	day		INTEGER NOT NULL,	-- since 1970-01-01, UTC
	PRIMARY KEY (ticket, person, day)
) WITHOUT ROWID, STRICT;

-- What analyses count: a narrow row for each ticket that is not spam, kept in
-- the transaction of its change.
CREATE TABLE ticket_fact (
	number		INTEGER PRIMARY KEY,	-- of the ticket
	created_ms	INTEGER NOT NULL,	-- as in ticket
	closed_ms	INTEGER NOT NULL,	-- as in ticket
	category	TEXT NOT NULL,		-- as in ticket
	priority	INTEGER NOT NULL,	-- as in ticket
	building	TEXT NOT NULL,		-- of its location, '' none
	assignee	INTEGER NOT NULL,	-- person, 0 none
	source		TEXT NOT NULL,		-- as in ticket
	response_s	INTEGER NOT NULL,	-- opening hours until the first
						-- answer; -1 none yet
	resolution_s	INTEGER NOT NULL,	-- the same until closed, without
						-- the time it was waiting
	promises	INTEGER NOT NULL,	-- 1 answered in time, 2 too late,
						-- 4 resolved in time, 8 too late
	reopened	INTEGER NOT NULL,	-- how often
	messages	INTEGER NOT NULL,	-- public ones
	rating		INTEGER NOT NULL	-- 1 to 5, 0 none
) STRICT;
CREATE INDEX fact_created ON ticket_fact(created_ms, category, priority,
	building, assignee, source, response_s, promises, reopened, messages,
	rating);
CREATE INDEX fact_closed ON ticket_fact(closed_ms, category, priority,
	building, assignee, source, resolution_s) WHERE closed_ms > 0;
CREATE INDEX fact_unclosed ON ticket_fact(category, priority, building,
	assignee, source) WHERE closed_ms = 0;

-- How many tickets were not closed at the end of each day.
CREATE TABLE backlog (
	day		INTEGER NOT NULL,	-- since 1970-01-01, of the desk
	category	TEXT NOT NULL,		-- as in ticket_fact, the next too
	priority	INTEGER NOT NULL,	-- likewise
	building	TEXT NOT NULL,		-- likewise
	assignee	INTEGER NOT NULL,	-- likewise
	source		TEXT NOT NULL,		-- likewise
	n		INTEGER NOT NULL,	-- tickets
	PRIMARY KEY (day, category, priority, building, assignee, source)
) WITHOUT ROWID, STRICT;

-- What an erasure takes away, while it does; empty outside its transaction.
CREATE TABLE doomed (
	kind	INTEGER NOT NULL,	-- enum doom
	id	INTEGER NOT NULL,	-- of the ticket, message, raw mail …
	PRIMARY KEY (kind, id)
) WITHOUT ROWID, STRICT;
