"""What a power cut leaves of a directory: what was synced, and of the rest nothing or any part.

A copy of each file is kept when fsync returns (notes.c), and of each directory the names it had. At the cut
all processes are killed, and the directory becomes what a disk may have: under `STRICT` nothing that was not
synced, neither bytes nor names; under `TORN` of each sector of 512 bytes, of each file's length and of each
name by chance the old or the new one. Two versions that both were never synced are not told apart.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import struct
import subprocess
from enum import Enum
from pathlib import Path
from random import Random

import pytest

SECTOR = 512
GENERATION = 0x80087601  # FS_IOC_GETVERSION


class Cut(Enum):
    STRICT = "nothing that was not synced"
    TORN = "any part of what was not synced"


class Disk:
    """Of one directory, from now on."""

    def __init__(self, root: Path, shadow: Path, library: Path) -> None:
        self.root = root
        self._shadow = shadow
        self._library = library

    @property
    def environ(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(self._library),
            "POWER_ROOT": str(self.root),
            "POWER_SHADOW": str(self._shadow),
        }

    def settle(self) -> None:
        """All that is there now is on the disk."""
        shutil.rmtree(self._shadow, ignore_errors=True)
        self._shadow.mkdir()
        for each in (self.root, *self.root.rglob("*")):
            if each.is_dir():
                lines = [f"{known(child)} {child.name}\n" for child in each.iterdir() if is_kept(child)]
                (self._shadow / known(each)).write_text("".join(lines))
            elif is_kept(each):
                shutil.copyfile(each, self._shadow / known(each))

    def cut(self, how: Cut, chance: Random) -> None:
        """When nobody works with it any more."""
        after = self.root.with_name(f"{self.root.name}.after")
        self._directory(self.root, after, how, chance)
        shutil.rmtree(self.root)
        after.rename(self.root)
        self.settle()

    def _directory(self, live: Path, after: Path, how: Cut, chance: Random) -> None:
        after.mkdir(mode=0o700)
        old = self._names(live)
        new = {child.name: known(child) for child in live.iterdir() if is_kept(child)}
        where = {number: live / name for name, number in new.items()}
        for name in sorted({*old, *new}):
            number = old.get(name)
            if how is Cut.TORN and number != new.get(name):
                number = chance.choice([number, new.get(name)])
            if number is None:
                continue
            source = where.get(number)
            if source is not None and source.is_dir():
                self._directory(source, after / name, how, chance)
            else:
                self._file(number, source, after / name, how, chance)

    def _names(self, directory: Path) -> dict[str, str]:
        note = self._shadow / known(directory)
        lines = note.read_text().splitlines() if note.exists() else []
        return {name: number for number, _, name in (line.partition(" ") for line in lines)}

    def _file(self, number: str, source: Path | None, after: Path, how: Cut, chance: Random) -> None:
        note = self._shadow / number
        old = note.read_bytes() if note.exists() else b""
        new = source.read_bytes() if source is not None else old
        after.touch(mode=0o600)
        after.write_bytes(old if how is Cut.STRICT else torn(old, new, chance))


def torn(old: bytes, new: bytes, chance: Random) -> bytes:
    if old == new:
        return old
    length = chance.choice([len(old), len(new), chance.randint(*sorted((len(old), len(new))))])
    old, new = (each[:length].ljust(length, b"\0") for each in (old, new))
    share = chance.choice([0.1, 0.5, 0.9])
    return b"".join(
        (new if chance.random() < share else old)[start : start + SECTOR]
        for start in range(0, length, SECTOR)
    )


def known(path: Path) -> str:
    """As notes.c names it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        answer = fcntl.ioctl(descriptor, GENERATION, bytes(8))
        generation = struct.unpack("l", answer)[0] & 0xFFFFFFFF
    except OSError:
        generation = 0
    finally:
        os.close(descriptor)
    return f"{path.stat().st_ino}-{generation}"


def is_kept(path: Path) -> bool:
    mode = path.lstat().st_mode
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def library(directory: Path) -> Path:
    """notes.c, compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("the disk's notes are written in C, and there is no compiler")
    made = directory / "notes.so"
    source = Path(__file__).with_name("notes.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, source, "-ldl"], check=True)
    return made
