-- A session that was forked from another one has copies of its turns: they stay when the other one goes.
CREATE TABLE forks (
  session_id TEXT PRIMARY KEY REFERENCES resources (id) ON DELETE CASCADE,
  origin     TEXT NOT NULL,      -- the session that it was forked from, which may be gone
  secrets    TEXT NOT NULL       -- encrypted JSON: what the turns must not show, the next ones must not either
) WITHOUT ROWID;

CREATE TABLE inherited_turns (
  session_id   TEXT    NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
  number       INTEGER NOT NULL, -- from 1
  execution_id TEXT    NOT NULL, -- it may be gone
  undone       INTEGER NOT NULL,
  shown        TEXT    NOT NULL, -- JSON: what a history shows of it, masked
  turn         TEXT    NOT NULL, -- JSON: what a model is told of it, masked
  PRIMARY KEY (session_id, number)
) WITHOUT ROWID;

-- Executions that their session does not remember any more.
CREATE TABLE undone_turns (
  execution_id TEXT PRIMARY KEY REFERENCES resources (id) ON DELETE CASCADE
) WITHOUT ROWID;
