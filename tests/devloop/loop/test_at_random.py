"""Edits, keys and outages at random moments: nothing happens that cannot, and the last text is what runs."""

from __future__ import annotations

import random

import anyio
import grpc
import pytest

from devloop.loop.events import RunStarted, RunSuperseded, WatchPaused, WatchResumed
from runcmd.backend.address import Address
from runcmd.errors import BackendError
from runcmd.events import ExecutionCreated
from runcmd.project import OnChange
from tests.devloop.loop.edits import Editing, editing, goes_on
from tests.support.weak_server import WeakServer

STEPS = 25
BY_ITSELF = [each for each in OnChange if each is not OnChange.MANUAL]
REFUSED = grpc.StatusCode.INVALID_ARGUMENT, "not today"


class Chance:
    """What a seed does."""

    def __init__(self, server: WeakServer, seed: int) -> None:
        self.away = False
        self._server = server
        self._random = random.Random(seed)

    async def connect(self) -> Address:
        if self.away:
            raise BackendError("it is away")
        return self._server.address

    async def act(self, loop: Editing) -> None:
        text = self._random.choice(["one", "two", "three", "broken"])
        match self._random.randrange(9):
            case 0 | 1:
                loop.edit(main=text)
            case 2:
                loop.edit(other=text)
            case 3:
                loop.change_early(main=text)
            case 4:
                loop.press(self._random.choice("rcphe"))
            case 5:
                self.away = not self.away
            case 6:
                self._server.refuse = {} if self._server.refuse else {"workflow.apply": REFUSED}
            case 7:
                await anyio.wait_all_tasks_blocked()
            case 8:
                await anyio.sleep(self._random.uniform(0, 0.03))  # sleeps: any moment may be the wrong one
        for _ in range(self._random.randrange(20)):
            await anyio.lowlevel.checkpoint()

    def mend(self) -> None:
        self.away = False
        self._server.refuse = {}


def deployed(server: WeakServer, name: str = "main") -> str:
    found = server.resources.get(("workflow", name))
    return str(found.spec.description) if found else ""


@pytest.mark.parametrize("on_change", BY_ITSELF)
@pytest.mark.parametrize("seed", range(8))
async def test_several_at_random(server: WeakServer, seed: int, on_change: OnChange) -> None:
    """Two targets, of which an edit may affect one or both."""
    goes_on(server)
    chance = Chance(server, seed)
    async with editing(server, connect=chance.connect, on_change=on_change, others=("other",)) as loop:
        for _ in range(STEPS):
            await chance.act(loop)
        chance.mend()
        await anyio.wait_all_tasks_blocked()
        if len(loop.screen.all(WatchPaused)) > len(loop.screen.all(WatchResumed)):
            loop.press("p")
        loop.edit(main="last", other="last")
        loop.press("r")  # which waits for nothing
        while deployed(server) != "last" or deployed(server, "other") != "last":
            await loop.until(ExecutionCreated)
    assert len(server.cancelled) == len(server.created), "nothing is left"
    for target in ("main", "other"):
        numbers = [event.gen for event in loop.screen.all(RunStarted) if event.target == target]
        assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("on_change", BY_ITSELF)
@pytest.mark.parametrize("seed", range(8))
async def test_at_random(server: WeakServer, seed: int, on_change: OnChange) -> None:
    goes_on(server)
    chance = Chance(server, seed)
    async with editing(server, connect=chance.connect, on_change=on_change) as loop:
        for _ in range(STEPS):
            await chance.act(loop)
        chance.mend()
        await anyio.wait_all_tasks_blocked()
        if len(loop.screen.all(WatchPaused)) > len(loop.screen.all(WatchResumed)):
            loop.press("p")
        loop.edit(main="last", other="one")
        loop.press("r")  # which waits for nothing
        while deployed(server) != "last":
            await loop.until(ExecutionCreated)
    assert len(server.cancelled) == len(server.created), "nothing is left"
    numbers = [event.gen for event in loop.screen.all(RunStarted)]
    assert numbers == sorted(set(numbers))
    assert all(event.by > event.gen for event in loop.screen.all(RunSuperseded))
