"""Secrets never appear, whatever an event says and however its text is cut."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from devloop.render.renderer import Renderer
from runcmd.events import (
    Event,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    Nested,
    NestedExecution,
    PhaseChanged,
    ProgramWrote,
    RunFinished,
    SynthesisLasted,
    ThinkingGrew,
)
from stigmer_api.masking import StreamMasker, masker_of

Grew = MessageGrew | ThinkingGrew
Said = Grew | MessageStarted | MessageReplaced

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


class Growing(NamedTuple):
    """A text that may go on, and who says it."""

    nested: NestedExecution | None
    what: Grew  # without text
    stream: StreamMasker


class MaskedRenderer:
    """Masks all events, then passes them on to another renderer."""

    def __init__(self, inner: Renderer, values: Collection[str]) -> None:
        self._inner = inner
        self._secrets = Secrets(values)
        self._streams: dict[tuple[str, Grew], Growing] = {}
        self._program: dict[str, StreamMasker] = {}  # a secret of several lines comes in several events

    def show(self, event: Event) -> None:
        nested = event.nested if isinstance(event, Nested) else None
        match event.event if isinstance(event, Nested) else event:
            case MessageStarted() | MessageReplaced() as message:
                growing = self._speaking(nested, _grew(message), anew=True)
                self._pass_on(nested, replace(message, text=growing.stream.feed(message.text)))
            case MessageGrew() | ThinkingGrew() as grew:
                growing = self._speaking(nested, replace(grew, more=""))
                if more := growing.stream.feed(grew.more):
                    self._pass_on(nested, replace(grew, more=more))
            case ProgramWrote() as wrote:
                stream = self._program.setdefault(wrote.stream, self._secrets.masker.stream())
                if text := stream.feed(wrote.text):
                    self._inner.show(replace(wrote, text=text))
            case SynthesisLasted() as lasted:
                self._inner.show(self._secrets.value(lasted))
            case other:
                self._flush(None, final=isinstance(other, RunFinished))
                if nested is not None and isinstance(other, PhaseChanged) and other.phase.terminal:
                    self._end(nested)
                self._inner.show(self._secrets.value(event))

    def close(self) -> None:
        self._flush(None, final=True)
        self._inner.close()

    def _speaking(self, nested: NestedExecution | None, what: Grew, *, anew: bool = False) -> Growing:
        key = ("" if nested is None else nested.execution), what
        self._flush(key, final=False)
        if anew or key not in self._streams:
            self._streams[key] = Growing(nested, what, self._secrets.masker.stream())
        return self._streams[key]

    def _pass_on(
        self, nested: NestedExecution | None, event: Grew | MessageStarted | MessageReplaced
    ) -> None:
        if nested is None:
            self._inner.show(event)
        else:
            self._inner.show(Nested(nested=self._secrets.value(nested), event=event))

    def _flush(self, speaking: tuple[str, Grew] | None, *, final: bool) -> None:
        while self._program:
            name, program = self._program.popitem()
            if more := program.flush():
                self._inner.show(ProgramWrote(stream=name, text=more))
        for key, growing in self._streams.items():
            if key != speaking:
                self._show_rest(growing, final=final)

    def _end(self, nested: NestedExecution) -> None:
        """Its texts grow no more."""
        for key in [key for key in self._streams if key[0] == nested.execution]:
            self._show_rest(self._streams.pop(key), final=True)

    def _show_rest(self, growing: Growing, *, final: bool) -> None:
        if more := growing.stream.flush() if final else growing.stream.pause():
            self._pass_on(growing.nested, replace(growing.what, more=more))


def _grew(message: MessageStarted | MessageReplaced) -> MessageGrew:
    return MessageGrew(index=message.index, role=message.role, more="")
