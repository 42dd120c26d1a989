"""The end of a log file, and what comes after it."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

POLL_SECONDS = 0.2


def last_lines(file: Path, count: int) -> list[str]:
    """At most so many; none of a file that does not exist."""
    try:
        with file.open(encoding="utf-8", errors="replace") as text:
            return [line.removesuffix("\n") for line in deque(text, count)]
    except FileNotFoundError:
        return []


def follow_file(file: Path, write: Callable[[str], object]) -> None:
    """Writes what is appended, for ever; goes on in a new file when the old one is rotated away."""
    current = _open_at_end(file)
    while True:
        text = current.read() if current else ""
        if text:
            write(text)
            continue
        if current is None or _replaced(current, file):
            current = _open(file)
        time.sleep(POLL_SECONDS)


def _open(file: Path) -> TextIO | None:
    try:
        return file.open(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def _open_at_end(file: Path) -> TextIO | None:
    current = _open(file)
    if current:
        current.seek(0, os.SEEK_END)
    return current


def _replaced(current: TextIO, file: Path) -> bool:
    try:
        now = file.stat()
    except FileNotFoundError:
        return False
    return now.st_ino != os.fstat(current.fileno()).st_ino
