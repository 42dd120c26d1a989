"""Run a project's program in a fork of a warm process, and in a fresh child wherever that would differ."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from anyio.abc import TaskGroup

from runcmd.errors import ProjectError
from runcmd.project import Project, ProjectRuntime
from runcmd.synthesis.forks.facts import Facts
from runcmd.synthesis.forks.warm import ForkLostError, Module, NotForkableError, StaleError, WarmProcess
from runcmd.synthesis.fresh import fresh_child
from runcmd.synthesis.interfaces import Finished
from runcmd.synthesis.live import LiveOutput
from runcmd.synthesis.scratch import empty
from stigmer_api.manifest_files import FORK_REPORT
from stigmer_api.reading import read_bounded

logger = logging.getLogger(__name__)

MOST_REPORT_BYTES = 8 << 20
ATTEMPTS = 3  # of one synthesis
STARTS = 6  # without the packages that were not forkable, then without any
LOSSES = 2
DEATHS = 2


@asynccontextmanager
async def open_zygote(project: Project | None = None) -> AsyncIterator[Zygote]:
    """A Synthesizer; for this project it will soon be warm. Nothing of it is left on return."""
    zygote = None
    try:
        async with anyio.create_task_group() as group:
            zygote = Zygote(group)
            if project is not None and project.runtime is ProjectRuntime.PYTHON:
                group.start_soon(zygote.warm_up, project)
            yield zygote
            group.cancel_scope.cancel()
    except BaseExceptionGroup as errors:
        # Our own tasks raise nothing: this is what the caller's own block raised.
        if len(errors.exceptions) == 1:
            raise errors.exceptions[0] from errors.exceptions[0].__cause__
        raise
    finally:
        if zygote is not None:
            await zygote.aclose()


class Zygote:
    """At most one warm process, replaced when what it was made from has changed."""

    def __init__(self, group: TaskGroup) -> None:
        self._group = group
        self._lock = anyio.Lock()
        self._warm: WarmProcess | None = None
        self._next: WarmProcess | None = None  # knows more modules; takes its place
        self._warm_for: Facts | None = None
        self._fresh_for: Facts | None = None  # no fork is right for these
        self._imported: dict[str, str] = {}  # modules that programs imported, and their files
        self._blocked: set[str] = set()  # packages that must not be preloaded
        self._starting_successor = False
        self._deaths = 0  # of forks, in a row, where a fresh child lived

    async def warm_up(self, project: Project) -> None:
        async with self._lock:
            await self._current(project)

    async def __call__(
        self, project: Project, out: Path, deadline: float, output: LiveOutput | None = None
    ) -> Finished:
        async with self._lock:
            losses = 0
            for _ in range(ATTEMPTS):
                warm = await self._current(project)
                if warm is None:
                    break
                try:
                    finished = await warm.run(project, out, deadline, output)
                    return await self._checked(warm, finished, project, out, deadline, output)
                except NotForkableError as error:
                    logger.debug("no fork: %s", error)
                    if not error.names:
                        break
                    await self._drop(error.names)
                except StaleError as stale:
                    logger.debug("another zygote is needed: %s", stale)
                    await self._drop()
                except ForkLostError:
                    losses += 1
                    await self._drop()
                    if losses == LOSSES:
                        raise _killer(project) from None
                empty(out)
            empty(out)
            return await fresh_child(project, out, deadline, output)

    async def free(self, seconds: float) -> bool:
        """Within so many: no program runs in it, and it is not just getting warm."""
        with anyio.move_on_after(seconds):
            async with self._lock:
                return True
        return False

    @property
    def hopeless(self) -> bool:
        """No fork is right for what it was made for."""
        return self._warm_for is not None and self._fresh_for == self._warm_for

    @asynccontextmanager
    async def lent(self, project: Project) -> AsyncIterator[WarmProcess]:
        """The warm process, to somebody else who runs the program in it, once.

        Raises NotForkableError, StaleError, ForkLostError, also those of the block: a fresh child is right
        now, and the next attempt may be another matter.
        """
        async with self._lock:
            warm = await self._current(project)
            if warm is None:
                raise NotForkableError("no fork is right for this project")
            try:
                yield warm
            except NotForkableError as error:
                if error.names:
                    await self._drop(error.names)
                raise
            except (StaleError, ForkLostError):
                await self._drop()
                raise

    def ended(self, warm: WarmProcess, project: Project, out: Path) -> None:
        """A program that was lent the warm process came to its end. Raises NotForkableError: by what it did,
        the result would be another in a fresh child."""
        self._deaths = 0
        self._note_modules(_report(out), warm, project)

    def died(self) -> None:
        """A signal ended its fork, and not its user's."""
        self._deaths += 1
        if self._deaths == DEATHS:
            self._fresh_for = self._warm_for

    async def _current(self, project: Project) -> WarmProcess | None:
        facts = Facts.of(project)
        if facts == self._fresh_for or sys.platform != "linux":
            return None
        if facts != self._warm_for:
            await self.aclose()
            self._warm_for = facts
            self._blocked.clear()
        if self._next is not None:
            successor, self._next = self._next, None
            await self._drop()
            self._warm = successor
        if self._warm is None:
            self._warm = await self._start(project, facts)
        return self._warm

    async def _start(self, project: Project, facts: Facts) -> WarmProcess | None:
        for attempt in range(STARTS):
            preload = [each for each in self._imported.items() if _package(each[0]) not in self._blocked]
            try:
                return await WarmProcess.start(project, preload)
            except NotForkableError as error:
                logger.debug("not forkable: %s", error)
                if not preload:
                    break
                everything = not error.names or attempt == STARTS - 2
                self._blocked |= set(map(_package, self._imported)) if everything else error.names
        if project.main.is_file():  # else the project was moved away meanwhile, which says nothing
            self._fresh_for = facts
        return None

    async def _checked(
        self,
        warm: WarmProcess,
        finished: Finished,
        project: Project,
        out: Path,
        deadline: float,
        output: LiveOutput | None,
    ) -> Finished:
        """The result, where a fresh child would have had the same. Raises NotForkableError."""
        if finished.status < 0 and not finished.timed_out:
            # A library may not survive a fork. Or somebody killed it, which happens once.
            empty(out)
            fresh = await fresh_child(project, out, deadline, output)
            if fresh.status >= 0:
                self.died()
            return fresh
        self.ended(warm, project, out)
        logger.debug("ran in a fork")
        return finished

    def _note_modules(self, modules: Iterable[Module], warm: WarmProcess, project: Project) -> None:
        self._imported.update(modules)
        known = {name for name, _ in warm.preloaded}
        new = {name for name in self._imported.keys() - known if _package(name) not in self._blocked}
        if new and not self._starting_successor and self._warm_for is not None:
            self._starting_successor = True
            self._group.start_soon(self._start_successor, project, self._warm_for)

    async def _start_successor(self, project: Project, facts: Facts) -> None:
        try:
            successor = await self._start(project, facts)
        finally:
            self._starting_successor = False
        if successor is None:
            return
        if facts == self._warm_for and self._next is None:
            self._next = successor
        else:
            await successor.aclose()

    async def _drop(self, blocked: Iterable[str] = ()) -> None:
        self._blocked |= set(blocked)
        warm, self._warm = self._warm, None
        if warm is not None:
            await warm.aclose()

    async def aclose(self) -> None:
        await self._drop()
        self._warm, self._next = self._next, None
        await self._drop()


def _report(out: Path) -> list[Module]:
    """The modules that the program imported. Raises NotForkableError."""
    try:
        report = json.loads(read_bounded(out / FORK_REPORT, MOST_REPORT_BYTES, follow=False))
        if "not_forkable" in report:
            error = NotForkableError(str(report["not_forkable"]), map(str, report["names"]))
        else:
            return [(str(name), str(file)) for name, file in report["modules"]]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return []  # the program ended in a hurry, or wrote something else there
    raise error


def _killer(project: Project) -> ProjectError:
    return ProjectError(
        f"{project.main.name} ended or stopped the process that started it",
        code="E0308",
        hint="it must not signal its parent process",
    )


def _package(name: str) -> str:
    return name.partition(".")[0]
