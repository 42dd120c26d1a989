"""Messages that grow, several at a time, on a stream that only goes forward."""

from __future__ import annotations

from devloop.render.words import ROLES
from devloop.terminal.stream import Style, Terminal
from runcmd.events import MessageGrew, MessageReplaced, MessageStarted, Role


class MessageWriter:
    """Keeps the line of the last message open, so that its text can grow there."""

    def __init__(self, out: Terminal) -> None:
        self._out = out
        self._open: int | None = None
        self._begun: set[int] = set()

    def show(self, event: MessageStarted | MessageGrew | MessageReplaced) -> None:
        match event:
            case MessageReplaced():
                self.close_line()
                self._begun.discard(event.index)
                self._grow(event.index, event.role, event.text)
            case MessageStarted():
                self._grow(event.index, event.role, event.text)
            case MessageGrew():
                self._grow(event.index, event.role, event.more)

    def close_line(self) -> None:
        """Ends the open line before other output; the message may continue later."""
        if self._open is not None and not self._out.at_line_start:
            self._out.write("\n")
        self._open = None

    def _grow(self, index: int, role: Role, text: str) -> None:
        if not text:
            return  # a message often appears before its first word
        if self._open != index:
            self._head(index, role)
        self._out.write(text)
        self._open = index

    def _head(self, index: int, role: Role) -> None:
        self.close_line()
        icon, label = ROLES[role]
        again = "…" if index in self._begun else ""
        self._out.write(f"{self._out.icon(icon)}{label}: ", Style.BOLD)
        self._out.write(again)
        self._begun.add(index)
