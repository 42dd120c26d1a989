"""Reads the end of a log file, and follows it."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Generator
from io import TextIOWrapper
from pathlib import Path

POLL_SECONDS = 0.2


class Log:
    """A log that somebody else writes: its end, then what is appended, with nothing lost between the two."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._current = _open(file)

    @property
    def exists(self) -> bool:
        return self._current is not None

    def last_lines(self, count: int) -> list[str]:
        """The last `count` lines; none if the file does not exist."""
        if self._current is None:
            return []
        return [line.removesuffix("\n") for line in deque(self._current, count)]

    def appended(self, idle: Callable[[], object] = lambda: None) -> Generator[str, None, None]:
        """Yields what comes after that, for ever; follows the log into a new file when it is rotated.

        Args:
            idle: called again and again while nothing comes.
        """
        try:
            while True:
                # Asked first: what is read after that is all that an old file will ever hold.
                replaced = self._current is None or _replaced(self._current, self._file)
                text = self._current.read() if self._current else ""
                if text:
                    yield text
                elif replaced:
                    self.close()
                    self._current = _open(self._file)
                    if self._current is None:
                        idle()
                        time.sleep(POLL_SECONDS)
                else:
                    idle()
                    if self._current is not None:
                        _begin_again_if_emptied(self._current)
                    time.sleep(POLL_SECONDS)
        finally:
            self.close()

    def close(self) -> None:
        if self._current:
            self._current.close()
            self._current = None


def _open(file: Path) -> TextIOWrapper | None:
    try:
        return file.open(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def _replaced(current: TextIOWrapper, file: Path) -> bool:
    try:
        now = file.stat()
    except FileNotFoundError:
        return False
    return now.st_ino != os.fstat(current.fileno()).st_ino


def _begin_again_if_emptied(current: TextIOWrapper) -> None:
    """`: > log` makes room without a new file."""
    if os.fstat(current.fileno()).st_size < os.lseek(current.fileno(), 0, os.SEEK_CUR):
        current.seek(0)
