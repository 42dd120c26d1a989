-- Which execution started which: lists fold those that were started by others, and count them.
CREATE TABLE nested (
  execution_id TEXT PRIMARY KEY REFERENCES resources (id) ON DELETE CASCADE,
  parent       TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX nested_parent ON nested (parent);
-- Of older ones only the message says it, in an annotation: 0A 19 `devloop.stigmer.ai/parent` 12, the length
-- of its value in one byte or two, then the id of 30 bytes.
INSERT INTO nested (execution_id, parent)
SELECT id, CAST(substr(data, CASE WHEN substr(data, at + 29, 4) = CAST('wex-' AS BLOB) THEN at + 29 ELSE at + 30 END, 30) AS TEXT)
FROM (
  SELECT id, data, instr(data, X'0A196465766C6F6F702E737469676D65722E61692F706172656E7412') AS at
  FROM resources WHERE kind IN (41, 52)
)
WHERE at > 0
  AND (substr(data, at + 29, 4) = CAST('wex-' AS BLOB) OR substr(data, at + 30, 4) = CAST('wex-' AS BLOB));
