"""Which files of the user's did the program read?"""

# Called for each file that is opened: pathlib would be slow.
# ruff: noqa: PTH100, PTH111, PTH112, PTH118, PTH120

from __future__ import annotations

import os
import sys

from stigmer._program.loader import ProjectFiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

WRITES_ONLY = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
MOST_OUTSIDE = 5_000
IMPORT_SYSTEM = "<frozen importlib"


class Inputs:
    """Files and directories, noted as they are opened, read or imported; also those that were not there."""

    def __init__(self, files: ProjectFiles, listed: Iterable[str] = ()) -> None:
        self._files = files
        self._read: set[str] = set()
        self._listed = set(filter(files.owns, listed))
        self._read_outside: set[str] = set()
        self._listed_outside: set[str] = set()
        self._written: set[str] = set()
        # What programs keep in a home behind a dot are settings and caches, unless the project lies there.
        self._hidden = os.path.join(os.path.expanduser("~"), ".")
        if any(root.startswith(self._hidden) for root in files.roots):
            self._hidden = os.devnull + os.sep

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

    @property
    def outside(self) -> list[str]:
        """Files outside of the project, but not those that the program itself had made. One that is not there
        counts if it could be made."""
        found = self._read_outside - self._written
        return sorted(path for path in found if os.path.isdir(os.path.dirname(path)))

    @property
    def directories_outside(self) -> list[str]:
        """Whose names the program asked for, and not only Python for it."""
        return sorted(filter(os.path.isdir, self._listed_outside))

    def _heard(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            if isinstance(mode, str) and mode[:1] in ("w", "a", "x"):
                self._note_written(path)
                return
            if isinstance(flags, int) and flags & WRITES_ONLY:
                self._note_written(path)
                return
            self._note(self._read, self._read_outside, path)
        elif event in ("os.listdir", "os.scandir"):
            caller = sys._getframe(1).f_code.co_filename
            by_hand = not caller.startswith(IMPORT_SYSTEM)
            self._note(self._listed, self._listed_outside if by_hand else None, arguments[0])
        elif event == "os.rename":
            self._note_written(arguments[1])

    def _note(self, inside: set[str], outside: set[str] | None, path: object) -> None:
        if path is None:
            path = "."
        if not isinstance(path, str | bytes | os.PathLike):
            return  # a file descriptor
        name = os.fsdecode(path)
        if name.endswith(".pyc"):
            return
        if os.pardir in name:  # from where a link leads
            directory, file = os.path.split(name)
            name = os.path.join(os.path.realpath(directory), file)
        name = os.path.abspath(name)
        if self._files.owns(name):
            inside.add(name)
        elif outside is not None and len(outside) < MOST_OUTSIDE and self._counts_outside(name):
            outside.add(name)

    def _counts_outside(self, name: str) -> bool:
        return self._files.beside(name) and (name.endswith(".py") or not name.startswith(self._hidden))

    def _note_written(self, path: object) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            self._written.add(os.path.abspath(os.fsdecode(path)))
