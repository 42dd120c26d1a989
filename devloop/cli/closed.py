"""The terminal was closed while a question was open."""

from __future__ import annotations

from runcmd.errors import EXIT_TERMINATED, RunError


class TerminalClosedError(RunError):
    """Nobody can answer any more; an ordinary end."""

    exit_code = EXIT_TERMINATED

    def __init__(self) -> None:
        super().__init__("the terminal was closed", code="")
