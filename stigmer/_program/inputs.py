"""Which files of the project did its program read?"""

# Called for each file that is opened: pathlib would be slow.
# ruff: noqa: PTH100

from __future__ import annotations

import os
import sys

from stigmer._program.loader import ProjectFiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

WRITES_ONLY = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


class Inputs:
    """Files and directories, noted as they are opened, read or imported; also those that were not there."""

    def __init__(self, files: ProjectFiles, listed: Iterable[str] = ()) -> None:
        self._files = files
        self._read: set[str] = set()
        self._listed = set(filter(files.owns, listed))

    def watch(self) -> None:
        """From now on, for the rest of the process: an audit hook cannot be taken away."""
        sys.addaudithook(self._heard)

    @property
    def files(self) -> list[str]:
        return sorted(self._read)

    @property
    def directories(self) -> list[str]:
        """Whose list of names the program asked for."""
        return sorted(self._listed)

    def _heard(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            if isinstance(mode, str) and mode[:1] in ("w", "a", "x"):
                return
            if isinstance(flags, int) and flags & WRITES_ONLY:
                return
            self._note(self._read, path)
        elif event in ("os.listdir", "os.scandir"):
            self._note(self._listed, arguments[0])

    def _note(self, noted: set[str], path: object) -> None:
        if path is None:
            path = "."
        if not isinstance(path, str | bytes | os.PathLike):
            return  # a file descriptor
        name = os.path.abspath(os.fsdecode(path))
        if self._files.owns(name) and not name.endswith(".pyc"):
            noted.add(name)
