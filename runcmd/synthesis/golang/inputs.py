"""All that the result of a build depends on, and whether it is still the same: by content, without Go."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from enum import Enum
from functools import partial
from hashlib import blake2b
from pathlib import Path

from runcmd.frozen import Frozen
from runcmd.synthesis.golang.packages import GoPackage
from runcmd.synthesis.golang.source_text import role
from runcmd.synthesis.golang.sources import PACKAGE, GoSources
from stigmer_api.reading import read_bounded

MOST_BYTES = 1 << 30  # of an embedded file
MOST_FOLDERS = 2_000  # that embedded files may be in
# What Go can compile, and what decides on it. Other files may come and go.
COMPILED = re.compile(
    r"(?!.*_test\.go$)[^._].*\.(?:go|c|cc|cxx|cpp|m|h|hh|hpp|hxx|f|F|for|f90|s|S|sx|swig|swigcxx|syso)"
    r"|go\.(?:mod|work)|default\.pgo"
)
# `replace x => ../x` of a go.mod, `use ./x` of a go.work, and the lines of such blocks.
LOCAL = re.compile(r"(?:=>|^[ \t]*use|^[ \t]*)[ \t]*\"?((?:\.{1,2}|/)(?:/[^\s\"]*|[^\s\"]*))", re.MULTILINE)
TOO_MUCH_IN_GOFLAGS = ("-modfile", "-overlay", "-pgo", "-toolexec", "-mod=mod")


class InputKind(Enum):
    """What of a path counts."""

    CONTENT = "content"  # also that there is none
    ROLE = "role"  # of a Go file that is not built: see source_text.role
    NAMES = "names"  # of the files in a directory that Go can compile
    ALL_NAMES = "all names"


class BuildInputs(Frozen):
    """Paths and what counts of each, with a digest of it."""

    digests: Mapping[tuple[InputKind, str], str]

    @property
    def paths(self) -> set[str]:
        """All of them."""
        return {path for _, path in self.digests}

    def as_json(self) -> list[list[str]]:
        """For a file."""
        return [[kind.value, path, digest] for (kind, path), digest in self.digests.items()]

    @classmethod
    def of_json(cls, rows: object) -> BuildInputs:
        """Raises ValueError."""
        if not isinstance(rows, list):
            raise ValueError("not a list")
        return cls(digests={(InputKind(kind), str(path)): str(digest) for kind, path, digest in rows})


Stamps = Mapping[str, tuple[int, ...]]  # by path; empty: nothing is there


def stamps(paths: Iterable[str]) -> Stamps:
    """What differs as soon as somebody writes to a file, or into a directory."""
    return {path: _stamp(path) for path in paths}


def _stamp(path: str) -> tuple[int, ...]:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size)


class Digests:
    """Looks at the disk, once for each path."""

    def __init__(self) -> None:
        self._known: dict[tuple[InputKind, str], str] = {}

    def match(self, inputs: BuildInputs) -> bool:
        """Is all as it was? Ends at the first difference."""
        return all(self.of(kind, path) == digest for (kind, path), digest in inputs.digests.items())

    def of(self, kind: InputKind, path: str) -> str:
        """Empty: there is nothing."""
        if (kind, path) not in self._known:
            self._known[kind, path] = _digest(_READERS[kind], path)
        return self._known[kind, path]


def _digest(read: Callable[[str], bytes], path: str) -> str:
    try:
        return blake2b(read(path), digest_size=16).hexdigest()
    except OSError as error:
        return "" if isinstance(error, FileNotFoundError) else f"? {error.errno}"


def _content(path: str) -> bytes:
    return read_bounded(Path(path), MOST_BYTES)


def _names(path: str, pattern: re.Pattern[str] | None) -> bytes:
    with os.scandir(path) as entries:
        names = sorted(each.name for each in entries if pattern is None or pattern.fullmatch(each.name))
    return "\0".join(names).encode(errors="surrogateescape")


_READERS: Mapping[InputKind, Callable[[str], bytes]] = {
    InputKind.CONTENT: _content,
    InputKind.ROLE: lambda path: role(_content(path)),
    InputKind.NAMES: partial(_names, pattern=COMPILED),
    InputKind.ALL_NAMES: partial(_names, pattern=None),
}


def inputs_of(sources: GoSources, directory: Path, settings: Mapping[str, str]) -> BuildInputs | None:
    """As the disk is now. None: they cannot be known, so that Go has to decide each time.

    Args:
        sources: of the program.
        directory: the main file's.
        settings: what `go env` says, by name.
    """
    flags = settings.get("GOFLAGS", "")
    if not settings or not sources.whole or any(each in flags for each in TOO_MUCH_IN_GOFLAGS):
        return None
    local = [each for each in sources.packages if not _is_kept_by_go(each.directory, settings)]
    paths: list[tuple[InputKind, Path]] = []
    for package in local:
        paths += ((InputKind.CONTENT, package.directory / name) for name in package.built)
        paths += ((InputKind.CONTENT, package.directory / name) for name in package.embedded)
        folders = _embedding(package)
        if folders is None:
            return None
        paths += ((InputKind.ALL_NAMES, folder) for folder in folders)
        if package is not sources.packages[-1]:
            paths.append((InputKind.NAMES, package.directory))
            paths += ((InputKind.ROLE, package.directory / name) for name in package.ignored)
    if sources.others:
        paths.append((InputKind.NAMES, directory))
        paths += ((InputKind.ROLE, directory / name) for name, _ in sources.left_out)
    if sources.arguments == PACKAGE:
        paths.append((InputKind.CONTENT, directory / "default.pgo"))
    paths += ((InputKind.CONTENT, file) for file in _module_files(local, directory, settings))
    digests = Digests()
    return BuildInputs(
        digests={(kind, str(path)): digests.of(kind, str(path)) for kind, path in dict.fromkeys(paths)}
    )


def local_files(sources: GoSources, settings: Mapping[str, str]) -> list[Path]:
    """Those that somebody may edit: nothing of the standard library, nothing that was downloaded."""
    program = sources.packages[-1:]
    unfit = {each.directory / name for each in program for name, _ in sources.left_out}
    return [
        file
        for package in sources.packages
        if not package.error and not _is_kept_by_go(package.directory, settings)
        for name in (*package.built, *package.embedded)
        if (file := package.directory / name) not in unfit
    ]


def _is_kept_by_go(directory: Path, settings: Mapping[str, str]) -> bool:
    """In the cache of modules, or with the toolchain: go.sum and the version say what is there."""
    places = (settings.get("GOMODCACHE", ""), settings.get("GOROOT", ""))
    return any(place and directory.is_relative_to(place) for place in places)


def _embedding(package: GoPackage) -> set[Path] | None:
    """The directories in which another file would be embedded, too. None: too many."""
    found: set[Path] = set()
    for folder in _embedded_folders(package):
        for each, _, _ in os.walk(folder):
            found.add(Path(each))
            if len(found) > MOST_FOLDERS:
                return None
    return found | {
        package.directory.joinpath(*parts[:-1])
        for parts in _patterns(package)
        if _first_glob(parts) is not None
    }


def _embedded_folders(package: GoPackage) -> Iterator[Path]:
    """With all that is in them."""
    for parts in _patterns(package):
        glob = _first_glob(parts)
        if glob is None:
            yield package.directory.joinpath(*parts)  # to walk a file is to find nothing
        elif glob < len(parts) - 1:
            yield package.directory.joinpath(*parts[:glob])
        else:
            yield from (
                package.directory.joinpath(*file.parts[: len(parts)])
                for file in map(Path, package.embedded)
                if len(file.parts) > len(parts)
            )


def _patterns(package: GoPackage) -> list[list[str]]:
    return [pattern.removeprefix("all:").split("/") for pattern in package.patterns]


def _first_glob(parts: list[str]) -> int | None:
    return next((number for number, part in enumerate(parts) if re.search(r"[*?\[\\]", part)), None)


def _module_files(local: Iterable[GoPackage], directory: Path, settings: Mapping[str, str]) -> Iterator[Path]:
    """What says which packages there are. Some need not exist; to create one makes a difference."""
    module, work = Path(settings.get("GOMOD", "")), Path(settings.get("GOWORK", ""))
    modules = {each.module for each in local if each.module is not None}
    if module.suffix == ".mod":  # without one, it is the null device
        modules.add(module)
    if work.suffix == ".work":
        yield from (work, work.with_name("go.work.sum"))
        modules.update(_named_in(work))
    for each in tuple(modules):
        modules.update(_named_in(each))
    for each in sorted(modules):
        yield from (each, each.with_name("go.sum"), each.parent / "vendor/modules.txt")
    for start in {directory, *(each.directory for each in local)}:
        for folder in (start, *start.parents):
            yield folder / "go.mod"
            if folder / "go.mod" in modules:
                break
    yield from (folder / "go.work" for folder in (directory, *directory.parents))
    if (own := settings.get("GOENV", "")) and own != "off":
        yield Path(own)


def _named_in(file: Path) -> Iterator[Path]:
    """The go.mod files of the directories that a go.mod replaces modules by, or that a go.work uses."""
    with suppress(OSError, UnicodeDecodeError):
        for found in LOCAL.finditer(read_bounded(file, MOST_BYTES).decode()):
            yield Path(os.path.normpath(file.parent / (found[1] or ""))) / "go.mod"
