"""Reads the ignore files around a project, the strongest first."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from devloop.ignore import git
from devloop.ignore.pattern import LineWarning, Pattern
from devloop.ignore.read import read_rules
from devloop.ignore.rules import Rules
from devloop.ignore.wildmatch import lower

OURS = ".stigmerignore"
GITS = ".gitignore"
BY_NAME = frozenset({OURS, GITS})


@dataclass(frozen=True, slots=True)
class ScopedRules:
    """Rules, and what they see of a path: `lead` before it, without its first `cut` characters."""

    rules: Rules
    lead: str = ""
    cut: int = 0

    def last(self, path: str, name: str, directory: bool) -> Pattern | None:
        """The last pattern that matches a path, which has one character a byte."""
        if self.rules.fold:
            path, name = lower(path), lower(name)
        matcher = self.rules.of_directories if directory else self.rules.of_files
        return matcher.last(name, self.lead + path[self.cut :])

    def opens(self, directory: str) -> bool:
        """Whether a pattern may bring something back that is below a directory."""
        return self.rules.opens((lower(directory) if self.rules.fold else directory)[self.cut :])


# The first one wins.
Layers = tuple[ScopedRules, ...]


class LayerReader:
    """Reads ignore files; remembers which, and what was wrong with them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sources: set[Path] = set()
        self.warnings: list[LineWarning] = []
        self._prefix = os.fspath(root).rstrip("/") + "/"
        self._repository = git.find(root)
        physical = root.resolve()
        self._settings = git.settings(root, self._repository.top if self._repository else physical)
        if self._settings.trouble:
            self.warnings.append(LineWarning("git", 0, self._settings.trouble))

    def listed(self, file: str, patterns: Sequence[str]) -> Layers:
        """Patterns that are not in a file of their own; one each."""
        content = "\n".join(pattern.replace("\n", "") for pattern in patterns)
        rules = Rules(file, bytewise(content), fold=self._settings.fold)
        self.warnings += rules.warnings
        return (ScopedRules(rules),) if rules else ()

    def file(self, weaker: Layers, file: str, *, lead: str = "", cut: int = 0) -> Layers:
        """Layers with those of one more file, which win."""
        name = file.rpartition("/")[2]
        if name not in BY_NAME or not file.startswith(self._prefix):
            self.sources.add(Path(file))
        display = file.removeprefix(self._prefix)
        rules = read_rules(file, display, fold=self._settings.fold, follow=name != GITS)
        if rules is None:
            return weaker
        self.warnings += rules.warnings
        return (ScopedRules(rules, lead, cut), *weaker) if rules else weaker

    def beside(self, repository: git.GitRepository | None, *, lead: str = "", cut: int = 0) -> Layers:
        """`core.excludesFile`, then `.git/info/exclude`, which wins."""
        layers: Layers = ()
        for file in (self._settings.excludes_file, repository.exclude if repository else None):
            if file:
                layers = self.file(layers, os.fspath(file), lead=lead, cut=cut)
        return layers

    def above(self) -> Layers:
        """What git reads between the top of the working tree and the project."""
        root = self.root.resolve()
        if not self._repository:
            return self.beside(None)
        top = self._repository.top
        names = root.relative_to(top).parts
        parts = [lower(bytewise(name)) if self._settings.fold else bytewise(name) for name in names]
        layers = self.beside(self._repository, lead=_path(parts))
        directory = top
        for depth, name in enumerate(names, 1):
            layers = self.file(layers, os.fspath(directory / GITS), lead=_path(parts[depth - 1 :]))
            layers = self._without_those_that_ignore(layers, parts[depth - 1], _path(parts[depth:]))
            directory /= name
        return layers

    def _without_those_that_ignore(self, layers: Layers, name: str, below: str) -> Layers:
        """Whoever watches a project that is ignored as a whole means to watch it."""
        for scoped in layers:
            seen = scoped.lead.removesuffix("/" + below) if below else scoped.lead.removesuffix("/")
            if pattern := scoped.rules.of_directories.last(name, seen):
                if pattern.negative:
                    return layers
                reason = scoped.rules.reason(pattern)
                text = f"{reason.pattern} ignores the whole project, so this file is not used"
                self.warnings.append(LineWarning(reason.file, reason.line, text))
                others = tuple(other for other in layers if other is not scoped)
                return self._without_those_that_ignore(others, name, below)
        return layers


def _path(parts: Sequence[str]) -> str:
    return "".join(f"{part}/" for part in parts)


def bytewise(text: str) -> str:
    """One character a byte, as git compares."""
    return text if text.isascii() else os.fsencode(text).decode("latin-1")


def textwise(text: str) -> str:
    """What `bytewise` was given."""
    return text if text.isascii() else os.fsdecode(text.encode("latin-1"))
