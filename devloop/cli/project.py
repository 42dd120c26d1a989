"""Which project does this command work on, and may its program run?"""

from __future__ import annotations

import os
from pathlib import Path

from devloop.cli.texts import is_text
from devloop.cli.trust import Doubt, doubt_about_file, doubt_about_program, trusts
from runcmd.errors import UsageError
from runcmd.project import FILE_NAME, Project, find, load

VARIABLE = "STIGMER_TRUST"


def find_project(given: Path | None, *, trust: bool = False) -> Project | None:
    """The nearest Stigmer.yaml above the given directory, which must then have one, or above this one.

    Args:
        trust: run it even if it belongs to somebody else, or others can write to it.
    """
    file = _found(given)
    if file is None:
        return None
    if not is_text(str(file)):
        raise UsageError(
            f"the path {file} is not UTF-8 text", hint="rename the directory whose name is not UTF-8"
        )
    if not trust:
        _require_trust(file, doubt_about_file(file))
    project = load(file)
    if not trust:
        _require_trust(file, doubt_about_program(project))
    return project


def _found(given: Path | None) -> Path | None:
    if given is None:
        return find(Path.cwd())
    if given.is_file():
        return given.absolute()
    if not given.is_dir():
        raise UsageError(f"there is no directory {given}", hint="name the directory of a project")
    file = find(given)
    if file is None:
        raise UsageError(f"no {FILE_NAME} in {given} or above it", hint="name the directory of a project")
    return file


def _require_trust(file: Path, doubt: Doubt | None) -> None:
    """Raises UsageError if there is a doubt and the user has not listed this project as trusted."""
    if doubt is None:
        return
    from devloop.cli.config import read_trust
    from stigmer_api.config_file import config_file

    noted = [pattern for pattern in os.environ.get(VARIABLE, "").split(os.pathsep) if pattern]
    if trusts(noted, file.parent) or trusts(read_trust(config_file()), file.parent):
        return
    whom = doubt.owner or "them"
    facts = {"file": str(doubt.path), "project": str(file.parent), "owner": doubt.owner}
    raise UsageError(
        f"{doubt.problem}, and its code would run as you",
        hint=f"if you trust {whom}, add --trust, or list {file.parent} under `trust:` in {config_file()}",
        facts={name: fact for name, fact in facts.items() if fact},
    )
