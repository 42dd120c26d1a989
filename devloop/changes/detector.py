"""From dirty paths to files that have settled."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from functools import partial

import anyio

from devloop.changes.bounds import Note
from devloop.changes.dirty import EVERYWHERE
from devloop.changes.early import EarlyChanges
from devloop.changes.explain import Explanations
from devloop.changes.fingerprint import Fingerprint, difference
from devloop.changes.git_activity import busy
from devloop.changes.git_hold import GitHold
from devloop.changes.intake import EventIntake
from devloop.changes.known import KnownFiles
from devloop.changes.place import Place, PlaceBack, PlaceGone
from devloop.changes.rescan import RescanClock
from devloop.changes.scope import WatchedFiles
from devloop.changes.settings import ChangeSettings
from devloop.watcher import Watcher

GONE = "is gone: waiting in case it comes back"
LOOK_SECONDS = 1.0  # between two looks for a project that is gone


@dataclass(eq=False)
class Detector:
    """Scans what is dirty until it stays as it is; everything now and then."""

    settings: ChangeSettings
    scope: WatchedFiles
    watcher: Watcher
    intake: EventIntake
    known: KnownFiles
    place: Place
    _: KW_ONLY
    early: EarlyChanges
    explanations: Explanations
    on_note: Callable[[Note], None]
    on_place: Callable[[PlaceGone | PlaceBack], None]
    _scanning: anyio.Lock = field(default_factory=anyio.Lock)
    _settled: anyio.Event = field(default_factory=anyio.Event)

    async def follow(self) -> None:
        """For ever."""
        clock = RescanClock(self.settings.rescan_seconds, time.monotonic(), self.scope.cpu_seconds)
        while True:
            if self.intake.dirty.waiting:
                await self._settle_batch()
            elif self.place.gone:
                await self._look_for_return()
            elif (remaining := clock.remaining(time.monotonic())) > 0:
                await self.intake.wait(remaining)
            if clock.remaining(time.monotonic()) <= 0:
                clock.done(time.monotonic(), await self._rescan())

    async def _look_for_return(self) -> None:
        """A watcher that polls may not have seen that it was gone: it has nothing to report, either."""
        await self.intake.wait(LOOK_SECONDS)
        if not self.place.missing():
            self.intake.dirty.mark((EVERYWHERE,))

    def look_for_place(self) -> None:
        """It may have gone during the first scan."""
        if missing := self.place.missing():
            self._leave(missing)

    async def wait(self) -> None:
        """For the end of the next batch."""
        self._settled = anyio.Event()
        await self._settled.wait()

    async def scan_now(self) -> None:
        """What is dirty counts as settled from now on."""
        async with self._scanning:
            if self.place.gone or self.place.missing():
                return
            dirty = self.intake.dirty.paths
            self.known.settled = await self.scope.take(self.known.settled, dirty)

    async def _settle_batch(self) -> None:
        """From the first raw event to files that stay as they are."""
        self.intake.settle.begin(time.monotonic())
        awaited: set[str] = set()
        hold = GitHold(
            partial(busy, self.scope.root),
            time.monotonic() + self.settings.git_seconds,
            partial(self.explanations.add, EVERYWHERE),
        )
        while True:
            await self._until_quiet(hold)
            if missing := self.place.missing():
                if missing in awaited:
                    self._leave(missing)
                    return
                awaited.add(missing)
                self.explanations.add(missing, GONE)
                await anyio.sleep(self.intake.settle.quiet)
                continue
            returns = self.place.returns(keeps_inodes=self.scope.bounds.keeps_inodes)
            after = await self._scan_batch(anew=returns)
            change = difference(self.known.settled, after)
            if awaited.issuperset(change.deleted):
                break
            # Editors move a file away before they write it again.
            for path in set(change.deleted) - awaited:
                self.explanations.add(path, f"the file {GONE}")
            awaited.update(change.deleted)
            await anyio.sleep(self.intake.settle.quiet)
        self.intake.settle.ended(counted=bool(change) and not hold.held)
        unchanged = self.intake.dirty.batch.difference(change.paths)
        self.explanations.add_unchanged(self.scope.root, unchanged, self.known.settled)
        self.emit_notes()
        self.known.settled = after
        self.intake.dirty.end_batch()
        self.early.end_batch()
        if returns:
            self.on_place(self.place.arrive(changed=bool(difference(self.known.emitted, after))))
        self._settled.set()

    def _leave(self, missing: str) -> None:
        """The project is gone. What it was stays known, and all of it is dirty until it is back."""
        self.intake.settle.ended(counted=False)
        self.intake.dirty.begin_scan(everywhere=True)
        self.early.end_batch()
        if not self.place.gone:
            self.on_place(self.place.leave(missing))
        self._settled.set()  # nothing more comes until it is back

    async def _until_quiet(self, hold: GitHold) -> None:
        """No raw events for a while, and git rests."""
        while True:
            if not hold.held:
                await self._emit_early()
            now = time.monotonic()
            if not (seconds := self.intake.settle.remaining(now) or hold.remaining(now)):
                return
            await self.intake.wait(seconds)

    async def _emit_early(self) -> None:
        paths = self.intake.dirty.paths
        if self.early.worth_a_scan(paths):
            async with self._scanning:
                now = await self.scope.take(self.known.settled, paths)
            self.early.scanned(self.known.settled, now)

    async def _scan_batch(self, *, anew: bool) -> Fingerprint:
        """`anew`: it may be another directory, with other rules."""
        async with self._scanning:
            if anew:
                await self._reload()
                self.intake.dirty.begin_scan(everywhere=True)
            batch = self.intake.dirty.begin_scan()
            after = await self.scope.take(self.known.settled, batch)
            if self.scope.rules_differ(difference(self.known.settled, after), after):
                await self._reload()
                batch = self.intake.dirty.begin_scan(everywhere=True)
                after = await self.scope.take(self.known.settled, batch)
            return after

    async def _rescan(self) -> float:
        """Finds what no event reported; the seconds of CPU time that it took."""
        if self.place.gone or self.place.missing():
            self.intake.dirty.mark(() if self.place.gone else (EVERYWHERE,))
            return 0.0
        async with self._scanning:
            after = await self.scope.take(self.known.settled, {EVERYWHERE})
            seconds = self.scope.cpu_seconds
            change = difference(self.known.settled, after)
            if self.scope.rules_touched():
                self.intake.dirty.mark((EVERYWHERE,))
            elif change:
                self.intake.dirty.mark(change.paths)
            else:
                self.known.settled = after
        for path in change.paths:
            self.explanations.add(path, "it changed without an event; a routine scan found it")
        self.emit_notes()
        return seconds

    async def _reload(self) -> None:
        """Reads the ignore rules again."""
        await self.scope.load(self.known.settled)
        self.watcher.refresh(self.scope.prunes)
        self.known.restrict(self.scope.counting)

    def emit_notes(self) -> None:
        """Again and again the same, and what is new."""
        for note in (*map(Note, self.watcher.notes), *self.scope.notes):
            self.on_note(note)
