"""D5: an activity ends with its daemon, with all that it started, and is never done twice at a time."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from textwrap import dedent

import pytest

from tests.support.poll import wait_until
from tests.support.processes import alive, descendants
from tests.support.snapshots import COMPLETED, ended
from tests.support.world import World

# Writes lines of `what pid`; whoever writes holds a lock, so two at a time are seen by the second one.
PROGRAM = """
    import fcntl, os, re, signal, subprocess, sys, time
    from stigmer import Workflow, activity

    def say(what):
        with open(r"{log}", "a") as file:
            file.write(f"{{what}} {{os.getpid()}}\\n")

    def alone():
        held = open(r"{log}.alone", "w")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("TWO")
        return held

    @activity
    def work():
        held = alone()
        {prepare}
        say("begin")
        if not os.path.exists(r"{go}"):
            {hang}
        say("end")
        return 1

    wf = Workflow("work")
    wf.call_activity("step", work)
"""
ENDLESS = "while True: time.sleep(1)"
KINDS = {
    "one that sleeps": ("", ENDLESS),
    "one that is deaf to signals": (
        "[signal.signal(n, signal.SIG_IGN) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)]",
        ENDLESS,
    ),
    "one that holds the interpreter": ("", "re.match(r'(a+)+$', 'a' * 60 + 'b')"),
}
STARTS = """
    say(f"child {{subprocess.Popen(['sleep', '1000'], start_new_session={session}).pid}}")
    """.strip()


class Scene:
    """A project whose activity hangs until `go` exists."""

    def __init__(self, world: World, prepare: str, hang: str) -> None:
        self.world = world
        self.log, self.go = world.dir / "log", world.dir / "go"
        program = dedent(PROGRAM).format(log=self.log, go=self.go, prepare=prepare, hang=hang)
        self.project = world.project(program)

    def begin(self) -> str:
        started = self.world.run("run", "work", "--no-follow", "-o", "json", cwd=self.project)
        execution = str(started.named("execution_created")[0]["execution"])
        wait_until(lambda: "begin" in self.said(), "the activity has begun", started.err.__str__)
        return execution

    def said(self) -> list[str]:
        return [line.split()[0] for line in self.lines()]

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def numbers(self, what: str) -> list[int]:
        return [int(line.split()[1]) for line in self.lines() if line.split()[0] == what]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_gone_with_its_daemon_and_done_once_by_the_next(world: World, kind: str) -> None:
    scene = Scene(world, *KINDS[kind])
    execution = scene.begin()
    family = descendants(world.daemon_pid())
    world.kill_daemon()
    wait_until(lambda: not any(map(alive, family)), "nothing is left, although nobody started a daemon")
    scene.go.touch()
    assert world.run("server", "start").code == 0
    assert ended(world, execution).status.phase == COMPLETED
    assert scene.said() == ["begin", "begin", "end"]


@pytest.mark.parametrize("session", [False, True])
@pytest.mark.parametrize("how", ["killed", "cancelled"])
def test_what_it_started_ends_with_it(world: World, session: bool, how: str) -> None:
    scene = Scene(world, STARTS.format(session=session), ENDLESS)
    execution = scene.begin()
    (child,) = scene.numbers("child")
    assert alive(child)
    if how == "killed":
        world.kill_daemon()
    else:
        assert world.run("executions", "cancel", execution).code == 0
    wait_until(lambda: not alive(child), "what the activity started is gone")


def test_what_a_finished_one_started_ends_with_it(world: World) -> None:
    scene = Scene(world, STARTS.format(session=True), ENDLESS)
    scene.go.touch()
    execution = scene.begin()
    assert ended(world, execution).status.phase == COMPLETED
    (child,) = scene.numbers("child")
    wait_until(lambda: not alive(child), "what the activity started is gone")


def test_a_guard_that_was_stopped_does_not_keep_it_running_beside_its_replay(world: World) -> None:
    scene = Scene(world, STARTS.format(session=True), ENDLESS)
    execution = scene.begin()
    guards = [pid for pid in descendants(world.daemon_pid()) if is_guard(pid)]
    assert guards
    for guard in guards:
        os.kill(guard, signal.SIGSTOP)
    world.kill_daemon()
    first, child = scene.numbers("begin")[0], scene.numbers("child")[0]
    assert alive(first)
    scene.go.touch()
    assert world.run("server", "start").code == 0
    assert not alive(first), "it was ended before anything went on"
    assert ended(world, execution).status.phase == COMPLETED
    assert scene.said() == ["child", "begin", "child", "begin", "end"]
    wait_until(lambda: not alive(child), "what it started is gone as well")


def test_a_guard_that_is_killed_takes_it_along(world: World) -> None:
    scene = Scene(world, "", ENDLESS)
    scene.begin()
    daemon = world.daemon_pid()
    guards = [pid for pid in descendants(daemon) if is_guard(pid)]
    (activity,) = scene.numbers("begin")
    assert daemon is not None
    for each in (*guards, daemon):
        os.kill(each, signal.SIGKILL)
    wait_until(lambda: not alive(activity), "the kernel ended it")


def test_an_ephemeral_backend_takes_its_activities_along(world: World) -> None:
    scene = Scene(world, STARTS.format(session=True), ENDLESS)
    running = world.start("run", "work", "--ephemeral", "-o", "json", cwd=scene.project)
    wait_until(lambda: "begin" in scene.said(), "the activity has begun")
    running.signal(signal.SIGKILL)
    running.end()
    world.nothing_is_left()


def is_guard(pid: int) -> bool:
    return b"stigmer: guard" in Path(f"/proc/{pid}/cmdline").read_bytes()
