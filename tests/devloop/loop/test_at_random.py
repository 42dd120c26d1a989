"""Edits, keys and outages at random moments: nothing happens that cannot, and the last text is what runs."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import anyio
import grpc
import pytest

from devloop.loop.events import RunStarted, RunSuperseded, WatchFinished, WatchPaused, WatchResumed
from devloop.loop.leases import open_lease
from runcmd.backend.address import Address
from runcmd.errors import EXIT_OK, BackendError
from runcmd.events import ExecutionCreated
from runcmd.follow.pace import Pace
from runcmd.project import OnChange
from tests.devloop.loop.edits import Editing, editing, ends, goes_on
from tests.support.weak_server import WeakServer

STEPS = 25
CALLS = ("create", "cancel", "subscribe", "get", "list", "workflow.apply")
ANSWERS = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.NOT_FOUND,
)
HASTY = Pace(first_delay_seconds=0.01, longest_delay_seconds=0.02, attempts=2)
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
            raise BackendError("it is away", code="E0501")
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


@pytest.mark.parametrize("on_change", [OnChange.RESTART, OnChange.QUEUE, OnChange.KEEP])
@pytest.mark.parametrize("others", [(), ("other",)])
@pytest.mark.parametrize("seed", range(4))
async def test_any_call_may_fail(
    server: WeakServer, seed: int, others: tuple[str, ...], on_change: OnChange, tmp_path: Path
) -> None:
    """Whatever the backend answers to whatever call: nothing happens to a generation that cannot."""
    chance = random.Random(seed)
    (goes_on if seed % 2 else ends)(server)
    with open_lease(tmp_path) as lease:
        how: dict[str, Any] = {"on_change": on_change, "others": others, "lease": lease, "pace": HASTY}
        async with editing(server, **how) as loop:
            for _ in range(STEPS):
                match chance.randrange(6):
                    case 0 | 1:
                        loop.edit(
                            **{chance.choice(["main", "other"]): chance.choice(["one", "two", "broken"])}
                        )
                    case 2:
                        loop.press(chance.choice("rcrcp"))
                    case 3:
                        server.refuse = {chance.choice(CALLS): (chance.choice(ANSWERS), "not today")}
                    case 4:
                        server.refuse = {}
                    case 5:
                        await anyio.sleep(chance.uniform(0, 0.03))  # sleeps: any moment may be the wrong one
                for _ in range(chance.randrange(20)):
                    await anyio.lowlevel.checkpoint()
            server.refuse = {}
            loop.press("q")
            assert (await loop.until(WatchFinished)).exit_code == EXIT_OK
        for execution in lease.executions:
            lease.drop(execution)
