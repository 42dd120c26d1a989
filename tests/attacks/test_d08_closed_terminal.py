"""A closed terminal, a reader that left, a full disk: ordinary ends, whatever the command is doing."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from devloop.cli.crash import KEPT, report
from tests.end_to_end.programs import ONE_WORKFLOW, SLOW_WORKFLOW, TWO_WORKFLOWS
from tests.support.command import Done
from tests.support.poll import wait_until
from tests.support.processes import alive
from tests.support.world import STIGMER, World

HUNG_UP = (143, -signal.SIGHUP)
ENDLESS_SYNTHESIS = "import time\nopen('began', 'w').close()\ntime.sleep(600)\n"
NOISY = """
from stigmer import Workflow

noisy = Workflow("noisy")
noisy.set("say", text="x" * 300_000)
"""
DEAF = 'trap \'\' HUP; exec "$0" "$@"'


def close_window(terminal: pexpect.spawn[str]) -> int:
    """What the system does when a window is closed; the exit status of who lived in it."""
    # By what owns the descriptor: who closes it again later closes that of somebody else.
    terminal.ptyproc.fileobj.close()
    terminal.ptyproc.closed = True
    wait_until(lambda: not alive(terminal.pid), "it has ended", seconds=30)
    status = os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1])
    terminal.closed = terminal.terminated = True
    return status


def nothing_remains(world: World) -> None:
    world.nothing_is_left()
    assert not list(world.dir.glob(".stigmer/logs/crash-*")), "no story of a bug"


def at_work(world: World) -> list[str]:
    listed = world.run("executions", "list").out.splitlines()
    return [line for line in listed if "In progress" in line or "Pending" in line]


IN_WINDOWS = [
    (SLOW_WORKFLOW, ["run", "slow"], "pause"),
    (SLOW_WORKFLOW, ["run", "slow", "-o", "json"], "task_started"),
    (SLOW_WORKFLOW, ["run", "slow", "--ephemeral"], "pause"),
    (SLOW_WORKFLOW, ["run", "slow", "--watch"], "pause"),
    (ONE_WORKFLOW, ["run", "greet", "--watch"], "watching"),
    (ONE_WORKFLOW, ["run", "greet", "--watch", "--no-keys"], "watching"),
    (TWO_WORKFLOWS, ["run"], "Select resource"),
    (TWO_WORKFLOWS, ["run", "--watch"], "Select resource"),
    (ONE_WORKFLOW, ["run", "greet", "-e", "secret:KEY"], "KEY:"),
    (ONE_WORKFLOW, ["server", "logs", "-f"], "ready"),
    (ONE_WORKFLOW, ["server", "start", "--foreground"], "ready"),
]
# What neither reads nor writes when the window goes, cannot know unless it is told.
THAT_READ = [
    each for each in IN_WINDOWS if each[2] in ("Select resource", "KEY:") or each[1][-1] == "--watch"
]


@pytest.mark.parametrize(("program", "arguments", "shown"), IN_WINDOWS)
def test_a_closed_window_ends_what_was_in_it(
    world: World, program: str, arguments: list[str], shown: str
) -> None:
    ends_with_its_window(world, program, arguments, shown, deaf=False)


@pytest.mark.parametrize(("program", "arguments", "shown"), THAT_READ)
def test_also_where_nobody_tells_it(world: World, program: str, arguments: list[str], shown: str) -> None:
    ends_with_its_window(world, program, arguments, shown, deaf=True)


def ends_with_its_window(world: World, program: str, arguments: list[str], shown: str, *, deaf: bool) -> None:
    project = world.project(program)
    if arguments[:2] == ["server", "logs"]:
        world.run("server", "start")
    terminal = in_window(world, project, arguments, deaf)
    terminal.expect(shown)
    assert close_window(terminal) in HUNG_UP
    nothing_remains(world)
    assert at_work(world) == []


def in_window(world: World, project: Path, arguments: list[str], deaf: bool) -> pexpect.spawn[str]:
    if not deaf:
        return world.terminal(*arguments, cwd=project)
    return pexpect.spawn(
        "/bin/sh",
        ["-c", DEAF, str(STIGMER), *arguments],
        cwd=str(project),
        env=world.environ | {"TERM": "xterm-256color"},
        encoding="utf-8",
        timeout=60,
    )


def test_a_window_that_closes_during_the_synthesis(world: World) -> None:
    project = world.project(ENDLESS_SYNTHESIS)
    terminal = world.terminal("run", cwd=project)
    wait_until((project / "began").exists, "the program runs")
    assert close_window(terminal) in HUNG_UP
    nothing_remains(world)


@pytest.mark.parametrize("more", [[], ["--watch"]])
def test_a_window_that_closes_while_the_run_is_being_cancelled(world: World, more: list[str]) -> None:
    terminal = world.terminal("run", "slow", *more, cwd=world.project(SLOW_WORKFLOW))
    terminal.expect("pause")
    terminal.send("\x03")
    assert close_window(terminal) in (130, *HUNG_UP)
    nothing_remains(world)
    assert at_work(world) == []


BOTH_AT_ONCE = """
import asyncio, os, signal
from devloop.terminal.signals import cancelling

async def main():
    cancelled = asyncio.Event()
    with cancelling(lambda reason: cancelled.set()):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGHUP)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGHUP})
        await cancelled.wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("_time", range(5))
def test_a_ctrl_c_and_the_end_of_the_window_in_one_moment_are_one_wish(_time: int) -> None:
    """Python hears of SIGHUP first, whatever came first: Ctrl-C is no second wish, which leaves at once."""
    done = subprocess.run([sys.executable, "-c", BOTH_AT_ONCE], timeout=30, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_only_looked_at_goes_on(world: World) -> None:
    project = world.project(SLOW_WORKFLOW)
    started = world.run("run", "slow", "--no-follow", "-o", "json", cwd=project)
    execution = started.named("execution_created")[0]["execution"]
    terminal = world.terminal("executions", "follow", execution)
    terminal.expect("pause")
    assert close_window(terminal) in HUNG_UP
    nothing_remains(world)
    assert len(at_work(world)) == 1


def test_the_system_and_then_the_shell_say_that_the_window_was_closed(world: World) -> None:
    running = world.start("run", "slow", "-o", "json", cwd=world.project(SLOW_WORKFLOW))
    running.event("task_started")
    for _ in range(3):
        running.signal(signal.SIGHUP)
    done = running.end()
    assert done.code == 143
    assert done.named("cancel_finished")[0]["outcome"] == "confirmed"
    assert at_work(world) == []


def test_nohup_is_kept(world: World) -> None:
    project = world.project(SLOW_WORKFLOW.replace("600", "2"))
    running = world.start("run", "slow", "-o", "json", cwd=project, through=["nohup"])
    running.event("task_started")
    running.signal(signal.SIGHUP)
    done = running.end()
    assert done.code == 0, done.text


COMMANDS = {
    ("run", "greet"): 0,
    ("run", "nobody"): 1,
    ("run", "greet", "--watch", "--runs", "1"): 0,
    ("apply",): 0,
    ("executions", "list"): 0,
    ("server", "status"): 0,
    ("--version",): 0,
    ("run", "--help"): 0,
    ("run", "--nonsense"): 2,
    ("run", "greet", "-m", "-"): 2,
}
ASKED_FOR = [("executions", "list"), ("server", "status"), ("--version",), ("run", "--help")]  # what is shown
FULL = "> /dev/full"
UNREAD = "| true"
STREAMS = [
    ">&-",
    "2>&-",
    ">&- 2>&-",
    "<&-",
    "<&- >&- 2>&-",
    FULL,
    "2> /dev/full",
    f"{FULL} 2>&1",
    UNREAD,
    "2>&1 | true",
]


@pytest.mark.parametrize("streams", STREAMS)
def test_streams_that_are_closed_full_or_unread(shared: World, streams: str) -> None:
    project = shared.project(ONE_WORKFLOW)
    shared.run("server", "start")
    for arguments, status in COMMANDS.items():
        says_something = status != 2  # on standard output
        expected = status
        if streams.startswith(FULL) and arguments in ASKED_FOR:
            expected = 1
        if says_something and streams.endswith(UNREAD):
            expected = 141
        done = shell(shared, project, arguments, streams)
        assert done.out.split()[-1] == str(expected), (arguments, done.out, done.err)
        assert "Traceback" not in done.err, arguments
        assert "Exception ignored" not in done.err, arguments
    nothing_remains(shared)


def shell(world: World, project: Path, arguments: tuple[str, ...], streams: str) -> Done:
    """Its status on standard output, beside what it does not write there."""
    redirected, pipe, reader = streams.partition("|")
    # A reader that is gone already: it never reads, and nothing of the pipe is left.
    script = f'exec 3>&1; ( "$0" "$@" {redirected}; echo $? >&3 ) {pipe} {reader}'
    gone = "import os, sys; r, w = os.pipe(); os.close(r); os.dup2(w, 1); "
    if pipe:
        both = "os.dup2(1, 2); " if "2>&1" in redirected else ""
        run = f"{gone}{both}os.execv(sys.argv[1], sys.argv[1:])"
        script = f'exec 3>&1; {sys.executable} -c \'{run}\' "$0" "$@"; echo $? >&3'
    return world.run(*arguments, cwd=project, through=["/bin/sh", "-c", script])


def test_a_reader_that_is_slow_on_a_pipe_that_does_not_wait(world: World) -> None:
    """Whoever shares the other end may have switched that on."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    process = subprocess.Popen(
        [STIGMER, "run", "noisy", "-o", "quiet"],
        cwd=world.project(NOISY),
        env=world.environ,
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writing)
    size = fcntl.fcntl(reading, getattr(fcntl, "F_GETPIPE_SZ", 1032))
    wait_until(lambda: waiting_bytes(reading) >= size // 2, "the pipe fills")
    with os.fdopen(reading, "rb") as stream:
        text = stream.read()
    assert process.wait(60) == 0, process.stderr and process.stderr.read()
    assert text.count(b"x") >= 300_000
    assert process.stderr
    process.stderr.close()


def waiting_bytes(descriptor: int) -> int:
    import array
    import termios

    count = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]


def bug_number(number: int) -> BaseException:
    try:
        raise KeyError(number)
    except KeyError as error:
        return error


def test_only_the_newest_stories_of_bugs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    logs = Path.home() / ".stigmer" / "logs"
    logs.mkdir(parents=True)
    for number in range(KEPT + 5):
        (logs / f"crash-20200101-0000{number:02}-1.log").write_text("an old one")
    (logs / "stigmerd.log").write_text("not a story")
    report(bug_number(1))
    left = sorted(each.name for each in logs.glob("crash-*"))
    assert len(left) == KEPT
    assert left[-1] > "crash-2020", "the newest is among them"
    assert (logs / "stigmerd.log").exists()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: RuntimeError("can't start new thread"), "no further process or thread"),
        (MemoryError, "no further memory"),
        (lambda: OSError(24, "Too many open files"), "too many open files"),
        (lambda: OSError(28, "No space left on device", "/a/file"), "no space is left (/a/file)"),
    ],
)
def test_what_the_machine_lacks_is_no_bug(make: Callable[[], BaseException], said: str) -> None:
    text = report(ExceptionGroup("in a task", [make()]))  # type: ignore[list-item]
    assert text.startswith("Error: ")
    assert said in text
    assert not (Path.home() / ".stigmer" / "logs").exists()


@pytest.mark.parametrize("files", [9, 12, 16, 20])
def test_too_few_files(world: World, files: int) -> None:
    project = world.project(ONE_WORKFLOW)
    world.run("server", "start")
    limits = ["/bin/sh", "-c", f'ulimit -n {files}; exec "$0" run greet']
    done = world.run(cwd=project, through=limits)
    assert "bug" not in done.err, done.err
    assert not list(world.dir.glob(".stigmer/logs/crash-*"))
