"""A backend that is busy, starts again or has just stopped by itself: a command tries again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import anyio
import pytest

from runcmd.backend.address import Address
from runcmd.backend.calls import open_backend
from runcmd.deploy import deploy
from runcmd.events import Event, Outcome, RunFinished, TargetKind
from runcmd.execute import execute
from runcmd.request import RunRequest
from runcmd.target import find_target
from stigmerd.daemon import client
from stigmerd.server import ServerSettings, open_server
from tests.end_to_end.programs import ONE_WORKFLOW, TWO_WORKFLOWS
from tests.support.poll import until
from tests.support.project import load_project
from tests.support.wire import open_wire
from tests.support.world import World

PARALLEL = 10
IDLE_STOPS = 8


@pytest.mark.parametrize("seconds", [0.9, 3.0])
def test_a_backend_that_stands_still_for_a_moment(shared: World, seconds: float) -> None:
    project = shared.project(ONE_WORKFLOW)
    assert shared.run("run", "greet", cwd=project).code == 0
    pid = shared.daemon_pid()
    assert pid is not None
    for command in (["run", "greet"], ["apply"], ["executions", "list"]):
        os.kill(pid, signal.SIGSTOP)
        goes_on = threading.Timer(seconds, os.kill, (pid, signal.SIGCONT))
        goes_on.start()
        done = shared.run(*command, cwd=project)
        goes_on.join()
        assert done.code == 0, done.text


def test_a_backend_that_stops_by_itself_between_two_steps_of_a_command(world: World) -> None:
    """It is seen alive, and is gone when it is called; or it goes while it is called."""
    project = world.project(ONE_WORKFLOW)
    place = client.DaemonPlace.of(world.data)
    for attempt in range(IDLE_STOPS):
        client.stop(place)
        client.start(place, idle_stop_seconds=0.15 + 0.03 * attempt)
        done = world.run("run", "greet", "-o", "json", cwd=project)
        assert done.code == 0, done.text
    listed = world.run("executions", "list", "-o", "json", "-n", "100")
    assert len(listed.out.splitlines()) == IDLE_STOPS, "each was created once"


def test_many_first_runs_at_once(world: World) -> None:
    project = world.project(TWO_WORKFLOWS)
    with ThreadPoolExecutor(PARALLEL) as pool:
        runs = list(
            pool.map(
                lambda number: world.run("run", ("greet", "part")[number % 2], cwd=project), range(PARALLEL)
            )
        )
    assert [done.code for done in runs] == [0] * PARALLEL, [done.text for done in runs if done.code]


@pytest.mark.anyio
async def test_what_is_lost_is_started_again_and_asked_again(short_dir: Path) -> None:
    """Also where a socket is left that nobody listens on."""
    place = short_dir / "sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(place))
    here = Address(target=f"unix:{place}", ours=True)
    starts = 0
    async with AsyncExitStack() as servers:

        async def again() -> Address:
            nonlocal starts
            if not starts or not server.is_open:
                starts += 1
                await servers.enter_async_context(server.opened())
            return here

        server = Stoppable(place)
        async with open_backend(here, again) as backend:
            assert await backend.all_known("local") == []
            assert starts == 1
            await server.stop()
            assert await backend.all_known("local") == []
            assert starts == 2


class Stoppable:
    """A backend that another can take the place of."""

    def __init__(self, place: Path) -> None:
        self.is_open = False
        self._settings = ServerSettings(data_dir=None, addresses=(f"unix:{place}",))
        self._stop = anyio.Event()
        self._stopped = anyio.Event()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        self._stop, self._stopped, ready = anyio.Event(), anyio.Event(), anyio.Event()

        async def serve() -> None:
            async with open_server(self._settings):
                self.is_open = True
                ready.set()
                await self._stop.wait()
            self._stopped.set()

        task = asyncio.create_task(serve())
        await ready.wait()
        try:
            yield
        finally:
            await self.stop()
            await task

    async def stop(self) -> None:
        self.is_open = False
        self._stop.set()
        await self._stopped.wait()


@pytest.mark.anyio
async def test_an_execution_whose_answer_got_lost_is_created_once(short_dir: Path, tmp_path: Path) -> None:
    near, far = short_dir / "near", short_dir / "far"
    request = RunRequest(project=load_project(tmp_path, ONE_WORKFLOW), selector="greet", follow=False)
    settings = ServerSettings(data_dir=None, addresses=(f"unix:{far}",))
    async with open_server(settings), open_wire(near, far) as wire:

        async def connect() -> Address:
            return Address(target=f"unix:{near}", ours=True)

        async def ignore(_: Event) -> None: ...

        async with (
            open_backend(Address(target=f"unix:{far}")) as witness,
            anyio.create_task_group() as meanwhile,
        ):

            async def lose_the_answer() -> None:
                await until(lambda: witness.executions(TargetKind.WORKFLOW, 10))
                wire.restore()

            meanwhile.start_soon(lose_the_answer)
            async with deploy(request, connect, ignore) as deployed:
                target = await find_target(request, deployed, None, ignore)
                wire.mute = lambda: True  # from here on no answer arrives
                async with execute(target, request, deployed) as run:
                    events = [event async for event in run]
            [listed] = await witness.executions(TargetKind.WORKFLOW, 10)
    end = events[-1]
    assert isinstance(end, RunFinished)
    assert (end.outcome, end.execution) == (Outcome.DETACHED, listed.metadata.id), end


def test_a_wrong_address_is_told_soon_and_with_how_long_was_tried(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens on it
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = world.run("executions", "list", "--server", address)
    assert done.code == 4
    assert f"cannot reach the backend at {address}" in done.err
    assert "(tried for 1 s)" in done.err
