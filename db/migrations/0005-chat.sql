-- Chat: rows of the outbox that go to a room, cards and what is said there.
ALTER TABLE outbox ADD COLUMN door TEXT NOT NULL DEFAULT '';
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox(door, due_ms, id) WHERE due_ms IS NOT NULL;
CREATE TABLE chat_card (
	ticket	INTEGER PRIMARY KEY REFERENCES ticket(number),
	door	TEXT NOT NULL,
	room	TEXT NOT NULL,
	item	TEXT NOT NULL,
	shown	TEXT NOT NULL
) STRICT;
CREATE TABLE chat_item (
	id	INTEGER PRIMARY KEY,
	door	TEXT NOT NULL,
	room	TEXT NOT NULL,
	item	TEXT NOT NULL,
	ticket	INTEGER NOT NULL REFERENCES ticket(number),
	kind	INTEGER NOT NULL,
	state	INTEGER NOT NULL,
	person	INTEGER REFERENCES person(id),
	target	TEXT,
	words	TEXT,
	message	INTEGER,
	due_ms	INTEGER NOT NULL,
	time_ms	INTEGER NOT NULL,
	UNIQUE (door, room, item)
) STRICT;
CREATE INDEX chat_item_ticket ON chat_item(ticket, id);
CREATE INDEX chat_item_due ON chat_item(due_ms) WHERE due_ms > 0;
CREATE INDEX chat_item_target ON chat_item(target) WHERE target IS NOT NULL;
CREATE INDEX person_matrix ON person(matrix) WHERE matrix IS NOT NULL;
CREATE INDEX person_slack ON person(slack) WHERE slack IS NOT NULL;
