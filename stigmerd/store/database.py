"""One SQLite connection: opened with care, brought up to date, every error in plain words."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from stigmerd.store.errors import Gone, StoreError, explain
from stigmerd.store.examination import IN_USE, examine
from stigmerd.store.migrations import APPLICATION_ID, MIGRATIONS, migrate

BUSY_SECONDS = 5
NO_VACUUM = 0
QUICKLY_WRITTEN_PAGES = 16_384  # 64 MiB
LONGEST_LOG_PAGES = 4096
LOG_BYTES_KEPT = 16 * 2**20  # of the write-ahead log, after a moment when it was longer

Parameters = Sequence[Any]
T = TypeVar("T")


class Database:
    """Statements, and transactions that nest."""

    def __init__(self, connection: sqlite3.Connection, place: str, *, missing: str = "") -> None:
        self.missing = missing  # what may be, in a sentence
        self._connection = connection
        self._place = place
        self._depth = 0
        self._undo: list[Callable[[], object]] = []

    @classmethod
    def open(cls, path: Path | None, migrations: Sequence[str] = MIGRATIONS) -> Database:
        """Raises StoreError; then the file is as it was."""
        place = str(path) if path else "the database in memory"
        missing = _examined(path) if path is not None else ""
        try:
            connection = sqlite3.connect(path or ":memory:", timeout=BUSY_SECONDS, isolation_level=None)
        except sqlite3.Error as error:
            raise explain(error, place) from error
        try:
            _check_owner(connection, place)
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # of a new one
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            # Long before that a thread does it; a commit that does has everybody wait for the disk.
            connection.execute(f"PRAGMA wal_autocheckpoint = {LONGEST_LOG_PAGES}")
            connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES_KEPT}")
            migrate(connection, path, migrations)
            _let_it_shrink(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            _say_state(connection, IN_USE)
        except sqlite3.Error as error:
            connection.close()
            raise explain(error, place) from error
        except StoreError:
            connection.close()
            raise
        return cls(connection, place, missing=missing)

    @property
    def changes(self) -> int:
        """Grows with each row that is written."""
        return self._connection.total_changes

    def execute(self, sql: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, parameters)
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise explain(error, self._place) from error

    def insert_detail(self, sql: str, parameters: tuple[str | int, ...]) -> None:
        """Inserts what belongs to a resource: its id is the first parameter. Raises KeyError."""
        try:
            self.execute(sql, parameters)
        except sqlite3.IntegrityError as error:
            if "FOREIGN KEY" in str(error):
                raise Gone(parameters[0]) from error
            raise

    def read(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """Runs a function that reads all of it."""
        try:
            return read(self._connection)
        except sqlite3.Error as error:
            raise explain(error, self._place) from error

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Any]:
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise explain(error, self._place) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. An inner one that fails takes back only its own part."""
        outermost = self._depth == 0
        savepoint = f"level_{self._depth}"
        undo_from = len(self._undo)
        self.execute("BEGIN IMMEDIATE" if outermost else f"SAVEPOINT {savepoint}")
        self._depth += 1
        try:
            yield
            self.execute("COMMIT" if outermost else f"RELEASE {savepoint}")
        except BaseException:  # of whoever wrote in it, cancelled or not
            self._roll_back(None if outermost else savepoint)
            for undo in reversed(self._undo[undo_from:]):
                undo()
            del self._undo[undo_from:]
            raise
        finally:
            self._depth -= 1
            if outermost:
                self._undo.clear()

    def on_rollback(self, undo: Callable[[], object]) -> None:
        """Calls `undo` when the open transaction fails: for what memory holds of it."""
        self._undo.append(undo)

    def close(self) -> None:
        with suppress(sqlite3.Error):  # a full disk: the next one to open it examines it
            _say_state(self._connection, "")
        self._connection.close()

    def _roll_back(self, savepoint: str | None) -> None:
        # SQLite has already rolled back by itself after some errors, a full disk among them.
        if not self._connection.in_transaction:
            return
        if savepoint is None:
            self.execute("ROLLBACK")
        else:
            self.execute(f"ROLLBACK TO {savepoint}")
            self.execute(f"RELEASE {savepoint}")


def _let_it_shrink(connection: sqlite3.Connection) -> None:
    """Rewrites a database that was made before they could shrink, unless that takes long."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if connection.execute("PRAGMA auto_vacuum").fetchone() == (NO_VACUUM,) and pages <= QUICKLY_WRITTEN_PAGES:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("VACUUM")


def _say_state(connection: sqlite3.Connection, state: str) -> None:
    """Notes in the database that it is in use: if there is no log beside it then, something is missing."""
    connection.execute("UPDATE about SET value = ? WHERE name = 'state' AND value <> ?", (state, state))


def _examined(path: Path) -> str:
    """Creates the file if there is none. Returns what may be missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        missing = examine(path)
        if not path.exists():
            path.touch(mode=0o600)  # for its owner only; SQLite gives the files beside it the same mode
    except OSError as error:
        raise StoreError(
            f"cannot write {path} ({error.strerror}): "
            "check the permissions of its directory and the space left, or set STIGMER_DATA_DIR",
            code="E0528",
        ) from error
    return missing


def _check_owner(connection: sqlite3.Connection, place: str) -> None:
    """Reads the file for the first time: what is no database fails here."""
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    if tables and owner != APPLICATION_ID:
        raise StoreError(f"{place} is another program's database: it was left as it is; set STIGMER_DATA_DIR")
