"""What we started ends with us, even when we are killed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

# Run first in a process that leads a group; the last argument is the number of the pipe. A process far away
# waits until nobody holds the other end, and ends the group. The program sees nothing of it: no child, no
# descriptor, no module. A byte says that all is over.
_GUARD: Final = """
import os, sys, time
def guard(pipe):
    group = os.getpid()
    try:
        first = os.fork()
    except OSError:
        first = None
    if first != 0:
        os.close(pipe)
        return first and os.waitpid(first, 0)
    try:
        if os.fork():
            os._exit(0)
    except OSError:
        os._exit(0)
    os.setsid()
    os.closerange(0, pipe)
    os.closerange(pipe + 1, 4096)
    if not os.read(pipe, 1):
        time.sleep({seconds})
        os.killpg(group, 9)
    os._exit(0)
guard(int(sys.argv.pop()))
del guard
"""


def guard(seconds: float = 0) -> str:
    """`seconds` are for a process that notices by itself, and has something else to end."""
    return _GUARD.replace("{seconds}", str(seconds))


@contextmanager
def leash() -> Iterator[int]:
    """The pipe's number, for as long as what holds on to it may run. Only the one end may be inherited."""
    theirs, ours = os.pipe()
    try:
        yield theirs
    finally:
        os.close(theirs)
        with suppress(OSError):  # nobody waits
            os.write(ours, b".")
        os.close(ours)


def under_guard(command: Sequence[str], pipe: int) -> list[str]:
    """For a program that is not Python."""
    become = f"{guard()}os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-I", "-S", "-c", become, *command, str(pipe)]
