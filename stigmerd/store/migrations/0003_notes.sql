-- What executions told beyond their status. Only so much of each is kept.
CREATE TABLE notes (
  execution_id TEXT    NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
  number       INTEGER NOT NULL,
  told_bytes   INTEGER NOT NULL,  -- of all notes up to this one, also those that are gone
  note         BLOB    NOT NULL,  -- the message
  PRIMARY KEY (execution_id, number)
) WITHOUT ROWID;

CREATE TABLE note_counts (
  execution_id TEXT    PRIMARY KEY REFERENCES resources (id) ON DELETE CASCADE,
  last_number  INTEGER NOT NULL,
  told_bytes   INTEGER NOT NULL,
  usage        TEXT    NOT NULL   -- JSON
) WITHOUT ROWID;
