"""Files that a declaration names: a relative path starts where the declaration stands."""

# pathlib would cost each program 15 ms.
# ruff: noqa: PTH100, PTH118, PTH120, PTH123, PTH208

from __future__ import annotations

import os

from stigmer.errors import DeclarationError, did_you_mean, here


def read_file(what: str, file: str | os.PathLike[str]) -> str:
    """A text file. Raises DeclarationError."""
    path = beside(file)
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except OSError as error:
        raise DeclarationError(f"{what} cannot be read: {path}: {error.strerror}{_neighbour(path)}") from None
    except UnicodeDecodeError as error:
        raise DeclarationError(
            f"{what} must be UTF-8 text: {path}: {error.reason} at byte {error.start}"
        ) from None


def beside(file: str | os.PathLike[str]) -> str:
    return os.path.join(os.path.dirname(os.path.abspath(here().file)), os.fspath(file))


def _neighbour(path: str) -> str:
    directory, name = os.path.split(path)
    try:
        return did_you_mean(name, os.listdir(directory))
    except OSError:
        return ""
