-- What the database says of itself: who it is, and whether somebody works with it.
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO about (name, value) VALUES ('identity', lower(hex(randomblob(16)))), ('state', '');
