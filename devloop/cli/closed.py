"""Somebody was asked, and the terminal is gone."""

from __future__ import annotations

from runcmd.errors import EXIT_TERMINATED, RunError


class TerminalClosedError(RunError):
    """Nobody answers any more: an ordinary end."""

    exit_code = EXIT_TERMINATED

    def __init__(self) -> None:
        super().__init__("the terminal was closed")
