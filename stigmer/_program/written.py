"""Write a file where somebody else's program may have left anything."""

# Each import here is waited for at every edit.
# ruff: noqa: PTH108

from __future__ import annotations

import os


def write_new(path: str, data: bytes) -> None:
    """Never into what is there already, nor through a link. Raises OSError."""
    try:
        number = _new(path)
    except FileExistsError:
        os.unlink(path)
        number = _new(path)
    try:
        while data:
            data = data[os.write(number, data) :]
    finally:
        os.close(number)


def _new(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
