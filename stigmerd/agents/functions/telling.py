"""What functions print while they are called, told under the call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from stigmer_api.masking import Masker
from stigmerd.agents.printed import PrintedStream
from stigmerd.agents.reporter import AgentReporter
from stigmerd.children.printing import Printing

STREAMS = ("stdout", "stderr")


class Telling:
    """Of one execution's functions."""

    def __init__(self, reporter: AgentReporter, masker: Masker) -> None:
        self._reporter, self._masker = reporter, masker
        self._numbers = map(str, count(1))
        self._calls: dict[str, dict[str, PrintedStream]] = {}

    @contextmanager
    def call(self, name: str, call_id: str) -> Iterator[str]:
        """A number of its own: models give the same id twice."""
        number = next(self._numbers)
        self._calls[number] = {each: self._printed(name, call_id, each) for each in STREAMS}
        try:
            yield number
        finally:
            for each in self._calls.pop(number).values():
                each.end()

    def print(self, call: str, stream: str, text: str) -> None:
        """What comes after the end of its call is not told."""
        self.feed(call, stream, text.encode("utf-8", "replace"))

    def feed(self, call: str, stream: str, data: bytes) -> None:
        """Empty: of a program that a function started. It is told as long as it is clear by which call."""
        if not call and len(self._calls) == 1:
            (call,) = self._calls
        if call in self._calls:
            self._calls[call][stream].lines.feed(data)

    def of_others(self) -> Printing:
        return Printing({each: OfOthers(self, each) for each in STREAMS})

    def _printed(self, name: str, call_id: str, stream: str) -> PrintedStream:
        return PrintedStream(
            self._reporter, self._masker, {"source": "tool", "name": name, "stream": stream, "call": call_id}
        )


class OfOthers:
    """What comes by a pipe, and not from a call itself."""

    def __init__(self, telling: Telling, stream: str) -> None:
        self._telling, self._stream = telling, stream

    def feed(self, data: bytes) -> None:
        self._telling.feed("", self._stream, data)

    def end(self) -> None:
        """The calls have ended before."""
