"""Kept states of versioned resources, and the files that belong to them."""

from __future__ import annotations

from stigmerd.store.database import Database


class VersionTable:
    """Versions of a resource by hash or tag; artifacts, such as a skill's archive, by key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, resource_id: str, *, hash: str, tag: str, data: bytes, at: str) -> None:  # noqa: A002
        """Keeps one state of a versioned resource."""
        self._database.execute(
            "INSERT INTO versions (resource_id, hash, tag, data, at) VALUES (?, ?, ?, ?, ?)",
            (resource_id, hash, tag, data, at),
        )

    def find(self, resource_id: str, hash_or_tag: str) -> bytes | None:
        """The newest kept state with this hash or tag."""
        found = self._database.rows(
            "SELECT data FROM versions WHERE resource_id = ? AND ? IN (hash, tag) ORDER BY seq DESC LIMIT 1",
            (resource_id, hash_or_tag),
        )
        return found[0][0] if found else None

    def put_artifact(self, key: str, data: bytes, at: str) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO artifacts (key, data, at) VALUES (?, ?, ?)", (key, data, at)
        )

    def artifact(self, key: str) -> bytes | None:
        found = self._database.rows("SELECT data FROM artifacts WHERE key = ?", (key,))
        return found[0][0] if found else None

    def drop_unused_artifacts(self, key_of_hash: str) -> None:
        """Those that no kept version needs any more; `key_of_hash`: `skills/{}.zip`."""
        start, _, end = key_of_hash.partition("{}")
        self._database.execute(
            "DELETE FROM artifacts WHERE substr(key, 1, ?) = ?"
            " AND key NOT IN (SELECT ? || hash || ? FROM versions)",
            (len(start), start, start, end),
        )
