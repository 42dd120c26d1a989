"""Is the write-ahead log beside a database whole? SQLite silently skips what it cannot read of it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

# https://www.sqlite.org/fileformat2.html#walformat and https://www.sqlite.org/walformat.html
MAGIC = (0x377F0682, 0x377F0683)  # checksums of little-endian or of big-endian numbers
VERSION = 3007000
HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24
INDEX_BYTES = 136  # of the shared index, before its hash tables
INDEX_HEADER = struct.Struct("=IIIBBHIIIIIIII")
NEXT_LOGS = 1 << 16  # each time a log begins anew, the first half of its salt grows by one

Salt = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The beginning of a log."""

    page_bytes: int
    order: str  # of the numbers in a checksum
    salt: Salt  # of the frames that belong to this log; those of others were left over


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """What the shared index says of the log: it outlives a killed process, and knows each commit."""

    frames: int  # committed
    copied: int  # of these, into the database
    salt: Salt

    @property
    def needed(self) -> bool:
        """The database alone is not all."""
        return self.frames > self.copied


def log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def index_of(path: Path) -> Path:
    return path.with_name(path.name + "-shm")


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def read_header(log: Path) -> Header | None:
    """None: it is none."""
    with log.open("rb") as file:
        data = file.read(HEADER_BYTES)
    if len(data) < HEADER_BYTES:
        return None
    magic, version, page_bytes, _, salt1, salt2, sum1, sum2 = struct.unpack(">8I", data)
    if magic not in MAGIC or version != VERSION or not 512 <= page_bytes <= 65536:
        return None
    order = ">" if magic & 1 else "<"
    if checksum(data[:24], order) != (sum1, sum2):
        return None
    return Header(page_bytes=page_bytes, order=order, salt=(salt1, salt2))


def read_witness(index: Path) -> Witness | None:
    """None: it is missing, or was damaged itself."""
    try:
        with index.open("rb") as file:
            data = file.read(INDEX_BYTES)
    except FileNotFoundError:
        return None
    if len(data) < INDEX_BYTES or data[:48] != data[48:96]:
        return None
    version, _, _, begun, _, _, frames, *_, sum1, sum2 = INDEX_HEADER.unpack(data[:48])
    if version != VERSION or not begun or checksum(data[:40], "=") != (sum1, sum2):
        return None
    salt1, salt2 = struct.unpack(">II", data[32:40])  # as they are in the log
    return Witness(frames=frames, copied=struct.unpack("=I", data[96:100])[0], salt=(salt1, salt2))


def commits_beyond(log: Path, header: Header, frames: int) -> bool:
    """Are there commits behind what can be read that are more than the last one, torn by a process's end?"""
    last_commit = last = broken = 0
    for number, own, commit, whole in _frames(log, header, frames):
        if not (own and whole) and not broken:
            broken = number
        if own:
            last = number
        if own and commit and broken:
            last_commit = number
    if not last_commit:
        return False
    # A process writes its log from front to back: only the last frame can be half written.
    at_the_end = size_of(log) == HEADER_BYTES + broken * (FRAME_HEADER_BYTES + header.page_bytes)
    return last > broken or at_the_end


def follows(salt: Salt, before: Salt) -> bool:
    """A later log of the same database."""
    return 0 < (salt[0] - before[0]) % (1 << 32) < NEXT_LOGS


def checksum(data: bytes, order: str, start: tuple[int, int] = (0, 0)) -> tuple[int, int]:
    one, two = start
    numbers = struct.unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(numbers[::2], numbers[1::2], strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two


def _frames(log: Path, header: Header, after: int) -> Iterator[tuple[int, bool, bool, bool]]:
    """(number, of this log, a commit, unbroken since the first) of the frames behind the first `after`."""
    length = FRAME_HEADER_BYTES + header.page_bytes
    with log.open("rb") as file:
        file.seek(HEADER_BYTES + (after - 1) * length + 16 if after else 24)
        expected = struct.unpack(">II", file.read(8))
        whole = True
        for number in count(after + 1):
            file.seek(HEADER_BYTES + (number - 1) * length)
            data = file.read(length)
            if len(data) < 16:
                return
            _, pages, *salt = struct.unpack(">4I", data[:16])
            whole = whole and len(data) == length and tuple(salt) == header.salt
            if whole:
                expected = checksum(data[24:], header.order, checksum(data[:8], header.order, expected))
                whole = struct.unpack(">II", data[16:24]) == expected
            yield number, tuple(salt) == header.salt, pages > 0, whole
