"""Deploying without a run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from runcmd.apply import open_apply
from runcmd.backend.address import Address
from runcmd.events import (
    Action,
    Event,
    Outcome,
    ResourcePlanned,
    TargetKind,
)
from runcmd.project import Project
from tests.runcmd.running import ONE, TWO, finished, of
from tests.support.weak_server import (
    WeakServer,
)


async def applied(
    project: Project, connect: Callable[[], Awaitable[Address]], *, dry_run: bool = False
) -> list[Event]:
    async with open_apply(project, connect, dry_run=dry_run) as running:
        return [event async for event in running]


async def test_apply_and_its_dry_run(server: WeakServer, make_project: Any) -> None:
    events = await applied(make_project(ONE), server.connect, dry_run=True)
    assert of(ResourcePlanned, events) == [
        ResourcePlanned(kind=TargetKind.WORKFLOW, name="build", action=Action.CREATE)
    ]
    assert not any("apply" in call for call in server.calls)
    assert finished(await applied(make_project(ONE), server.connect)).outcome is Outcome.SUCCEEDED
    events = await applied(make_project(TWO), server.connect, dry_run=True)
    assert {(each.name, each.action) for each in of(ResourcePlanned, events)} == {
        ("build", Action.UNCHANGED),
        ("helper", Action.CREATE),
    }
