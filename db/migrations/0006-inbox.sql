-- What chat pushed to us and is not decided, and who its users are.
CREATE TABLE inbox (
	id		INTEGER PRIMARY KEY,
	door		TEXT NOT NULL,
	item_key	TEXT NOT NULL,
	kind		INTEGER NOT NULL,
	body		BLOB NOT NULL,
	came_ms		INTEGER NOT NULL,
	attempts	INTEGER NOT NULL,
	UNIQUE (door, item_key)
) STRICT;
CREATE INDEX inbox_door ON inbox(door, id);
CREATE TABLE chat_user (
	door		TEXT NOT NULL,
	team		TEXT NOT NULL,
	id		TEXT NOT NULL,
	person		INTEGER REFERENCES person(id),
	refused		TEXT,
	checked_ms	INTEGER NOT NULL,
	PRIMARY KEY (door, team, id)
) WITHOUT ROWID, STRICT;
CREATE INDEX chat_user_person ON chat_user(person) WHERE person IS NOT NULL;
