-- What PostgreSQL has in place of the part of schema.sql that only SQLite knows.
CREATE TABLE message_fts (
	rowid		bigint PRIMARY KEY,	-- the message's id
	public		tsvector NOT NULL,	-- subject and body if public
	internal	tsvector NOT NULL	-- the same of others
);
CREATE INDEX message_fts_public ON message_fts USING gin(public);
CREATE INDEX message_fts_internal ON message_fts USING gin(internal);
