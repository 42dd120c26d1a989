"""A fork becomes a program's process: it leads its group, and announces its end."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are only fresh children")

SET_UP = """
import os, select, signal, sys, time
from stigmer._fork.fork import ExitPipe, Fork

def fork(exit_pipe, run):
    fork = Fork(exit_pipe, [os.dup(1), os.dup(2)])
    if fork.pid == 0:
        run()
        fork.done()
        signal.pause()
    fork.wait_until_it_leads()
    return fork

def announces(exit_pipe, child, seconds=30):
    waiting = select.poll()
    waiting.register(exit_pipe.number, select.POLLIN)
    return bool(waiting.poll(1000 * seconds)) and exit_pipe.announced(child.pid)

exit_pipe = ExitPipe()
"""


def python(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", SET_UP + program], check=True, capture_output=True, text=True, timeout=60
    ).stdout


def test_it_leads_its_session_and_announces_its_end_while_it_still_lives() -> None:
    said = python("""
child = fork(exit_pipe, lambda: print("hello", os.getpid() == os.getsid(0), flush=True))
assert os.getpgid(child.pid) == child.pid
assert announces(exit_pipe, child)
os.kill(child.pid, 0)  # which has not ended
child.kill()
child.close()
""")
    assert said == "hello True\n"


def test_only_its_own_announcement_counts() -> None:
    python("""
first, second = fork(exit_pipe, signal.pause), fork(exit_pipe, lambda: None)
assert not announces(exit_pipe, first)
for child in (first, second):
    child.kill()
    child.close()
""")


def test_its_descriptors_are_those_of_a_fresh_process() -> None:
    said = python("""
child = fork(exit_pipe, lambda: print(sorted(os.listdir("/proc/self/fd")), flush=True))
assert announces(exit_pipe, child)
child.kill()
child.close()
""")
    assert said == "['0', '1', '2', '3']\n"  # 3 is the list itself


def test_one_that_dies_at_once_is_not_waited_for() -> None:
    python("""
child = fork(exit_pipe, lambda: os._exit(3))
assert os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT).si_status == 3
child.close()
""")
