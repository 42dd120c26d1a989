"""Programs that were built before: found by the content of what they were built of, and ours alone."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from runcmd.frozen import Frozen
from runcmd.synthesis.golang.inputs import BuildInputs, Digests
from stigmer_api.config_file import stigmer_home
from stigmer_api.reading import read_bounded

FOLDER = "go-builds"
PROGRAM, FACTS = "program", "build.json"
UNFINISHED = ".new-"
MOST_BUILDS_OF_ONE = 4  # of one main file in one environment: an edit is undone, a branch is switched back
MOST_BYTES = 512 << 20
MOST_INPUT_BYTES = 64 << 20
MOST_SECONDS = 30 * 86400.0  # since it was used last
UNFINISHED_SECONDS = 3600.0
OTHERS_CAN_WRITE = stat.S_IWGRP | stat.S_IWOTH


class GoBuild(Frozen):
    """A program, and which files it is made of."""

    program: Path
    files: tuple[Path, ...]  # that somebody may edit
    left_out: tuple[tuple[str, str], ...]  # names of files beside the main file, and why each does not count


class KeptBuilds:
    """The builds of one digest: of one main file, with one Go, in one environment."""

    def __init__(self, place: Path, digest: str) -> None:
        self._place = place
        self._own = place / digest

    @contextmanager
    def found(self) -> Iterator[GoBuild | None]:
        """The program whose inputs are as they are now, if there is one. Nobody removes it meanwhile."""
        digests = Digests()
        for build in self._builds():
            with _in_use(build / FACTS) as facts:
                if facts is not None and (found := _read(build, facts, digests)) is not None:
                    with suppress(OSError):
                        os.utime(build)  # it was used
                    yield found
                    return
        yield None

    def known_paths(self) -> set[str]:
        """Those of the inputs of the build that was used last, whether or not they are as they were."""
        for build in self._builds()[:1]:
            with _in_use(build / FACTS) as facts, suppress(ValueError, TypeError):
                return BuildInputs.of_json((facts or {}).get("inputs")).paths
        return set()

    @contextmanager
    def making(self) -> Iterator[Path]:
        """A directory for a new build, gone afterwards. Raises OSError."""
        place = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self._own))
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def keep(self, build: GoBuild, inputs: BuildInputs) -> None:
        """All of it, or nothing; the program may be running. Raises OSError."""
        with self.making() as place:
            program = place / PROGRAM
            program.hardlink_to(build.program)
            program.chmod(0o700)
            _flush(program)
            facts = {
                "program": _stamp(program.stat()),
                "inputs": inputs.as_json(),
                "files": [str(each) for each in build.files],
                "left_out": build.left_out,
            }
            with (place / FACTS).open("x") as file:
                json.dump(facts, file)
                file.flush()
                os.fsync(file.fileno())
            place.rename(self._own / place.name.removeprefix(UNFINISHED))
        prune(self._place)

    def _builds(self) -> list[Path]:
        """The one that was used last comes first."""
        return [each for _, each in sorted(_ages(self._own), reverse=True) if _is_ours(each, stat.S_ISDIR)]


def kept_builds(digest: str) -> KeptBuilds | None:
    """None: there is no place that nobody else can write to, or nothing can be started from there."""
    try:
        data = os.environ.get("STIGMER_DATA_DIR")
        place = Path(os.path.abspath(os.path.expanduser(data)) if data else stigmer_home()) / FOLDER  # noqa: PTH100, PTH111
        (place / digest).mkdir(mode=0o700, parents=True, exist_ok=True)
        if not all(_is_ours(each, stat.S_ISDIR) for each in (place, place / digest)):
            return None
        if os.statvfs(place).f_flag & getattr(os, "ST_NOEXEC", 0):
            return None
    except (OSError, RuntimeError):  # RuntimeError: no home
        return None
    return KeptBuilds(place, digest)


def prune(place: Path) -> None:
    """Removes what is old, too much, or left unfinished; not what is in use."""
    now = time.time()
    builds: list[tuple[float, Path]] = []
    for own in _folders(place):
        ages = sorted(_ages(own), reverse=True)
        builds += ages[:MOST_BUILDS_OF_ONE]
        for _, build in ages[MOST_BUILDS_OF_ONE:]:
            _remove(build)
        for each in _folders(own):
            with suppress(OSError):
                if each.name.startswith(UNFINISHED) and each.stat().st_mtime < now - UNFINISHED_SECONDS:
                    shutil.rmtree(each, ignore_errors=True)
    held = 0
    for used, build in sorted(builds, reverse=True):
        with suppress(OSError):
            held += (build / PROGRAM).stat().st_size
        if held > MOST_BYTES or used < now - MOST_SECONDS:
            _remove(build)
    for own in _folders(place):
        with suppress(OSError):  # not empty
            own.rmdir()


def _remove(build: Path) -> None:
    with suppress(OSError), (build / FACTS).open("rb") as inputs:
        fcntl.flock(inputs, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(build, ignore_errors=True)


def _ages(own: Path) -> list[tuple[float, Path]]:
    found: list[tuple[float, Path]] = []
    for each in _folders(own):
        with suppress(OSError):
            if not each.name.startswith(UNFINISHED):
                found.append((each.stat().st_mtime, each))
    return found


def _folders(place: Path) -> list[Path]:
    with suppress(OSError), os.scandir(place) as entries:
        return [Path(each.path) for each in entries if each.is_dir(follow_symlinks=False)]
    return []


@contextmanager
def _in_use(inputs: Path) -> Iterator[dict[str, Any] | None]:
    """What the file says, locked against a removal; None if it is not to be trusted, or goes just now."""
    try:
        if not _is_ours(inputs, stat.S_ISREG):
            raise OSError
        lock = os.open(inputs, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        found = json.loads(read_bounded(inputs, MOST_INPUT_BYTES, follow=False))
    except (OSError, ValueError):
        found = None
    try:
        yield found if isinstance(found, dict) else None
    finally:
        os.close(lock)


def _read(build: Path, facts: dict[str, Any], digests: Digests) -> GoBuild | None:
    """None: it is another version's, or no longer as it was written, or of other inputs."""
    program = build / PROGRAM
    # Not the work of a power cut, nor of somebody else.
    if not _is_ours(program, stat.S_ISREG) or facts.get("program") != _stamp(program.stat()):
        return None
    try:
        if not digests.match(BuildInputs.of_json(facts["inputs"])):
            return None
        return GoBuild(
            program=program,
            files=tuple(map(Path, facts["files"])),
            left_out=tuple((str(name), str(why)) for name, why in facts["left_out"]),
        )
    except (KeyError, ValueError, TypeError):
        return None


def _is_ours(path: Path, kind: Callable[[int], bool]) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return kind(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & OTHERS_CAN_WRITE


def _stamp(found: os.stat_result) -> list[int]:
    return [found.st_size, found.st_mtime_ns, found.st_ino]


def _flush(file: Path) -> None:
    opened = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
