"""Decides whether a path counts: git's rules, then the project's own, then what never counts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from devloop.ignore import git
from devloop.ignore.builtin import BUILT_IN, NEVER
from devloop.ignore.pattern import LineWarning, Pattern
from devloop.ignore.read import read_rules
from devloop.ignore.rules import Reason, Rules
from devloop.ignore.wildmatch import lower

OURS = ".stigmerignore"
GITS = ".gitignore"
SOURCE_NAMES = frozenset({OURS, GITS, "pyvenv.cfg", ".git"})
REMEMBERED = 200_000


@dataclass(frozen=True, slots=True)
class _Placed:
    """Rules, and what they see of a path: `lead` before it, without its first `cut` characters."""

    rules: Rules
    lead: str = ""
    cut: int = 0

    def last(self, path: str, name: str, directory: bool) -> Pattern | None:
        if self.rules.fold:
            path, name = lower(path), lower(name)
        matcher = self.rules.of_directories if directory else self.rules.of_files
        return matcher.last(name, self.lead + path[self.cut :])


@dataclass(frozen=True, slots=True)
class _Folder:
    """The rules for what is in a directory, those that win first; or why nothing in it counts."""

    ours: tuple[_Placed, ...] = ()
    gits: tuple[_Placed, ...] = ()
    ignored: Reason | None = None


class Ignore:
    """Which paths of a project count.

    It remembers what it has read: load it again when a source has changed.
    """

    def __init__(self, root: Path, patterns: Sequence[str] = ()) -> None:
        self._root = root
        self._prefix = os.fspath(root) + "/"
        self._sources: set[Path] = set()
        self._warnings: list[LineWarning] = []
        self._folders: dict[str, _Folder] = {}
        self._known: tuple[dict[str, Reason | None], dict[str, Reason | None]] = ({}, {})
        self._folders[""] = self._root_folder(patterns)

    @classmethod
    def load(cls, root: Path, patterns: Sequence[str] = ()) -> Ignore:
        """Reads the rules of a project.

        Args:
            root: the project's directory.
            patterns: `watch.ignore` of Stigmer.yaml.
        """
        return cls(Path(os.path.abspath(root)), patterns)  # noqa: PTH100  # `resolve` would follow links

    @property
    def warnings(self) -> tuple[LineWarning, ...]:
        """Lines that do nothing, each once, of the files read so far."""
        return tuple(self._warnings)

    @property
    def sources(self) -> frozenset[Path]:
        """Files, there or not, whose change means: load again; see `is_source` for those in the project."""
        return frozenset(self._sources)

    def is_source(self, path: str) -> bool:
        """Whether a change of this path, there or not, means: load again."""
        return path.rpartition("/")[2] in SOURCE_NAMES or Path(self._prefix + path) in self._sources

    def prunes(self, directory: str) -> bool:
        """Whether nothing in this directory can count."""
        return self.ignores(directory, True) is not None

    def ignores(self, path: str, directory: bool) -> Reason | None:
        """Why a path does not count; None if it does.

        Args:
            path: from the project's root, with slashes; `""` is the root.
            directory: whether it is one; a link to a directory is one if the caller follows it.
        """
        known = self._known[directory]
        try:
            return known[path]
        except KeyError:
            if len(known) >= REMEMBERED:
                known.clear()
            reason = known[path] = self._decide(path, directory) if path not in ("", ".") else None
            return reason

    def _decide(self, path: str, directory: bool) -> Reason | None:
        parent, _, name = path.rpartition("/")
        folder = self._folder(parent)
        if folder.ignored:
            return folder.ignored
        if name in NEVER:
            return Reason(BUILT_IN.file, 0, name)
        if not path.isascii():
            path, name = _bytewise(path), _bytewise(name)
        for placed in folder.ours:
            if pattern := placed.last(path, name, directory):
                return None if pattern.negative else placed.rules.reason(pattern)
        for placed in folder.gits:
            if pattern := placed.last(path, name, directory):
                if pattern.negative:
                    break
                return placed.rules.reason(pattern)
        return self._built_in(path, name, directory)

    def _built_in(self, path: str, name: str, directory: bool) -> Reason | None:
        if pattern := _Placed(BUILT_IN).last(path, name, directory):
            return BUILT_IN.reason(pattern)
        if directory and os.path.lexists(f"{self._prefix}{path}/pyvenv.cfg"):
            return Reason(BUILT_IN.file, 0, "pyvenv.cfg")
        return None

    def _folder(self, directory: str) -> _Folder:
        folder = self._folders.get(directory)
        if folder is None:
            folder = self._folders[directory] = self._new_folder(directory)
        return folder

    def _new_folder(self, directory: str) -> _Folder:
        if reason := self.ignores(directory, True):
            return _Folder(ignored=reason)
        parent = self._folder(directory.rpartition("/")[0])
        cut = len(_bytewise(directory)) + 1
        gits = parent.gits
        # A repository inside the project follows its own rules.
        if os.path.lexists(f"{self._prefix}{directory}/.git") and (inner := git.at(self._root / directory)):
            gits = self._beside_the_tree(inner, cut=cut)
        return _Folder(
            ours=self._with(parent.ours, self._root / directory / OURS, cut=cut),
            gits=self._with(gits, self._root / directory / GITS, cut=cut),
        )

    def _root_folder(self, patterns: Sequence[str]) -> _Folder:
        repository = git.find(self._root)
        physical = self._root.resolve()
        self._settings = git.settings(self._root, repository.top if repository else physical)
        if self._settings.trouble:
            self._warnings.append(LineWarning("git", 0, self._settings.trouble))
        top = repository.top if repository else physical
        beside = self._beside_the_tree(repository, lead=_lead(top, physical))
        above: tuple[_Placed, ...] = beside
        for directory in (top, *(top / part for part in _between(top, physical))) if top != physical else ():
            above = self._with(above, directory / GITS, lead=_lead(directory, physical))
        listed = Rules("watch.ignore", _bytewise("\n".join(line.replace("\n", "") for line in patterns)))
        self._warnings += listed.warnings
        ours = self._with((), self._root / OURS)
        return _Folder(
            ours=(_Placed(listed), *ours) if listed else ours,
            gits=self._with(above, self._root / GITS),
        )

    def _beside_the_tree(
        self, repository: git.Repository | None, *, lead: str = "", cut: int = 0
    ) -> tuple[_Placed, ...]:
        """`core.excludesFile`, then `.git/info/exclude`, which wins."""
        files = (self._settings.excludes_file, repository.exclude if repository else None)
        placed: tuple[_Placed, ...] = ()
        for file in filter(None, files):
            placed = self._with(placed, file, lead=lead, cut=cut)
        return placed

    def _with(
        self, weaker: tuple[_Placed, ...], file: Path, *, lead: str = "", cut: int = 0
    ) -> tuple[_Placed, ...]:
        """Rules with those of one more file, which win."""
        if not os.fspath(file).startswith(self._prefix) or file.name not in SOURCE_NAMES:
            self._sources.add(file)
        rules = read_rules(file, self._display(file), fold=self._settings.fold, follow=file.name != GITS)
        if rules is None:
            return weaker
        self._warnings += rules.warnings
        return (_Placed(rules, lead, cut), *weaker) if rules else weaker

    def _display(self, file: Path) -> str:
        text = os.fspath(file)
        return text.removeprefix(self._prefix)


def _lead(directory: Path, root: Path) -> str:
    """What a path from `root` has before it, seen from a directory above."""
    below = root.relative_to(directory).as_posix()
    return "" if below == "." else _bytewise(below) + "/"


def _between(top: Path, root: Path) -> tuple[str, ...]:
    """The directories below `top` and above `root`, as paths from `top`."""
    parts = root.relative_to(top).parts
    return tuple("/".join(parts[:count]) for count in range(1, len(parts)))


def _bytewise(text: str) -> str:
    """One character a byte, as git compares."""
    return text if text.isascii() else os.fsencode(text).decode("latin-1")
