"""D16: without a token nobody fills the memory, or takes the descriptors that the owner needs."""

from __future__ import annotations

import random
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import cycle
from pathlib import Path

import grpc
import pytest

from stigmer_api.skill_pb2 import GetArtifactRequest, PushSkillRequest
from stigmerd.services.limits import MOST_STREAMS, WITH_TOKEN, WITHOUT_TOKEN
from tests.attacks.half import MAX_STREAMS, Half, pump_until_quiet
from tests.attacks.raw import Raw, all_methods, path_of, raw_client
from tests.support.api import Api
from tests.support.skills import packed
from tests.support.world import STIGMER, World, new_world

KNOWN = "/ai.stigmer.agentic.workflow.v1.WorkflowCommandController/apply"
UNKNOWN = "/ai.stigmer.agentic.workflow.v1.WorkflowCommandController/steal"
STREAM = "/ai.stigmer.agentic.workflowexecution.v1.WorkflowExecutionQueryController/subscribe"
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
ARTIFACT = "/ai.stigmer.agentic.skill.v1.SkillQueryController/getArtifact"
UNFINISHED = 30
MOST_GROWTH_MB = 64  # 270 were sent
PROGRAM = 'from stigmer import Workflow\n\nWorkflow("hello").set("say", text="hello")\n'


class Door:
    """A daemon that listens on a port."""

    def __init__(self, world: World, port: int, asks: bool) -> None:
        self.world = world
        self.port = port
        self.asks = asks  # for the token
        self._stack = ExitStack()

    def clients(self, count: int, *, initial_window: int = 65_535) -> list[Half]:
        made = [self._stack.enter_context(closing(Half(self.port))) for _ in range(count)]
        for each in made:
            each.greet(initial_window=initial_window)
        return made

    @property
    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.world.daemon_pid()}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024

    def close(self) -> None:
        self._stack.close()


def opened(world: World, *options: str, descriptors: int = 0) -> Door:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    limit = f"ulimit -n {descriptors} && " if descriptors else ""
    words = ["server", "start", "--listen", f"127.0.0.1:{port}", *options]
    command = ["sh", "-c", f'{limit} exec "$0" "$@"', str(STIGMER), *words]
    subprocess.run(command, env=world.environ, cwd=world.dir, check=True, capture_output=True)
    return Door(world, port, asks="--no-auth" not in options)


@pytest.fixture(params=["token", "no token"])
def door(request: pytest.FixtureRequest) -> Iterator[Door]:
    with new_world() as world, closing(opened(world, *["--no-auth"] * (request.param == "no token"))) as door:
        yield door


@pytest.fixture
def open_door() -> Iterator[Door]:
    with new_world() as world, closing(opened(world, "--no-auth")) as door:
        yield door


def works(world: World) -> None:
    """Its owner comes in by the socket."""
    done = world.run("run", "-o", "quiet", cwd=world.project(PROGRAM))
    assert done.code == 0, done.text


def test_messages_without_an_end_do_not_fill_the_memory(door: Door) -> None:
    """Each on a connection of its own, and many on one."""
    works(door.world)
    before = door.memory_mb
    clients = door.clients(UNFINISHED)
    for each, path in zip(clients, cycle((KNOWN, UNKNOWN, STREAM, REFLECTION)), strict=False):
        each.call(path)
    for _ in range(UNFINISHED):
        clients[0].call(KNOWN)
    pump_until_quiet(clients)
    assert door.memory_mb - before < MOST_GROWTH_MB
    works(door.world)


def test_what_comes_without_the_token_is_refused_by_its_headers() -> None:
    with new_world() as world, closing(opened(world)) as door:
        clients = door.clients(4)
        for each in clients:
            each.call(KNOWN)
            each.call(UNKNOWN)
        pump_until_quiet(clients)
        assert [len(each.ended) for each in clients] == [2] * 4
        with grpc.insecure_channel(f"127.0.0.1:{door.port}") as channel:
            for method in all_methods():
                answer = Raw(channel).call(path_of(method), b"\xff\xff")
                assert answer.code is grpc.StatusCode.UNAUTHENTICATED, method.full_name


def test_answers_that_nobody_takes_do_not_fill_the_memory(open_door: Door) -> None:
    content = random.Random(1).randbytes(8 << 20)
    with raw_client(open_door.world) as raw:
        api = Api(raw.channel)  # type: ignore[arg-type]
        skill = api.skill.push(
            PushSkillRequest(name="Big", artifact=packed({"SKILL.md": "# Big", "noise": content}))
        )
        wanted = GetArtifactRequest(artifact_storage_key=skill.status.artifact_storage_key)
    before = open_door.memory_mb
    clients = open_door.clients(6, initial_window=0)
    for each in clients:
        for _ in range(10):
            each.call(ARTIFACT, wanted.SerializeToString())
    pump_until_quiet(clients)
    # Some wait to be taken, and as many wait for them; 480 were asked for.
    assert open_door.memory_mb - before < 2 * MOST_GROWTH_MB
    works(open_door.world)


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_a_small_message_that_unpacks_to_a_big_one(open_door: Door, compression: grpc.Compression) -> None:
    before = open_door.memory_mb
    options = [("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(f"127.0.0.1:{open_door.port}", options, compression) as channel:
        answer = Raw(channel).call(KNOWN, b"\x0a" + bytes(200 << 20))
        assert answer.code is grpc.StatusCode.RESOURCE_EXHAUSTED, answer
    assert open_door.memory_mb - before < MOST_GROWTH_MB


def test_connections_take_no_descriptors_from_the_owner() -> None:
    with new_world() as world, closing(opened(world, descriptors=64)) as door:
        silent = [door_socket(door) for _ in range(60)]
        works(world)
        clients = door.clients(60)
        for each in clients:
            each.call(STREAM)
        for _ in range(100):
            for each in clients:
                each.pump()
        works(world)
        for each in silent:
            each.close()


def door_socket(door: Door) -> socket.socket:
    return socket.create_connection(("127.0.0.1", door.port), timeout=60)


def test_who_says_nothing_is_hung_up_on(door: Door) -> None:
    with door_socket(door) as silent, door_socket(door) as slow:
        slow.sendall(b"PRI * HTTP")
        for each in (silent, slow):
            while each.recv(4096):  # ends when the other side closes
                pass


def test_more_connections_than_there_may_be_are_closed_at_once(door: Door) -> None:
    most = WITH_TOKEN.connections if door.asks else WITHOUT_TOKEN.connections
    assert most
    clients = door.clients(most + 20)
    pump_until_quiet(clients)
    assert sum(each.closed for each in clients) >= 20
    works(door.world)


def test_more_calls_than_there_may_be_are_refused(open_door: Door) -> None:
    clients = open_door.clients(4)
    for each in clients:
        for _ in range(90):
            each.call(KNOWN)
    pump_until_quiet(clients)
    assert clients[0].settings[MAX_STREAMS] == MOST_STREAMS
    assert sum(len(each.ended) for each in clients) >= 4 * 90 - (WITHOUT_TOKEN.calls or 0)
    works(open_door.world)


def test_the_descriptors_of_a_daemon_are_as_many_as_may_be() -> None:
    """A shell's soft limit is often 256 or 1,024, and its hard one much higher."""
    with new_world() as world:
        limit = "ulimit -Sn 80 && exec " + f'"{STIGMER}" server start'
        subprocess.run(["sh", "-c", limit], env=world.environ, cwd=world.dir, check=True, capture_output=True)
        limits = Path(f"/proc/{world.daemon_pid()}/limits").read_text()
        soft, hard = next(line.split()[3:5] for line in limits.splitlines() if "open files" in line)
        assert soft == hard
