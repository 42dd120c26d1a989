"""Lines out of a pipe, each kept only as far as anybody may read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KEPT_BEGINNING: Final = 4 << 10  # bytes of a line that is too long
KEPT_END: Final = 1 << 10


@dataclass(frozen=True, slots=True)
class WireLine:
    """Without its end. `data` is only its beginning and its end if it was too long."""

    data: bytes
    length: int

    @property
    def whole(self) -> bool:
        return len(self.data) == self.length


class BoundedLines:
    """Pieces come in, lines come out; of one that is longer than `longest` bytes, little is kept."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._pieces: list[bytes] = []
        self._length = 0
        self._end = b""

    def feed(self, data: bytes) -> list[WireLine]:
        *ends, rest = data.split(b"\n")
        lines = []
        for piece in ends:
            self._grow(piece)
            lines.append(self._taken())
        self._grow(rest)
        return lines

    def _grow(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length <= self._longest:
            self._pieces.append(piece)
            return
        if len(self._pieces) != 1 or len(self._pieces[0]) > KEPT_BEGINNING:
            beginning = b"".join([*self._pieces, piece])
            self._pieces = [beginning[:KEPT_BEGINNING]]
        self._end = (self._end + piece)[-KEPT_END:]

    def _taken(self) -> WireLine:
        line = WireLine(b"".join(self._pieces) + self._end, self._length)
        self._pieces, self._length, self._end = [], 0, b""
        return line
