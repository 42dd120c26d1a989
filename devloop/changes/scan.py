"""Scans what may have changed in a project."""

# Strings, because a Path for each of 10,000 files costs more than to stat them.
# ruff: noqa: PTH115

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from heapq import nsmallest
from pathlib import Path
from typing import Protocol

from devloop.changes.bounds import MOST_FILES, OTHERS, Bounds, Note, above
from devloop.changes.digest import FileState, StoppedError, digest, read, read_regular, stat_only

LINK = (0,)  # in place of a stat
FOLDS_CASE = sys.platform in ("darwin", "win32")

Inside = tuple[Path, ...]  # the targets of the links on the way here


class ScanRules(Protocol):
    """Which paths count; root-relative, with slashes."""

    def ignores(self, path: str, directory: bool) -> object | None: ...

    def prunes(self, directory: str) -> bool: ...


class Scan:
    """Finds the files that count, and their states. Not recursive: directories may be deep."""

    def __init__(
        self,
        root: str,
        rules: ScanRules,
        before: Mapping[str, FileState],
        bounds: Bounds,
        stopped: Callable[[], bool],
        *,
        read: float,
    ) -> None:
        self.found: dict[str, FileState] = {}
        self.others = 0  # known files outside of this scan
        self._before = before
        self._bounds = bounds
        self._most_files = bounds.most_files or MOST_FILES
        self._stopped = stopped
        self._read = read  # hash so many files; of the rest, take the stat only
        self._began = time.time_ns()
        self._root = root
        self._rules = rules
        self._real_root = Path(root).resolve()
        self._pending: list[tuple[str, Inside]] = []

    def path(self, path: str) -> None:
        """A file, or a directory with all that counts in it, if it is there and nothing above hides it."""
        place = f"{self._root}/{path}"
        parent, _, name = place.rpartition("/")
        if any(map(self._prunes, above(path))) or self._goes_by_another_name(parent):
            return
        try:
            mode = os.lstat(place).st_mode
            # Where A.py and a.py are one file, both names are there; only one is listed.
            if FOLDS_CASE and all(entry.name != name for entry in os.scandir(parent)):
                return
        except OSError:
            return
        if stat.S_ISLNK(mode):
            self._link(path, place, ())
            self._walk()
        elif stat.S_ISDIR(mode):
            if not self._prunes(path):
                self.directory(path)
        elif self._rules.ignores(path, False) is None:
            self.file(path, place)

    def directory(self, path: str) -> None:
        """All that counts in it."""
        self._pending.append((path, ()))
        self._walk()

    def _walk(self) -> None:
        while self._pending:
            path, inside = self._pending.pop()
            if self._stopped():
                raise StoppedError
            if path and self._bounds.hides(path):
                continue
            # A directory that vanishes meanwhile, or that we may not read, counts as empty.
            try:
                with os.scandir(f"{self._root}/{path}" if path else self._root) as entries:
                    fits = self._entries(entries, f"{path}/" if path else "", inside)
            except OSError:
                continue
            if not fits:
                self._leave_out(path)

    def _entries(self, entries: Iterator[os.DirEntry[str]], prefix: str, inside: Inside) -> bool:
        """Files now, directories later. False: there are too many files."""
        found, before, ignores = self.found, self._before, self._rules.ignores
        for entry in entries:
            key = prefix + entry.name
            try:
                known = before.get(key)
                if known is not None and entry.is_file(follow_symlinks=False):
                    # Most files, most of the time: known, and unchanged.
                    now = entry.stat(follow_symlinks=False)
                    if known.stat == (now.st_mtime_ns, now.st_size, now.st_ino, now.st_ctime_ns):
                        found[key] = known
                    else:
                        self.file(key, entry.path)
                elif entry.is_symlink():
                    self._link(key, entry.path, inside)
                elif entry.is_dir(follow_symlinks=False):
                    if not self._prunes(key):
                        self._pending.append((key, inside))
                elif ignores(key, False) is None:
                    if len(found) + self.others >= self._most_files:
                        return False
                    self._new(key, entry)
            except OSError:
                continue
        return True

    def _new(self, key: str, entry: os.DirEntry[str]) -> None:
        if len(self.found) >= self._read:
            state = stat_only(entry.path, entry.stat(follow_symlinks=False), self._began, self._stopped)
        elif self._stopped():
            raise StoppedError
        else:
            state = read_regular(entry.path, self._stopped) if entry.is_file() else None
        if state is not None:
            self.found[key] = state

    def _leave_out(self, path: str) -> None:
        why = f"more than {self._most_files:,} files count"
        if path:
            self._bounds.leave_out(path, why, OTHERS)
            return
        # The root cannot be left out as a whole. Its first files by name are the same in each scan.
        self._bounds.note_once(
            Note(f"{why}: of the project's own directory, the last ones are left out", OTHERS)
        )
        self.found.clear()
        self._pending.clear()
        with os.scandir(self._root) as entries:
            for entry in nsmallest(
                self._most_files, self._files_of_root(entries), key=lambda each: each.name
            ):
                with suppress(OSError):
                    self._new(entry.name, entry)

    def _files_of_root(self, entries: Iterator[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
        for entry in entries:
            if entry.is_symlink():
                self._link(entry.name, entry.path, ())
            elif entry.is_dir(follow_symlinks=False):
                if not self._prunes(entry.name):
                    self._pending.append((entry.name, ()))
            elif self._rules.ignores(entry.name, False) is None:
                yield entry

    def file(self, key: str, place: str) -> None:
        """Hashes it unless its stat shows that it is unchanged."""
        state = read(place, self._before.get(key), self._stopped)
        if state is not None:
            self.found[key] = state

    def _link(self, key: str, place: str, inside: Inside) -> None:
        """A link counts by where it points and by what is there, unless that counts under its own name."""
        refusal = self._bounds.refusal(key)
        try:
            pointer = os.fsencode(os.readlink(place))
            # To touch the target of a link that is not followed may never end.
            target = None if refusal else Path(place).resolve()
        except (OSError, RuntimeError):  # RuntimeError: links that go round in a circle
            return
        directory = target.is_dir() if target else bool(refusal and refusal.directory)
        if self._rules.ignores(key, directory) is not None:
            return
        content = b""
        if target is None:
            self._bounds.note_refused(key, refusal)
        elif directory:
            self._linked_directory(key, target, inside)
        elif not self._counts(target) and (state := read(str(target), None, self._stopped)) is not None:
            content = state.digest
        self.found[key] = FileState(digest(pointer + b"\0" + content), LINK)

    def _linked_directory(self, key: str, target: Path, inside: Inside) -> None:
        around = (self._real_root, *inside)
        if self._counts(target) or any(each.is_relative_to(target) for each in around):
            return
        if not self._bounds.leaves_out(key):
            self._pending.append((key, (*inside, target)))

    def _prunes(self, directory: str) -> bool:
        return self._rules.prunes(directory) or self._bounds.leaves_out(directory)

    def _counts(self, target: Path) -> bool:
        """Is it a part of the project under its own name?"""
        if not target.is_relative_to(self._real_root):
            return False
        path = target.relative_to(self._real_root).as_posix()
        return not any(self._rules.prunes(directory) for directory in (*above(path), path))

    def _goes_by_another_name(self, directory: str) -> bool:
        if directory == self._root or (real := os.path.realpath(directory)) == directory:
            return False
        expected = self._real_root / directory[len(self._root) + 1 :]
        return Path(real) != expected and self._counts(Path(real))
