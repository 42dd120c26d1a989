"""`--save-transcript`: everything that a command shows, one JSON object a line, for `stigmer replay`."""

from __future__ import annotations

import os
from pathlib import Path

from devloop.render.artifacts.files import OWNERS, is_ordinary

FLAGS = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC


class Transcript:
    """Written line by line: what a killed command has said is there. The file is its owner's alone."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor: int | None = None

    def add(self, line: str) -> None:
        """Raises OSError."""
        if self._descriptor is None:
            flags = FLAGS | (os.O_TRUNC if is_ordinary(self._file) else 0)
            self._descriptor = os.open(self._file, flags, OWNERS)
        left = memoryview(f"{line}\n".encode("utf-8", "backslashreplace"))
        while left:
            left = left[os.write(self._descriptor, left) :]

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
