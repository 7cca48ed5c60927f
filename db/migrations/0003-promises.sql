-- Promises, and what analyses count.
ALTER TABLE ticket ADD COLUMN paused_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ticket ADD COLUMN alarm_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ticket ADD COLUMN alarms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ticket ADD COLUMN reopened INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ticket ADD COLUMN rating INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ticket_alarm ON ticket(alarm_ms) WHERE alarm_ms > 0;
CREATE TABLE mute (
	ticket	INTEGER NOT NULL REFERENCES ticket(number),
	person	INTEGER NOT NULL REFERENCES person(id),
	PRIMARY KEY (ticket, person)
) WITHOUT ROWID, STRICT;
CREATE TABLE ticket_fact (
	number		INTEGER PRIMARY KEY,
	created_ms	INTEGER NOT NULL,
	closed_ms	INTEGER NOT NULL,
	category	TEXT NOT NULL,
	priority	INTEGER NOT NULL,
	building	TEXT NOT NULL,
	assignee	INTEGER NOT NULL,
	source		TEXT NOT NULL,
	response_s	INTEGER NOT NULL,
	resolution_s	INTEGER NOT NULL,
	promises	INTEGER NOT NULL,
	reopened	INTEGER NOT NULL,
	messages	INTEGER NOT NULL,
	rating		INTEGER NOT NULL
) STRICT;
INSERT INTO ticket_fact SELECT number, created_ms, closed_ms, category,
	priority, '', coalesce(assignee, 0), source,
	CASE WHEN first_response_ms > 0
	THEN (first_response_ms - created_ms) / 1000 ELSE -1 END,
	CASE WHEN closed_ms > 0 THEN (closed_ms - created_ms) / 1000
	ELSE -1 END, 0, 0, (SELECT count(*) FROM message m
	WHERE m.ticket = number AND m.visibility = 0), 0
	FROM ticket WHERE shelf < 3;
CREATE INDEX fact_created ON ticket_fact(created_ms, category, priority,
	building, assignee, source, response_s, promises, reopened, messages,
	rating);
CREATE INDEX fact_closed ON ticket_fact(closed_ms, category, priority,
	building, assignee, source, resolution_s) WHERE closed_ms > 0;
CREATE INDEX fact_unclosed ON ticket_fact(category, priority, building,
	assignee, source) WHERE closed_ms = 0;
CREATE TABLE backlog (
	day		INTEGER NOT NULL,
	category	TEXT NOT NULL,
	priority	INTEGER NOT NULL,
	building	TEXT NOT NULL,
	assignee	INTEGER NOT NULL,
	source		TEXT NOT NULL,
	n		INTEGER NOT NULL,
	PRIMARY KEY (day, category, priority, building, assignee, source)
) WITHOUT ROWID, STRICT;
