"""Writes no core files: there are secrets in memory."""

from __future__ import annotations

import resource
import sys

SET_DUMPABLE = 4  # PR_SET_DUMPABLE


def leave_no_core() -> None:
    """No core file of this process when it crashes, nor of what it starts, unless that asks for one."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def close_to_debuggers() -> None:
    """On Linux: only root can read it from outside, and a program that takes core dumps gets none.

    Not for helpers: the next backend finds them by their files in /proc (children/strays.py).
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(SET_DUMPABLE, 0, 0, 0, 0)
