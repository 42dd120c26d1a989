"""Is a database whole that a killed backend, a power cut or somebody's hand left behind?

Looked at before the database is opened for work: whatever the log has is overwritten then.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from stigmerd.store import wal
from stigmerd.store.errors import StoreError

# Up to this size all of it is read after an end that was not clean; it takes some hundredths of a second.
SMALL_BYTES = 32 * 2**20
IN_USE = "in use"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with the log."""

    why: str
    unusable: bool = False  # the database alone is newer, or the log is another database's


def examine(path: Path) -> str:
    """What may be missing, in a sentence for people; empty: nothing. The files are kept beside then.

    Raises StoreError where the database itself is damaged: everything is left as it is.
    """
    if wal.size_of(path) == 0:
        _refuse_lost_database(path)
        return ""
    fault = _fault(path)
    if fault is None:
        _refuse_short(path)
        return ""
    if fault.unusable and not _sound(path, alone=True):
        raise _damaged(path, f"its log {fault.why}, and it is incomplete without it")
    copies = _keep(path, unusable_log=fault.unusable)
    return (
        f"the log of the database {fault.why}: what was stored shortly before the backend ended may be "
        f"missing; the files as they were found are kept as {' and '.join(map(str, copies))}"
    )


def kept_beside(path: Path) -> list[Path]:
    """What examinations kept."""
    return sorted(path.parent.glob(f"{path.name}*.damaged-*"))


def _fault(path: Path) -> Fault | None:
    log, index = wal.log_of(path), wal.index_of(path)
    witness = wal.read_witness(index)
    if wal.size_of(log) == 0:
        return _fault_of_missing(path, log, index, witness)
    header = wal.read_header(log)
    if header is None:
        # The database has all of it; the end came when a new log was begun.
        return Fault(why="is damaged") if witness is None or witness.needed else None
    known = witness is not None and witness.salt != (0, 0)
    strange = witness is not None and known and not _same_or_later(header.salt, witness.salt)
    sound = _sound(path) if _worth_reading(path, log) or strange or not known else True
    frames = _readable_frames(index)
    if not (sound and _own(path, strange=strange)):
        if not _sound(path, alone=True):
            raise _damaged(path, "what it and its log say does not fit together")
        return Fault(why="is not its own, or is damaged", unusable=True)
    if witness is not None and witness.salt == header.salt and witness.frames > frames:
        return Fault(why="ends too early", unusable=witness.copied > frames)
    if wal.commits_beyond(log, header, frames):
        return Fault(why="is damaged in its middle")
    return None


def _fault_of_missing(path: Path, log: Path, index: Path, witness: wal.Witness | None) -> Fault | None:
    what = "is empty" if log.exists() else "is gone"
    if witness is not None:
        return Fault(why=what) if witness.needed else None
    if log.exists():
        return None
    return Fault(why=what) if index.exists() or _word(path, "state", alone=True) == IN_USE else None


def _same_or_later(salt: wal.Salt, known: wal.Salt) -> bool:
    return salt == known or wal.follows(salt, known)


def _worth_reading(path: Path, log: Path) -> bool:
    return wal.size_of(path) + wal.size_of(log) <= SMALL_BYTES


def _readable_frames(index: Path) -> int:
    """What SQLite, which has just read the log, says in the index."""
    witness = wal.read_witness(index)
    return witness.frames if witness else 0


def _own(path: Path, *, strange: bool) -> bool:
    """Is it the same database with its log as without? `strange`: the log is not the one of the index."""
    alone = _word(path, "identity", alone=True)
    return not strange if alone is None else alone == _word(path, "identity")


def _sound(path: Path, *, alone: bool = False) -> bool:
    try:
        with _reading(path, alone=alone) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)])
    except sqlite3.DatabaseError:
        return False


def _word(path: Path, name: str, *, alone: bool = False) -> str | None:
    try:
        with _reading(path, alone=alone) as connection:
            found = connection.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
    except sqlite3.DatabaseError:
        return None
    return str(found[0]) if found else None


@contextmanager
def _reading(path: Path, *, alone: bool) -> Iterator[sqlite3.Connection]:
    """Changes neither the database nor its log, not even at the end. `alone`: as if there were no log."""
    how = "mode=ro&immutable=1" if alone else "mode=ro"
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)) as connection:
        yield connection


def _keep(path: Path, *, unusable_log: bool) -> list[Path]:
    stamp = f"damaged-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}"
    while any(stamp == kept.name.rpartition(".")[2] for kept in kept_beside(path)):
        stamp += "+"
    log = wal.log_of(path)
    kept = [each.with_name(f"{each.name}.{stamp}") for each in (path, log)]
    try:
        _copy(path, kept[0])
        if not log.exists():
            return kept[:1]
        _copy(log, kept[1])
        if unusable_log:
            log.unlink()
            wal.index_of(path).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"the log of {path} is damaged, and the files cannot be copied before they are used "
            f"({error.strerror}): free some space in {path.parent} and try again",
            code="E0901",
        ) from error
    return kept


def _copy(source: Path, target: Path) -> None:
    target.touch(mode=0o600)
    shutil.copyfile(source, target)


def _refuse_lost_database(path: Path) -> None:
    log = wal.log_of(path)
    if wal.size_of(log) > 0:
        what = "is empty" if path.exists() else "is missing"
        raise StoreError(
            f"{path} {what}, but its log {log} is not: both were left as they are; put a backup in the place "
            "of the database, or move the log away to start with an empty one",
            code="E0531",
        )


def _refuse_short(path: Path) -> None:
    """The database has lost its end."""
    if wal.size_of(wal.log_of(path)) > 0:
        return
    with path.open("rb") as file:
        header = file.read(100)
    page_bytes, pages = int.from_bytes(header[16:18], "big"), int.from_bytes(header[28:32], "big")
    page_bytes = 65536 if page_bytes == 1 else page_bytes
    said_by_this_version = header[24:28] == header[92:96]
    if header[:6] == b"SQLite" and said_by_this_version and wal.size_of(path) < pages * page_bytes:
        raise _damaged(path, f"{wal.size_of(path):,} bytes of {pages * page_bytes:,}")


def _damaged(path: Path, why: str) -> StoreError:
    return StoreError(
        f"{path} is damaged ({why}): it was left as it is; move it and its log away to start with an empty "
        "one, or put a backup (*.backup beside it) in its place",
        code="E0531",
    )
