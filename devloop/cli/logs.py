"""Reads the end of a log file, and follows it."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Generator
from pathlib import Path
from typing import TextIO

POLL_SECONDS = 0.2


def last_lines(file: Path, count: int) -> list[str]:
    """The last `count` lines; none if the file does not exist."""
    try:
        with file.open(encoding="utf-8", errors="replace") as text:
            return [line.removesuffix("\n") for line in deque(text, count)]
    except FileNotFoundError:
        return []


def appended(file: Path) -> Generator[str, None, None]:
    """Yields what is appended from now on, for ever; follows the log into a new file when it is rotated."""
    current = _open(file)
    if current:
        current.seek(0, os.SEEK_END)
    return _appended(file, current)


def _appended(file: Path, current: TextIO | None) -> Generator[str, None, None]:
    try:
        while True:
            # Asked first: what is read after that is all that an old file will ever hold.
            replaced = current is None or _replaced(current, file)
            text = current.read() if current else ""
            if text:
                yield text
            elif replaced:
                if current:
                    current.close()
                current = _open(file)
                if current is None:
                    time.sleep(POLL_SECONDS)
            else:
                time.sleep(POLL_SECONDS)
    finally:
        if current:
            current.close()


def _open(file: Path) -> TextIO | None:
    try:
        return file.open(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def _replaced(current: TextIO, file: Path) -> bool:
    try:
        now = file.stat()
    except FileNotFoundError:
        return False
    return now.st_ino != os.fstat(current.fileno()).st_ino
