"""The two halves of a run, one without the other."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from runcmd.backend.address import Address
from runcmd.deploy import Deployed, deploy
from runcmd.errors import RunError, UsageError, shortages_as_errors
from runcmd.events import (
    ApplyFinished,
    BackendConnected,
    CancelReason,
    Event,
    ExecutionCreated,
    Outcome,
    ProjectFound,
    ResourceApplied,
    RunFinished,
    TargetResolved,
)
from runcmd.execute import execute
from runcmd.project import Project, ProjectRuntime
from runcmd.request import RunRequest
from runcmd.resource import KnownResource
from runcmd.target import find_target
from tests.runcmd.declarations import manifest, workflow
from tests.support.weak_server import COMPLETED, IN_PROGRESS, WEX, WeakServer, workflow_execution

NOWHERE = Path("/nowhere")
PROJECT = Project(
    file=NOWHERE / "Stigmer.yaml", name="demo", runtime=ProjectRuntime.PYTHON, main=NOWHERE / "main.py"
)
REQUEST = RunRequest(project=PROJECT, selector="build")
BUILD = manifest(workflow("build"), dependencies={})


class Heard:
    """What deploying said."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def emit(self, event: Event) -> None:
        self.events.append(event)

    @property
    def kinds(self) -> list[type[Event]]:
        return [type(event) for event in self.events]


@asynccontextmanager
async def deployed(server: WeakServer, heard: Heard, **more: Any) -> AsyncIterator[Deployed]:
    with anyio.fail_after(30):
        async with deploy(REQUEST, server.connect, heard.emit, manifest=BUILD, **more) as found:
            yield found


def subscribed(server: WeakServer, *phases: int, goes_on: bool = False) -> None:
    async def subscribe(_: int) -> AsyncIterator[Any]:
        for phase in phases:
            yield workflow_execution(phase)
        if goes_on:
            await anyio.sleep_forever()

    server.on_subscribe = subscribe


async def test_to_deploy_executes_nothing(server: WeakServer) -> None:
    heard = Heard()
    async with deployed(server, heard) as found:
        assert [each.name for each in found.candidates] == ["build"]
        target = await find_target(REQUEST, found, None, heard.emit)
    assert heard.kinds == [ProjectFound, BackendConnected, ResourceApplied, ApplyFinished, TargetResolved]
    assert (target.slug, server.created) == ("build", [])


async def test_what_is_known_is_not_asked_for(server: WeakServer) -> None:
    known: tuple[KnownResource, ...] = ()
    async with deployed(server, Heard(), known=known):
        assert "list" not in server.calls
        assert "workflow.apply:build" in server.calls


async def test_an_execution_ends_once_and_says_only_what_is_its_own(server: WeakServer) -> None:
    subscribed(server, IN_PROGRESS, COMPLETED)
    heard = Heard()
    async with deployed(server, heard) as found:
        target = await find_target(REQUEST, found, None, heard.emit)
        async with execute(target, REQUEST, found) as run:
            events = [event async for event in run]
    assert isinstance(events[0], ExecutionCreated)
    assert isinstance(events[-1], RunFinished)
    assert events[-1].outcome is Outcome.SUCCEEDED
    assert [isinstance(event, RunFinished) for event in events].count(True) == 1
    assert not {ProjectFound, TargetResolved} & {type(event) for event in events}


@pytest.mark.parametrize("reason", [CancelReason.SUPERSEDED, CancelReason.INTERRUPTED])
async def test_a_cancel_of_an_execution_leaves_what_is_deployed(
    server: WeakServer, reason: CancelReason
) -> None:
    subscribed(server, IN_PROGRESS, goes_on=True)
    heard = Heard()
    async with deployed(server, heard) as found:
        target = await find_target(REQUEST, found, None, heard.emit)
        for _ in range(2):
            events: list[Event] = []
            async with execute(target, REQUEST, found) as run:
                async for event in run:
                    events.append(event)
                    if isinstance(event, ExecutionCreated):
                        run.cancel(reason)
            assert isinstance(events[-1], RunFinished)
            assert events[-1].outcome in (Outcome.CANCELLED, Outcome.DETACHED)
    assert server.cancelled == [WEX, WEX]


async def test_the_time_limit_is_that_of_the_execution(server: WeakServer) -> None:
    subscribed(server, IN_PROGRESS, goes_on=True)
    heard = Heard()
    async with deployed(server, heard) as found:
        target = await find_target(REQUEST, found, None, heard.emit)
        async with execute(target, REQUEST, found, timeout=0) as run:
            events = [event async for event in run]
    assert isinstance(events[-1], RunFinished)
    assert events[-1].exit_code == 124


async def test_to_deploy_can_be_cancelled(server: WeakServer) -> None:
    applying = anyio.Event()

    async def gate() -> None:
        applying.set()
        await anyio.sleep_forever()

    server.gate["workflow.apply"] = gate
    heard = Heard()
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:

            async def cancel() -> None:
                await applying.wait()
                scope.cancel()

            tasks.start_soon(cancel)
            async with deployed(server, heard):
                raise AssertionError("it was cancelled before")
    assert heard.kinds == [ProjectFound, BackendConnected]


async def test_outside_a_project_it_only_connects(server: WeakServer) -> None:
    server.has("workflow", "build")
    heard = Heard()
    request = RunRequest(project=None, selector="build")
    async with deploy(request, server.connect, heard.emit) as found:
        assert found.candidates == ()
        assert (await find_target(request, found, None, heard.emit)).slug == "build"
    assert heard.kinds == [BackendConnected, TargetResolved]


async def test_no_backend_is_an_error_of_the_deployment(server: WeakServer) -> None:
    async def connect() -> Address:
        raise UsageError("no such place", code="E0202")

    with pytest.raises(UsageError, match="no such place"):
        async with deploy(REQUEST, connect, Heard().emit, manifest=BUILD):
            raise AssertionError


def test_what_the_system_lacks_is_an_error_that_a_user_can_mend() -> None:
    with pytest.raises(RunError, match="no space is left"), shortages_as_errors():
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(FileNotFoundError), shortages_as_errors():
        raise FileNotFoundError
    with pytest.raises(UsageError), shortages_as_errors():
        raise UsageError("as it was", code="E0202")
