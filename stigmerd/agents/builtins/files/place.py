"""What a path names below a root, and nothing else.

Each part of a path is opened from the directory before it, and no link is followed by the kernel: it is read,
and its parts take its place. So whatever others do to the directories meanwhile, what is opened is below the
root that was opened first.
"""

from __future__ import annotations

import errno
import os
import stat
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from stigmerd.agents.builtins.files.refused import Refused

MOST_LINKS = 40  # as Linux has it
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe without a writer does not block


@dataclass(frozen=True)
class Located:
    """Where a path leads. `names` come without links, from the root."""

    directory: int  # a descriptor: of the directory itself if `name` is empty, else of the one it is in
    name: str
    names: tuple[str, ...]
    status: os.stat_result | None  # None: nothing is there

    @property
    def path(self) -> str:
        """From the root, with slashes, as people see it."""
        return shown("/".join(self.names)) or "."

    @property
    def is_directory(self) -> bool:
        return not self.name


class Root:
    """A directory, held open as long as somebody has it."""

    def __init__(self, directory: Path) -> None:
        """Raises OSError."""
        self.path = Path(os.path.realpath(directory))
        self._spellings = (directory.absolute().parts, self.path.parts)
        self._descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)

    @contextmanager
    def place(self, path: str, *, make: bool = False) -> Iterator[Located]:
        """`make`: the directories that lead there. Raises Refused, and OSError."""
        ahead = deque(self._parts(path, path))
        walk = _Walk(self._descriptor)
        links = 0
        try:
            while ahead:
                name = ahead.popleft()
                if name == "..":
                    walk.up(path)
                    continue
                status = walk.status(name)
                if status is None:
                    if not ahead:
                        yield Located(walk.here, name, (*walk.names, name), None)
                        return
                    walk.enter_missing(name, path, make=make)
                elif stat.S_ISLNK(status.st_mode):
                    links += 1
                    if links > MOST_LINKS:
                        raise Refused(f"{path}: its links go round in a circle")
                    target = os.readlink(name, dir_fd=walk.here)
                    if target.startswith("/"):
                        walk.to_root()
                    ahead.extendleft(reversed(self._parts(target, path)))
                elif ahead or stat.S_ISDIR(status.st_mode):
                    walk.enter(name, path)
                else:
                    yield Located(walk.here, name, (*walk.names, name), status)
                    return
            yield Located(walk.here, "", tuple(walk.names), os.fstat(walk.here))
        finally:
            walk.to_root()

    def _parts(self, path: str, asked: str) -> list[str]:
        """From the root, or from where a link is."""
        if "\0" in path:
            raise Refused("a path has no zero byte")
        if path.startswith("~"):
            raise Refused(outside(asked))
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if not path.startswith("/"):
            return parts
        for spelling in self._spellings:
            above = list(spelling[1:])
            if parts[: len(above)] == above:
                return parts[len(above) :]
        raise Refused(outside(asked))


class _Walk:
    """The directories from the root down to where we are, held open."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._below: list[tuple[str, int]] = []

    @property
    def here(self) -> int:
        return self._below[-1][1] if self._below else self._root

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self._below]

    def status(self, name: str) -> os.stat_result | None:
        try:
            return os.stat(name, dir_fd=self.here, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def enter(self, name: str, asked: str) -> None:
        try:
            self._below.append((name, os.open(name, DIRECTORY, dir_fd=self.here)))
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR):  # it was exchanged a moment ago, or is a file
                raise Refused(f"{asked}: {shown(name)} is no directory") from None
            raise

    def enter_missing(self, name: str, asked: str, *, make: bool) -> None:
        if not make:
            raise Refused(f"there is no {asked}: there is no directory {shown(name)}")
        with suppress(FileExistsError):  # somebody else was quicker
            os.mkdir(name, dir_fd=self.here)
        self.enter(name, asked)

    def up(self, asked: str) -> None:
        if not self._below:
            raise Refused(outside(asked))
        os.close(self._below.pop()[1])

    def to_root(self) -> None:
        while self._below:
            os.close(self._below.pop()[1])


def opened(place: Located) -> int:
    """A descriptor of an ordinary file that has no other name. Raises Refused, and OSError."""
    if place.status is None:
        raise Refused(f"there is no {place.path}")
    if place.is_directory:
        raise Refused(f"{place.path} is a directory")
    _require_ordinary(place.path, place.status)  # to open a device may do something
    try:
        descriptor = os.open(place.name, FILE, dir_fd=place.directory)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refused(f"{place.path} became a link") from None
        raise
    try:
        _require_ordinary(place.path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _require_ordinary(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Refused(f"{path} is no ordinary file")
    if status.st_nlink > 1:
        raise Refused(f"{path} has another name (a hard link), which may be outside of the workspace")


def outside(path: str) -> str:
    return f"{shown(path)} is outside of the workspace: paths start in it, as in src/main.py"


def shown(text: str) -> str:
    """A name that is no text, as text."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
