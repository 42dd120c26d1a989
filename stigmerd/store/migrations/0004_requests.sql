-- What models were asked, and HTTP requests with their answers. Only so many of each execution are kept.
CREATE TABLE requests (
  execution_id TEXT    NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
  number       INTEGER NOT NULL,
  told_bytes   INTEGER NOT NULL,  -- of all up to this one, also those that are gone
  note         BLOB    NOT NULL,  -- the message
  PRIMARY KEY (execution_id, number)
) WITHOUT ROWID;

CREATE TABLE request_counts (
  execution_id TEXT    PRIMARY KEY REFERENCES resources (id) ON DELETE CASCADE,
  last_number  INTEGER NOT NULL,
  told_bytes   INTEGER NOT NULL,
  usage        TEXT    NOT NULL   -- JSON; unused
) WITHOUT ROWID;
