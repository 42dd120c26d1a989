"""The first scan of many files only stats most of them, and hashes them afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from devloop.changes import digest as contents
from devloop.changes import fingerprint
from devloop.changes.fingerprint import Change, Fingerprint, difference, hash_remaining, take
from devloop.changes.settings import ChangeSettings
from devloop.ignore import Ignore
from tests.devloop.changes.watched import Watched
from tests.support.clock import file_clock_ticks

FILES = {"a.txt": "one", "b.txt": "two", "folder/c.txt": "three"}
Act = Callable[[Path], object]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose files were written long ago, for a test's idea of long."""
    monkeypatch.setattr(fingerprint, "FEW_FILES", 0)
    monkeypatch.setattr(contents, "RACY_NS", 0)
    (tmp_path / "folder").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    file_clock_ticks()
    return tmp_path


def stat_only(root: Path) -> Fingerprint:
    seen = take(root, Ignore.load(root), hash_later=True)
    assert [state.digest for state in seen.values()] == [b""] * len(FILES)
    return seen


def again(root: Path, seen: Fingerprint, *only: str) -> Fingerprint:
    return take(root, Ignore.load(root), seen, only or None)


def edit(root: Path) -> None:
    (root / "a.txt").write_text("ONE")


def touch(root: Path) -> None:
    os.utime(root / "a.txt")


def test_what_was_read_afterwards_is_what_was_there(root: Path) -> None:
    seen = stat_only(root)
    hash_remaining(root, seen, seen)
    assert not difference(seen, take(root, Ignore.load(root)))
    touch(root)
    assert not difference(seen, again(root, seen))
    edit(root)
    assert difference(seen, again(root, seen)).modified == ("a.txt",)


@pytest.mark.parametrize("act", [edit, touch])
def test_who_comes_before_it_was_read_is_a_change(root: Path, act: Act) -> None:
    seen = stat_only(root)
    act(root)
    hash_remaining(root, seen, seen)
    assert difference(seen, again(root, seen)).modified == ("a.txt",)
    assert difference(seen, take(root, Ignore.load(root))).modified == ("a.txt",)


def test_a_hash_reaches_every_fingerprint_with_the_state(root: Path) -> None:
    seen = stat_only(root)
    later = again(root, seen, "b.txt")
    hash_remaining(root, seen, seen)
    touch(root)
    assert not difference(later, again(root, later))


def test_a_new_name_before_it_was_read(root: Path) -> None:
    seen = stat_only(root)
    (root / "a.txt").rename(root / "d.txt")
    assert difference(seen, again(root, seen)) == Change(created=("d.txt",), deleted=("a.txt",))


def test_what_is_gone_before_it_was_read(root: Path) -> None:
    seen = stat_only(root)
    (root / "a.txt").unlink()
    hash_remaining(root, seen, seen)
    assert difference(seen, again(root, seen)).deleted == ("a.txt",)


def test_a_few_files_are_read_at_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "FEW_FILES", 2)
    assert sorted(bool(each.digest) for each in take(root, Ignore.load(root), hash_later=True).values()) == [
        False,
        True,
        True,
    ]


def test_what_was_just_written_is_read_at_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "RACY_NS", 3600 * 10**9)
    assert all(state.digest for state in take(root, Ignore.load(root), hash_later=True).values())


async def test_it_is_read_soon(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "FEW_FILES", 0)
    monkeypatch.setattr(contents, "RACY_NS", 0)
    file_clock_ticks()
    scanned: list[None] = []
    async with watched.watched(ChangeSettings(), on_first_scan=lambda: scanned.append(None)) as changes:
        assert scanned
        while not all(state.digest for state in changes.current.values()):
            await changes.scan_now()
        (watched.root / "main.py").touch()
        watched.write("prompts/review.md", "Another one.")
        assert (await changes.next()).modified == ("prompts/review.md",)
