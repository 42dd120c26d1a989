"""Other programs steer a loop over its socket."""

from __future__ import annotations

import json
import shutil
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.streams.buffered import BufferedByteReceiveStream

from devloop.changes.place import PlaceBack, PlaceGone
from devloop.loop.control import MOST_BYTES
from devloop.loop.events import (
    ControlOpened,
    RunStarted,
    WatchFinished,
    WatchPaused,
    WatchReady,
    WatchResumed,
)
from devloop.loop.sockets import ControlSocket, live_sockets, open_socket
from runcmd.events import ExecutionCreated, PhaseChanged, RunFinished
from runcmd.project import OnChange
from runcmd.request import RuntimeVariable
from tests.devloop.loop.edits import Editing, editing, ends, goes_on
from tests.support.poll import PATIENCE_SECONDS
from tests.support.weak_server import COMPLETED, IN_PROGRESS, WeakServer, workflow_execution

PROJECT = Path("/nowhere")


@pytest.fixture
def own() -> Iterator[ControlSocket]:
    directory = Path(tempfile.mkdtemp(dir="/tmp"))  # the name of a socket must be short
    with open_socket(directory, PROJECT, ("main",)) as opened:
        yield opened
    assert list(directory.iterdir()) == []
    shutil.rmtree(directory)


class Client:
    """Asks, and waits for the answer."""

    def __init__(self, stream: anyio.abc.ByteStream) -> None:
        self._stream = stream
        self._answers = BufferedByteReceiveStream(stream)

    async def say(self, text: bytes) -> dict[str, Any]:
        await self._stream.send(text)
        return await self.answer()

    async def answer(self) -> dict[str, Any]:
        with anyio.fail_after(PATIENCE_SECONDS):
            found: dict[str, Any] = json.loads(await self._answers.receive_until(b"\n", 1 << 20))
            return found

    async def ask(self, command: str, **more: object) -> dict[str, Any]:
        return await self.say(json.dumps({"command": command, **more}).encode() + b"\n")


@asynccontextmanager
async def asking(own: ControlSocket) -> AsyncIterator[Client]:
    async with await anyio.connect_unix(own.path) as stream:
        yield Client(stream)


@asynccontextmanager
async def steered(
    server: WeakServer, own: ControlSocket, **how: Any
) -> AsyncIterator[tuple[Editing, Client]]:
    async with editing(server, control=own, **how) as loop, asking(own) as client:
        yield loop, client


async def test_the_loop_says_where_it_listens_before_anything_else(
    server: WeakServer, own: ControlSocket
) -> None:
    ends(server)
    async with steered(server, own) as (loop, _):
        await loop.until(WatchReady)
        assert loop.screen.seen[0] == (0, ControlOpened(gen=0, socket=own.path, project=PROJECT))


@pytest.mark.parametrize("on_change", OnChange)
async def test_it_is_asked_for_a_run_and_says_what_came_of_it(
    server: WeakServer, own: ControlSocket, on_change: OnChange
) -> None:
    ends(server)
    async with steered(server, own, on_change=on_change) as (loop, client):
        await loop.until(WatchReady)
        begun = await client.ask("run")
        assert (begun["version"], begun["ok"], begun["gen"]) == (1, True, 2)
        await loop.until(RunStarted, gen=2)
        await loop.until(WatchReady)
        done = await client.ask("run", wait=True)
        assert (done["gen"], done["error"], done["exit_code"], done["outdated"]) == (3, "", 0, False)
        (run,) = done["runs"]
        assert (run["target"], run["outcome"], run["exit_code"]) == ("main", "succeeded", 0)


async def test_a_run_that_gives_way_is_not_what_came_of_the_one_that_is_asked_for(
    server: WeakServer, own: ControlSocket
) -> None:
    async def subscribe(attempt: int) -> AsyncIterator[Any]:
        if attempt == 1:
            yield workflow_execution(IN_PROGRESS)
            await anyio.sleep_forever()
        yield workflow_execution(COMPLETED)

    goes_on(server)
    server.on_subscribe = subscribe
    async with steered(server, own) as (loop, client):
        await loop.until(PhaseChanged)
        done = await client.ask("run", wait=True)
        assert [each["outcome"] for each in done["runs"]] == ["succeeded"]
    assert len(loop.screen.all(RunFinished)) == 2


async def test_a_run_waits_for_a_project_that_is_gone(server: WeakServer, own: ControlSocket) -> None:
    ends(server)
    async with steered(server, own) as (loop, client):
        await loop.until(WatchReady)
        loop.place(PlaceGone("/home/ada/demo"))
        refused = await client.ask("run", wait=True)
        assert refused["error"] == "/home/ada/demo is gone; the run starts when it is back"
        loop.place(PlaceBack(place="/home/ada/demo", target="", replaced=False, changed=False))
        assert (await loop.until(RunStarted)).gen == 2


async def test_collected_changes_run_when_it_is_asked(server: WeakServer, own: ControlSocket) -> None:
    ends(server)
    async with steered(server, own, on_change=OnChange.MANUAL) as (loop, client):
        await loop.until(WatchReady)
        loop.edit(main="two", other="two")
        while not (state := await client.ask("status"))["changed"]:
            await anyio.lowlevel.checkpoint()
        assert (state["manual"], state["changed"], state["gen"]) == (True, ["main", "other"], 1)
        await client.ask("run", wait=True)
        assert loop.screen.all(RunStarted)[-1].changed == ("main", "other")
        assert (await client.ask("status"))["changed"] == []


async def test_a_broken_version_is_an_answer_too(server: WeakServer, own: ControlSocket) -> None:
    ends(server)
    async with steered(server, own, on_change=OnChange.MANUAL) as (loop, client):
        await loop.until(WatchReady)
        loop.edit(main="broken")
        done = await client.ask("run", wait=True)
        assert (done["ok"], done["error"], done["exit_code"], done["runs"]) == (True, "it is broken", 3, [])


async def test_what_runs_is_known_and_can_be_cancelled(server: WeakServer, own: ControlSocket) -> None:
    goes_on(server)
    async with steered(server, own) as (loop, client):
        await loop.until(ExecutionCreated)
        state = await client.ask("status")
        (running,) = state["running"]
        assert (running["run"], running["target"], running["outcome"]) == (1, "main", None)
        assert (state["targets"], state["project"], state["socket"]) == (
            ["main"],
            str(PROJECT),
            str(own.path),
        )
        assert (await client.ask("cancel"))["runs"] == 1
        await loop.until(RunFinished)
        await loop.until(WatchReady)
        assert (await client.ask("cancel"))["runs"] == 0
        assert (await client.ask("status"))["last"]["outcome"] == "cancelled"


async def test_it_is_paused_and_resumed(server: WeakServer, own: ControlSocket) -> None:
    ends(server)
    async with steered(server, own) as (loop, client):
        await loop.until(WatchReady)
        assert [(await client.ask("pause"))["done"] for _ in range(2)] == [True, False]
        await loop.until(WatchPaused)
        loop.edit(main="two")
        while not (state := await client.ask("status"))["changed"]:
            await anyio.lowlevel.checkpoint()
        assert state["paused"] == "asked"
        assert [(await client.ask("resume"))["done"] for _ in range(2)] == [True, False]
        await loop.until(WatchResumed)
        assert (await loop.until(RunStarted)).changed == ("main",)


async def test_it_is_stopped_after_it_has_answered(server: WeakServer, own: ControlSocket) -> None:
    goes_on(server)
    async with steered(server, own) as (loop, client):
        await loop.until(ExecutionCreated)
        assert (await client.ask("stop"))["ok"]
        assert (await loop.until(WatchFinished)).exit_code == 0
        with pytest.raises(anyio.IncompleteRead):
            await client.answer()


async def test_no_secret_is_in_an_answer(server: WeakServer, own: ControlSocket) -> None:
    ends(server)
    secret = RuntimeVariable(name="KEY", value="hunter2-hunter2", secret=True)
    async with steered(server, own, env=lambda: (secret,)) as (loop, client):
        await loop.until(WatchReady)
        answer = await client.ask("hunter2-hunter2")
        assert not answer["ok"]
        assert "***" in answer["error"]
        assert "hunter2" not in json.dumps(answer)


async def test_what_nobody_understands_is_said(server: WeakServer, own: ControlSocket) -> None:
    ends(server)
    async with steered(server, own) as (loop, client):
        await loop.until(WatchReady)
        for text, error in (
            (b"run\n", "one line of JSON"),
            (b"[]\n", "a message is an object"),
            (b"\xff\n", "one line of JSON"),
            (b'{"command": "dance"}\n', 'no command "dance"; there are: status, run'),
            (b"{}\n", "there are: status, run"),
            (b"[" * 20000 + b"\n", "one line of JSON"),
        ):
            answer = await client.say(text)
            assert (answer["version"], answer["ok"]) == (1, False)
            assert error in answer["error"]
        assert (await client.ask("status"))["ok"], "it goes on"
        assert "too long" in (await client.say(b"x" * (MOST_BYTES + 1)))["error"]


async def test_before_the_first_scan_is_over_it_only_says_so(server: WeakServer, own: ControlSocket) -> None:
    scanned = anyio.Event()

    async def gather() -> None:
        await scanned.wait()

    ends(server)
    async with steered(server, own, gather=gather) as (loop, client):
        assert (await client.ask("status"))["gen"] == 0
        assert "not started yet" in (await client.ask("run"))["error"]
        scanned.set()
        await loop.until(WatchReady)
        assert (await client.ask("run"))["ok"]


async def test_many_clients_and_those_who_go_away(server: WeakServer, own: ControlSocket) -> None:
    ends(server)
    async with steered(server, own) as (loop, client):
        await loop.until(WatchReady)
        for _ in range(100):
            async with await anyio.connect_unix(own.path) as hasty:
                await hasty.send(b'{"command": "status"}\n')
        async with asking(own) as other:
            assert (await other.ask("status"))["ok"]
        assert (await client.ask("status"))["ok"]


def test_a_socket_is_its_owners_alone(own: ControlSocket) -> None:
    assert stat.S_IMODE(own.path.stat().st_mode) == 0o600


def test_what_a_killed_loop_left_is_removed(own: ControlSocket) -> None:
    left = own.path.parent / "loop-left.sock"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(left))
        killed.listen()
    found = live_sockets(own.path.parent)
    for _, client in found:
        client.close()
    assert [path for path, _ in found] == [own.path]
    assert not left.exists()
    assert live_sockets(own.path.parent / "nowhere") == []
