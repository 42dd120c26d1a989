"""Would a run find its backend, and has that room for what it keeps?"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from devloop.cli.backend.status import NAMES, Found, look
from devloop.cli.connect import Where
from devloop.cli.doctor.finding import Finding, bad, doubtful, failed, good
from devloop.cli.settings.edit import value_at
from devloop.cli.settings.file import settings
from devloop.cli.settings.names import all_settings
from runcmd.errors import RunError
from stigmer_api.config_file import config_file
from stigmer_api.version import VERSION

AREA = "backend"
LOW_BYTES = 1 << 30
LEAST_BYTES = 100 << 20


def backend(server: str) -> Iterator[Finding]:
    """The one that a run in this shell would use."""
    try:
        found = look(server)
    except RunError as error:
        yield failed(AREA, error)
        return
    name = f"{NAMES[found.choice.where]} (chosen by {found.because})"
    if found.error is not None:
        yield good(AREA, name)
        yield failed(AREA, found.error)
    elif found.answer is None:
        yield good(AREA, f"{name}: does not run, and starts with the first run")
    else:
        yield good(AREA, f"{name}: answers at {found.address}")
        yield from _version(found)
    yield from _exposed()
    if found.choice.where is Where.DAEMON:
        yield from _place()


def _exposed() -> Iterator[Finding]:
    """Can others read keys and tokens in the configuration?"""
    file = config_file()
    try:
        held = [each.name for each in all_settings() if each.key.hidden and value_at(settings(), each.path)]
        readable = file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
    except (OSError, RunError):
        return  # there is none, or it was said already
    if held and readable:
        yield doubtful(AREA, f"{file} has {held[0]}, and others can read it", f"chmod 600 {file}")


def _version(found: Found) -> Iterator[Finding]:
    answer = found.answer
    if answer is None:
        return
    if missing := [words for words, able in answer.abilities.items() if not able]:
        yield doubtful(
            AREA,
            f"it cannot: {'; '.join(missing)}",
            "nothing to do if it is a server of others; else update it",
        )
    if answer.version and answer.version != VERSION:
        yield doubtful(
            AREA,
            f"it is version {answer.version}, and this command {VERSION}",
            "stigmer server stop; the next run starts this version",
        )


def _place() -> Iterator[Finding]:
    """The directory of the local one: may we write, and is there room?"""
    from stigmerd.daemon.client import DaemonError, DaemonPlace

    try:
        place = DaemonPlace.of()
        place.look_around()
    except DaemonError as error:
        yield failed(AREA, RunError(error.message, code=error.code, hint=error.hint))
        return
    directory = _first_that_exists(place.data_dir)
    if not directory.is_dir() or not os.access(directory, os.W_OK | os.X_OK):
        yield bad(
            AREA,
            f"{directory} is no directory that you can write to",
            f"chmod u+rwx {directory}, or choose another one with STIGMER_DATA_DIR",
        )
        return
    yield from room(AREA, directory, f"the backend keeps everything in {place.data_dir}")
    for each in place.kept_beside():
        yield doubtful(AREA, f"a damaged part of the database is kept: {each}", "look at it, then remove it")


def room(area: str, directory: Path, what: str) -> Iterator[Finding]:
    """How much is free there."""
    try:
        free = shutil.disk_usage(directory).free
        entries = os.statvfs(directory)
    except OSError as error:
        yield bad(area, f"{directory}: {error.strerror}", "check the disk")
        return
    text = f"{what}; {_size(free)} free"
    if free < LEAST_BYTES:
        yield bad(area, text, f"free some space: df -h {directory}, stigmer executions prune")
    elif free < LOW_BYTES:
        yield doubtful(area, text, f"free some space: df -h {directory}, stigmer executions prune")
    elif entries.f_files and not entries.f_favail:
        yield bad(area, f"{what}; no file can be made there (inodes)", f"remove files: df -i {directory}")
    else:
        yield good(area, text)


def _first_that_exists(path: Path) -> Path:
    return next((each for each in (path, *path.parents) if each.exists()), Path("/"))


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"
