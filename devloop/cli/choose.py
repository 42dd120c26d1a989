"""Asks on the terminal which of several agents and workflows to run."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from devloop.cli.choosing.labels import TITLE
from devloop.cli.choosing.memory import Memory
from devloop.cli.closed import TerminalClosedError
from devloop.terminal.stream import standard_terminals
from devloop.terminal.visible import visible
from runcmd.errors import EXIT_INTERRUPTED, RunError
from runcmd.resolve import Candidate
from runcmd.resource import key
from runcmd.target import Choose


class SelectionCancelledError(RunError):
    """The user was asked and gave no answer."""

    exit_code = EXIT_INTERRUPTED


def prompt(project: Path, shown: Callable[[], Awaitable[None]]) -> Choose:
    """Asks on the terminal once earlier output is shown; the last choice in this project stands first."""
    memory = Memory(project)

    async def choose(candidates: Sequence[Candidate]) -> Candidate:
        await shown()
        last = memory.last()
        ordered = sorted(candidates, key=lambda each: key(each.kind, each.slug) != last)
        chosen = await _ask(ordered)
        memory.remember(key(chosen.kind, chosen.slug))
        return chosen

    return choose


async def _ask(candidates: Sequence[Candidate]) -> Candidate:
    terminal, _ = standard_terminals()
    if terminal.cursor:
        from devloop.cli.choosing.menu import Menu
        from devloop.cli.choosing.screen import choose_on

        try:
            chosen = await choose_on(terminal, Menu(candidates))
        except EOFError:
            chosen = None
    else:
        from anyio import to_thread

        from devloop.cli.choosing.numbers import choose_by_number

        chosen = await to_thread.run_sync(choose_by_number, terminal, candidates, abandon_on_cancel=True)
    if chosen is None and not os.isatty(sys.stdin.fileno()):
        raise TerminalClosedError
    if chosen is None:
        raise SelectionCancelledError(
            "Selection cancelled: the project is deployed, and nothing was run", code=""
        )
    if terminal.cursor:
        terminal.line(TITLE)
    terminal.line(f"> [Selected: {visible(chosen.slug)}]")
    terminal.flush()
    return chosen
