"""Messages without a terminal: one on each line of standard input."""

from __future__ import annotations

import json
import sys

import anyio
import anyio.to_thread

from devloop.cli.chat.attention import ChatSignals
from devloop.cli.texts import is_text
from runcmd.errors import UsageError

KEY = "message"


class Lines:
    """Reads them in a thread: whoever writes them may take his time."""

    typed = False

    def __init__(self, signals: ChatSignals, *, objects: bool) -> None:
        """`objects`: a line may be `{"message": …}`, which has room for line ends."""
        self._signals = signals
        self._objects = objects

    async def read(self, offered: str) -> str:
        """The next that is not empty.

        Raises EOFError at the end, KeyboardInterrupt at a signal, UsageError for what is no text.
        """
        while True:
            line = await self._line()
            if self._objects and line.lstrip().startswith("{"):
                line = _message_in(line)
            if line.strip():
                return line.rstrip()

    async def _line(self) -> str:
        line: str | None = None
        with anyio.CancelScope() as scope, self._signals.concern(lambda _reason: scope.cancel()):
            line = await anyio.to_thread.run_sync(_next_line, abandon_on_cancel=True)
        if line is None:
            raise KeyboardInterrupt
        if not line:
            raise EOFError
        return line


def _next_line() -> str:
    try:
        line = sys.stdin.readline()
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read from standard input: {error}", code="E0111") from error
    if not is_text(line):
        raise UsageError(
            "a message is not UTF-8 text", code="E0109", hint="convert it, for instance with iconv"
        )
    return line


def _message_in(line: str) -> str:
    """A line that is no such object is a message as it stands."""
    try:
        value = json.loads(line)
    except ValueError:
        return line
    message = value.get(KEY) if isinstance(value, dict) and set(value) == {KEY} else None
    return message if isinstance(message, str) else line
