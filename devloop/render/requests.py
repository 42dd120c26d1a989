"""Requests to models and servers, as lines: what is sent, what comes back, and how long its phases take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from devloop.render.words import duration, pretty_json
from devloop.terminal.stream import Style, Terminal
from devloop.terminal.visible import harmless, visible
from runcmd.exchanges import Excerpt, HttpExchanged, HttpHeader, HttpPhases, ModelAsked, Requested

INDENT: Final = "   "
MOST_LINES, MOST_CHARACTERS = 20, 2_000  # of one text, unless all of it is wanted
ROLES: Final = {
    "system": "System",
    "user": "User",
    "assistant": "Assistant",
    "thinking": "Thinking",
    "tool_call": "Tool call",
    "tool_result": "Tool result",
    "retry": "Try again",
}


class RequestLines:
    """Writes them, each text on lines of its own."""

    def __init__(self, out: Terminal, *, whole: bool = False) -> None:
        """`whole`: as far as a text is recorded, else its beginning."""
        self._out = out
        self._whole = whole
        right, left = ("→", "←") if out.can_show("→") else ("->", "<-")
        self._sent, self._received = f"{right} ", f"{left} "

    def show(self, event: Requested) -> None:
        if isinstance(event, ModelAsked):
            self._asked(event)
        else:
            self._exchanged(event)

    def _asked(self, event: ModelAsked) -> None:
        self._line(f"{self._sent}{_model(event)}: {_counts(event)}")
        if event.settings:
            self._line(f"{INDENT}Settings: {event.settings}")
        if event.instructions is not None and event.instructions.bytes:
            self._text("Instructions: ", event.instructions)
        for tool in event.tools:
            about = f": {' '.join(tool.description.split())}" if tool.description else ""
            self._text(f"Tool {tool.name}{about} ", tool.schema)
        for message in event.messages:
            name = f" {message.name}" if message.name else ""
            self._text(f"{ROLES.get(message.role, message.role)}{name}: ", message.content)

    def _exchanged(self, event: HttpExchanged) -> None:
        again = f", attempt {event.attempt}" if event.attempt > 1 else ""
        outcome = f"{event.status}" if event.status else "no answer"
        why = f" ({event.error})" if event.error else ""
        size = f", {size_of(event.request_bytes)} sent, {size_of(event.response_bytes)} received"
        head = f"{self._received}{event.method} {event.url}: {outcome}{why}"
        style = None if 0 < event.status < 400 else Style.WARN
        task = f"{visible(event.task)}: " if event.task else ""
        self._line(f"{task}{head} in {_phases(event.phases)}{size}{again}", style)
        self._part(self._sent, event.request_headers, event.request_body)
        self._part(self._received, event.response_headers, event.response_body)

    def _part(self, arrow: str, headers: Sequence[HttpHeader], body: Excerpt | None) -> None:
        for header in headers:
            self._line(f"{INDENT}{arrow}{header.name}: {header.value}")
        if body is not None:
            self._text(arrow, body)

    def _text(self, head: str, excerpt: Excerpt) -> None:
        if excerpt.bytes and not excerpt.text:
            self._line(f"{INDENT}{head}({size_of(excerpt.bytes)} that are no text)")
            return
        text = harmless(pretty_json(excerpt.text)).expandtabs(4)
        shown = text
        if not self._whole:
            shown = "\n".join(text[:MOST_CHARACTERS].split("\n")[:MOST_LINES])
        first, *more = shown.rstrip("\n").split("\n")
        for line in (f"{head}{first}", *(f"{INDENT}{line}" for line in more)):
            self._line(f"{INDENT}{line}")
        left = excerpt.left_out + len(text[len(shown) :].encode("utf-8", "replace"))
        if left:
            where = "" if self._whole else "; executions show --requests has what is recorded"
            dots = "…" if self._out.can_show("…") else "..."
            self._line(f"{INDENT}{INDENT}{dots} {size_of(left)} more{where}")

    def _line(self, text: str, style: Style | None = None) -> None:
        self._out.line(f"{INDENT}{text}", style or Style.DIM)


def size_of(count: int) -> str:
    """`512 bytes`, `4.2 kB`, `1.0 MB`."""
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def _model(event: ModelAsked) -> str:
    return f"{event.model} at {event.address}" if event.address else event.model


def _counts(event: ModelAsked) -> str:
    """`5 messages (2 new), 3 tools`."""
    count = event.earlier + len(event.messages)
    new = f" ({len(event.messages)} new)" if event.earlier else ""
    tools = f", {event.tools_offered} tool{'' if event.tools_offered == 1 else 's'}"
    return f"{count} message{'' if count == 1 else 's'}{new}{tools if event.tools_offered else ''}"


def _phases(phases: HttpPhases) -> str:
    """`1.2s (DNS 3ms, connect 12ms, TLS 20ms, first byte 1.1s)`."""
    named = (
        ("DNS", phases.dns),
        ("connect", phases.connect),
        ("TLS", phases.tls),
        ("first byte", phases.first_byte),
    )
    parts = [f"{name} {duration(seconds)}" for name, seconds in named if seconds is not None]
    return duration(phases.total) + (f" ({', '.join(parts)})" if parts else "")
