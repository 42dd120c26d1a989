"""Messages that are whole, or whole paragraphs of them, as Markdown."""

from __future__ import annotations

import re

from devloop.render.messages import Key, MessageWriter
from devloop.render.words import ROLES, THINKING
from devloop.terminal.stream import Style, columns_of
from runcmd.events import Role

# What would be something else behind other words on its line.
STRUCTURE = re.compile(r"\s{0,3}([#>|`~*+-]|\d+[.)]\s)|\s{4}|\t")
WIDTH = 80  # columns, where nobody knows
SIGN = "•"  # that Markdown draws, and old terminals cannot


def as_code(text: str) -> str:
    """JSON is shown as it was written, and not as Markdown, which would lay it out anew."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return f"```json\n{text}\n```"


class MarkdownWriter(MessageWriter):
    """Takes texts as `HeldBack` passes them on."""

    def _grow(self, key: Key, head: tuple[str, str], text: str) -> None:
        if not text.strip():
            return
        if head == THINKING:
            self._out.text(f"{self._out.icon(head[0])}{head[1]}: {text.strip()}", Style.DIM)
        elif head != ROLES[Role.AI] or not self._out.can_show(SIGN):
            super()._grow(key, head, text)
        else:
            self._say_whole(key, head, text.strip("\n"))

    def _say_whole(self, key: Key, head: tuple[str, str], text: str) -> None:
        from devloop.render.live.markdown import rendered

        text = as_code(text)
        before = ""
        if self._open != key:
            self.close_line()
            again = "…" if key in self._begun else ""
            before = f"**{self._out.icon(head[0])}{head[1]}:** {again}"
            if STRUCTURE.match(text):
                before += "\n\n"
        columns = columns_of(self._out) or WIDTH
        self._out.record(rendered(before + text, columns, colour=self._out.colour))
        self._begun.add(key)
        self._open = key
