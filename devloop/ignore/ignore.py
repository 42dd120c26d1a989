"""Decides whether a path counts: the project's own rules, then git's, then what never counts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from devloop.ignore import git
from devloop.ignore.builtin import BUILT_IN, NEVER
from devloop.ignore.layers import BY_NAME, GITS, OURS, LayerReader, Layers, bytewise, textwise
from devloop.ignore.name_filter import NameFilter
from devloop.ignore.pattern import LineWarning
from devloop.ignore.rules import Reason

VIRTUAL_ENVIRONMENT = "pyvenv.cfg"
# A file of these names anywhere changes what counts.
SOURCE_NAMES = BY_NAME | {VIRTUAL_ENVIRONMENT, ".git"}
REMEMBERED_PATHS = 200_000
REMEMBERED_FOLDERS = 20_000
_NOT_ASKED = Reason("", 0, "")


@dataclass(frozen=True, slots=True)
class _Folder:
    """The rules for what is in a directory; if it is ignored, why."""

    ours: Layers
    gits: Layers
    name_filter: NameFilter | None = None  # for files; None: ask every rule
    ignored: Reason | None = None
    closed: bool = False  # nothing can be brought back


class Ignore:
    """Which paths of a project count.

    Files in the project are read when a path in their directory is first asked about, and remembered.
    """

    def __init__(self, root: Path, patterns: Sequence[str] = ()) -> None:
        reader = self._reader = LayerReader(root)
        self._root = os.fspath(root).rstrip("/")
        self._known: tuple[dict[str, Reason | None], dict[str, Reason | None]] = ({}, {})
        ours = reader.listed("watch.ignore", patterns) + reader.file((), f"{self._root}/{OURS}")
        gits = reader.file(reader.above(), f"{self._root}/{GITS}")
        self._top = _Folder(ours, gits, _name_filter(ours, gits))
        self._folders: dict[str, _Folder] = {}

    @classmethod
    def load(cls, root: Path, patterns: Sequence[str] = ()) -> Ignore:
        """Reads the rules of a project.

        Args:
            root: the project's directory.
            patterns: `watch.ignore` of Stigmer.yaml.
        """
        return cls(Path(os.path.abspath(root)), patterns)  # noqa: PTH100  # links in it stay as they are

    @property
    def warnings(self) -> tuple[LineWarning, ...]:
        """Lines that do nothing, each once, of the files read so far."""
        return tuple(dict.fromkeys(self._reader.warnings))

    @property
    def sources(self) -> frozenset[Path]:
        """Files, there or not, whose change means: load again; `is_source` knows those that count by name."""
        return frozenset(self._reader.sources)

    def is_source(self, path: str) -> bool:
        """Whether a change of this path, there or not, means: load again."""
        parent, _, name = path.rpartition("/")
        if name in SOURCE_NAMES and (name == VIRTUAL_ENVIRONMENT or not self.prunes(parent)):
            return True
        return self._reader.root / path in self._reader.sources

    def prunes(self, directory: str) -> bool:
        """Whether nothing in this directory can count."""
        return self.ignores(directory, True) is not None

    def ignores(self, path: str, directory: bool) -> Reason | None:
        """Why a path does not count; None if it, or something in it, may.

        Args:
            path: from the project's root, with slashes; `""` is the root.
            directory: whether it is one; so is a link to a directory, if the caller follows it.
        """
        known = self._known[directory]
        reason = known.get(path, _NOT_ASKED)
        if reason is _NOT_ASKED:
            if len(known) >= REMEMBERED_PATHS:
                known.clear()
            reason = known[path] = self._reason(path, directory)
        return reason

    def _reason(self, path: str, directory: bool) -> Reason | None:
        if path in ("", "."):
            return None
        if directory:
            folder = self._folder(path)
            return folder.ignored if folder.closed else None
        parent, _, name = path.rpartition("/")
        folder = self._folder(parent)
        if folder.name_filter is not None and folder.name_filter.lets_through(name):
            return None
        return self._decide(folder, bytewise(path), bytewise(name), False)[0]

    def _folder(self, directory: str) -> _Folder:
        """However deep it is: no call for each level."""
        unknown: list[str] = []
        while directory and directory not in self._folders:
            unknown.append(directory)
            directory = directory.rpartition("/")[0]
        folder = self._folders[directory] if directory else self._top
        for each in reversed(unknown):
            folder = self._new_folder(folder, each, each.rpartition("/")[2])
            if len(self._folders) >= REMEMBERED_FOLDERS:
                self._folders.clear()
            self._folders[each] = folder
        return folder

    def _new_folder(self, parent: _Folder, directory: str, name: str) -> _Folder:
        path = bytewise(directory)
        reason, final = self._decide(parent, path, bytewise(name), True)
        if reason:
            closed = final or not any(scoped.opens(path) for scoped in parent.ours)
            return _Folder(parent.ours, parent.gits, ignored=reason, closed=closed)
        return self._read_folder(parent, directory, cut=len(path) + 1)

    def _read_folder(self, parent: _Folder, directory: str, cut: int) -> _Folder:
        place = f"{self._root}/{directory}"
        gits = parent.gits
        # A repository inside the project follows its own rules.
        if os.access(f"{place}/.git", os.F_OK) and (inner := git.at(Path(place))):
            gits = self._reader.beside(inner, cut=cut)
        ours = self._reader.file(parent.ours, f"{place}/{OURS}", cut=cut)
        gits = self._reader.file(gits, f"{place}/{GITS}", cut=cut)
        inherits = ours is parent.ours and gits is parent.gits and parent.ignored is None
        return _Folder(ours, gits, parent.name_filter if inherits else _name_filter(ours, gits))

    def _decide(self, folder: _Folder, path: str, name: str, directory: bool) -> tuple[Reason | None, bool]:
        """Why a path does not count, and whether nothing below it can be brought back."""
        if folder.closed:
            return folder.ignored, True
        if name in NEVER:
            return Reason(BUILT_IN.file, 0, name), True
        for scoped in folder.ours:
            if pattern := scoped.last(path, name, directory):
                return (None, False) if pattern.negative else (scoped.rules.reason(pattern), True)
        if folder.ignored:
            return folder.ignored, False
        return self._by_git(folder, path, name, directory) or self._built_in(path, name, directory), False

    def _by_git(self, folder: _Folder, path: str, name: str, directory: bool) -> Reason | None:
        for scoped in folder.gits:
            if pattern := scoped.last(path, name, directory):
                return None if pattern.negative else scoped.rules.reason(pattern)
        return None

    def _built_in(self, path: str, name: str, directory: bool) -> Reason | None:
        matcher = BUILT_IN.of_directories if directory else BUILT_IN.of_files
        if pattern := matcher.last(name, path):
            return Reason(BUILT_IN.file, 0, pattern.source)
        if directory and os.access(f"{self._root}/{textwise(path)}/{VIRTUAL_ENVIRONMENT}", os.F_OK):
            return Reason(BUILT_IN.file, 0, VIRTUAL_ENVIRONMENT)
        return None


def _name_filter(ours: Layers, gits: Layers) -> NameFilter | None:
    rules = [scoped.rules for scoped in (*ours, *gits)]
    if any(each.fold for each in rules):
        return None
    return NameFilter((pattern for each in (*rules, BUILT_IN) for pattern in each.of_files.patterns), NEVER)
