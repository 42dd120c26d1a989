"""`stigmer backend status` says which backend a run would use, and whether it answers."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import anyio.to_thread
import pytest

from devloop.cli.backend.survey import survey
from runcmd.backend.address import Address
from runcmd.errors import BackendError
from tests.support.weak_server import WeakServer
from tests.support.world import World

SECRET = "token-nobody-sees"


def write(world: World, text: str) -> Path:
    directory = world.dir / ".stigmer"
    directory.mkdir(mode=0o700, exist_ok=True)
    file = directory / "config.yaml"
    file.write_text(text)
    file.chmod(0o600)
    return file


def test_the_local_one_is_not_started_for_it(world: World) -> None:
    done = world.run("backend", "status")
    assert done.code == 0
    assert "Backend: local" in done.out
    assert "the default" in done.out
    assert "stigmer server start" in done.out
    assert world.daemon_pid() is None


def test_the_local_one_says_what_it_can(world: World) -> None:
    world.run("server", "start")
    told = json.loads(world.run("backend", "status", "-o", "json").out)
    assert told["runs"] is True
    assert told["version"]
    assert told["abilities"]
    assert all(told["abilities"].values())
    done = world.run("backend", "status")
    assert f"process {world.daemon_pid()}" in done.out
    assert "✓ cancel" in done.out


def test_what_chose_it(world: World) -> None:
    with socket.socket() as closed:  # bound, so that nobody else is there, and not listening
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        by_flag = world.run("backend", "status", "--server", address)
        by_variable = world.run("backend", "status", env={"STIGMER_SERVER_ADDR": address})
        file = write(
            world,
            f"backend: {{type: cloud, cloud: {{endpoint: '{address}', token: {SECRET}}}}}\n",
        )
        by_file = world.run("backend", "status")
        told = json.loads(world.run("backend", "status", "-o", "json").out)
    assert "Because of: --server" in by_flag.out
    assert "Because of: STIGMER_SERVER_ADDR" in by_variable.out
    assert f"Because of: backend.type in {file}" in by_file.out
    assert f"Address: {address}, with TLS, with a token" in by_file.out
    for each in (by_flag, by_variable, by_file):
        assert each.code == 4
        assert "connection refused" in each.err
        assert SECRET not in each.text
    assert told["backend"] == "cloud"
    assert told["error"]["code"] == "E0501"
    assert SECRET not in json.dumps(told)


def test_settings_that_choose_none(world: World) -> None:
    write(world, "backend: {type: clod}\n")
    done = world.run("backend", "status")
    assert done.code == 2
    assert 'did you mean "cloud"?' in done.err


async def test_a_plain_server_says_what_it_cannot(plain_server: WeakServer) -> None:
    found = await survey(Address(target=f"unix:{plain_server.socket}"))
    assert found.version == ""
    assert not any(found.abilities.values())


async def test_the_command_with_a_plain_server(plain_server: WeakServer, world: World) -> None:
    done = await anyio.to_thread.run_sync(
        lambda: world.run("backend", "status", "--server", f"unix:{plain_server.socket}")
    )
    assert done.code == 0
    assert "does not say its version" in done.out
    assert "✗ cancel" in done.out


async def test_what_speaks_grpc_and_is_none() -> None:
    import grpc.aio

    other = grpc.aio.server()
    port = other.add_insecure_port("127.0.0.1:0")
    await other.start()
    with pytest.raises(BackendError, match="is no Stigmer server"):
        await survey(Address(target=f"127.0.0.1:{port}"))
    await other.stop(None)
