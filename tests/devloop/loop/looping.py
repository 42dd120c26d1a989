"""A loop over a real project, on a real backend, with a screen that remembers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import anyio

from devloop.changes.settings import ChangeSettings
from devloop.loop.events import LoopEvent
from devloop.loop.leases import open_lease
from devloop.loop.loop import WatchLoop
from devloop.loop.prepare import Discover
from devloop.loop.settings import LoopSettings, Watching
from devloop.watcher import WatchMode
from runcmd.backend.calls import open_backend
from runcmd.backend.messages import Execution
from runcmd.events import CancelReason, Event, RunFinished, TargetKind
from runcmd.pipeline import Connect
from runcmd.project import load
from runcmd.request import RunRequest, RuntimeVariable
from runcmd.synthesis.discover import discover
from stigmer_api.masking import masker_of
from tests.support.poll import PATIENCE_SECONDS
from tests.support.project import PYTHON, write_project

Shown = Event | LoopEvent
Wanted = TypeVar("Wanted", bound=Shown)
LIVE = (1, 2)  # pending, in progress


class Recorder:
    """What would be on the screen, in its order."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, Shown]] = []
        self.targets: list[str] = []  # of each, in the same order
        self.hidden: set[str] = set()
        self._news = anyio.Event()
        self._at = 0

    def show(self, generation: int, event: Event, target: str = "") -> None:
        self._add(generation, event, target)

    def emit(self, event: LoopEvent) -> None:
        self._add(event.gen, event)

    def hide(self, values: Collection[str]) -> None:
        self.hidden |= set(values)

    def masked(self, value: Any) -> Any:
        return masker_of(self.hidden).json(value)

    def _add(self, generation: int, event: Shown, target: str = "") -> None:
        self.seen.append((generation, event))
        self.targets.append(target)
        self._news.set()
        self._news = anyio.Event()

    def all(self, kind: type[Wanted]) -> list[Wanted]:
        return [event for _, event in self.seen if isinstance(event, kind)]

    def of(self, target: str) -> list[Shown]:
        """What was shown of its runs."""
        return [event for (_, event), each in zip(self.seen, self.targets, strict=True) if each == target]

    async def find(self, kind: type[Wanted], count: int = 1, /, **values: Any) -> Wanted:
        """The `count`th event of this kind with these values since the beginning."""
        with anyio.move_on_after(PATIENCE_SECONDS):
            while True:
                news = self._news
                found = [
                    event
                    for event in self.all(kind)
                    if all(getattr(event, k) == v for k, v in values.items())
                ]
                if len(found) >= count:
                    return found[count - 1]
                await news.wait()
        raise AssertionError(f"no {count} {kind.__name__} {values} in {self.seen}")

    async def until(self, kind: type[Wanted], **values: Any) -> Wanted:
        """The next event of this kind with these values, after the one that was waited for before."""
        with anyio.move_on_after(PATIENCE_SECONDS):
            while True:
                news = self._news
                for at in range(self._at, len(self.seen)):
                    event = self.seen[at][1]
                    if isinstance(event, kind) and all(getattr(event, k) == v for k, v in values.items()):
                        self._at = at + 1
                        return event
                await news.wait()
        raise AssertionError(f"no {kind.__name__} {values} after {self._at} of {self.seen}")


class Looping:
    """A loop at work, and the hands of a developer."""

    def __init__(self, loop: WatchLoop, screen: Recorder, directory: Path, connect: Connect) -> None:
        self.loop = loop
        self.screen = screen
        self.until = screen.until
        self.find = screen.find
        self.directory = directory
        self.connect = connect
        self.exit_code: int | None = None
        self.ended = anyio.Event()

    def edit(self, text: str, file: str = "main.py") -> None:
        path = self.directory / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    async def end(self) -> int:
        with anyio.fail_after(PATIENCE_SECONDS):
            await self.ended.wait()
        assert self.exit_code is not None
        return self.exit_code

    async def live(self) -> list[str]:
        """The executions that run, by the backend's own word."""
        return [each.metadata.id for each in await self.live_messages()]

    async def live_messages(self) -> list[Execution]:
        return [each for each in await self.messages() if each.status.phase in LIVE]

    async def messages(self) -> list[Execution]:
        """All executions, the newest first."""
        async with open_backend(await self.connect()) as backend:
            return [each for kind in TargetKind for each in await backend.executions(kind, 100)]


@asynccontextmanager
async def looping(
    directory: Path,
    connect: Connect,
    program: str,
    *,
    selector: str | None = None,
    others: tuple[str, ...] = (),
    every: bool = False,
    env: Callable[[], tuple[RuntimeVariable, ...]] = lambda: (),
    yaml: str = "",
    head: str = PYTHON,
    settle: float | None = 0.02,
    leases: Path | None = None,
    extra: tuple[Path, ...] = (),
    watcher: WatchMode = WatchMode.AUTO,
    discover: Discover = discover,
    **how: Any,
) -> AsyncIterator[Looping]:
    write_project(directory, program, yaml=head + yaml)
    screen = Recorder()

    def read() -> RunRequest:
        project = load(directory / "Stigmer.yaml")
        return RunRequest(
            project=project,
            selector=selector,
            others=others,
            every=every,
            default=project.run.default,
            env=env(),
        )

    def watching(request: RunRequest) -> Watching:
        assert request.project is not None
        settings = ChangeSettings(
            needs="Stigmer.yaml",
            settle_seconds=settle,
            ignore=request.project.watch.ignore,
            mode=watcher,
        )
        return Watching(root=directory, settings=settings, extra=extra)

    plan = LoopSettings(
        read=read,
        discover=discover,
        watching=watching,
        connect=connect,
        **how,
    )
    if leases is None:
        async with _looping(plan, screen, directory) as loop:
            yield loop
    else:
        with open_lease(leases) as lease:
            plan = replace(plan, lease=lease, leases=leases)
            async with _looping(plan, screen, directory) as loop:
                yield loop


@asynccontextmanager
async def _looping(plan: LoopSettings, screen: Recorder, directory: Path) -> AsyncIterator[Looping]:
    loop = WatchLoop(plan, screen)
    hands = Looping(loop, screen, directory, plan.connect)

    async def run() -> None:
        hands.exit_code = await loop.run()
        hands.ended.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        yield hands
        loop.stop(CancelReason.INTERRUPTED)
        with anyio.fail_after(PATIENCE_SECONDS):
            await hands.ended.wait()


def outcomes(screen: Recorder) -> list[str]:
    return [event.outcome.value for event in screen.all(RunFinished)]
