"""In a real shell on a real terminal: `&`, `fg`, `bg` and Ctrl-Z."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pexpect
import pytest

from tests.end_to_end.programs import ONE_WORKFLOW, TWO_WORKFLOWS
from tests.support.poll import PATIENCE_SECONDS, wait_until
from tests.support.shell import CTRL_Z, PROMPT, Shell, open_shell
from tests.support.world import STIGMER, World, new_world

KEYS = "files · ? keys"


@pytest.fixture
def shell(world: World) -> Iterator[Shell]:
    with open_shell(world, ONE_WORKFLOW) as shell:
        yield shell


@pytest.fixture
def shell_with_two(world: World) -> Iterator[Shell]:
    with open_shell(world, TWO_WORKFLOWS) as shell:
        yield shell


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as world:
        yield world


def quits(shell: Shell) -> None:
    shell.press("q")
    shell.see("q was pressed", PROMPT)
    assert "status 0" in shell.answer("echo status $?")
    shell.is_restored()


def test_a_loop_of_the_background_has_keys_when_it_comes_to_the_front(shell: Shell) -> None:
    shell.type("$S run greet --watch &")
    shell.see("watching")
    assert "Running" in shell.answer("jobs")
    shell.type("fg")
    shell.see(KEYS)
    shell.press("h")
    shell.see("EXECUTION")
    quits(shell)


def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it(shell: Shell) -> None:
    shell.type("$S run greet --watch")
    for _ in range(2):
        shell.see(KEYS)
        shell.press(CTRL_Z)
        shell.see("Stopped", PROMPT)
        shell.is_restored()
        shell.type("fg")
    shell.see(KEYS)
    quits(shell)


def test_a_stopped_loop_goes_on_in_the_background(shell: Shell, world: World) -> None:
    shell.type("$S run greet --watch")
    shell.see(KEYS)
    shell.press(CTRL_Z)
    shell.see("Stopped", PROMPT)
    shell.type("bg")
    with (world.dir / "project" / "main.py").open("a") as file:
        file.write("# changed")
    shell.see("unaffected")
    assert "Running" in shell.answer("jobs")
    shell.is_restored()
    shell.type("fg")
    shell.see(KEYS)
    quits(shell)


def test_a_stop_that_nobody_announces(shell: Shell) -> None:
    shell.type("$S run greet --watch")
    shell.see(KEYS)
    shell.press(CTRL_Z)
    shell.see("Stopped", PROMPT)
    shell.type("bg")
    shell.type("kill -STOP %1")
    wait_until(lambda: "Stopped" in shell.answer("jobs"), "it is stopped")
    shell.type("fg")
    shell.see(KEYS)
    shell.press("h")
    shell.see("EXECUTION")
    quits(shell)


def test_a_loop_without_keys_is_stopped_too(shell: Shell) -> None:
    shell.type("$S run greet --watch --no-keys")
    shell.see("watching")
    shell.press(CTRL_Z)
    shell.see("Stopped", PROMPT)
    shell.type("fg")
    shell.see("watching")
    shell.press("\x03")
    shell.see("interrupted", PROMPT)


WAITING = """
import os, time

while not os.path.exists("go"):
    time.sleep(0.01)
"""


def test_a_run_is_stopped_and_continues(shell: Shell, world: World) -> None:
    project = world.project(WAITING + ONE_WORKFLOW)
    shell.type("$S run greet")
    shell.see("Detected")
    shell.press(CTRL_Z)
    shell.see("Stopped", PROMPT)
    (project / "go").touch()
    shell.type("fg")
    shell.see("Done!", PROMPT)


@pytest.mark.parametrize("more", ["", " --watch"])
def test_nobody_is_asked_in_the_background(shell_with_two: Shell, more: str) -> None:
    shell_with_two.type(f"$S run{more} &")
    shell_with_two.see("stigmer run ")  # the commands that name one
    assert "Stopped" not in shell_with_two.answer("jobs")


def test_no_secret_is_asked_for_in_the_background(shell: Shell) -> None:
    shell.type("$S run greet -e secret:KEY &")
    shell.see("or set KEY in the environment")
    assert "Stopped" not in shell.answer("jobs")


def test_a_secret_stays_hidden_after_ctrl_z(shell: Shell) -> None:
    shell.type("$S run greet -e secret:KEY")
    shell.see("KEY: ")
    shell.press(CTRL_Z)
    shell.see("Stopped", PROMPT)
    shell.is_restored()
    shell.type("fg")
    shell.see("KEY: ")
    shell.type("hidden")
    shell.see("Done!")
    assert "hidden" not in str(shell.terminal.before)
    shell.see(PROMPT)
    shell.is_restored()


# A shell that leaves the settings of the terminal alone, as bash does not.
PLAIN_SHELL = """
import os, signal, sys, termios

signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    status = os.waitpid(job, os.WUNTRACED)[1]
    os.tcsetpgrp(0, os.getpgrp())
    flags = termios.tcgetattr(0)[3]
    print("lines", bool(flags & termios.ICANON), "echo", bool(flags & termios.ECHO), flush=True)
    if not os.WIFSTOPPED(status):
        break
    os.tcsetpgrp(0, job)
    os.killpg(job, signal.SIGCONT)
"""
RESTORED = "lines True echo True"


@pytest.mark.parametrize(
    ("options", "shown", "answer"), [(["--watch"], KEYS, "q"), (["-e", "secret:KEY"], "KEY: ", "hidden\n")]
)
def test_what_was_set_is_restored_before_we_are_stopped(
    world: World, options: list[str], shown: str, answer: str
) -> None:
    terminal = pexpect.spawn(
        sys.executable,
        ["-c", PLAIN_SHELL, str(STIGMER), "run", "greet", *options],
        cwd=str(world.project(ONE_WORKFLOW)),
        env=world.environ | {"TERM": "xterm-256color"},
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
    )
    terminal.expect_exact(shown)
    terminal.send(CTRL_Z)
    terminal.expect(RESTORED)
    terminal.expect_exact(shown)
    terminal.send(answer)
    terminal.expect(RESTORED)
    assert "hidden" not in terminal.before
    terminal.close()


def test_a_question_is_asked_again_after_ctrl_z(shell_with_two: Shell) -> None:
    shell_with_two.type("$S run")
    shell_with_two.see("Select resource")
    shell_with_two.press(CTRL_Z)
    shell_with_two.see("Stopped", PROMPT)
    shell_with_two.is_restored()
    shell_with_two.type("fg")
    shell_with_two.see("Select resource")
    shell_with_two.press("\r")
    shell_with_two.see("Done!", PROMPT)
    shell_with_two.is_restored()


HOW_PROGRAMS_START = """
import subprocess
from devloop.terminal.job_control import stay_stoppable

stay_stoppable()
print("by vfork", subprocess._USE_VFORK)
"""


def test_ctrl_z_does_not_hang_while_a_program_starts() -> None:
    """By vfork it does: the child is stopped, and we wait for it. Nothing shows that moment from outside."""
    command = [sys.executable, "-c", HOW_PROGRAMS_START]
    terminal = pexpect.spawn(command[0], command[1:], encoding="utf-8", timeout=PATIENCE_SECONDS)
    terminal.expect("by vfork False")
    terminal.close()
    done = subprocess.run(command, start_new_session=True, capture_output=True, text=True, check=True)
    assert done.stdout == "by vfork True\n", "there is no terminal"
