"""Runs on a weak server: what they are asked for, and what they say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest

from runcmd.events import (
    CancelReason,
    Event,
    RunFinished,
)
from runcmd.follow.pace import Pace
from runcmd.pipeline import Choose, Connect, Run, open_run
from runcmd.project import Project
from runcmd.request import RunRequest
from tests.support.project import PYTHON, load_project
from tests.support.weak_server import (
    CANCELLED,
    COMPLETED,
    IN_PROGRESS,
    PENDING,
    WeakServer,
    workflow_execution,
)

DONE, BROKEN = 3, 4
QUICK = Pace(quiet_seconds=0.05, first_delay_seconds=0.01, attempts=3)


ONE = """
from stigmer import Workflow
Workflow("build", namespace="demo").set("start", {"a": "1"})
"""


TWO = ONE + 'from stigmer import Agent\nAgent("helper", "Help whoever asks.", description="Helps")\n'


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[[str], Project]:
    def write(program: str, more: str = "") -> Project:
        return load_project(tmp_path, program, yaml=PYTHON + more)

    return write


def request(project: Project | None = None, selector: str | None = None, **more: Any) -> RunRequest:
    return RunRequest(project=project, selector=selector, **more)


Act = Callable[[Event, Run], object]


async def run(
    asked: RunRequest, connect: Connect, choose: Choose | None = None, act: Act | None = None
) -> list[Event]:
    """All events; `act` may cancel on any of them."""
    events: list[Event] = []
    with anyio.fail_after(30):
        async with open_run(asked, connect, choose, pace=QUICK) as running:
            async for event in running:
                events.append(event)
                if act is not None:
                    act(event, running)
    assert [isinstance(event, RunFinished) for event in events].count(True) == 1
    assert isinstance(events[-1], RunFinished)
    return events


def finished(events: Sequence[Event]) -> RunFinished:
    assert isinstance(events[-1], RunFinished)
    return events[-1]


def of(kind: type, events: Sequence[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def completes(server: WeakServer) -> None:
    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(PENDING)
        yield workflow_execution(IN_PROGRESS, ("start", 2))
        last = workflow_execution(COMPLETED, ("start", DONE))
        last.status.started_at, last.status.completed_at = "2026-01-20T10:00:00", "2026-01-20T10:00:03"
        last.status.output.update({"a": 1, "b": [1.5]})
        yield last

    server.on_subscribe = subscribe


def runs_forever(server: WeakServer) -> None:
    async def subscribe(_: int) -> AsyncIterator[Any]:
        yield workflow_execution(IN_PROGRESS)
        await anyio.sleep_forever()

    server.on_subscribe = subscribe
    server.on_get = lambda: workflow_execution(CANCELLED if server.cancelled else IN_PROGRESS)


def cancel_on(kind: type, reason: CancelReason = CancelReason.INTERRUPTED) -> Act:
    return lambda event, running: running.cancel(reason) if isinstance(event, kind) else None
