"""A fork that waits: it runs what it is told, says when it has done so, and never stays alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are only fresh children")

SET_UP = """
import os, select, signal, sys, time
from stigmer._fork.standby import ExitPipe, StandbyFork

def fork(bell, run):
    spare = StandbyFork(bell)
    if spare.pid == 0:
        run(spare.wait(lambda: None))
        spare.done()
        signal.pause()
    return spare

def rings(bell, spare, seconds=30):
    waiting = select.poll()
    waiting.register(bell.number, select.POLLIN)
    return bool(waiting.poll(1000 * seconds)) and bell.rung_by(spare.pid)

def nothing(order):
    pass

bell = ExitPipe()
outputs = [1, 2]
"""


def python(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", SET_UP + program], check=True, capture_output=True, text=True, timeout=60
    ).stdout


def test_it_runs_its_order_and_rings_while_it_still_lives() -> None:
    said = python("""
spare = fork(bell, lambda order: print(order["text"], os.getpid() == os.getsid(0), flush=True))
assert spare.order({"text": "hello"}, outputs)
assert rings(bell, spare)
os.kill(spare.pid, 0)  # which has not ended
spare.kill()
spare.close()
""")
    assert said == "hello True\n"


def test_only_its_own_ring_counts() -> None:
    python("""
first, second = fork(bell, nothing), fork(bell, nothing)
assert second.order({}, outputs)
assert not rings(bell, first)
for spare in (first, second):
    spare.kill()
    spare.close()
""")


def test_its_descriptors_are_those_of_a_fresh_process() -> None:
    said = python("""
spare = fork(bell, lambda order: print(sorted(os.listdir("/proc/self/fd")), flush=True))
assert spare.order({}, outputs) and rings(bell, spare)
spare.kill()
spare.close()
""")
    assert said == "['0', '1', '2', '3']\n"  # 3 is the list itself


def test_one_that_is_gone_takes_no_order() -> None:
    python("""
spare = fork(bell, nothing)
spare.kill()
os.waitid(os.P_PID, spare.pid, os.WEXITED | os.WNOWAIT)
assert not spare.order({}, outputs)
spare.close()
""")


def test_it_ends_with_the_process_that_made_it() -> None:
    # The pipe has its end when nobody holds it open any more.
    python("""
fork(bell, nothing)
os._exit(0)
""")
