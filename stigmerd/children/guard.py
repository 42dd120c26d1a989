"""Ends a helper, and all that came of it, as soon as its owner is gone. Read by the helper's interpreter.

The process that runs this becomes two: the helper, in which `guard` returns, and its guard, which does
nothing but wait. The owner holds the other end of a pipe and never writes: when it dies, however it dies, the
pipe ends. What left the helper's session is found as well, for orphans become the guard's children. If the
guard itself is killed, the kernel ends the helper's group. See guarded.py.
"""

# Whatever interpreter a project has: the standard library only, and little of it.
# ruff: noqa: PTH112, PTH123, PTH208
from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
import time
from contextlib import suppress

POLITE = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
ARGUMENTS = 45  # arg_start and arg_end in what follows the name in /proc/self/stat
TITLE = b"stigmer: guard"
SET_SIGNAL = 10  # Linux's F_SETSIG
END_SECONDS = 10
AGAIN_SECONDS = 0.01


def guard(pipe: int, lock: str) -> None:
    """Returns in the helper, which leads the group of both, or not at all.

    `lock` is held, shared with others, until the helper and its guard are gone; empty: there is none.
    """
    held = _held(lock) if lock else None
    if _ended(pipe):  # before we got anywhere: who comes after may have begun already
        os._exit(0)
    ours, theirs = os.pipe()
    before = {number: signal.signal(number, signal.SIG_IGN) for number in POLITE}
    try:
        helper = os.fork()
    except OSError:  # there is no further process to be had: the kernel alone has to do
        helper, ours, pipe = 0, pipe, ours
    if not helper:
        os.close(theirs)
        os.close(pipe)
        for number, handler in before.items():
            signal.signal(number, handler)
        end_group_with(ours, os.getpgrp())
        return
    os.close(ours)
    _leave_streams()
    status = _watch(helper, pipe, _adopts_orphans())
    if held is not None:
        os.close(held)
    _end_like(status)


def end_group_with(pipe: int, group: int) -> None:
    """The kernel kills the group when the other end is closed, even a stopped or busy one."""
    if sys.platform == "linux":
        fcntl.fcntl(pipe, fcntl.F_SETOWN, -group)
        fcntl.fcntl(pipe, SET_SIGNAL, signal.SIGKILL)
        fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)


def _held(lock: str) -> int | None:
    """Also by the helper, and by no program that it starts."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except OSError:  # the directory is gone, and with it whoever would look
        return None
    return descriptor


def _ended(pipe: int) -> bool:
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    return bool(waiting.poll(0))


def _leave_streams() -> None:
    """They are the helper's: a reader waits until the last copy is closed."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    os.close(nowhere)


def _adopts_orphans() -> bool:
    if sys.platform != "linux":
        return False
    try:
        import ctypes

        adopts: bool = ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0) == 0
    except (ImportError, OSError, AttributeError):
        return False
    with suppress(OSError, ValueError):  # in a list of processes it would look like the helper
        with open("/proc/self/stat", "rb") as stat:
            begin, end = map(int, stat.read().rpartition(b")")[2].split()[ARGUMENTS : ARGUMENTS + 2])
        if end - begin > len(TITLE):
            ctypes.memset(begin, 0, end - begin)
            ctypes.memmove(begin, TITLE, len(TITLE))
    return adopts


def _watch(helper: int, pipe: int, adopts: bool) -> int:
    """The helper's status: an exit code, or a signal below 0. Nothing of it is left then."""
    bell = _bell()
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    waiting.register(bell, select.POLLIN)
    ended: dict[int, int] = {}
    while helper not in ended:
        _collect(ended)
        if helper in ended or pipe in dict(waiting.poll()):
            break
        with suppress(BlockingIOError):
            os.read(bell, 1 << 10)
    _end_all(ended, adopts)
    return ended.get(helper, -signal.SIGKILL)


def _bell() -> int:
    """Can be read as soon as a child has ended."""
    bell, ring = os.pipe()
    os.set_blocking(bell, False)
    os.set_blocking(ring, False)
    signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return bell


def _collect(ended: dict[int, int]) -> bool:
    """False: there are no children any more."""
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if not process:
            return True
        ended[process] = os.waitstatus_to_exitcode(status)


def _end_all(ended: dict[int, int], adopts: bool) -> None:
    until = time.monotonic() + END_SECONDS
    while _collect(ended) or not adopts:
        left = _left()
        if (not left and not adopts) or time.monotonic() > until:
            return
        for process in left:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        time.sleep(AGAIN_SECONDS)


def _left() -> set[int]:
    """All below us, and all in our group."""
    me, group = os.getpid(), os.getpgrp()
    parents: dict[int, int] = {}
    found: set[int] = set()
    for name in filter(str.isdigit, os.listdir("/proc") if os.path.isdir("/proc") else ()):
        with suppress(OSError, ValueError, IndexError):
            with open(f"/proc/{name}/stat", "rb") as stat:
                state, parent, its_group = stat.read().rpartition(b")")[2].split()[:3]
            if state != b"Z":
                parents[int(name)] = int(parent)
                if int(its_group) == group:
                    found.add(int(name))
    fresh = {me}
    while fresh:
        fresh = {process for process, parent in parents.items() if parent in fresh} - found - {me}
        found |= fresh
    return found - {me}


def _end_like(status: int) -> None:
    if status >= 0:
        os._exit(status)
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # it has left one, if any
    with suppress(OSError, ValueError):
        signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
    os._exit(128 - status)
