"""Reports a bug in this program: one sentence for the user, the traceback in a file."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from devloop.cli.version import line
from devloop.terminal.visible import visible
from stigmer_api.config_file import stigmer_home
from stigmer_api.shortage import shortage

KEPT = 10  # crash files
STOPPED = "stigmer stopped because of a bug in its own code"


def report(error: BaseException) -> str:
    """Writes the crash file and returns the message. A lack of memory or space is not a bug: no file."""
    cause = innermost(error)
    lacks = shortage(cause)
    if lacks is not None:
        return f"Error: {visible(lacks.text)}\n\n{lacks.hint}\nmore: stigmer explain {lacks.code}\n"
    what = type(cause).__name__
    try:
        text = _masked("".join(traceback.format_exception(error)))
        # The place and not the message, which may quote what must not be shown.
        place = traceback.extract_tb(cause.__traceback__)[-1:]
        where = "".join(f" at {Path(frame.filename).name}:{frame.lineno}" for frame in place)
        if os.environ.get("STIGMER_DEBUG"):
            return text
        return f"{STOPPED} ({what}{where}).\n{_kept(text)}\n"
    except Exception as second:  # what broke the rest may break this, too
        return f"{STOPPED} ({what}); to report it failed as well ({type(second).__name__}).\n"


def _masked(text: str) -> str:
    mask = sys.modules.get("devloop.render.mask")  # not imported for this: without it no secret was read
    return str(mask.masked(text)) if mask is not None else text


def innermost(error: BaseException) -> BaseException:
    """The one error in a group of one, however deep."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _kept(text: str) -> str:
    now = datetime.now(UTC)
    name = f"crash-{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
    head = (
        f"{line()}, Python {sys.version.split()[0]}, {sys.platform}, {now.isoformat(timespec='seconds')}\n\n"
    )
    for temporary in (False, True):
        with suppress(OSError):  # it is not there, it is full, it is somebody else's
            directory = Path(tempfile.gettempdir()) if temporary else stigmer_home() / "logs"
            _write(directory, name, (head + text).encode("utf-8", "backslashreplace"))
            delete_old(directory)
            return f"The details are in {directory / name}; please report it."
    return "Set STIGMER_DEBUG=1 to see the details; please report it."


def _write(directory: Path, name: str, data: bytes) -> None:
    """Whole or not at all. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError:
        (directory / name).unlink(missing_ok=True)
        raise


def delete_old(directory: Path) -> None:
    """Deletes old crash files; the newest stay, for a report."""
    with suppress(OSError):
        ours = [each for each in directory.glob("crash-*.log") if each.lstat().st_uid == os.getuid()]
        for old in sorted(ours, key=lambda each: each.name, reverse=True)[KEPT:]:
            old.unlink(missing_ok=True)
