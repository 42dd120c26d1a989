"""A fork that stands by: it runs a request, announces its end, and never outlives its parent."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are only fresh children")

SET_UP = """
import os, select, signal, sys, time
from stigmer._fork.standby import ExitPipe, StandbyFork

def fork(exit_pipe, run):
    standby = StandbyFork(exit_pipe)
    if standby.pid == 0:
        run(standby.wait(lambda: None))
        standby.done()
        signal.pause()
    return standby

def announces(exit_pipe, standby, seconds=30):
    waiting = select.poll()
    waiting.register(exit_pipe.number, select.POLLIN)
    return bool(waiting.poll(1000 * seconds)) and exit_pipe.announced(standby.pid)

def nothing(request):
    pass

exit_pipe = ExitPipe()
outputs = [1, 2]
"""


def python(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", SET_UP + program], check=True, capture_output=True, text=True, timeout=60
    ).stdout


def test_it_runs_its_request_and_announces_its_end_while_it_still_lives() -> None:
    said = python("""
standby = fork(exit_pipe, lambda request: print(request["text"], os.getpid() == os.getsid(0), flush=True))
assert standby.start({"text": "hello"}, outputs)
assert announces(exit_pipe, standby)
os.kill(standby.pid, 0)  # which has not ended
standby.kill()
standby.close()
""")
    assert said == "hello True\n"


def test_only_its_own_announcement_counts() -> None:
    python("""
first, second = fork(exit_pipe, nothing), fork(exit_pipe, nothing)
assert second.start({}, outputs)
assert not announces(exit_pipe, first)
for standby in (first, second):
    standby.kill()
    standby.close()
""")


def test_its_descriptors_are_those_of_a_fresh_process() -> None:
    said = python("""
standby = fork(exit_pipe, lambda request: print(sorted(os.listdir("/proc/self/fd")), flush=True))
assert standby.start({}, outputs) and announces(exit_pipe, standby)
standby.kill()
standby.close()
""")
    assert said == "['0', '1', '2', '3']\n"  # 3 is the list itself


def test_one_that_is_gone_takes_no_request() -> None:
    python("""
standby = fork(exit_pipe, nothing)
standby.kill()
os.waitid(os.P_PID, standby.pid, os.WEXITED | os.WNOWAIT)
assert not standby.start({}, outputs)
standby.close()
""")


def test_it_ends_with_the_process_that_made_it() -> None:
    # The pipe has its end when nobody holds it open any more.
    python("""
fork(exit_pipe, nothing)
os._exit(0)
""")
