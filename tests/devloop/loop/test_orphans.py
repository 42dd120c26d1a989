"""Nobody knows whether the backend did it: whatever it did, nothing of it runs beside the next run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from devloop.loop.events import Cause, LeftoverCancelled, RunStarted, RunSuperseded
from runcmd.backend.calls import open_backend
from runcmd.backend.messages import Execution
from runcmd.events import (
    CancelFinished,
    CancelOutcome,
    ExecutionCreated,
    PhaseChanged,
    TargetKind,
    TaskStarted,
)
from runcmd.pipeline import Connect
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import waits
from tests.support.poll import until
from tests.support.weak_server import IN_PROGRESS, WeakServer, workflow_execution
from tests.support.wire import Wire, open_wire


@pytest.fixture
async def wire(connect: Connect, short_dir: Path) -> AsyncIterator[Wire]:
    async with open_wire(short_dir / "wire", short_dir / "sock") as wire:
        yield wire


async def test_an_execution_that_nobody_was_told_of_is_cancelled(
    tmp_path: Path, connect: Connect, wire: Wire
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    async with looping(project, wire.address, waits("one"), leases=tmp_path / "loops") as hands:
        # The answer to its creation gets lost with the connection.
        wire.mute = lambda: bool(hands.screen.all(RunStarted))
        await hands.until(RunStarted)
        untold = (await created(connect)).metadata.id
        wire.restore()
        assert (await hands.until(LeftoverCancelled)).execution == untold
        assert (await hands.until(RunStarted)).cause is Cause.BACKEND
        seen = await hands.until(ExecutionCreated)
        await hands.until(TaskStarted, task="pause")
        assert await hands.live() == [seen.execution] != [untold]
        assert len(hands.screen.all(ExecutionCreated)) == 1


async def test_what_could_not_be_cancelled_is_before_the_next_one_begins(
    tmp_path: Path, connect: Connect, wire: Wire
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    async with looping(project, wire.address, waits("one"), leases=tmp_path / "loops") as hands:
        old = (await hands.until(ExecutionCreated)).execution
        await hands.until(TaskStarted, task="pause")
        wire.deaf = lambda: bool(hands.screen.all(RunSuperseded))
        hands.edit(waits("two"))
        assert (await hands.until(CancelFinished)).outcome is CancelOutcome.UNREACHABLE
        wire.restore()
        cancelled = await hands.until(LeftoverCancelled)
        assert (cancelled.execution, cancelled.outcome) == (old, CancelOutcome.CONFIRMED)
        assert (await hands.until(RunStarted)).run == 2
        new = await hands.until(ExecutionCreated)
        await hands.until(TaskStarted, task="pause")
        assert await hands.live() == [new.execution]


async def test_what_a_backend_cannot_cancel_is_said_once(tmp_path: Path, short_dir: Path) -> None:
    server = WeakServer(short_dir / "weak")
    server.cancels = False
    server.on_subscribe = endless
    await server.start()
    project = tmp_path / "project"
    project.mkdir()
    async with looping(project, server.connect, waits("one"), leases=tmp_path / "loops") as hands:
        for text in ("two", "three"):
            await hands.until(PhaseChanged)
            hands.edit(waits(text))
            assert (await hands.until(CancelFinished)).outcome is CancelOutcome.UNSUPPORTED
            await hands.until(RunStarted)
        await hands.until(PhaseChanged)
        assert not hands.screen.all(LeftoverCancelled)
    await server.stop()


async def endless(attempt: int) -> AsyncIterator[Any]:
    yield workflow_execution(IN_PROGRESS)
    await anyio.sleep_forever()


async def created(connect: Connect) -> Execution:
    """The only execution, by the backend's own word; there is no event for it that arrives."""
    async with open_backend(await connect()) as backend:
        (execution,) = await until(lambda: backend.executions(TargetKind.WORKFLOW, 2))
    return execution
