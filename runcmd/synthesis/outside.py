"""What did a project's program read outside of the project?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from runcmd.errors import ProjectError
from runcmd.frozen import Frozen


class Outside(Frozen):
    """Absolute paths of what may make its next synthesis another one: not what is installed."""

    files: tuple[Path, ...] = ()  # code and data
    directories: tuple[Path, ...] = ()  # whose names it asked for


class ProgramError(ProjectError):
    """The program has failed, and says what it had read by then."""

    outside: Outside = Outside()


def outside_of(inputs: Mapping[str, Sequence[str]]) -> Outside:
    """By what the SDK says; one of another language says nothing."""
    return Outside(
        files=tuple(map(Path, inputs.get("outside", ()))),
        directories=tuple(map(Path, inputs.get("directories_outside", ()))),
    )
