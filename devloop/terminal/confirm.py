"""A question that is answered with yes or no."""

from __future__ import annotations

import sys

from devloop.terminal.stream import Terminal

YES, NO = ("y", "yes"), ("n", "no")


def confirm(question: str, out: Terminal, *, default: bool) -> bool:
    """Asks until the answer is one of the two; Enter alone is the default, the end of the input a no.

    Raises KeyboardInterrupt. Ask only where `out` and standard input are a terminal, in the foreground.
    """
    while True:
        out.write(f"{question} {'[Y/n]' if default else '[y/N]'} ")
        out.flush()
        try:
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            out.write("\n")
            out.flush()
            raise
        answer = line.strip().lower()
        if not line:
            out.write("\n")
        if not line or answer in NO:
            return False
        if not answer or answer in YES:
            return default if not answer else True
