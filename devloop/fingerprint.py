"""What is on disk: path → content hash; the difference of two."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from devloop.contents import Mark, digest, glance, learn, read, read_regular

MANY_PATHS = 256  # from here on, a look at everything is quicker
FEW_FILES = 500  # are read in no time
LINK = (0,)  # in place of a stat
FOLDS_CASE = sys.platform in ("darwin", "win32")

Fingerprint = Mapping[str, Mark]


class Rules(Protocol):
    """Which paths count; root-relative, with slashes."""

    def ignores(self, path: str, directory: bool) -> object | None: ...

    def prunes(self, directory: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Change:
    """Files whose content differs, sorted; false when there are none."""

    created: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()  # from, to; both are also told as deleted and created

    def __bool__(self) -> bool:
        return bool(self.created or self.modified or self.deleted)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted((*self.created, *self.modified, *self.deleted)))


def difference(before: Fingerprint, after: Fingerprint) -> Change:
    """What makes one out of the other."""
    if before is after:
        return Change()
    # Most marks are the very same object in both.
    other = [path for path, mark in after.items() if before.get(path) is not mark]
    created = [path for path in other if path not in before]
    modified = [path for path in other if path in before and not before[path].same_content(after[path])]
    deleted: list[str] = []
    if len(before) + len(created) != len(after):
        deleted = [path for path in before if path not in after]
    renamed = _renames(before, after, created, deleted)
    return Change(tuple(sorted(created)), tuple(sorted(modified)), tuple(sorted(deleted)), renamed)


def _renames(
    before: Fingerprint, after: Fingerprint, created: Iterable[str], deleted: Iterable[str]
) -> tuple[tuple[str, str], ...]:
    """Each content that left one place and came up in one other."""
    gone: dict[bytes, list[str]] = {}
    for path in deleted:
        if before[path].digest:
            gone.setdefault(before[path].digest, []).append(path)
    if not gone:
        return ()
    come: dict[bytes, list[str]] = {}
    for path in created:
        come.setdefault(after[path].digest, []).append(path)
    pairs = ((gone[digest], come.get(digest, [])) for digest in gone)
    return tuple(sorted((old[0], new[0]) for old, new in pairs if len(old) == len(new) == 1))


def take(
    root: Path,
    rules: Rules,
    before: Fingerprint | None = None,
    only: Iterable[str] | None = None,
    extra: Iterable[Path] = (),
    *,
    lazily: bool = False,
) -> Fingerprint:
    """Reads what may have changed since `before`, whose paths must all count under these rules.

    `only`: look again at these files and directories, and at nothing else. `extra`: files that count wherever
    they are and whatever the rules say; one outside the root goes by its absolute path. `lazily`: most of
    many files need not be read yet, if their stat vouches for them; `learn_some` does it afterwards.
    """
    places = {extra_key(root, path): str(path) for path in extra}
    look = _Look(str(root), rules, before or {}, lazily=lazily)
    paths = set() if only is None else set(only)
    if before is None or only is None or "" in paths or len(paths) > MANY_PATHS:
        kept: dict[str, Mark] = {}
        paths = set(places)
        look.directory("")
    else:
        kept = _without(before, paths)
        for path in paths - places.keys():
            look.path(path)
    for key in paths & places.keys():
        look.file(key, places[key])
    kept.update(look.found)
    return kept


def learn_some(root: Path, fingerprint: Fingerprint, paths: Iterable[str]) -> None:
    """Reads what was only glanced at, and fills it in."""
    for path in paths:
        if not (mark := fingerprint[path]).digest:
            learn(f"{root}/{path}", mark)


def extra_key(root: Path, path: Path) -> str:
    """The name of a file that counts whatever the rules say."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _without(before: Fingerprint, paths: set[str]) -> dict[str, Mark]:
    """All but these paths and what is below them."""
    kept = dict(before)
    files = {path for path in paths if (mark := kept.pop(path, None)) is not None and mark.stat != LINK}
    if below := tuple(f"{path}/" for path in paths - files):
        for key in [key for key in kept if key.startswith(below)]:
            del kept[key]
    return kept


def _above(path: str) -> Iterator[str]:
    cut = path.rfind("/")
    while cut > 0:
        yield path[:cut]
        cut = path.rfind("/", 0, cut)


class _Look:
    """One walk over what may have changed."""

    def __init__(self, root: str, rules: Rules, before: Fingerprint, *, lazily: bool) -> None:
        self.found: dict[str, Mark] = {}
        self.before = before
        self._lazily = lazily
        self._began = time.time_ns()
        self._root = root
        self._rules = rules
        self._real_root = Path(root).resolve()
        self._inside: list[Path] = []  # the linked directories that we are in

    def directory(self, path: str) -> None:
        """All that counts in it. A directory that vanishes under our eyes is an empty one."""
        try:
            entries = list(os.scandir(f"{self._root}/{path}" if path else self._root))
        except OSError:
            return
        prefix = f"{path}/" if path else ""
        found, before, ignores = self.found, self.before, self._rules.ignores
        for entry in entries:
            key = prefix + entry.name
            try:
                known = before.get(key)
                if known is not None and entry.is_file(follow_symlinks=False):
                    # Most files, most of the time: known to count, and the same as they were.
                    now = entry.stat(follow_symlinks=False)
                    if known.stat == (now.st_mtime_ns, now.st_size, now.st_ino, now.st_ctime_ns):
                        found[key] = known
                    else:
                        self.file(key, entry.path)
                elif entry.is_symlink():
                    self._link(key, entry.path)
                elif entry.is_dir(follow_symlinks=False):
                    if not self._rules.prunes(key):
                        self.directory(key)
                elif ignores(key, False) is None:
                    if self._lazily and len(found) >= FEW_FILES:
                        mark = glance(entry.path, entry.stat(follow_symlinks=False), self._began)
                    else:
                        mark = read_regular(entry.path) if entry.is_file() else None
                    if mark is not None:
                        found[key] = mark
            except OSError:
                continue

    def path(self, path: str) -> None:
        """A file, or a directory with all that counts in it, if it is there and nothing above hides it."""
        place = f"{self._root}/{path}"
        above, _, name = place.rpartition("/")
        if any(self._rules.prunes(directory) for directory in _above(path)) or self._goes_by_another_name(
            above
        ):
            return
        try:
            mode = os.lstat(place).st_mode
            # Where A.py and a.py are one file, both names are there; only one is listed.
            if FOLDS_CASE and all(entry.name != name for entry in os.scandir(above)):
                return
        except OSError:
            return
        if stat.S_ISLNK(mode):
            self._link(path, place)
        elif stat.S_ISDIR(mode):
            if not self._rules.prunes(path):
                self.directory(path)
        elif self._rules.ignores(path, False) is None:
            self.file(path, place)

    def file(self, key: str, place: str) -> None:
        """Reads it unless its stat vouches for what we know."""
        mark = read(place, self.before.get(key))
        if mark is not None:
            self.found[key] = mark

    def _link(self, key: str, place: str) -> None:
        """A link counts by where it points, and by what is there unless that counts already."""
        try:
            target, pointer = Path(place).resolve(), bytes(Path(place).readlink())
        except (OSError, RuntimeError):  # RuntimeError: links that go round in a circle
            return
        directory = target.is_dir()
        if self._rules.ignores(key, directory) is not None or (directory and self._rules.prunes(key)):
            return
        content = b""
        if directory:
            self._linked_directory(key, target)
        elif not self._counts(target) and (mark := read(str(target), None)) is not None:
            content = mark.digest
        self.found[key] = Mark(digest(pointer + b"\0" + content), LINK)

    def _linked_directory(self, key: str, target: Path) -> None:
        if self._counts(target) or any(
            inner.is_relative_to(target) for inner in (self._real_root, *self._inside)
        ):
            return
        self._inside.append(target)
        self.directory(key)
        self._inside.pop()

    def _counts(self, target: Path) -> bool:
        """Is it a part of the project under its own name?"""
        if not target.is_relative_to(self._real_root):
            return False
        path = target.relative_to(self._real_root).as_posix()
        return not any(self._rules.prunes(directory) for directory in (*_above(path), path))

    def _goes_by_another_name(self, directory: str) -> bool:
        if directory == self._root or (real := os.path.realpath(directory)) == directory:
            return False
        expected = self._real_root / directory[len(self._root) + 1 :]
        return Path(real) != expected and self._counts(Path(real))
