"""Watches a project and yields its changes: settled, compared by content, each edit once."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from devloop.changes.bounds import Note
from devloop.changes.detector import Detector
from devloop.changes.early import EarlyChanges, OnEarlyChange
from devloop.changes.explain import Explanations
from devloop.changes.fingerprint import Change, Fingerprint
from devloop.changes.intake import EventIntake
from devloop.changes.known import KnownFiles
from devloop.changes.place import Place, PlaceBack, PlaceGone
from devloop.changes.scope import WatchedFiles
from devloop.changes.settings import ChangeSettings
from devloop.changes.settle import Settle
from devloop.watcher import open_watcher

OnFirstScan = Callable[[], object]


class Changes:
    """The changes of one project, for one consumer, who calls `next` again and again."""

    def __init__(self, detector: Detector, *, undisturbed: bool) -> None:
        self.undisturbed = undisturbed  # during the first scan; false if the watcher cannot say
        self._detector = detector

    async def next(self) -> Change:
        """The next change: settled and real. What happened before the call counts, too."""
        known, dirty = self._detector.known, self._detector.intake.dirty
        while dirty or not (change := known.emit()):
            await self._detector.wait()
        return change

    async def settled(self) -> Change:
        """What has changed once nothing is unsettled; mostly nothing, at once."""
        while self._detector.intake.dirty and not self.gone:
            await self._detector.wait()
        return self._detector.known.emit()

    async def scan_now(self) -> Change:
        """What has changed until this moment, settled or not; `next` will not emit it again."""
        await self._detector.scan_now()
        return self._detector.known.emit()

    @property
    def gone(self) -> bool:
        """Is the project's directory missing? Then no change comes until it is back."""
        return self._detector.place.gone

    def go_on_from(self, files: Fingerprint) -> None:
        """It was gone when this was opened; what is there when it is back is compared with these files."""
        self._detector.known.settled = self._detector.known.emitted = files

    @property
    def current(self) -> Fingerprint:
        """The files as they were emitted: what a run that starts now is about to deploy."""
        return self._detector.known.emitted

    @property
    def files(self) -> int:
        """How many count."""
        return len(self._detector.known.settled)

    @property
    def watcher(self) -> str:
        """Who watches."""
        return self._detector.watcher.name

    @property
    def explanations(self) -> Explanations:
        """Why what was seen lately did not count."""
        return self._detector.explanations

    def ignores(self, path: str) -> bool:
        """Does a rule leave this file out?"""
        return self._detector.scope.ignore.ignores(path, False) is not None


@asynccontextmanager
async def open_changes(
    root: Path,
    settings: ChangeSettings,
    *,
    extra: Iterable[Path] = (),
    on_first_scan: OnFirstScan | None = None,
    on_early_change: OnEarlyChange | None = None,
    on_note: Callable[[Note], None] = lambda note: None,
    on_place: Callable[[PlaceGone | PlaceBack], None] = lambda news: None,
    explanations: Explanations | None = None,
) -> AsyncIterator[Changes]:
    """Watches a project. What is on disk now is no change; every change from here on is.

    Args:
        extra: files that count wherever they are, such as one with variables.
        on_first_scan: called as the first scan begins, if it will be known afterwards whether anything
            happened meanwhile: `Changes.undisturbed`.
        on_early_change: called with what is on disk at once, before it has settled.
        on_note: called with what a user should know about the watching; with some of it more than once.
        on_place: called when the project is gone, and when it is back: then before the change of its files.
        explanations: to be filled; else those of `Changes.explanations`.
    """
    broken: Exception | None = None
    explanations = Explanations() if explanations is None else explanations
    scope = WatchedFiles(_absolute(root), settings, map(_absolute, extra), explanations.add)
    place = Place(scope.root, settings.needs)
    await scope.load()
    async with open_watcher(scope.root, scope.prunes, mode=settings.mode, extra=scope.extra) as watcher:
        intake = EventIntake(watcher, scope, Settle(settings.settle_seconds), explanations)
        known, undisturbed = await _first_scan(scope, intake, on_first_scan)
        detector = Detector(
            settings,
            scope,
            watcher,
            intake,
            known,
            place,
            early=EarlyChanges(on_early_change),
            explanations=explanations,
            on_note=on_note,
            on_place=on_place,
        )
        detector.emit_notes()
        detector.look_for_place()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(scope.hash_remaining, known.settled)
            tasks.start_soon(intake.listen)
            tasks.start_soon(detector.follow)
            try:
                yield Changes(detector, undisturbed=undisturbed)
            except Exception as error:
                broken = error  # a task group would wrap it
            finally:
                tasks.cancel_scope.cancel()
    if broken is not None:
        raise broken


async def _first_scan(
    scope: WatchedFiles, intake: EventIntake, on_first_scan: OnFirstScan | None
) -> tuple[KnownFiles, bool]:
    """What is on disk now, and whether nothing happened during the scan."""
    if on_first_scan is not None and intake.is_undisturbed():
        on_first_scan()
    waited_for = on_first_scan is not None  # so most files are hashed later
    fingerprint = await scope.take(None, None, hash_later=waited_for)
    return KnownFiles(fingerprint), intake.is_undisturbed()


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100  (`resolve` would follow links)
