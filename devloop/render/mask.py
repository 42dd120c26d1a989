"""Secrets never appear, whatever an event says and however its text is cut."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from runcmd.events import Event, MessageGrew, MessageReplaced, MessageStarted, Role, RunFinished

if TYPE_CHECKING:
    from devloop.render.renderer import Renderer

MASK = "***"
SHORTEST_SECRET = 4  # characters; a shorter one would blacken half of all words


class Secrets:
    """The values that must not be shown, with the forms in which JSON and addresses hold them."""

    def __init__(self, values: Collection[str]) -> None:
        forms: set[str] = set()
        for value in values:
            # A secret of several lines also leaks line by line: renderers cut texts at line ends.
            for part in (value, *value.splitlines()):
                if len(part) >= SHORTEST_SECRET:
                    forms |= {part, json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1]}
                    forms |= {quote(part), quote(part, safe="")}
        self.forms = tuple(sorted(forms, key=len, reverse=True))
        self.pattern = re.compile("|".join(map(re.escape, self.forms)) or "(?!)")

    def text(self, text: str) -> str:
        """The text without any secret."""
        return self.pattern.sub(MASK, text)

    def value(self, value: Any) -> Any:
        """A value with its texts masked."""
        return self._value(value) if self.forms else value

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Enum | Path):
            return value
        if is_dataclass(value) and not isinstance(value, type):
            changes = {field.name: self._value(getattr(value, field.name)) for field in fields(value)}
            return replace(value, **changes)
        if isinstance(value, Mapping):
            return {key: self._value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return tuple(self._value(item) for item in value)
        return value

    def open_end(self, text: str) -> int:
        """Where the longest end of the text starts that may yet become a secret; its length if none does."""
        longest = len(self.forms[0]) if self.forms else 0
        for start in range(max(0, len(text) - longest + 1), len(text)):
            end = text[start:]
            if any(form.startswith(end) and form != end for form in self.forms):
                return start
        return len(text)


class StreamMask:
    """Masks a text that comes in pieces: what may be the beginning of a secret waits for its continuation."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._held = ""  # may become a secret
        self._shown = 0  # characters of it that are out already

    def feed(self, piece: str) -> str:
        """What can be shown now."""
        text = self._held + piece
        cut = self._secrets.open_end(text)
        shown, reached = self._masked(text, cut)
        self._held, self._shown = text[cut:], max(0, reached - cut)
        return shown

    def pause(self) -> str:
        """Something else comes next: a few letters need not wait, and still count as a secret's beginning."""
        if len(self._held) >= SHORTEST_SECRET:
            return ""
        rest, self._shown = self._held[self._shown :], len(self._held)
        return rest

    def end(self) -> str:
        """What was held back: it did not become a secret."""
        rest, _ = self._masked(self._held, len(self._held))
        self._held, self._shown = "", 0
        return rest

    def _masked(self, text: str, cut: int) -> tuple[str, int]:
        """The text up to `cut` as it may be shown, and how far that reaches: a secret is masked whole."""
        parts: list[str] = []
        position = self._shown
        for match in self._secrets.pattern.finditer(text):
            if match.start() >= cut:
                break
            parts += [text[position : match.start()], MASK]
            position = match.end()
        parts.append(text[position:cut])
        return "".join(parts), max(position, cut)


class MaskedRenderer:
    """Another renderer that never hears a secret."""

    def __init__(self, inner: Renderer, values: Collection[str]) -> None:
        self._inner = inner
        self._secrets = Secrets(values)
        self._streams: dict[int, tuple[Role, StreamMask]] = {}

    def show(self, event: Event) -> None:
        match event:
            case MessageStarted() | MessageReplaced():
                self._flush(event.index, final=False)
                stream = StreamMask(self._secrets)
                self._streams[event.index] = (event.role, stream)
                self._inner.show(replace(event, text=stream.feed(event.text)))
            case MessageGrew():
                self._flush(event.index, final=False)
                _, stream = self._streams.setdefault(event.index, (event.role, StreamMask(self._secrets)))
                if more := stream.feed(event.more):
                    self._inner.show(replace(event, more=more))
            case _:
                self._flush(None, final=isinstance(event, RunFinished))
                self._inner.show(self._secrets.value(event))

    def close(self) -> None:
        self._flush(None, final=True)
        self._inner.close()

    def _flush(self, speaking: int | None, *, final: bool) -> None:
        for index, (role, stream) in self._streams.items():
            if index != speaking and (more := stream.end() if final else stream.pause()):
                self._inner.show(MessageGrew(index=index, role=role, more=more))
