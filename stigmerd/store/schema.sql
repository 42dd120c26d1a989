-- Version 1. Later changes are files in migrations/, never edits here.

CREATE TABLE resources (
  seq        INTEGER PRIMARY KEY,  -- the order in which they were made: what lists are sorted by
  kind       INTEGER NOT NULL,     -- ApiResourceKind
  id         TEXT    NOT NULL UNIQUE,
  org        TEXT    NOT NULL,
  slug       TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  parent     TEXT    NOT NULL,
  phase      INTEGER NOT NULL,     -- ExecutionPhase, 0 for all but executions
  tags       TEXT    NOT NULL,     -- each followed by U+001F
  search     TEXT    NOT NULL,     -- name and slug, case folded
  created_at TEXT    NOT NULL,
  updated_at TEXT    NOT NULL,
  data       BLOB    NOT NULL      -- the message; last, so that scans need not read it
);

-- Executions (41, 52) and sessions (42) have no slug of their own.
CREATE UNIQUE INDEX resources_slug ON resources (kind, org, slug) WHERE kind NOT IN (41, 42, 52) AND slug <> '';
-- All that a list filters by: it reads the messages of one page and no others.
CREATE INDEX resources_listing ON resources (kind, org, phase, parent, tags, search);
CREATE INDEX resources_parent ON resources (parent, kind);
CREATE INDEX resources_live ON resources (phase, kind) WHERE kind IN (41, 52) AND phase < 3;

CREATE TABLE execution_events (
  execution_id TEXT    NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
  seq          INTEGER NOT NULL,
  at           TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  payload      TEXT    NOT NULL,   -- JSON
  PRIMARY KEY (execution_id, seq)
) WITHOUT ROWID;

CREATE TABLE journal (
  execution_id TEXT NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
  key          TEXT NOT NULL,
  value        TEXT NOT NULL,      -- JSON
  at           TEXT NOT NULL,
  PRIMARY KEY (execution_id, key)
) WITHOUT ROWID;

CREATE TABLE signals (
  seq          INTEGER PRIMARY KEY,
  execution_id TEXT NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
  signal_id    TEXT NOT NULL,
  payload      TEXT NOT NULL,      -- JSON
  at           TEXT NOT NULL
);
CREATE INDEX signals_waiting ON signals (execution_id, signal_id, seq);

-- Earlier states of versioned resources (skills): what a reference to a tag or a hash finds.
CREATE TABLE versions (
  seq         INTEGER PRIMARY KEY,
  resource_id TEXT NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
  hash        TEXT NOT NULL,
  tag         TEXT NOT NULL,
  data        BLOB NOT NULL,
  at          TEXT NOT NULL
);
CREATE INDEX versions_resource ON versions (resource_id, seq);

CREATE TABLE artifacts (
  key  TEXT PRIMARY KEY,
  data BLOB NOT NULL,
  at   TEXT NOT NULL
);
