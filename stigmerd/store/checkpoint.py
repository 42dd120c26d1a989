"""Brings what is in the log into the database, in a thread and with a connection of its own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from stigmerd.store.wal import log_of, size_of


def log_bytes(path: Path) -> int:
    return size_of(log_of(path))


def checkpoint(path: Path) -> bool:
    """Whether the log is empty now. Who writes meanwhile is not kept waiting; then some of it stays."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = NORMAL")
        busy, frames, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if busy or frames != copied:
            return False
        # All is copied: to empty the log is quick.
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
