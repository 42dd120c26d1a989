"""What a program of an execution writes: no more than a part of it in a second, or others would wait."""

from __future__ import annotations

import time
from collections.abc import Mapping

from stigmer_api.masking import Masker
from stigmerd.agents.reporter import AgentReporter
from stigmerd.process.lines import PrintedLines
from stigmerd.store.json import Json

MOST_CHARACTERS = 256 << 10  # of one program, in a second


class PrintedStream:
    """One stream of one program; feed its `lines`."""

    def __init__(self, reporter: AgentReporter, masker: Masker, source: Mapping[str, Json]) -> None:
        """`source`: the fields of the note that say who prints."""
        self.lines = PrintedLines([masker], self._tell)
        self._reporter = reporter
        self._source = source
        self._second = 0
        self._passed = 0  # characters, in this second
        self._left_out = 0

    def end(self) -> None:
        self.lines.end()
        self._second = 0
        if self._left_out:
            self._tell("")

    def _tell(self, text: str) -> None:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._passed = second, 0
        if self._passed > MOST_CHARACTERS:
            self._left_out += len(text)
            return
        self._passed += len(text)
        if self._left_out:
            text = f"… {self._left_out:,} characters are left out\n{text}".rstrip("\n")
            self._left_out = 0
        self._reporter.tell("print", **self._source, text=text)
