"""What can be wrong with the store, in words a user can act on."""

from __future__ import annotations

import sqlite3


class StoreError(Exception):
    """The database cannot be used: the text says which one, why and what to try; `code` names the kind."""

    def __init__(self, text: str, *, code: str = "E0530") -> None:
        super().__init__(text)
        self.code = code


class Gone(KeyError):  # noqa: N818
    """There is nothing with this id, perhaps no longer: somebody may have deleted it meanwhile."""


class DuplicateSlug(StoreError):  # noqa: N818
    """Another resource of this kind and organization has the slug."""


class DuplicateId(StoreError):  # noqa: N818
    """The id is taken."""


def explain(error: sqlite3.Error, place: str) -> StoreError:
    """Every message of SQLite that a user may meet, with what to try."""
    text = str(error)
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StoreError(
            f"no space left for {place}: nothing of this step was stored; free some space and try again",
            code="E0901",
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH):
        return StoreError(
            f"cannot write {place} ({text}): check the permissions of its directory, or set STIGMER_DATA_DIR",
            code="E0528",
        )
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return StoreError(
            f"{place} is damaged ({text}): it was left as it is; move it away to start with an empty one, "
            "or put a backup (*.backup beside it) in its place",
            code="E0531",
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError(
            f"{place} is in use by another process: stop that one (stigmer server stop) and try again",
            code="E0524",
        )
    if code == sqlite3.SQLITE_IOERR:
        return StoreError(f"cannot read or write {place} ({text}): check the disk and the space left on it")
    return StoreError(f"{place}: {text}")
