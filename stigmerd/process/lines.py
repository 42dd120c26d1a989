"""What a program prints, as whole lines: decoded, masked, and no line longer than anybody reads."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from typing import Final

from stigmer_api.masking import Masker

LONGEST_LINE: Final = 4000  # characters
CUT: Final = "… (the line is longer)"


class PrintedLines:
    """Feed it bytes as they come; it tells each whole line, several at a time, and half a line at the end."""

    def __init__(self, maskers: Iterable[Masker], tell: Callable[[str], None]) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        # A secret may come in two pieces, or in two lines.
        self._masked = [masker.stream() for masker in maskers if masker]
        self._tell = tell
        self._line = ""  # so far
        self._cut = False  # its rest is not shown

    def feed(self, data: bytes) -> None:
        text = self._decoder.decode(data)
        for masked in self._masked:
            text = masked.feed(text)
        self._take(text)

    def end(self) -> None:
        """Nothing follows."""
        text = self._decoder.decode(b"", final=True)
        for masked in self._masked:
            text = masked.feed(text) + masked.flush()
        self._take(text)
        if self._line or self._cut:
            self._tell(self._shown(self._line))
        self._line, self._cut = "", False

    def _take(self, text: str) -> None:
        first, *others = text.split("\n")
        if not self._cut:
            self._line += first
        if others:
            whole = [self._shown(self._line)]
            self._cut = False
            whole += [self._shown(line) for line in others[:-1]]
            self._line = others[-1]
            self._tell("\n".join(whole))
        if len(self._line) > LONGEST_LINE and not self._cut:
            self._line, self._cut = self._line[:LONGEST_LINE], True

    def _shown(self, line: str) -> str:
        """As a terminal would show it in the end: what follows a carriage return is written over the rest."""
        cut = self._cut or len(line) > LONGEST_LINE
        line = line.rstrip("\r").rpartition("\r")[2]
        return f"{line[:LONGEST_LINE]}{CUT}" if cut else line
