"""A loop over a list of changes: no file is watched or written, and no program runs."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Any

import anyio

from devloop.changes.digest import FileState
from devloop.changes.fingerprint import Change, Fingerprint, difference
from devloop.changes.place import PlaceBack, PlaceGone
from devloop.changes.settings import ChangeSettings
from devloop.loop.loop import WatchLoop
from devloop.loop.settings import LoopSettings, Watching
from runcmd.errors import ProjectError
from runcmd.events import CancelReason, Event
from runcmd.pipeline import Connect
from runcmd.project import Project, ProjectRuntime
from runcmd.request import RunRequest, RuntimeVariable
from runcmd.synthesis.manifest import Manifest
from tests.devloop.loop.looping import Recorder
from tests.runcmd.declarations import manifest, workflow
from tests.support.poll import PATIENCE_SECONDS
from tests.support.weak_server import CANCELLED, COMPLETED, IN_PROGRESS, WeakServer, workflow_execution

PLACE = Path("/usr")  # one that nobody moves; nothing is read there
PROJECT = Project(
    file=PLACE / "Stigmer.yaml", name="demo", runtime=ProjectRuntime.PYTHON, main=PLACE / "main.py"
)


class Edits:
    """What a watcher would see: texts by path, as they are and as they were last emitted."""

    undisturbed = True
    watcher = "a list"
    explanations = ()

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.current = self._states()
        self.discovered: list[dict[str, str]] = []  # what the program read, each time
        self.on_early_change: Callable[[Fingerprint], None] = lambda files: None
        self.on_place: Callable[[PlaceGone | PlaceBack], None] = lambda news: None
        self._edited = anyio.Event()

    def edit(self, **texts: str) -> None:
        """A change that has settled."""
        self.texts = {**self.texts, **texts}
        self._edited.set()

    def change_early(self, **texts: str) -> None:
        """A change that may have settled."""
        self.texts = {**self.texts, **texts}
        self.on_early_change(self._states())

    @property
    def files(self) -> int:
        return len(self.texts)

    def ignores(self, path: str) -> bool:
        return False

    async def next(self) -> Change:
        while not (change := await self.scan_now()):
            self._edited = anyio.Event()
            await self._edited.wait()
        return change

    async def scan_now(self) -> Change:
        before, self.current = self.current, self._states()
        return difference(before, self.current)

    def _states(self) -> Fingerprint:
        return {path: FileState(blake2b(text.encode()).digest(), ()) for path, text in self.texts.items()}


class Editing:
    """The loop at work, and who edits."""

    def __init__(self, loop: WatchLoop, screen: Recorder, edits: Edits) -> None:
        self.press = loop.press
        self.screen = screen
        self.until = screen.until
        self.edit = edits.edit
        self.change_early = edits.change_early
        self.discovered = edits.discovered
        self._edits = edits

    def place(self, news: PlaceGone | PlaceBack) -> None:
        """The project's directory is gone, or back."""
        self._edits.on_place(news)


def declared(texts: dict[str, str]) -> Manifest:
    """A workflow for each file. Raises ProjectError for the text "broken", OSError for "no room"."""
    workflows = []
    for name, text in texts.items():
        if text == "broken":
            raise ProjectError("it is broken", code="E0302")
        if text == "no room":
            raise OSError(errno.ENOSPC, "No space left on device")
        each = workflow(name)
        each.spec.description = text
        workflows.append(each)
    return manifest(*workflows, dependencies={})


def goes_on(server: WeakServer) -> None:
    """No execution ends before it is cancelled."""

    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(IN_PROGRESS)
        await anyio.sleep_forever()

    server.on_subscribe = subscribe
    server.on_get = lambda: workflow_execution(CANCELLED if server.cancelled else IN_PROGRESS)


def ends(server: WeakServer) -> None:
    """Each execution succeeds at once."""

    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(COMPLETED)

    server.on_subscribe = subscribe


@asynccontextmanager
async def editing(
    server: WeakServer,
    *,
    env: Callable[[], tuple[RuntimeVariable, ...]] = lambda: (),
    connect: Connect | None = None,
    timeout: float | None = None,
    before_program_ends: Callable[[], Awaitable[None]] | None = None,
    others: tuple[str, ...] = (),
    texts: Mapping[str, str] = MappingProxyType({}),
    **how: Any,
) -> AsyncIterator[Editing]:
    """It runs the workflow `main`, which says "one", beside `other`; unless `texts` say otherwise."""
    edits, screen = Edits({"main": "one", "other": "one", **texts}), Recorder()

    @asynccontextmanager
    async def open_edits(
        root: Path,
        settings: ChangeSettings,
        *,
        on_early_change: Callable[[Fingerprint], None],
        on_place: Callable[[PlaceGone | PlaceBack], None],
        **_: Any,
    ) -> AsyncIterator[Edits]:
        edits.on_early_change, edits.on_place = on_early_change, on_place
        yield edits

    async def discover(project: Project, emit: Callable[[Event], Any]) -> Manifest:
        edits.discovered.append(edits.texts)
        if before_program_ends is not None:
            await before_program_ends()
        return declared(edits.texts)

    settings = LoopSettings(
        read=lambda: RunRequest(project=PROJECT, selector="main", others=others, env=env(), timeout=timeout),
        discover=discover,
        watching=lambda request: Watching(root=PLACE, settings=ChangeSettings(), extra=()),
        connect=connect or server.connect,
        **how,
    )
    loop = WatchLoop(settings, screen, open_edits)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(loop.run)
        with anyio.fail_after(PATIENCE_SECONDS):
            yield Editing(loop, screen, edits)
        loop.stop(CancelReason.INTERRUPTED)


class Gate:
    """Keeps an answer of the server back until it is opened; it can be closed once."""

    def __init__(self, server: WeakServer, method: str) -> None:
        self.arrived = anyio.Event()
        self._opened = anyio.Event()
        server.gate[method] = self._wait

    def open(self) -> None:
        self._opened.set()

    async def _wait(self) -> None:
        self.arrived.set()
        await self._opened.wait()
