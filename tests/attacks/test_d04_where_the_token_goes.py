"""The token and the secrets of a run never go to whoever took the port of a backend that died."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import grpc
import pytest

from stigmerd.daemon.own import is_same_door
from tests.support.poll import wait_until
from tests.support.world import World

TOKEN = "t" * 43


class Recorder(grpc.GenericRpcHandler):
    """Answers nothing, and remembers what it was told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []

    def service(self, details: grpc.HandlerCallDetails) -> None:
        self.heard.append((details.method, dict(details.invocation_metadata or ())))


@contextmanager
def impostor(port: int) -> Iterator[Recorder]:
    recorder = Recorder()
    server = grpc.server(ThreadPoolExecutor(2), handlers=(recorder,))

    def taken() -> bool:
        with suppress(RuntimeError):  # the kernel has not yet done with who was here before
            return server.add_insecure_port(f"127.0.0.1:{port}") == port
        return False

    wait_until(taken, "the port is free")
    server.start()
    try:
        yield recorder
    finally:
        server.stop(None).wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(world: World, host: str = "127.0.0.1") -> int:
    port = free_port()
    done = world.run("server", "start", "--listen", f"{host}:{port}")
    assert done.code == 0, done.text
    return port


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "127.1", "http://127.0.0.1"])
@pytest.mark.parametrize("key", [None, TOKEN])
def test_who_takes_the_port_of_a_dead_one_hears_nothing(world: World, host: str, key: str | None) -> None:
    port = listening(world)
    world.kill_daemon()
    env = {} if key is None else {"STIGMER_API_KEY": key}
    project = world.project("from stigmer import Agent\nAgent(name='a', instructions='Be a good helper.')\n")
    with impostor(port) as recorder:
        listed = world.run("executions", "list", "--server", f"{host}:{port}", env=env)
        secret = ("-e", "secret:S=hunter2222", "--server", f"{host}:{port}")
        ran = world.run("run", "a", *secret, cwd=project, env=env)
        by_environment = world.run("executions", "list", env={**env, "STIGMER_SERVER_ADDR": f"{host}:{port}"})
    assert recorder.heard == []
    for done in (listed, ran, by_environment):
        assert done.code == 4, done.text
        assert "which is gone" in done.text
        assert "stigmer server start --listen" in done.text


@pytest.mark.parametrize(
    ("target", "listened", "same"),
    [
        ("127.0.0.1:7", "127.0.0.1:7", True),
        ("127.0.0.1:7", "127.0.0.1:8", False),
        ("localhost:7", "127.0.0.1:7", True),
        ("0.0.0.0:7", "127.0.0.1:7", True),
        ("127.0.0.1:7", "0.0.0.0:7", True),
        ("127.0.0.2:7", "0.0.0.0:7", True),
        ("127.0.0.2:7", "127.0.0.1:7", False),
        ("[::1]:7", "127.0.0.1:7", False),
        (f"{socket.gethostname()}:7", "0.0.0.0:7", True),
        ("192.0.2.1:7", "0.0.0.0:7", False),
        ("no.such.host.invalid:7", "0.0.0.0:7", False),
        ("unix:/s:7", "0.0.0.0:7", False),
    ],
)
def test_whoever_calls_by_another_name(target: str, listened: str, same: bool) -> None:
    assert is_same_door(target, listened) is same


def test_what_is_forgotten_is_anybodys(world: World) -> None:
    port = listening(world)
    world.kill_daemon()
    assert world.run("server", "stop").code == 0
    with impostor(port) as recorder:
        assert "which is gone" not in world.run("executions", "list", "--server", f"127.0.0.1:{port}").text
    assert recorder.heard
    assert all("authorization" not in metadata for _, metadata in recorder.heard)


def test_another_process_in_the_file_is_not_believed(world: World) -> None:
    port = listening(world)
    info = json.loads((world.data / "daemon.json").read_text())
    world.kill_daemon()
    with impostor(port) as recorder:
        info["pid"] = 1
        (world.data / "daemon.json").write_text(json.dumps(info))
        assert world.run("executions", "list", "--server", f"127.0.0.1:{port}").code == 4
    assert recorder.heard == []


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_our_own_is_reached_by_its_socket(world: World, host: str) -> None:
    """Without a token: its file may be gone."""
    port = listening(world, host)
    (world.data / "token").unlink()
    for name in ("127.0.0.1", "localhost"):
        done = world.run("executions", "list", "--server", f"{name}:{port}")
        assert done.code == 0, done.text
    wait_until(lambda: world.daemon_pid() is not None, "it runs")


def test_a_token_on_its_way_to_another_machine_is_told_of(world: World) -> None:
    port = free_port()
    env = {"STIGMER_API_KEY": TOKEN}
    with impostor(port) as recorder:
        far = world.run("executions", "list", "--server", f"0.0.0.0:{port}", env=env)
        near = world.run("executions", "list", "--server", f"127.0.0.1:{port}", env=env)
    assert {metadata["authorization"] for _, metadata in recorder.heard} == {f"Bearer {TOKEN}"}
    assert "unencrypted" in far.err
    assert "unencrypted" not in near.err
    assert TOKEN not in far.text + near.text


@pytest.mark.parametrize("key", ["", "  "])
def test_a_key_that_is_set_to_nothing_is_not_sent(world: World, key: str) -> None:
    port = free_port()
    with impostor(port) as recorder:
        world.run("executions", "list", "--server", f"127.0.0.1:{port}", env={"STIGMER_API_KEY": key})
    assert recorder.heard
    assert all("authorization" not in metadata for _, metadata in recorder.heard)


@pytest.mark.parametrize(("mode", "told"), [(0o644, True), (0o640, True), (0o600, False)])
def test_a_token_in_a_file_that_others_can_read_is_told_of(world: World, mode: int, told: bool) -> None:
    config = world.dir / ".stigmer" / "config.yaml"
    config.parent.mkdir()
    config.write_text(
        f"backend: {{type: cloud, cloud: {{endpoint: '127.0.0.1:{free_port()}', token: {TOKEN}}}}}\n"
    )
    config.chmod(mode)
    done = world.run("executions", "list")
    assert ("chmod 600" in done.err) is told, done.text
    assert TOKEN not in done.text
