"""Which project does this command work on?"""

from __future__ import annotations

from pathlib import Path

from runcmd.errors import UsageError
from runcmd.project import FILE_NAME, Project, find, load


def find_project(given: Path | None) -> Project | None:
    """The nearest Stigmer.yaml above the given directory, which must then have one, or above this one."""
    if given is None:
        file = find(Path.cwd())
        return load(file) if file else None
    if given.is_file():
        return load(given)
    if not given.is_dir():
        raise UsageError(f"there is no directory {given}", hint="name the directory of a project")
    file = find(given)
    if file is None:
        raise UsageError(f"no {FILE_NAME} in {given} or above it", hint="name the directory of a project")
    return load(file)
