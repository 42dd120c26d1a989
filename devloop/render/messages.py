"""Messages that grow, several at a time, on a stream that only goes forward."""

from __future__ import annotations

from devloop.render.said import Said
from devloop.render.words import ROLES, THINKING
from devloop.terminal.stream import Style, Terminal
from runcmd.events import MessageGrew, MessageReplaced, MessageStarted, Role, ThinkingGrew

Key = tuple[str, int]  # a message, or what came before it; a sub-agent's call is a part of it


class MessageWriter:
    """Keeps the line of the last message open, so that its text can grow there."""

    def __init__(self, out: Terminal, said: Said) -> None:
        self._out = out
        self._said = said
        self._texts: dict[int, list[str]] = {}  # of messages, as far as they go
        self._grown: set[int] = set()  # of them, since the last other line
        self._open: Key | None = None
        self._begun: set[Key] = set()

    def show(self, event: MessageStarted | MessageGrew | MessageReplaced | ThinkingGrew) -> None:
        match event:
            case MessageReplaced():
                self.close_line()
                self._begun.discard(("", event.index))
                self._texts[event.index] = []
                self._say(event.index, event.role, event.text)
            case MessageStarted():
                self._say(event.index, event.role, event.text)
            case MessageGrew():
                self._say(event.index, event.role, event.more)
            case ThinkingGrew():
                self._grow((f"thinking {event.call}", event.index), THINKING, event.more)

    def close_line(self) -> None:
        """Ends the open line before other output; the message may continue later."""
        for index in self._grown:
            self._said.note("".join(self._texts[index]))
        self._grown.clear()
        if self._open is not None and not self._out.at_line_start:
            self._out.write("\n")
        self._open = None

    def _say(self, index: int, role: Role, text: str) -> None:
        self._texts.setdefault(index, []).append(text)
        self._grown.add(index)
        self._grow(("", index), ROLES[role], text)

    def _grow(self, key: Key, head: tuple[str, str], text: str) -> None:
        if not text:
            return  # a message often appears before its first word
        if self._open != key:
            self._head(key, *head)
        self._out.write(text)
        self._open = key

    def _head(self, key: Key, icon: str, label: str) -> None:
        self.close_line()
        again = "…" if key in self._begun else ""
        self._out.write(f"{self._out.icon(icon)}{label}: ", Style.BOLD)
        self._out.write(again)
        self._begun.add(key)
