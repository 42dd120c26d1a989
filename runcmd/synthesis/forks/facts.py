"""What a warm process is made from: another one is needed when any of it has changed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from runcmd.interpreter import project_python
from runcmd.project import Project

LOCK_NAMES = ("pyproject.toml", "pylock.toml", "Pipfile", "setup.py", "setup.cfg")


@dataclass(frozen=True)
class Facts:
    """What a warm process is made from; what it has loaded it watches itself."""

    python: Path
    main: Path
    directory: Path
    identity: tuple[int, int] | None  # of the directory: another one may have taken its place
    environment: frozenset[tuple[str, str]]
    stamps: frozenset[tuple[str, int, int, int, int]]

    @classmethod
    def of(cls, project: Project) -> Facts:
        python = project_python(project)
        # An installation leaves its commands beside the interpreter.
        files = [python, python.parent, python.parent.parent / "pyvenv.cfg", *_lock_files(project.directory)]
        return cls(
            python=python,
            main=project.main,
            directory=project.directory,
            identity=_identity(project.directory),
            environment=frozenset(os.environ.items()),
            stamps=frozenset(filter(None, map(_stamp, files))),
        )


def _identity(directory: Path) -> tuple[int, int] | None:
    try:
        status = directory.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _lock_files(directory: Path) -> list[Path]:
    try:
        names = os.listdir(directory)  # noqa: PTH208 -- at every edit, of any directory
    except OSError:
        return []
    return [
        directory / name
        for name in names
        if name.endswith(".lock") or name.startswith("requirements") or name in LOCK_NAMES
    ]


def _stamp(path: Path) -> tuple[str, int, int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return (str(path), stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino)
