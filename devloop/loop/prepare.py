"""What would run now?

The request as the files say it, the manifest that the program makes of them, and what the backend has of it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

from devloop.changes.fingerprint import Fingerprint, difference
from devloop.loop.disturbed import was_moved
from devloop.loop.live import LiveEvents, ShowLive
from devloop.loop.uses import starts_programs, with_uses
from runcmd.errors import RunError, shortages_as_errors
from runcmd.events import Emit, Event
from runcmd.frozen import Frozen
from runcmd.project import Project
from runcmd.request import RunRequest
from runcmd.resource import KnownResource
from runcmd.synthesis.manifest import Manifest
from runcmd.synthesis.outside import Outside, ProgramError

MOST_READS = 3  # at files that are written all the time

Read = Callable[[], RunRequest]  # raises UsageError
Discover = Callable[[Project, Emit], Awaitable[Manifest]]  # raises ProjectError
Ask = Callable[[RunRequest], Awaitable["KnownState | None"]]


class KnownState(Frozen):
    """What the backend had."""

    known: tuple[KnownResource, ...]
    at: float  # monotonic seconds when it was asked
    applies: int  # how often we had deployed something by then


class Prepared(Frozen):
    """A request and a manifest, or the error that there is instead."""

    events: tuple[Event, ...] = ()  # of the synthesis, without what is shown while it runs
    request: RunRequest | None = None
    manifest: Manifest | None = None
    answer: KnownState | None = None
    error: RunError | None = None
    began: int = 0  # nanoseconds: when the files were read at the earliest

    @property
    def outside(self) -> Outside | None:
        """What the program read outside of the project; None: nobody knows."""
        if self.manifest is not None:
            return self.manifest.outside
        return self.error.outside if isinstance(self.error, ProgramError) else None

    @property
    def program(self) -> str:
        """The name of what is broken, if something is."""
        if self.request is not None and self.request.project is not None:
            return self.request.project.main.name
        return Path(self.error.facts.get("file", "")).name if self.error else ""


class Preparation:
    """One state of the files on its way to be prepared."""

    def __init__(self, fingerprint: Fingerprint, directory: Path | None) -> None:
        self.fingerprint = fingerprint
        self.directory = directory  # of the project; None: not known yet
        self.outcome = Prepared()
        self.done = anyio.Event()
        self.began = time.time_ns()
        self._scope = anyio.CancelScope()
        self._live = LiveEvents()

    def show(self, show: ShowLive) -> None:
        """It is wanted: from now on, what its program says is shown at once."""
        self._live.show(show)

    async def prepare(self, read: Read, discover: Discover, ask: Ask) -> None:
        """Sets `outcome`, then `done`."""
        with self._scope:
            for _ in range(MOST_READS):
                began = time.time_ns()
                self._live.again()
                self.outcome = await _prepare_once(read, discover, ask, self._live)
                request = self.outcome.request
                if request is not None and request.project is not None:
                    self.directory = request.project.directory
                # Half a file may have been read that is whole again, so that no change will ever show it.
                if not self._asked_otherwise(read) and not await to_thread.run_sync(
                    self._disturbed, began, abandon_on_cancel=True
                ):
                    break
        self.done.set()

    def _asked_otherwise(self, read: Read) -> bool:
        """Variables are read in less time than a file system's clock takes for a step."""
        try:
            return read() != self.outcome.request
        except RunError:
            return self.outcome.request is not None

    def _disturbed(self, since: int) -> bool:
        """While it was prepared, in nanoseconds."""
        moved = self.directory is not None and was_moved(self.directory, since)
        return moved or any_written(self.read_files(), since)

    def read_files(self) -> list[Path]:
        """What the outcome was made of; who failed does not say, so that it may be any file."""
        request, manifest = self.outcome.request, self.outcome.manifest
        if manifest is not None and request is not None and request.project is not None:
            used = (file for each in manifest.uses.values() for file in each.files)
            outside = (*manifest.outside.files, *manifest.outside.directories)
            return [request.project.file, *manifest.inputs, *manifest.listed, *used, *outside]
        return [] if self.directory is None else [self.directory / path for path in self.fingerprint]

    def discard(self) -> None:
        """Nobody wants it any more."""
        self._scope.cancel()


async def _prepare_once(read: Read, discover: Discover, ask: Ask, live: LiveEvents) -> Prepared:
    try:
        request = read()
    except RunError as error:
        return Prepared(error=error)
    assert request.project is not None, "a loop has a project"
    began = time.time_ns()
    said: list[Event] = []
    answers: list[KnownState | None] = []
    manifest, failed = None, None

    async def emit(event: Event) -> None:
        if not live.take(request, event):
            said.append(event)

    async def ask_backend() -> None:
        answers.append(await ask(request))

    async with anyio.create_task_group() as meanwhile:
        meanwhile.start_soon(ask_backend)
        try:
            with shortages_as_errors():
                found = await discover(request.project, emit)
                manifest = found
                if starts_programs(found):
                    manifest = await to_thread.run_sync(with_uses, found, request, abandon_on_cancel=True)
        except RunError as error:
            failed = error
            meanwhile.cancel_scope.cancel()
    answer = answers[0] if answers else None
    return Prepared(
        events=tuple(said), request=request, manifest=manifest, answer=answer, error=failed, began=began
    )


class Preparer:
    """Prepares on demand, and ahead of it: while the files settle, the program may run already."""

    def __init__(self, read: Read, discover: Discover, ask: Ask, tasks: TaskGroup) -> None:
        self._read = read
        self._discover = discover
        self._ask = ask
        self._tasks = tasks
        self._ahead: Preparation | None = None
        self._directory: Path | None = None

    def begin(self) -> None:
        """The program may run during the first scan of the files; then call `scanned`."""
        self._ahead = Preparation({}, None)
        self._tasks.start_soon(self._ahead.prepare, self._read, self._discover, _nobody)

    async def scanned(self, root: Path, fingerprint: Fingerprint, *, still: bool) -> None:
        """The first scan is over. If nothing was written meanwhile, the program has read what it saw."""
        if self._ahead is None:
            return
        began = self._ahead.began
        # What no event shows, a write through a link from elsewhere, moves the time of the file all the same.
        places = [root / path for path, state in fingerprint.items() if state.may_be_since(began)]
        places += self._ahead.read_files() if self._ahead.done.is_set() else []
        if still and not await to_thread.run_sync(any_written, places, began, abandon_on_cancel=True):
            self._ahead.fingerprint = fingerprint
        else:
            self._ahead.discard()
            self._ahead = None

    def prepare_early(self, fingerprint: Fingerprint) -> None:
        """The files look like this now, and may stay so."""
        if self._ahead is not None:
            if not difference(self._ahead.fingerprint, fingerprint):
                return
            self._ahead.discard()
        self._ahead = Preparation(fingerprint, self._directory)
        self._tasks.start_soon(self._ahead.prepare, self._read, self._discover, self._ask)

    async def prepared(
        self, fingerprint: Fingerprint, show: ShowLive = lambda request, event: None
    ) -> Prepared:
        """What exactly these files come to. What the program says meanwhile goes to `show`."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            if not difference(ahead.fingerprint, fingerprint):
                ahead.show(show)
                try:
                    await ahead.done.wait()
                except anyio.get_cancelled_exc_class():
                    ahead.discard()
                    raise
                self._directory = ahead.directory
                return ahead.outcome
            ahead.discard()
        preparation = Preparation(fingerprint, self._directory)
        preparation.show(show)
        await preparation.prepare(self._read, self._discover, self._ask)
        self._directory = preparation.directory
        return preparation.outcome


async def _nobody(_: RunRequest) -> None:
    """Nobody is asked: all that it takes to ask the backend is imported then, and the scan has to wait."""


def any_written(places: Iterable[Path], moment: int) -> bool:
    """Since that moment, in nanoseconds. A file system with a clock that goes before ours is not trusted."""
    for place in places:
        try:
            written = place.stat().st_ctime_ns
        except OSError:
            continue  # that it is gone is a change like any other
        if moment < written <= time.time_ns():
            return True
    return False
