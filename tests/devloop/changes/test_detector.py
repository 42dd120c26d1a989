"""From raw events to settled files, with a watcher that reports what a test says."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from devloop.changes.bounds import Note
from devloop.changes.detector import Detector
from devloop.changes.early import EarlyChanges
from devloop.changes.explain import Explanations
from devloop.changes.fingerprint import Change, Fingerprint
from devloop.changes.intake import EventIntake
from devloop.changes.known import KnownFiles
from devloop.changes.place import Place, PlaceBack, PlaceGone
from devloop.changes.scope import WatchedFiles
from devloop.changes.settings import ChangeSettings
from devloop.changes.settle import START_SECONDS, Settle
from devloop.watcher import Prune, RawEvent
from devloop.watcher.inbox import Inbox
from tests.devloop.changes.watched import Watched
from tests.support.poll import PATIENCE_SECONDS, until

QUIET = ChangeSettings(rescan_seconds=60)


class ScriptedWatcher:
    """Reports nothing by itself."""

    name = "scripted"
    notes: tuple[str, ...] = ()

    def __init__(self, root: Path) -> None:
        self._root = root
        self._inbox = Inbox()

    def report(self, *paths: str) -> None:
        self._inbox.put(str(self._root / path) for path in paths)

    def report_everywhere(self, *, lost: bool = False) -> None:
        self._inbox.put_everywhere(lost=lost)

    def events(self) -> AsyncIterator[RawEvent]:
        return self._inbox

    def drain(self) -> tuple[RawEvent, ...] | None:
        return None

    def refresh(self, prune: Prune) -> None:
        """Watches everything anyway."""


class Detecting:
    """A detector at work, and what came out of it."""

    def __init__(self, detector: Detector, watcher: ScriptedWatcher) -> None:
        self.detector = detector
        self.early: list[Fingerprint] = []
        self.notes: list[Note] = []
        self.place: list[PlaceGone | PlaceBack] = []
        self.watcher = watcher

    async def change(self, *paths: str) -> Change:
        """What an event at these paths comes to."""
        self.watcher.report(*paths)
        return await self.settled()

    async def settled(self) -> Change:
        """What the events so far come to."""
        with anyio.fail_after(PATIENCE_SECONDS):
            await self.detector.wait()
        return self.detector.known.emit()


@asynccontextmanager
async def detecting(
    project: Watched, settings: ChangeSettings = QUIET, extra: tuple[Path, ...] = ()
) -> AsyncIterator[Detecting]:
    explanations = Explanations()
    scope = WatchedFiles(project.root, settings, extra, explanations.add)
    await scope.load()
    watcher = ScriptedWatcher(project.root)
    intake = EventIntake(watcher, scope, Settle(settings.settle_seconds), explanations)
    detector = Detector(
        settings,
        scope,
        watcher,
        intake,
        KnownFiles(await scope.take(None, None)),
        Place(scope.root),
        early=EarlyChanges(lambda fingerprint: hands.early.append(fingerprint)),
        explanations=explanations,
        on_note=lambda note: hands.notes.append(note),
        on_place=lambda news: hands.place.append(news),
    )
    hands = Detecting(detector, watcher)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(intake.listen)
        tasks.start_soon(detector.follow)
        yield hands
        tasks.cancel_scope.cancel()


async def test_only_what_had_an_event_is_scanned(watched: Watched) -> None:
    async with detecting(watched) as hands:
        watched.write("main.py", "print(2)")
        watched.write("new.py")
        assert await hands.change("new.py") == Change(created=("new.py",))
        assert await hands.change("main.py") == Change(modified=("main.py",))


@pytest.mark.parametrize("lost", [False, True])
async def test_after_an_event_without_a_path_everything_is_scanned(watched: Watched, lost: bool) -> None:
    async with detecting(watched) as hands:
        watched.write("main.py", "print(2)")
        hands.watcher.report_everywhere(lost=lost)
        assert await hands.settled() == Change(modified=("main.py",))
        reasons = [each.reason for each in hands.detector.explanations]
        assert reasons == ["the system dropped events: scanning everything"] * lost


async def test_an_event_of_the_root_concerns_everything(watched: Watched) -> None:
    async with detecting(watched) as hands:
        watched.write("main.py", "print(2)")
        assert await hands.change("") == Change(modified=("main.py",))


async def test_an_event_by_the_real_name_of_the_root(watched: Watched) -> None:
    link = watched.root.parent / "link"
    link.symlink_to(watched.root)
    async with detecting(Watched(link)) as hands:
        watched.write("main.py", "print(2)")
        assert await hands.change(str(watched.root / "main.py")) == Change(modified=("main.py",))


async def test_an_event_above_an_extra_file(watched: Watched) -> None:
    outside = watched.root.parent / "env/dev.env"
    outside.parent.mkdir()
    async with detecting(watched, extra=(outside,)) as hands:
        outside.write_text("A=1")
        assert await hands.change(str(outside.parent)) == Change(created=("../env/dev.env",))


async def test_a_directory_counts_where_a_file_of_its_name_would_not(watched: Watched) -> None:
    watched.write(".gitignore", "*\n!*/\n!*.md\n")
    async with detecting(watched) as hands:
        watched.write("texts/a.md")
        assert await hands.change("texts") == Change(created=("texts/a.md",))


async def test_what_is_ignored_keeps_nothing_from_settling(watched: Watched) -> None:
    async with detecting(watched) as hands:
        intake = hands.detector.intake
        intake.mark_dirty(RawEvent(frozenset({watched.root / "__pycache__/main.pyc"})))
        assert not intake.dirty and not intake.settle.remaining(time.monotonic())
        intake.mark_dirty(RawEvent(frozenset({watched.root / "main.py"})))
        assert intake.dirty and intake.settle.remaining(time.monotonic())


async def test_what_counts_by_new_rules_comes_with_them(watched: Watched) -> None:
    watched.write(".gitignore", "build/\n")
    watched.write("build/out.md")
    async with detecting(watched) as hands:
        watched.write(".gitignore", "")
        assert await hands.change(".gitignore") == Change(("build/out.md",), (".gitignore",))


async def test_the_rules_of_a_project_that_is_away_stay(watched: Watched) -> None:
    """Its files were not deleted, and what its rules leave out does not count when it is back."""
    watched.write(".gitignore", "*.log")
    away = watched.root.parent / "away"
    async with detecting(watched) as hands:
        watched.root.rename(away)
        hands.watcher.report(".gitignore", "main.py", "prompts")
        await until(lambda: hands.place)
        (away / "left.log").touch()
        (away / "main.py").write_text("print(2)")
        away.rename(watched.root)
        hands.watcher.report_everywhere()
        assert await hands.settled() == Change(modified=("main.py",))
    assert [type(each) for each in hands.place] == [PlaceGone, PlaceBack]


async def test_a_batch_that_waited_for_git_teaches_nothing(watched: Watched) -> None:
    watched.git("init", "-q")
    async with detecting(watched) as hands:
        settle = hands.detector.intake.settle
        lock = watched.write(".git/index.lock")
        watched.write("main.py", "print(2)")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hands.change, "main.py")
            await until(lambda: any("git" in each.reason for each in hands.detector.explanations))
            early = len(hands.early)
            watched.write("main.py", "print(3)")
            hands.watcher.report("main.py")
            lock.unlink()
        assert len(hands.early) == early, "git may not be done with it"
        assert settle.quiet == START_SECONDS
        watched.write("main.py", "print(4)")
        await hands.change("main.py")
        assert settle.quiet == START_SECONDS / 2, "the first batch that counted"


async def test_each_batch_has_its_early_changes(watched: Watched) -> None:
    async with detecting(watched) as hands:
        watched.write("main.py", "print(2)")
        await hands.change("main.py")
        assert len(hands.early) == 1
        watched.write("main.py", "print(1)")
        (watched.root / "prompts/review.md").unlink()
        await hands.change("main.py", "prompts/review.md")
        assert len(hands.early) == 1, "none while a file is missing"
        watched.write("main.py", "print(2)")
        watched.write("prompts/review.md", "Review this.")
        await hands.change("main.py", "prompts/review.md")
        assert len(hands.early) == 2


async def test_a_line_that_does_nothing_is_noted_with_the_batch_that_brought_it(watched: Watched) -> None:
    async with detecting(watched) as hands:
        watched.write(".gitignore", "[\n")
        await hands.change(".gitignore")
        assert hands.notes == [Note(".gitignore:1: a [ without ] matches nothing")]


async def test_a_rescan_keeps_what_it_saw(watched: Watched) -> None:
    async with detecting(watched, ChangeSettings(rescan_seconds=0.05)) as hands:
        main = watched.root / "main.py"
        os.utime(main, (1_600_000_000, 1_600_000_000))
        known = hands.detector.known
        await until(lambda: known.settled["main.py"].stat[:1] == (1_600_000_000 * 10**9,))
        assert not known.emit()
