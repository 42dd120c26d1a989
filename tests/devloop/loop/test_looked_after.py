"""Somebody sees the end of every execution that a loop has started; and where the backend is, is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from devloop.loop.connection import BackendConnection
from devloop.loop.events import Cause, LeftoverCancelled, LoopEvent, PastRun
from devloop.loop.generation import Generation
from devloop.loop.leases import Lease, open_lease
from devloop.loop.orphans import Orphans
from runcmd.backend.address import Address
from runcmd.events import CancelOutcome, ExecutionCreated, Outcome, RunFinished, TargetKind
from tests.support.weak_server import WeakServer

ONE, TWO = "wex-one", "wex-two"


class LookedAfter:
    """Orphans, and what was said of them."""

    def __init__(self, lease: Lease, directory: Path, server: WeakServer, **how: Any) -> None:
        self.events: list[LoopEvent] = []
        self.lease = lease
        self.running: list[Generation] = []
        self.orphans = Orphans(
            lease,
            directory,
            BackendConnection(server.connect),
            self.events.append,
            lambda: self.running,
            **how,
        )
        self.run = Generation(1, Cause.START, (), {})
        self.created = partial(self.orphans.created, self.run)
        self.ended = partial(self.orphans.ended, self.run)

    async def cancel(self) -> None:
        await self.orphans.cancel(1)

    @property
    def outcomes(self) -> list[tuple[str, CancelOutcome]]:
        return [
            (event.execution, event.outcome) for event in self.events if isinstance(event, LeftoverCancelled)
        ]


def running(execution: str) -> Generation:
    """A run of which the backend has said this."""
    generation = Generation(2, Cause.START, (), {})
    generation.begin(
        PastRun(gen=2, run=2, at="", cause=Cause.START, changed=(), execution="", outcome=None, seconds=None)
    )
    generation.note(ExecutionCreated(execution=execution, kind=TargetKind.WORKFLOW, name="main"))
    return generation


@pytest.fixture
def after(tmp_path: Path, server: WeakServer) -> Iterator[LookedAfter]:
    with open_lease(tmp_path) as lease:
        yield LookedAfter(lease, tmp_path, server)


async def test_what_was_lost_is_cancelled_once(after: LookedAfter, server: WeakServer) -> None:
    after.created(ONE)
    for _ in range(2):
        await after.cancel()
    assert server.cancelled == [ONE]
    assert after.outcomes == [(ONE, CancelOutcome.CONFIRMED)]
    assert after.lease.executions == ()


async def test_what_runs_and_what_has_ended_is_left_alone(after: LookedAfter, server: WeakServer) -> None:
    after.created(ONE)
    after.ended(RunFinished(outcome=Outcome.FAILED, exit_code=1, execution=ONE), ONE)
    after.created(TWO)
    after.running = [running(TWO)]
    await after.cancel()
    assert (server.cancelled, after.lease.executions) == ([], (TWO,))


@pytest.mark.parametrize("outcome", [Outcome.DETACHED, Outcome.ERROR])
async def test_a_run_that_saw_no_end_leaves_an_orphan(
    after: LookedAfter, server: WeakServer, outcome: Outcome
) -> None:
    after.created(ONE)
    after.ended(RunFinished(outcome=outcome, exit_code=4, execution=ONE), ONE)
    await after.cancel()
    assert server.cancelled == [ONE]


async def test_what_another_run_is_just_creating_is_no_orphan(tmp_path: Path, server: WeakServer) -> None:
    """The backend has it already, and its run has not heard of it yet."""
    listed: list[str] = []

    async def owned(owner: str, backend: object) -> list[str]:
        listed.append(owner)
        return [ONE, TWO]

    with open_lease(tmp_path) as lease:
        after = LookedAfter(lease, tmp_path, server, owned_by=owned)
        other = Generation(2, Cause.START, (), {})
        after.ended(RunFinished(outcome=Outcome.ERROR, exit_code=4), "")
        after.orphans.creating(other)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(after.cancel)
            await anyio.wait_all_tasks_blocked()
            assert listed == [], "it waits until the backend has said what it created"
            after.running = [running(TWO)]
            after.orphans.created(other, TWO)
        assert (server.cancelled, lease.executions) == ([ONE], (TWO,))
        lease.drop(TWO)


async def test_a_backend_that_cannot_cancel_is_asked_once(tmp_path: Path, short_dir: Path) -> None:
    server = WeakServer(short_dir / "weak")
    server.cancels = False
    await server.start()
    with open_lease(tmp_path) as lease:
        after = LookedAfter(lease, tmp_path, server)
        after.created(ONE)
        for _ in range(2):
            await after.cancel()
        assert after.outcomes == [(ONE, CancelOutcome.UNSUPPORTED)]
        assert lease.executions == (ONE,), "it still runs"
        lease.drop(ONE)
    await server.stop()


async def test_the_loops_that_are_gone_are_looked_for_once(
    after: LookedAfter, server: WeakServer, tmp_path: Path
) -> None:
    for _ in range(2):
        # It never got as far as a backend, so that nothing has to be cancelled.
        (tmp_path / "loop-dead.json").write_text(json.dumps({"owner": "x", "target": "", "executions": []}))
        await after.cancel()
    assert (tmp_path / "loop-dead.json").exists()


class Connecting:
    """A backend that is started for whoever comes first."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self) -> Address:
        self.calls += 1
        return Address(target=f"unix:/{self.calls}", started=True)


async def test_a_backend_that_was_started_says_so_to_one_run() -> None:
    connection = BackendConnection(Connecting())
    assert [(await connection.for_run()()).started for _ in range(2)] == [True, False]


async def test_a_second_call_of_the_same_run_finds_it_anew() -> None:
    targets: list[str] = []
    connecting = Connecting()
    connection = BackendConnection(connecting, targets.append)
    connect = connection.for_run()
    assert [(await connect()).target for _ in range(2)] == ["unix:/1", "unix:/2"]
    assert (await connection.for_run()()).target == "unix:/2"
    connection.forget()
    assert (await connection.for_run()()).target == "unix:/3"
    assert targets == ["unix:/1", "unix:/2", "unix:/3"]
