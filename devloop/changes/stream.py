"""What really changed in a project: settled, told by content, each edit once."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio

from devloop.changes.bounds import Note
from devloop.changes.fingerprint import MANY_PATHS, Change, Fingerprint, difference
from devloop.changes.git_activity import busy
from devloop.changes.scope import EVERYWHERE, WatchedFiles
from devloop.changes.settle import Settle
from devloop.ignore import Ignore
from devloop.watcher import RawEvent, Watcher, WatchMode, open_watcher

__all__ = [
    "Change",
    "ChangeSettings",
    "Changes",
    "Explanation",
    "Fingerprint",
    "Note",
    "difference",
    "open_changes",
]

EXPLANATIONS = 200
EAGER_PATHS = 16
GIT_LOOK_SECONDS = 0.03
# One git command after another, as in a script or a hook: the next one has to start.
AFTER_GIT_SECONDS = 0.1
# A safety rescan takes at most a two-thousandth of the time.
IDLE_SHARE = 2000
HASHING = 4  # how much longer it takes to read everything than to look at it

OnEarlyChange = Callable[[Fingerprint], None]
OnFirstScan = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSettings:
    """How to watch."""

    ignore: tuple[str, ...] = ()  # `watch.ignore` of Stigmer.yaml
    mode: WatchMode = WatchMode.AUTO
    settle_seconds: float | None = None  # None: learned
    rescan_seconds: float = 30
    git_seconds: float = 10


@dataclass(frozen=True, slots=True)
class Explanation:
    """Something stirred, and why it did not count."""

    path: str  # empty: everything
    reason: str


class Changes:
    """The changes of one project. One consumer, who calls `next` again and again.

    Three fingerprints: what is on disk (settled), what was told by `next`, what is deployed (`accept`).
    """

    def __init__(
        self,
        settings: ChangeSettings,
        scope: WatchedFiles,
        watcher: Watcher,
        explanations: deque[Explanation],
    ) -> None:
        self.baseline: Fingerprint = {}
        self.undisturbed = False  # no raw event since `begin`; false if nobody can say
        self.on_early_change: OnEarlyChange | None = None  # called before it has settled
        self.on_note: Callable[[Note], None] | None = None  # called with what there is to be known later
        self.explanations = explanations
        self._settings = settings
        self._scope = scope
        self._watcher = watcher
        self._settle = Settle(settings.settle_seconds)
        self._settled: Fingerprint = {}
        self._told: Fingerprint = {}
        self._deployed: Fingerprint = {}
        self._eager: Fingerprint | None = None  # what `on_early_change` was called with
        self._dirty: set[str] = set()  # where to look
        self._batch: set[str] = set()  # where the batch under way has looked
        self._scanning = anyio.Lock()
        self._stirred = anyio.Event()
        self._news = anyio.Event()

    async def begin(self, on_first_scan: OnFirstScan | None) -> None:
        """The first look: what is on disk now is no change. Every change from here on is."""
        self.undisturbed = on_first_scan is not None and self._is_undisturbed()
        if self.undisturbed and on_first_scan is not None:
            on_first_scan()
        hash_later = on_first_scan is not None  # somebody waits for it
        self.baseline = self._settled = self._told = await self._scope.take(None, None, hash_later=hash_later)
        self.undisturbed = self.undisturbed and self._is_undisturbed()

    def _is_undisturbed(self) -> bool:
        drain = self._watcher.drain()
        for event in drain or ():
            self._mark_dirty(event)
        return drain is not None and not self._dirty

    async def next(self) -> Change:
        """The next change: settled and real. What happened before the call counts, too."""
        while self._dirty or self._batch or not (change := difference(self._told, self._settled)):
            self._news = anyio.Event()
            await self._news.wait()
        self._told = self._settled
        return change

    async def scan_now(self) -> Change:
        """What has changed until this moment, settled or not; `next` will not tell it again."""
        async with self._scanning:
            self._settled = await self._scope.take(self._settled, self._dirty | self._batch)
            change = difference(self._told, self._settled)
            self._told = self._settled
            return change

    @property
    def current(self) -> Fingerprint:
        """The files as they were told: what a run that starts now is about to deploy."""
        return self._told

    def accept(self, fingerprint: Fingerprint) -> None:
        """These files are deployed."""
        self._deployed = fingerprint

    def pending(self) -> Change:
        """What is on disk and not deployed; everything, as long as nothing was accepted."""
        return difference(self._deployed, self._settled)

    @property
    def ignore(self) -> Ignore:
        """The rules in force."""
        return self._scope.ignore

    def ignores(self, path: str) -> bool:
        """Does a rule leave this file out?"""
        return self.ignore.ignores(path, False) is not None

    @property
    def files(self) -> int:
        return len(self._settled)

    @property
    def watcher(self) -> str:
        return self._watcher.name

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a user should know; there may be more of them later."""
        return (*map(Note, self._watcher.notes), *self._scope.notes)

    @property
    def settle_ms(self) -> int:
        return round(self._settle.quiet * 1000)

    def _tell_notes(self) -> None:
        if self.on_note is not None:
            for note in self.notes:
                self.on_note(note)

    async def hash_remaining(self) -> None:
        """Reads what the first look only glanced at."""
        await self._scope.hash_remaining(self.baseline)

    async def listen(self) -> None:
        """Takes the watcher's hints, for ever."""
        async for event in self._watcher.events():
            self._mark_dirty(event)

    def _mark_dirty(self, event: RawEvent) -> None:
        if event.lost:
            self._explain(EVERYWHERE, "the system lost events: looking at everything")
        if event.lost or not event.paths:
            self._dirty.add(EVERYWHERE)
        for path in event.paths:
            self._dirty.update(self._scope.keys(str(path)))
        if len(self._dirty) > MANY_PATHS:
            self._dirty = {EVERYWHERE}
        if self._dirty:
            self._settle.event(time.monotonic())
            self._stirred.set()

    async def follow(self) -> None:
        """Turns what stirs into changes, for ever."""
        due = time.monotonic() + self._rescan_pause(HASHING)
        while True:
            if self._dirty:
                await self._settle_batch()
            elif (remaining := due - time.monotonic()) > 0:
                await self._stir_within(remaining)
            if time.monotonic() >= due:
                due = await self._rescan()

    async def _settle_batch(self) -> None:
        """From the first hint to a fingerprint that stays."""
        self._settle.begin(time.monotonic())
        awaited: set[str] = set()
        held = False
        patience = time.monotonic() + self._settings.git_seconds
        while True:
            held = await self._quiet(patience) or held
            after = await self._look_at_batch()
            change = difference(self._settled, after)
            if awaited.issuperset(change.deleted):
                break
            # Editors move a file away before they write it again.
            for path in set(change.deleted) - awaited:
                self._explain(path, "not there: waiting once more")
            awaited.update(change.deleted)
            await anyio.sleep(self._settle.quiet)
        self._settle.ended(time.monotonic(), counted=bool(change) and not held)
        self._explain_batch(change)
        self._tell_notes()
        self._settled = after
        self._batch = set()
        self._eager = None
        self._news.set()

    async def _quiet(self, patience: float) -> bool:
        """Waits until nothing stirs and git rests, for git until `patience` ends; was it at work?"""
        held = False
        grace = 0.0
        while True:
            if not held:
                await self._tell_stirring()
            now = time.monotonic()
            if (remaining := self._settle.remaining(now)) > 0:
                await self._stir_within(remaining)
            elif now < patience and (work := busy(self._scope.root)):
                if not held:
                    self._explain(EVERYWHERE, f"git is at work ({work}): waiting for it")
                held, grace = True, now + AFTER_GIT_SECONDS
                await self._stir_within(GIT_LOOK_SECONDS)
            elif now < grace:
                await self._stir_within(grace - now)
            else:
                return held

    async def _stir_within(self, seconds: float) -> bool:
        with anyio.move_on_after(seconds):
            await self._stirred.wait()
        stirred = self._stirred.is_set()
        self._stirred = anyio.Event()
        return stirred

    async def _tell_stirring(self) -> None:
        """Lets somebody begin with what is there now, unless files are missing, as in the midst of a save."""
        paths = self._dirty | self._batch
        if self.on_early_change is None or EVERYWHERE in paths or not 0 < len(paths) <= EAGER_PATHS:
            return
        async with self._scanning:
            seen = await self._scope.take(self._settled, paths)
        change = difference(self._settled, seen)
        if change and not change.deleted and difference(self._eager or self._settled, seen):
            self._eager = seen
            self.on_early_change(seen)

    async def _look_at_batch(self) -> Fingerprint:
        async with self._scanning:
            self._batch |= self._dirty
            self._dirty = set()
            if len(self._batch) > MANY_PATHS:
                self._batch = {EVERYWHERE}
            after = await self._scope.take(self._settled, self._batch)
            if self._scope.rules_differ(difference(self._settled, after), after):
                await self._reload()
                self._batch = {EVERYWHERE}
                after = await self._scope.take(self._settled, self._batch)
            return after

    async def _rescan(self) -> float:
        """Finds what no event told; returns the moment at which it is due again."""
        async with self._scanning:
            after = await self._scope.take(self._settled, {EVERYWHERE})
            pause = self._rescan_pause()
            change = difference(self._settled, after)
            if self._scope.rules_touched():
                self._dirty.add(EVERYWHERE)
            elif change:
                self._dirty.update(change.paths)
            else:
                self._settled = after
        for path in change.paths:
            self._explain(path, "it changed without an event; the safety rescan found it")
        self._tell_notes()
        return time.monotonic() + pause

    def _rescan_pause(self, longer: int = 1) -> float:
        """The look before took `longer` times as long as the next one will."""
        return max(self._settings.rescan_seconds, self._scope.cpu_seconds / longer * IDLE_SHARE)

    async def _reload(self) -> None:
        """Forgets what is ignored from now on, without telling it as deleted."""
        try:
            await self._scope.load(self._settled)
        except FileNotFoundError:  # the whole project is away
            return
        self._watcher.refresh(self._scope.prunes)
        fingerprints = (self._settled, self._told, self._deployed)
        self._settled, self._told, self._deployed = map(self._scope.counting, fingerprints)

    def _explain_batch(self, change: Change) -> None:
        changed = set(change.paths)
        for path in self._batch - changed - {EVERYWHERE}:
            if path in self._settled:
                self._explain(path, "its content is the same")
            elif not os.path.lexists(self._scope.root / path):
                self._explain(path, "it came and went")

    def _explain(self, path: str, reason: str) -> None:
        self.explanations.append(Explanation(path, reason))


@asynccontextmanager
async def open_changes(
    root: Path,
    settings: ChangeSettings,
    *,
    extra: Iterable[Path] = (),
    on_first_scan: OnFirstScan | None = None,
) -> AsyncIterator[Changes]:
    """Watches a project.

    Args:
        extra: files that count wherever they are, such as one with variables.
        on_first_scan: called as the first scan begins, if it will be known afterwards whether anything
            happened meanwhile: `Changes.undisturbed`.
    """
    broken: Exception | None = None
    explanations: deque[Explanation] = deque(maxlen=EXPLANATIONS)
    scope = WatchedFiles(
        _absolute(root),
        settings.ignore,
        map(_absolute, extra),
        lambda path, reason: explanations.append(Explanation(path, reason)),
    )
    await scope.load()
    async with open_watcher(scope.root, scope.prunes, mode=settings.mode, extra=scope.extra) as watcher:
        changes = Changes(settings, scope, watcher, explanations)
        await changes.begin(on_first_scan)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(changes.hash_remaining)
            tasks.start_soon(changes.listen)
            tasks.start_soon(changes.follow)
            try:
                yield changes
            except Exception as error:
                broken = error  # a task group would wrap it
            finally:
                tasks.cancel_scope.cancel()
    if broken is not None:
        raise broken


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100  (`resolve` would follow links)
