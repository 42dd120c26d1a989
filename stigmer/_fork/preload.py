"""Load modules before the programs that will import them, as long as no program can tell."""

# Paths are text here, as in the import system.
# ruff: noqa: PTH120, PTH208, PTH116

from __future__ import annotations

import importlib
import os
import select
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ModuleSpec
from types import ModuleType
from typing import Any

from stigmer._fork.randomness import Randomness
from stigmer._program.inputs import Inputs
from stigmer._program.loader import ENVIRONMENTS, ProjectFiles

NEVER = frozenset({"grpc"})  # does not survive a fork
WHOLE = ""  # the name of all environment variables together
CLOCK_NS = 20_000_000  # a file system's clock may be that much behind
STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep

Module = tuple[str, str]  # its name and its file


class NotForkableError(Exception):
    """Something that a fork would notice. `names`: packages without which all may be well."""

    def __init__(self, why: str, names: Iterable[str] = ()) -> None:
        super().__init__(why)
        self.names = sorted(set(names))


class Preloaded:
    """The modules that this process has and a fresh one would not have, and what they depend on."""

    def __init__(self, fresh: Iterable[str], program: str, files: ProjectFiles, echo: int) -> None:
        self._fresh = self._loaded = frozenset(fresh)
        self._files = files
        self._echo = echo
        self._started = time.time_ns() - CLOCK_NS
        self._path = list(sys.path)
        users = (entry for entry in self._path if files.owns(entry) or (entry and files.beside(entry)))
        self._own = [os.path.dirname(program), *users]
        self._descriptors = _descriptors()
        self._brought: dict[str, str] = {}  # package -> the wanted one that imported it
        self._read: dict[str, set[str]] = {}  # environment variable -> wanted packages that read it
        self._stamps: dict[str, tuple[int, ...]] = {}
        self.randomness = Randomness()

    def load(self, wanted: Iterable[Module]) -> None:
        """Raises NotForkableError at the first module that a fork would notice."""
        self._check_alone("the interpreter's own start", ())
        if wanted:
            inputs = Inputs(self._files)
            inputs.watch()
            # First what the generators of others are made of.
            for name, file in sorted(wanted, key=lambda module: module[0] != "random"):
                if name not in sys.modules:
                    self._load(name, file, inputs)
        self._loaded = frozenset(sys.modules)
        self._stamps = {path: _stamp(path) for path in self._sources()}

    def _load(self, name: str, file: str, inputs: Inputs) -> None:
        package = _package(name)
        before = set(sys.modules)
        with (
            _environment_read(lambda variable: self._read.setdefault(variable, set()).add(package)),
            self.randomness.watched(),
        ):
            try:
                importlib.import_module(name)
            except BaseException as error:  # it is not our code
                raise NotForkableError(f"{name}: {type(error).__name__}: {error}", [package]) from error
        new = [other for other in sys.modules if other not in before]
        for other in new:
            self._brought.setdefault(_package(other), package)
            self._check_place(other, package)
        if _file(sys.modules[name]) != file:
            raise NotForkableError(f"{name} is not {file}", [package])
        if inputs.files or inputs.directories or inputs.outside or inputs.directories_outside:
            raise NotForkableError(f"{name} reads files of the user's", [package])
        if self.randomness.drawn:
            raise NotForkableError(f"{name} draws random numbers", [package])
        self._check_alone(name, [package])

    def _check_place(self, name: str, package: str) -> None:
        file = _file(sys.modules[name])
        if _package(name) in NEVER or (file and not self._installed(file)):
            raise NotForkableError(f"{package} imports {name}", [package])

    def _check_alone(self, name: str, names: Sequence[str]) -> None:
        if len(os.listdir("/proc/self/task")) > 1:
            raise NotForkableError(f"{name} starts a thread", names)
        if _has_children():
            raise NotForkableError(f"{name} starts a process", names)
        if _descriptors() != self._descriptors:
            raise NotForkableError(f"{name} leaves a file open", names)
        if self._has_written():
            raise NotForkableError(f"{name} prints", names)

    def _has_written(self) -> bool:
        sys.stdout.flush()
        sys.stderr.flush()
        waiting = select.poll()
        waiting.register(self._echo, select.POLLIN)
        return bool(waiting.poll(0))

    def modules(self) -> list[Module]:
        """What could be loaded ahead as well: all that is not the project's, in its order."""
        found = []
        for name, module in list(sys.modules.items()):
            file = "" if name in self._loaded or name == "__main__" else _file(module)
            if file and self._installed(file):
                found.append((name, file))
        return found

    def _installed(self, file: str) -> bool:
        """In the standard library or an environment, where files change only as a whole."""
        if self._files.owns(file) or not file.endswith((*SOURCE_SUFFIXES, *EXTENSION_SUFFIXES)):
            return False
        return _is_standard(file) or _in_environment(file)

    def brings_code(self) -> bool:
        """Has C code been loaded that does not come with Python or with the SDK?"""
        return "_ctypes" in sys.modules or any(
            file.endswith(tuple(EXTENSION_SUFFIXES)) and not _is_standard(file)
            for name, module in list(sys.modules.items())
            if name not in self._fresh and (file := _file(module))
        )

    def stale(self) -> str:
        """A file that is not any more as it was loaded, or a directory where others would be found now."""
        for path, stamp in self._stamps.items():
            now = _stamp(path)
            if _changed_at(stamp) > self._started or (now != stamp and not _only_linked(stamp, now)):
                return path
        return ""

    def _sources(self) -> Iterator[str]:
        yield from filter(_in_environment, self._path)
        for module in list(sys.modules.values()):
            if file := _file(module):
                yield file

    def check_shadows(self) -> None:
        """Raises NotForkableError if the project has such modules itself: a new process finds them first."""
        self._check_names("the project", self.packages(), self._own)

    def _check_names(self, owner: str, packages: set[str], directories: Iterable[str]) -> None:
        shadowed = {
            name
            for directory in directories
            for name in packages & _importable(directory)
            if not _file(sys.modules[name]).startswith(directory + os.sep)
        }
        if shadowed:
            names = [self._brought[name] for name in shadowed if name in self._brought]
            raise NotForkableError(f"{owner} has its own {', '.join(sorted(shadowed))}", names)

    def searched(self) -> list[str]:
        """Directories in which a fresh process looks for the modules that we have."""
        return self._own if self._brought else []

    def packages(self) -> set[str]:
        fresh = {_package(name) for name in self._fresh}
        return {_package(name) for name in sys.modules} - fresh - set(sys.builtin_module_names)

    def check_end(self, packages: set[str], environment: Mapping[str, str]) -> None:
        """Raises NotForkableError if the program had changed what it then imported."""
        now = dict(os.environ)
        changed = {name for name in {*environment, *now} if environment.get(name) != now.get(name)}
        readers = {reader for name in (*changed, WHOLE) for reader in self._read.get(name, ())}
        if changed and readers:
            raise NotForkableError(f"the program sets {', '.join(sorted(changed))}", readers)
        added = [entry for entry in sys.path if entry not in self._path and entry not in self._own]
        self._check_names("the program", packages, added)


@contextmanager
def _environment_read(note: Callable[[str], object]) -> Iterator[None]:
    environ: Any = os.environ
    encode, decode = environ.encodekey, environ.decodekey

    def encoded(name: str) -> Any:
        note(name)
        return encode(name)

    def decoded(name: bytes) -> Any:
        note(WHOLE)
        return decode(name)

    environ.encodekey, environ.decodekey = encoded, decoded
    try:
        yield
    finally:
        environ.encodekey, environ.decodekey = encode, decode


def _is_standard(file: str) -> bool:
    return file.startswith(STANDARD_LIBRARY) and not _in_environment(file)


def _in_environment(path: str) -> bool:
    return any(f"{os.sep}{part}" in path for part in ENVIRONMENTS)


def _package(name: str) -> str:
    return name.partition(".")[0]


def _file(module: object) -> str:
    """Without waking a module that loads itself when it is first used."""
    # Not isinstance(): libraries put objects there that only say they are modules.
    if not issubclass(type(module), ModuleType):
        return ""
    spec = object.__getattribute__(module, "__dict__").get("__spec__")
    origin = spec.origin if isinstance(spec, ModuleSpec) else None
    return origin if isinstance(origin, str) and origin.startswith(os.sep) else ""


def _importable(directory: str) -> set[str]:
    """Names that may be modules in there."""
    try:
        names = os.listdir(directory)
    except OSError:
        return set()
    suffixes = (*SOURCE_SUFFIXES, *EXTENSION_SUFFIXES, ".pyc")
    return {name.partition(".")[0] for name in names if name.endswith(suffixes) or "." not in name}


def _stamp(path: str) -> tuple[int, ...]:
    try:
        stat = os.stat(path)
    except OSError:
        return ()
    return (stat.st_ctime_ns, stat.st_nlink, stat.st_mtime_ns, stat.st_ino, stat.st_size)


def _only_linked(then: tuple[int, ...], now: tuple[int, ...]) -> bool:
    """Has the file nothing but more or fewer names than before?

    Installers such as uv link the same files into each new environment.
    """
    return then[1:2] != now[1:2] and then[2:] == now[2:]


def _changed_at(stamp: tuple[int, ...]) -> int:
    return stamp[0] if stamp else 0


def _descriptors() -> set[str]:
    with suppress(OSError):
        return set(os.listdir("/proc/self/fd"))
    return set()


def _has_children() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True
