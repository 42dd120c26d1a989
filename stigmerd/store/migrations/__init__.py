"""Brings an older database up to date, with a copy of it kept beside."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from stigmerd.store.errors import StoreError

APPLICATION_ID = 0x53544756  # "STGV": marks our files among other programs' databases

_HERE = Path(__file__).parent

# Number n of the list brings a database from version n to n + 1.
MIGRATIONS: tuple[str, ...] = (
    (_HERE.parent / "schema.sql").read_text("utf-8"),
    *(path.read_text("utf-8") for path in sorted(_HERE.glob("[0-9]*.sql"))),
)


def migrate(connection: sqlite3.Connection, path: Path | None, migrations: Sequence[str]) -> None:
    """Raises StoreError for a database from a newer version of this program."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(migrations):
        raise StoreError(
            f"{path} was written by a newer version (schema {version}, this one knows {len(migrations)}): "
            "upgrade stigmer-devloop, or set STIGMER_DATA_DIR",
            code="E0523",
        )
    for number in range(version, len(migrations)):
        if version and path is not None:
            _back_up(connection, path, number)
        _apply(connection, migrations[number], number + 1)


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """`stigmerd.db.v1-1732370000.backup`, a whole database by itself."""
    copy = path.with_name(f"{path.name}.v{version}-{int(time.time())}.backup")
    while copy.exists():
        copy = copy.with_name(copy.name.replace(".backup", "+.backup"))
    copy.touch(mode=0o600)
    connection.execute("VACUUM INTO ?", (str(copy),))


def _apply(connection: sqlite3.Connection, script: str, version: int) -> None:
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{script}\n;\n"
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version}; COMMIT;"
        )
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
