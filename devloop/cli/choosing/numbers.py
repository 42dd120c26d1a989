"""A terminal on which nothing can be redrawn: the choices have numbers, and one is typed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from devloop.cli.choosing.labels import TITLE, label
from devloop.terminal.stream import Terminal, columns_of
from devloop.terminal.visible import visible
from runcmd.resolve import Candidate, resolve


def choose_by_number(terminal: Terminal, candidates: Sequence[Candidate]) -> Candidate | None:
    """What was typed, a number or a name; Enter alone is the first. None: Ctrl-C or Ctrl-D."""
    terminal.line(TITLE)
    wide = len(str(len(candidates)))
    columns = (columns_of(terminal) or 1000) - wide - 4
    for number, each in enumerate(candidates, 1):
        terminal.line(f"  {number:>{wide}}  {label(each, columns)}")
    while True:
        terminal.write(f"Number or name [1: {visible(candidates[0].slug)}]: ")
        terminal.flush()
        try:
            line = sys.stdin.readline()
        except (KeyboardInterrupt, OSError):
            line = ""
        if not line:
            terminal.write("\n")
            return None
        if chosen := _meant(line.strip(), candidates):
            return chosen
        terminal.line(f"there is no {visible(line.strip())}: type a number from 1 to {len(candidates)}")


def _meant(answer: str, candidates: Sequence[Candidate]) -> Candidate | None:
    if not answer:
        return candidates[0]
    if answer.isdecimal() and 0 < int(answer) <= len(candidates):
        return candidates[int(answer) - 1]
    return resolve(answer, candidates)
