"""A program that was dead before it began: gRPC's threads in what is forked, and a channel for each call.

The deaths were `epoll_wait error: Bad file descriptor`, in a process that was forked from one with gRPC at
work and was not yet another program.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from tests.end_to_end.programs import ONE_WORKFLOW
from tests.support.paths import PYTHONPATH
from tests.support.wire import open_wire
from tests.support.world import World

# What it forks is what becomes another program on a terminal, or on a system without vfork.
FORKS = """
import os, sys, threading
import grpc

channel = grpc.insecure_channel("unix:" + sys.argv[1])
call = channel.unary_unary("/grpc.health.v1.Health/Check")

def at_work():
    while True:
        try:
            call(b"")
        except grpc.RpcError:
            pass

for _ in range(2):
    threading.Thread(target=at_work, daemon=True).start()
died = 0
for _ in range(int(sys.argv[2])):
    pid = os.fork()
    if not pid:
        os.closerange(3, 256)
        os.execv("/bin/true", ["true"])
    died += os.waitpid(pid, 0)[1] != 0
print(died)
os._exit(0)
"""
# As `stigmer` begins, and its daemon.
AS_THE_COMMAND = "import stigmer_start; stigmer_start.grpc_minds_no_forks(); "
AS_THE_DAEMON = "from stigmerd.daemon import main; main.grpc_minds_no_forks(); "
TIMES = 200
TELLS = """
import os, pathlib

pathlib.Path("env").write_text(repr(os.environ.get("GRPC_ENABLE_FORK_SUPPORT")))
"""


@pytest.mark.parametrize("begin", [AS_THE_COMMAND, AS_THE_DAEMON], ids=["command", "daemon"])
def test_what_is_forked_beside_grpc_lives(world: World, begin: str) -> None:
    world.run("server", "start")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GRPC_")}
    done = subprocess.run(
        [sys.executable, "-c", begin + FORKS, str(world.data / "stigmerd.sock"), str(TIMES)],
        env=environ | {"PYTHONPATH": PYTHONPATH},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Bad file descriptor" not in done.stderr
    assert done.stdout.split() == ["0"], "none of them died"


def test_programs_of_the_user_do_not_hear_of_it(world: World) -> None:
    project = world.project(ONE_WORKFLOW + TELLS)
    assert world.run("apply", cwd=project).code == 0
    assert (project / "env").read_text() == "None"
    assert world.run("run", "greet", "--watch", "--runs", "1", cwd=project).code == 0
    assert (project / "env").read_text() == "None"


@pytest.mark.anyio
async def test_a_loop_has_one_connection_for_all_of_its_life(world: World) -> None:
    world.run("server", "start")
    project = world.project(ONE_WORKFLOW)
    near = world.dir / "near"
    async with open_wire(near, world.data / "stigmerd.sock") as wire:
        running = world.start(
            *("run", "greet", "--watch", "--runs", "2", "-o", "json", "--server", f"unix:{near}"), cwd=project
        )
        await anyio.to_thread.run_sync(running.event, "watch_ready")
        (project / "main.py").write_text(ONE_WORKFLOW.replace("hello", "again"))
        done = await anyio.to_thread.run_sync(running.end)
        assert done.code == 0, done.text
        assert wire.connections == 1


@pytest.mark.parametrize("fault", [signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS])
def test_a_loop_that_dies_of_a_fault_leaves_a_word(world: World, fault: signal.Signals) -> None:
    project = world.project(ONE_WORKFLOW)
    command = ("run", "greet", "--watch", "-o", "json")
    dying = world.start(*command, cwd=project)
    dying.event("watch_ready")
    dying.signal(fault)
    assert dying.end().code == -fault
    told = []
    for _ in range(2):
        done = world.run(*command, "--runs", "1", cwd=project)
        assert done.code == 0, done.text
        told += [each["text"] for each in done.named("watch_noted")]
    [text] = told
    assert f"-{dying.process.pid}.log" in text, "and it is told once"
    assert "Fatal Python error" in Path(text.rpartition(" ")[2]).read_text()


def test_one_that_was_killed_or_ended_well_leaves_none(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    command = ("run", "greet", "--watch", "-o", "json")
    killed = world.start(*command, cwd=project)
    killed.event("watch_ready")
    killed.signal(signal.SIGKILL)
    killed.end()
    done = world.run(*command, "--runs", "1", cwd=project)
    assert done.code == 0
    assert not done.named("watch_noted")
    assert not list(world.dir.glob(".stigmer/logs/loop-*")) + list(world.dir.glob(".stigmer/logs/crash-*"))
