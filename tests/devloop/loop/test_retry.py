"""A backend that does not answer is tried again; what is said of it depends on how long it is away."""

from __future__ import annotations

from itertools import islice

from devloop.loop.events import BackendBack, BackendLost, ChangeSeen, RunStarted, WatchFinished
from devloop.loop.retry import FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS, delays
from runcmd.backend.address import Address
from runcmd.errors import BackendError
from runcmd.events import ExecutionCreated
from tests.devloop.loop.edits import editing, goes_on
from tests.support.weak_server import WeakServer

ASKED = 1  # what the backend has, while the program runs


class Away:
    """The way to a backend that is away for the first so many attempts to deploy."""

    def __init__(self, server: WeakServer, attempts: int) -> None:
        self.calls = 0
        self._server = server
        self.failing = ASKED + attempts

    async def connect(self) -> Address:
        self.calls += 1
        if self.calls <= self.failing:
            raise BackendError("it is away", code="E0501", hint="wait")
        return self._server.address


def test_the_first_attempt_is_at_once_and_the_pauses_grow_up_to_a_limit() -> None:
    first, *then = islice(delays(), 10)
    assert first == 0
    assert then[0] == FIRST_DELAY_SECONDS
    assert then[1:] == [min(2 * before, LONGEST_DELAY_SECONDS) for before in then[:-1]]
    assert then[-1] == LONGEST_DELAY_SECONDS


async def test_a_backend_that_is_back_at_once_is_not_spoken_of(server: WeakServer) -> None:
    goes_on(server)
    away = Away(server, 1)
    async with editing(server, connect=away.connect) as loop:
        await loop.until(ExecutionCreated)
    assert loop.screen.all(BackendLost) == loop.screen.all(BackendBack) == []


async def test_one_that_stays_away_is_spoken_of_once(server: WeakServer) -> None:
    goes_on(server)
    away = Away(server, 3)
    async with editing(server, connect=away.connect) as loop:
        assert (await loop.until(BackendLost)).hint == "wait"
        await loop.until(BackendBack)
        await loop.until(RunStarted)
        await loop.until(ExecutionCreated)
        loop.edit(main="two")
        await loop.until(RunStarted, run=2)
    assert len(loop.screen.all(BackendLost)) == len(loop.screen.all(BackendBack)) == 1


async def test_an_edit_meanwhile_is_tried_in_place_of_the_old_text(server: WeakServer) -> None:
    goes_on(server)
    away = Away(server, 1000)
    async with editing(server, connect=away.connect) as loop:
        await loop.until(BackendLost)
        loop.edit(main="two")
        await loop.until(ChangeSeen, gen=2)
        away.failing = 0
        assert (await loop.until(RunStarted)).gen == 2
        await loop.until(ExecutionCreated)
    assert server.resources["workflow", "main"].spec.description == "two"
    assert [each.gen for each in loop.screen.all(RunStarted)] == [2]


async def test_it_ends_while_it_waits(server: WeakServer) -> None:
    away = Away(server, 1000)
    async with editing(server, connect=away.connect) as loop:
        await loop.until(BackendLost)
        loop.press("q")
        assert (await loop.until(WatchFinished)).exit_code == 0
    assert not loop.screen.all(RunStarted)
