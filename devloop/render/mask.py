"""Secrets never appear, whatever an event says and however its text is cut."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from devloop.render.renderer import Renderer
from runcmd.events import (
    Event,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    ProgramWrote,
    Role,
    RunFinished,
    SynthesisLasted,
    ThinkingGrew,
)
from stigmer_api.masking import StreamMasker, masker_of

_known: set[str] = set()  # of this process: a crash log has none of them


def masked(text: str) -> str:
    """The text without any secret that a renderer of this process masks."""
    return masker_of(_known).text(text)


class Secrets:
    """The values that must not be shown, in whatever an event holds."""

    def __init__(self, values: Collection[str]) -> None:
        self.masker = masker_of(values)
        _known.update(values)

    def text(self, text: str) -> str:
        """The text without any secret."""
        return self.masker.text(text)

    def value(self, value: Any) -> Any:
        """A value with its texts masked."""
        return self._value(value) if self.masker else value

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Enum | Path):
            return value
        if is_dataclass(value) and not isinstance(value, type):
            changes = {field.name: self._value(getattr(value, field.name)) for field in fields(value)}
            return replace(value, **changes)
        if isinstance(value, Mapping):
            return {self._value(key): self._value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return tuple(self._value(item) for item in value)
        return value


class MaskedRenderer:
    """Masks all events, then passes them on to another renderer."""

    def __init__(self, inner: Renderer, values: Collection[str]) -> None:
        self._inner = inner
        self._secrets = Secrets(values)
        self._streams: dict[int, tuple[Role, StreamMasker]] = {}
        self._thoughts: dict[tuple[str, int], StreamMasker] = {}  # by sub-agent's call and message
        self._program: dict[str, StreamMasker] = {}  # a secret of several lines comes in several events

    def show(self, event: Event) -> None:
        match event:
            case MessageStarted() | MessageReplaced():
                self._flush(event.index, final=False)
                stream = self._secrets.masker.stream()
                self._streams[event.index] = (event.role, stream)
                self._inner.show(replace(event, text=stream.feed(event.text)))
            case MessageGrew():
                self._flush(event.index, final=False)
                _, stream = self._streams.setdefault(event.index, (event.role, self._secrets.masker.stream()))
                if more := stream.feed(event.more):
                    self._inner.show(replace(event, more=more))
            case ThinkingGrew():
                key = event.call, event.index
                stream = self._thoughts.setdefault(key, self._secrets.masker.stream())
                if more := stream.feed(event.more):
                    self._inner.show(replace(event, more=more))
            case ProgramWrote():
                stream = self._program.setdefault(event.stream, self._secrets.masker.stream())
                if text := stream.feed(event.text):
                    self._inner.show(replace(event, text=text))
            case SynthesisLasted():
                self._inner.show(self._secrets.value(event))
            case _:
                self._flush(None, final=isinstance(event, RunFinished))
                self._inner.show(self._secrets.value(event))

    def close(self) -> None:
        self._flush(None, final=True)
        self._inner.close()

    def _flush(self, speaking: int | None, *, final: bool) -> None:
        while self._program:
            name, program = self._program.popitem()
            if more := program.flush():
                self._inner.show(ProgramWrote(stream=name, text=more))
        for (call, index), thought in self._thoughts.items():
            if more := thought.flush() if final else thought.pause():
                self._inner.show(ThinkingGrew(index=index, more=more, call=call))
        for index, (role, stream) in self._streams.items():
            if index != speaking and (more := stream.flush() if final else stream.pause()):
                self._inner.show(MessageGrew(index=index, role=role, more=more))
