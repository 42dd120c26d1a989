"""What is in the directories that a program may read? Each is listed once, when it is asked for."""

# Paths as text: many are looked up for one that is there.
# ruff: noqa: PTH112, PTH118, PTH119, PTH120, PTH206

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

# Of others: what is installed, built caches, and the history of the files.
FOREIGN = frozenset(
    {*("site-packages", "dist-packages", "node_modules", "__pycache__"), *(".git", ".hg", ".svn", ".stigmer")}
)
SYSTEM = tuple(f"/{name}/" for name in ("usr", "bin", "sbin", "lib", "lib64", "etc", "proc", "sys", "dev"))
ENVIRONMENT = "pyvenv.cfg"
MOST_NAMES = 50_000  # looked at for one program


class TooMuchError(Exception):
    """More than can be looked at each time."""


class ProgramTree:
    """Some directories with all that is below them, but for what is installed there."""

    def __init__(self, roots: Iterable[str]) -> None:
        self._roots: dict[str, None] = {}
        self._listed: dict[str, dict[str, bool]] = {}  # directories: names, and whether each is a directory
        self._ours: dict[str, bool] = {}  # directories: does what is in them count?
        self._names = 0
        for root in roots:
            self.add(root)

    def add(self, root: str) -> None:
        """Nothing that belongs to the system, nor all of it."""
        root = os.path.normpath(root)
        foreign = root == os.sep or f"{root}/".startswith(SYSTEM) or _foreign(root)
        if not foreign and os.path.isdir(root):
            self._roots[root] = None
            self._ours.clear()

    def owns(self, path: str) -> bool:
        """Is it in one of the roots or below, and not in an environment?"""
        return self._owns_folder(os.path.dirname(path)) and os.path.basename(path) not in FOREIGN

    def _owns_folder(self, folder: str) -> bool:
        if (known := self._ours.get(folder)) is None:
            self._ours[folder] = known = self._is_ours(folder)
        return known

    def _is_ours(self, folder: str) -> bool:
        for root in self._roots:
            if folder == root or folder.startswith(root + os.sep):
                below = folder[len(root) + 1 :]
                return not (_foreign(below) or self._in_environment(root, below))
        return False

    def is_file(self, path: str) -> bool:
        return self._kind(path) is False

    def is_folder(self, path: str) -> bool:
        return path in self._roots or self._kind(path) is True

    def names(self, folder: str) -> dict[str, bool]:
        """Of what is in it, and whether each is a directory. Raises TooMuchError."""
        if folder not in self._listed:
            self._listed[folder] = found = _listing(folder)
            self._names += len(found)
            if self._names > MOST_NAMES:
                raise TooMuchError
        return self._listed[folder]

    def files(self, folder: str, *, deep: bool = True) -> Iterator[str]:
        """In a directory and, if `deep`, below it. Raises TooMuchError."""
        waiting = [folder]
        seen: set[str] = set()
        while waiting:
            here = waiting.pop()
            if (real := os.path.realpath(here)) in seen or not self._owns_folder(here):
                continue
            seen.add(real)
            for name, is_folder in sorted(self.names(here).items()):
                if not is_folder:
                    yield os.path.join(here, name)
                elif deep and name not in FOREIGN:
                    waiting.append(os.path.join(here, name))

    def matching(self, base: str, pattern: str) -> Iterator[str]:
        """Files of which the name is like the pattern's last part, where its first parts lead."""
        parts = os.path.normpath(os.path.join(base, pattern)).split(os.sep)
        plain = next((at for at, part in enumerate(parts) if "*" in part), len(parts))
        folder, last = os.sep.join(parts[:plain]), parts[-1]
        if not last.replace("*", "").replace(".", "") and "**" not in pattern:
            return
        if self.is_folder(folder):
            for path in self.files(folder, deep=plain < len(parts) - 1):
                if fnmatchcase(os.path.basename(path), last):
                    yield path

    def _kind(self, path: str) -> bool | None:
        """True: a directory. None: it is not there, or not ours."""
        folder, name = os.path.split(path)
        if not name or not self.owns(path):
            return None
        return self.names(folder).get(name)

    def _in_environment(self, root: str, below: str) -> bool:
        at = root
        for part in filter(None, below.split(os.sep)):
            at = os.path.join(at, part)
            if ENVIRONMENT in self.names(at):
                return True
        return False


def _foreign(path: str) -> bool:
    return not FOREIGN.isdisjoint(path.split(os.sep))


def _listing(folder: str) -> dict[str, bool]:
    found = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    found[entry.name] = entry.is_dir()
                except OSError:
                    continue
    except (OSError, ValueError):  # ValueError: no path at all
        pass
    return found
