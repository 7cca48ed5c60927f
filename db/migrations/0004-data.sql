-- Mailing lists, erasure, retention.
CREATE INDEX address_person ON address(person) WHERE person IS NOT NULL;
CREATE INDEX raw_kept ON raw(taken_ms) WHERE removed = 0;
CREATE TABLE mail_list (
	list_id		TEXT NOT NULL PRIMARY KEY,
	taken_as	INTEGER NOT NULL,
	mails		INTEGER NOT NULL,
	last_ms		INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE doomed (
	kind	INTEGER NOT NULL,
	id	INTEGER NOT NULL,
	PRIMARY KEY (kind, id)
) WITHOUT ROWID, STRICT;
