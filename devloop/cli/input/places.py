"""Which file does an option name? For every command that is typed, so that nothing else is imported."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FILE: Final = "@"
STDIN: Final = Path("/dev/stdin")


def file_of(text: str) -> Path | None:
    """The file that `@FILE` names, or standard input for `@-`; None: it is the JSON itself."""
    if not text.startswith(FILE):
        return None
    return STDIN if text == "@-" else Path(text.removeprefix(FILE))
