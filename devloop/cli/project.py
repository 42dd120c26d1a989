"""Which project does this command work on, and may its program run?"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from devloop.cli.here import here, placed
from devloop.cli.texts import is_text
from devloop.cli.trust import Doubt, doubt_about_file, doubt_about_program, trusts
from runcmd.errors import UsageError
from runcmd.project import FILE_NAME, Project, find, load, refuse_other_spelling

VARIABLE = "STIGMER_TRUST"


def find_project(given: Path | None, *, trust: bool = False) -> Project | None:
    """The nearest Stigmer.yaml above the given directory, which must then have one, or above this one.

    Args:
        trust: run it even if it belongs to somebody else, or others can write to it.
    """
    file = find_file(given)
    return None if file is None else open_project(file, trust=trust)


def open_project(file: Path, *, trust: bool = False) -> Project:
    """What this Stigmer.yaml says. Raises UsageError."""
    if not is_text(str(file)):
        raise UsageError(
            f"the path {file} is not UTF-8 text",
            code="E0109",
            hint="rename the directory whose name is not UTF-8",
        )
    if not trust:
        _require_trust(file, doubt_about_file(file))
    project = load(file)
    if not trust:
        _require_trust(file, doubt_about_program(project))
    return project


def find_file(given: Path | None) -> Path | None:
    """The Stigmer.yaml that is meant. None: nobody named one, and there is none here or above."""
    if given is None:
        # Above what a link leads to there may be one, too.
        file = find(start := here()) or find(Path(os.path.realpath(start)))
        if file is None:
            refuse_other_spelling(start)
        return file
    place = placed(given)
    try:
        mode = place.stat().st_mode
    except PermissionError as error:
        raise UsageError(
            f"cannot look at {given}: {error.strerror}",
            code="E0202",
            hint="check the permissions of the directories above it",
        ) from error
    except OSError:
        mode = 0
    if stat.S_ISREG(mode):
        return place
    if not stat.S_ISDIR(mode):
        raise UsageError(
            f"there is no directory {given}", code="E0202", hint="name the directory of a project"
        )
    file = find(place)
    if file is None:
        refuse_other_spelling(place)
        raise UsageError(
            f"no {FILE_NAME} in {given} or above it", code="E0202", hint="name the directory of a project"
        )
    return file


def _require_trust(file: Path, doubt: Doubt | None) -> None:
    """Raises UsageError if there is a doubt and the user has not listed this project as trusted."""
    if doubt is None:
        return
    from devloop.cli.config import read_trust
    from stigmer_api.config_file import config_file, home

    noted = [pattern for pattern in os.environ.get(VARIABLE, "").split(os.pathsep) if pattern]
    if trusts(noted, file.parent) or trusts(read_trust(config_file()), file.parent):
        return
    whom = doubt.owner or "them"
    where = f"in {VARIABLE}" if home() is None else f"under `trust:` in {config_file()}"
    facts = {"file": str(doubt.path), "project": str(file.parent), "owner": doubt.owner}
    raise UsageError(
        f"{doubt.problem}, and its code would run as you",
        code="E0214",
        hint=f"if you trust {whom}, add --trust, or list {file.parent} {where}",
        facts={name: fact for name, fact in facts.items() if fact},
    )
