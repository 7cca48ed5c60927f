-- Logging in to the web view, and lists of one's own tickets.
CREATE TABLE login_token (
	hash		BLOB NOT NULL PRIMARY KEY,
	person		INTEGER NOT NULL REFERENCES person(id),
	until_ms	INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE web_session (
	hash		BLOB NOT NULL PRIMARY KEY,
	person		INTEGER NOT NULL REFERENCES person(id),
	created_ms	INTEGER NOT NULL,
	until_ms	INTEGER NOT NULL,
	agent		TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE viewed (
	person		INTEGER NOT NULL REFERENCES person(id),
	ticket		INTEGER NOT NULL REFERENCES ticket(number),
	day		INTEGER NOT NULL,
	PRIMARY KEY (ticket, person, day)
) WITHOUT ROWID, STRICT;
CREATE INDEX ticket_own ON ticket(requester, number);
