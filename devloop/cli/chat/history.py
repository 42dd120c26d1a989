"""What was typed before, for the Up key: one file for each user, which nobody else can read."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from prompt_toolkit.history import FileHistory

FILE = "chat_history"  # in ~/.stigmer
KEPT = 1000  # messages
MOST_BYTES = 2_000_000  # of the file; a longer one loses its beginning
OWNER_ONLY = 0o600


class ChatHistory(FileHistory):
    """A convenience: where there is no such file, and none can be made, the conversation goes on without."""

    def __init__(self, file: Path, secrets: Collection[str]) -> None:
        """`secrets`: a message with one of them is not written down."""
        super().__init__(str(file))
        self._file = file
        self._secrets = [each for each in secrets if each]

    def load_history_strings(self) -> Iterable[str]:
        """The newest first."""
        with suppress(OSError):
            return list(super().load_history_strings())[:KEPT]
        return []

    def store_string(self, string: str) -> None:
        """Adds it, in one write: several conversations may go on at the same time."""
        if any(each in string for each in self._secrets):
            return
        lines = "".join(f"+{line}\n" for line in string.split("\n"))
        entry = f"\n# {datetime.now(UTC).isoformat(timespec='seconds')}\n{lines}"
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._shorten()
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
            opened = os.open(self._file, flags, OWNER_ONLY)
            try:
                os.fchmod(opened, OWNER_ONLY)
                os.write(opened, entry.encode("utf-8", "replace"))
            finally:
                os.close(opened)

    def _shorten(self) -> None:
        if self._file.exists() and self._file.stat().st_size > MOST_BYTES:
            whole = self._file.read_bytes()
            kept = whole[-MOST_BYTES // 2 :]
            new = self._file.with_suffix(".new")
            opened = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, OWNER_ONLY)
            with os.fdopen(opened, "wb") as file:
                file.write(kept[kept.find(b"\n\n#") + 1 :])
            new.replace(self._file)
