"""What a new project is called, and where it goes."""

from __future__ import annotations

from pathlib import Path

from devloop.cli.here import here, placed
from runcmd.errors import UsageError
from stigmer_api.slugs import sdk_slug

LONGEST = 63  # characters; the name of a project's directory, too
SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
NAMELESS = "project"


def directory_and_name(given: str) -> tuple[Path, str]:
    """Where the project goes, and its name: the last part of a path; nothing: this directory and its name.

    Raises UsageError.
    """
    if not given:
        directory = here()
        return directory, _nearest_name(directory.name)
    directory = placed(Path(given).expanduser())
    name = directory.name
    if given.rstrip("/").endswith((".", "..")) and name not in (".", ".."):
        return directory, _nearest_name(name)  # the name of a directory that is there already
    if not name or not set(name) <= SIGNS or not (name[0].isalnum() and name[-1].isalnum()):
        nearest = sdk_slug(name)
        raise UsageError(
            f'a project cannot be called "{name}": letters, digits and - _ . between them',
            code="E0232",
            hint=f"try: stigmer new {nearest}" if nearest else "try: stigmer new my-project",
        )
    if len(name) > LONGEST:
        raise UsageError(
            f'the name "{name[:20]}…" has {len(name)} characters; at most {LONGEST} are possible',
            code="E0232",
            hint="choose a shorter one",
        )
    return directory, name


def _nearest_name(name: str) -> str:
    return sdk_slug(name)[:LONGEST].strip("-") or NAMELESS
