"""From a file to the files that it mentions, and from those to others, with a bound."""

# Paths as text: many are looked up for one that is there.
# ruff: noqa: PTH118, PTH119, PTH120, PTH122

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from stigmer_api.program.known import CODE, PYTHON, SCRIPTS, look
from stigmer_api.program.mentions import LONGEST_NAME, Mentions
from stigmer_api.program.tree import ProgramTree, TooMuchError

MOST_FILES = 1000
MOST_BYTES = 256 << 20  # that are read; of what is left, nobody knows more than its size and times
ENDINGS = (*PYTHON, *SCRIPTS, ".json", "/index.js", "/index.ts")  # of files that are named without
# Named as they will be once they are built, in memory.
BUILT = {".js": (".ts", ".tsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
EXTENSIONS = (".so", ".pyd")
# What a program writes for itself, and does not live on.
OUTPUT = (".log", ".pid", ".lock", ".sock", "-wal", "-shm", "-journal")
NO_NAME = ("\0", "\n", "://")


class Search:
    """What is found is in `files`: hashes by path; empty where a file is too large to be read."""

    def __init__(self, folder: str, project: str, roots: Sequence[str], *, written: bool) -> None:
        """`roots`: directories that Python searches besides. `written`: what it writes counts, too."""
        self.files: dict[str, bytes] = {}
        self.outputs: set[str] = set()  # names of files that it writes, also as patterns
        self.around = [*dict.fromkeys([folder, project])]
        self.tree = ProgramTree([*self.around, *roots])
        self._written = written
        self._roots = [
            *dict.fromkeys([*self.around, *(os.path.join(each, "src") for each in self.around), *roots])
        ]
        self._waiting: list[str] = []
        self._left = MOST_BYTES
        self._asked: set[tuple[str, str, str]] = set()  # many files mention the same
        self._mentioned: dict[str, Mentions] = {}  # by directory
        self._places: dict[tuple[str, str], str] = {}  # directories by their names; empty: there is none
        self._extensions: dict[str, list[str]] = {}  # by directory

    def add_root(self, root: str) -> None:
        """Python searches this, too."""
        self.tree.add(root)
        self._roots.append(root)

    def add(self, paths: Iterable[str]) -> None:
        """These files count, and are going to be followed. Raises TooMuchError."""
        for path in paths:
            if path in self.files or path.endswith(OUTPUT):
                continue
            if len(self.files) >= MOST_FILES:
                raise TooMuchError
            self.files[path] = b""
            self._waiting.append(path)

    def follow(self) -> None:
        """Until nothing new is found. Raises TooMuchError."""
        while self._waiting:
            path = self._waiting.pop()
            found = look(path, self._left)
            self._left -= found.read_bytes
            self.files[path] = found.digest
            if found.mentions is not None:
                self.mentioned(found.mentions, os.path.dirname(path))

    def mentioned(self, mentions: Mentions, beside: str) -> None:
        """By a file in the directory `beside`."""
        bases = [*dict.fromkeys([beside, *self.around])]
        # Neighbours mention much the same.
        seen = self._mentioned.setdefault(beside, Mentions())
        for dots, module in mentions.modules if mentions.computed else mentions.modules - seen.modules:
            self.module(module, beside, dots=dots, whole=mentions.computed)
        for name in self._files_of(mentions) - seen.names:
            self.named(name, bases)
        for name in mentions.folders - seen.folders:
            self.folder(name, bases)
        for pattern in mentions.patterns - seen.patterns:
            for base in self._not_asked("pattern", pattern, bases):
                self.add(self.tree.matching(base, pattern))
        self._inner(mentions, bases)
        self.outputs |= {os.path.basename(each) for each in mentions.outputs}
        if mentions.own_folder:
            self.add(self.tree.files(beside, deep=False))
        if mentions.computed:
            self.add(each for each in self.tree.files(beside) if each.endswith(PYTHON))
        seen.modules |= mentions.modules
        seen.names |= self._files_of(mentions)
        seen.folders |= mentions.folders
        seen.patterns |= mentions.patterns

    def _files_of(self, mentions: Mentions) -> set[str]:
        return mentions.names | mentions.written if self._written else mentions.names

    def _inner(self, mentions: Mentions, bases: Sequence[str]) -> None:
        """`join(HERE, "data", "words.txt")`: a name in a directory that is named, too."""
        for name in filter(may_be_name, mentions.folders | mentions.places):
            for base in bases:
                if (place := (base, name)) not in self._places:
                    folder = os.path.normpath(os.path.join(base, name))
                    self._places[place] = folder if self.tree.is_folder(folder) else ""
                if folder := self._places[place]:
                    for each in self._files_of(mentions):
                        self.named(each, [folder])

    def named(self, name: str, bases: Iterable[str]) -> None:
        """Files of this name in one of these directories."""
        if not may_be_name(name):
            return
        for base in self._not_asked("file", name, bases):
            path = os.path.normpath(os.path.join(base, name))
            paths = [path]
            if "/" in name:
                stem, suffix = os.path.splitext(path)
                paths += [path + ending for ending in ENDINGS]
                paths += [stem + other for other in BUILT.get(suffix, ())]
            self.add(filter(self.tree.is_file, paths))

    def folder(self, name: str, bases: Iterable[str]) -> None:
        """All that is in it, unless the program or the project is in it, too."""
        if not may_be_name(name):
            return
        for base in self._not_asked("folder", name, bases):
            path = os.path.normpath(os.path.join(base, name))
            outside = not any(f"{each}/".startswith(f"{path}/") for each in (*bases, *self.around))
            if outside and self.tree.is_folder(path):
                self.add(self.tree.files(path))

    def code_below(self, folder: str, endings: tuple[str, ...] = CODE) -> None:
        """All files of some kinds."""
        self.add(each for each in self.tree.files(folder) if each.endswith(endings))

    def module(self, name: str, beside: str, *, dots: int = 0, whole: bool = False) -> None:
        """Of Python, with the packages that it is in. `whole`: any of a package's modules may be imported."""
        parts = [each for each in name.split(".") if each]
        start = beside
        for _ in range(dots - 1):
            start = os.path.dirname(start)
        roots = [start] if dots else [beside, *self._roots]
        for root in self._not_asked("whole" if whole else "module", name, roots):
            at = root
            for number, part in enumerate(parts):
                at = os.path.join(at, part)
                files = [f"{at}.py", f"{at}/__init__.py"]
                if number == len(parts) - 1:
                    files.append(f"{at}/__main__.py")
                self.add(filter(self.tree.is_file, files))
                if not self.tree.is_folder(at):
                    self._extension(at)
                    break
            else:
                if whole and parts:
                    self.code_below(at, PYTHON)

    def _extension(self, path: str) -> None:
        folder, name = os.path.split(path)
        if folder not in self._extensions:
            names = self.tree.names(folder) if self.tree.is_folder(folder) else ()
            self._extensions[folder] = [each for each in names if each.endswith(EXTENSIONS)]
        built = self._extensions[folder]
        self.add(os.path.join(folder, each) for each in built if each.startswith(f"{name}."))

    def _not_asked(self, what: str, name: str, places: Iterable[str]) -> Iterator[str]:
        for place in places:
            if (what, name, place) not in self._asked:
                self._asked.add((what, name, place))
                yield place


def may_be_name(text: str) -> bool:
    """`.` and `..` are none: the program itself lies there."""
    return bool(text.strip("./")) and len(text) <= LONGEST_NAME and not any(sign in text for sign in NO_NAME)
