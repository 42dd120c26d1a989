"""Following an execution that somebody else started."""

from __future__ import annotations

import anyio
import grpc

from runcmd.events import (
    CancelReason,
    Outcome,
    PhaseChanged,
)
from runcmd.reattach import open_follow
from tests.runcmd.running import DONE, finished, runs_forever
from tests.support.weak_server import (
    COMPLETED,
    WEX,
    WeakServer,
    workflow_execution,
)


async def test_following_what_exists_leaves_it_running(server: WeakServer) -> None:
    runs_forever(server)
    with anyio.fail_after(20):
        async with open_follow(WEX.replace("-", "_", 1), server.connect) as running:
            events = []
            async for event in running:
                events.append(event)
                if isinstance(event, PhaseChanged):
                    running.cancel(CancelReason.INTERRUPTED)
    assert (finished(events).outcome, finished(events).exit_code) == (Outcome.DETACHED, 130)
    assert server.cancelled == []


async def test_following_what_is_over_shows_it_whole(server: WeakServer) -> None:
    server.on_get = lambda: workflow_execution(COMPLETED, ("a", DONE))
    async with open_follow(WEX, server.connect) as running:
        events = [event async for event in running]
    assert [type(event).__name__ for event in events[1:]] == [
        "ExecutionCreated",
        "TaskStarted",
        "TaskFinished",
        "PhaseChanged",
        "RunFinished",
    ]
    assert server.subscriptions == 0


async def test_following_nothing(server: WeakServer) -> None:
    server.refuse["get"] = (grpc.StatusCode.NOT_FOUND, "gone")
    async with open_follow("zzz", server.connect) as running:
        events = [event async for event in running]
    assert (finished(events).exit_code, finished(events).error) == (1, "no execution with the id zzz")
