"""A database that cannot be used is left as it is, and the text says what to try."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stigmerd.store.database import Database
from stigmerd.store.errors import StoreError
from stigmerd.store.migrations import MIGRATIONS
from stigmerd.store.rows import Row
from stigmerd.store.store import Store

NOBODY = 65534


def row(number: int, data: bytes = b"") -> Row:
    return Row(
        kind=40,
        id=f"agt-{number}",
        org="local",
        slug=f"agent-{number}",
        name="agent",
        parent="",
        phase=0,
        tags=(),
        data=data,
        created_at="",
        updated_at="",
    )


def written(path: Path, count: int = 200) -> Path:
    store = Store.open(path)
    with store.transaction():
        for number in range(count):
            store.insert(row(number, b"x" * 500))
    store.close()
    return path


@contextmanager
def without_privileges() -> Iterator[None]:
    """The administrator may write anywhere: become somebody who may not."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "stigmerd.db"
    path.write_bytes(b"these are somebody's notes, " * 100)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"stigmerd\.db is damaged .*left as it is; move it away") as caught:
        Store.open(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def test_a_truncated_database(tmp_path: Path) -> None:
    path = written(tmp_path / "stigmerd.db")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="is damaged"):
        Store.open(path).page([40], size=1000)
    assert path.read_bytes()[100:] == whole[100 : len(whole) // 2]


def test_a_database_with_rubbish_in_it(tmp_path: Path) -> None:
    path = written(tmp_path / "stigmerd.db")
    whole = bytearray(path.read_bytes())
    for start in range(8192, len(whole), 4096):
        whole[start : start + 100] = b"\xff" * 100
    path.write_bytes(bytes(whole))
    with pytest.raises(StoreError, match="is damaged"):
        Store.open(path).page([40], size=1000)


def test_another_programs_database(tmp_path: Path) -> None:
    path = tmp_path / "stigmerd.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE resources (id TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program's database"):
        Store.open(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["stigmerd.db"]


def test_a_database_from_a_newer_version(tmp_path: Path) -> None:
    path = written(tmp_path / "stigmerd.db", 1)
    Database.open(path, [*MIGRATIONS, "CREATE TABLE future (x)"]).close()
    ours = len(MIGRATIONS)
    with pytest.raises(StoreError, match=rf"newer .*schema {ours + 1}, this one knows {ours}.*upgrade"):
        Store.open(path)


def test_a_directory_that_cannot_be_written(short_dir: Path) -> None:
    directory = short_dir / "locked"
    directory.mkdir(mode=0o500)
    short_dir.chmod(0o755)
    directory.chmod(0o555)
    with without_privileges():
        with pytest.raises(StoreError, match=r"cannot write .*check the permissions"):
            Store.open(directory / "stigmerd.db")
        with pytest.raises(StoreError, match=r"cannot write .*STIGMER_DATA_DIR"):
            Store.open(directory / "deeper" / "stigmerd.db")


def test_a_database_that_cannot_be_written(short_dir: Path) -> None:
    path = written(short_dir / "stigmerd.db", 1)
    short_dir.chmod(0o755)
    path.chmod(0o444)
    with without_privileges(), pytest.raises(StoreError, match=r"cannot write .*check the permissions"):
        Store.open(path)


def test_a_directory_in_the_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "stigmerd.db").mkdir()
    with pytest.raises(StoreError, match=r"stigmerd\.db"):
        Store.open(tmp_path / "stigmerd.db")
    with pytest.raises(StoreError, match=r"cannot write .*file/stigmerd"):
        (tmp_path / "file").write_text("")
        Store.open(tmp_path / "file" / "stigmerd.db")


def test_a_full_disk_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "stigmerd.db")
    store.insert(row(0))
    connection = store._database._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 20}")  # SQLite's own "disk full"
    stored = 1
    with pytest.raises(StoreError, match=r"no space left for .*free some space"):
        for number in range(1, 1000):
            with store.transaction():
                store.insert(row(number, b"x" * 3000))
            stored += 1
    assert store.page([40]).total == stored
    connection.execute("PRAGMA max_page_count = 1000000")
    store.insert(row(2000, b"x" * 3000))
    store.close()
    again = Store.open(tmp_path / "stigmerd.db")
    assert again.page([40]).total == stored + 1
    again.close()


def test_a_locked_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "stigmerd.db", 1)
    store = Store.open(path)
    store._database._connection.execute("PRAGMA busy_timeout = 20")
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="in use by another process"):
            store.insert(row(1))
        other.execute("ROLLBACK")
    other.close()
    store.insert(row(1))
    store.close()


def test_a_migration_keeps_the_old_database_beside(tmp_path: Path) -> None:
    path = written(tmp_path / "stigmerd.db", 3)
    second = "ALTER TABLE resources ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';"
    third = "UPDATE resources SET colour = 'blue'; CREATE TABLE extra (x);"
    database = Database.open(path, [*MIGRATIONS, second, third])
    assert database.rows("SELECT DISTINCT colour FROM resources") == [("blue",)]
    ours = len(MIGRATIONS)
    assert database.rows("PRAGMA user_version") == [(ours + 2,)]
    database.close()
    backups = sorted(tmp_path.glob("*.backup"))
    assert [backup.name.split("-")[0] for backup in backups] == [
        f"stigmerd.db.v{ours}",
        f"stigmerd.db.v{ours + 1}",
    ]
    backups[0].rename(tmp_path / "old.db")
    old = Store.open(tmp_path / "old.db")
    assert old.page([40]).total == 3
    old.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "stigmerd.db", 3)
    with pytest.raises(StoreError, match="no such table: nonsense"):
        Database.open(path, [*MIGRATIONS, "CREATE TABLE half (x); UPDATE nonsense SET y = 1;"])
    store = Store.open(path)
    assert store.page([40]).total == 3
    assert store._database.rows("SELECT name FROM sqlite_schema WHERE name = 'half'") == []
    store.close()


def test_all_files_are_for_their_owner_only(tmp_path: Path) -> None:
    path = written(tmp_path / "data" / "stigmerd.db", 1)
    database = Database.open(path, [*MIGRATIONS, "CREATE TABLE extra (x)"])
    files = list((tmp_path / "data").iterdir())
    assert len(files) == 4  # the database, its log and index, the copy from before the migration
    for file in (tmp_path / "data", *files):
        assert file.stat().st_mode & 0o077 == 0, file
    database.close()
