"""The program may run ahead of the look at its files, if nothing is written meanwhile."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from devloop.changes.fingerprint import take
from devloop.ignore import Ignore
from devloop.loop.prepare import Prepared, Preparer
from runcmd.errors import ProjectError
from runcmd.events import Emit
from runcmd.project import Project, load
from runcmd.request import RunRequest
from runcmd.synthesis.manifest import Manifest
from tests.support.clock import file_clock_ticks
from tests.support.poll import PATIENCE_SECONDS
from tests.support.project import write_project

OLD = (1_600_000_000, 1_600_000_000)


class Preparing:
    """A project whose program reads main.py, and what is prepared of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.main = root / "main.py"
        self.seen: list[str] = []
        self.held = anyio.Event()
        self.held.set()
        self._reads = anyio.Event()
        self._preparer: Preparer

    @asynccontextmanager
    async def ahead(self, broken: bool = False) -> AsyncIterator[None]:
        """The program has run, or is held, and the files have yet to be looked at."""

        def read() -> RunRequest:
            return RunRequest(project=load(self.root / "Stigmer.yaml"), selector=None)

        async def discover(project: Project, emit: Emit) -> Manifest:
            self.seen.append(self.main.read_text())
            self._reads.set()
            await self.held.wait()
            if broken:
                raise ProjectError("broken", code="E0302")
            return Manifest(resources=(), dependencies={}, inputs=(self.main,))

        async with anyio.create_task_group() as tasks:

            async def ask(request: RunRequest) -> None:
                """The backend does not say."""

            self._preparer = Preparer(read, discover, ask, tasks)
            self._preparer.begin()
            with anyio.fail_after(PATIENCE_SECONDS):
                await self._reads.wait()
            yield

    async def scanned(self, *, still: bool = True) -> Prepared:
        fingerprint = take(self.root, Ignore.load(self.root))
        await self._preparer.scanned(self.root, fingerprint, still=still)
        self.held.set()
        return await self._preparer.prepared(fingerprint)


@pytest.fixture
def preparing(tmp_path: Path) -> Preparing:
    root = write_project(tmp_path / "project", "one")
    for name in ("Stigmer.yaml", "main.py"):
        os.utime(root / name, OLD)
    return Preparing(root)


async def test_what_ran_ahead_counts_if_nothing_stirred(preparing: Preparing) -> None:
    async with preparing.ahead():
        assert (await preparing.scanned()).manifest is not None
        assert preparing.seen == ["one"]


async def test_it_runs_again_if_something_did(preparing: Preparing) -> None:
    async with preparing.ahead():
        file_clock_ticks()
        preparing.main.write_text("two")
        assert (await preparing.scanned(still=False)).manifest is not None
        assert (preparing.seen[0], preparing.seen[-1]) == ("one", "two")


async def test_it_runs_again_after_a_write_of_which_no_event_tells(preparing: Preparing) -> None:
    """Through a hard link from elsewhere, for example. The time of the file tells."""
    elsewhere = preparing.root.parent / "elsewhere.py"
    os.link(preparing.main, elsewhere)
    async with preparing.ahead():
        file_clock_ticks()
        elsewhere.write_text("two")
        assert (await preparing.scanned()).manifest is not None
        assert (preparing.seen[0], preparing.seen[-1]) == ("one", "two")


async def test_it_runs_again_after_a_write_to_what_only_the_program_reads(preparing: Preparing) -> None:
    (preparing.root / ".gitignore").write_text("main.py\n")
    async with preparing.ahead():
        file_clock_ticks()
        preparing.main.write_text("two")
        assert (await preparing.scanned()).manifest is not None
        assert (preparing.seen[0], preparing.seen[-1]) == ("one", "two")


@pytest.mark.parametrize("still", [True, False])
async def test_the_look_may_be_over_before_the_program(preparing: Preparing, still: bool) -> None:
    preparing.held = anyio.Event()
    async with preparing.ahead():
        assert (await preparing.scanned(still=still)).manifest is not None
        assert preparing.seen == ["one"] if still else ["one", "one"]


async def test_a_broken_program_counts_as_well(preparing: Preparing) -> None:
    async with preparing.ahead(broken=True):
        assert (await preparing.scanned()).error is not None
        assert preparing.seen == ["one"]
