"""Commands in a project that is in use leave a warm process behind, for the program of the next ones."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from devloop.cli.connect import BackendChoice, Where
from runcmd.errors import UsageError
from runcmd.project import Project, ProjectRuntime

if TYPE_CHECKING:
    from runcmd.synthesis.forks.kept import Kept

VARIABLE = "STIGMER_WARM_SECONDS"
WARM_SECONDS = 600.0
FOLDER = "warm"  # of the data directory
STOP_SECONDS = 3.0


def warm_seconds(environ: Mapping[str, str]) -> float:
    """How long a warm process waits for the next command; 0: there is none. Raises UsageError."""
    text = environ.get(VARIABLE, "").strip()
    try:
        seconds = float(text) if text else WARM_SECONDS
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < math.inf:
        raise UsageError(
            f'{VARIABLE}: "{text}" is not a time',
            code="E0105",
            hint="give a number of seconds; 0 keeps no process warm",
        )
    return seconds


class WarmPlace:
    """What one command does about the warm process of its project. Only beside the backend in the background,
    with which it ends."""

    def __init__(self, project: Project | None, backend: BackendChoice, environ: Mapping[str, str]) -> None:
        """Raises UsageError."""
        self.synthesizer: Kept | None = None
        self._seconds = warm_seconds(environ)
        self._project = project
        possible = backend.where is Where.DAEMON and sys.platform == "linux" and self._seconds > 0
        self._wanted = possible and project is not None and project.runtime is ProjectRuntime.PYTHON

    def open(self) -> Kept | None:
        """In the surroundings that the program would have. None: only a fresh child is right."""
        if self._wanted and self._project is not None:
            from runcmd.synthesis.forks.kept import Kept
            from stigmerd.daemon.client import DaemonError, DaemonPlace

            try:
                self.synthesizer = Kept(folder(DaemonPlace.of().data_dir), self._project)
            except (OSError, DaemonError):
                self._wanted = False  # whoever needs it says so
        return self.synthesizer

    def keep(self) -> None:
        """For the commands to come, once this one has nothing to do any more."""
        if self.synthesizer is None:
            return
        from stigmerd.daemon.client import DaemonError, DaemonPlace
        from stigmerd.daemon.lock import holder

        with suppress(DaemonError):  # whoever needed it has said so
            daemon = holder(DaemonPlace.of().lock_file)
            if daemon is not None:
                self.synthesizer.keep(daemon, self._seconds)


def folder(data_dir: Path) -> Path:
    """Where the warm processes that belong to a backend are found."""
    return data_dir / FOLDER


def wait_for_the_end(data_dir: Path) -> None:
    """Until those whose backend was stopped have ended."""
    from runcmd.synthesis.forks.seat import wait_for_all

    wait_for_all(folder(data_dir), STOP_SECONDS)
