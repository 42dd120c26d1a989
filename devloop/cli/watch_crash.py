"""Writes to a file why a watch loop died of a fault, since its screen may be gone."""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

PREFIX, SUFFIX = "loop-", ".log"
DIED = b"Fatal Python error"
FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW


@contextmanager
def record_faults(directory: Path) -> Iterator[tuple[Path, ...]]:
    """Yields the crash files of earlier loops that nobody saw yet; an ordinary end removes ours."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = tuple(_crashed(directory))
        file = directory / f"{PREFIX}{os.getpid()}{SUFFIX}"
        descriptor = os.open(file, FLAGS, 0o600)
    except OSError:
        yield ()  # without a home; that must not stop anybody
        return
    try:
        faulthandler.enable(descriptor)
        yield found
    finally:
        faulthandler.disable()
        os.close(descriptor)
        with suppress(OSError):
            file.unlink()


def _crashed(directory: Path) -> Iterator[Path]:
    for file in sorted(directory.glob(f"{PREFIX}*{SUFFIX}")):
        with suppress(OSError, ValueError):
            process = int(file.name[len(PREFIX) : -len(SUFFIX)])
            if _alive(process):
                continue
            if DIED not in file.read_bytes():  # it was killed: nobody says anything then
                file.unlink()
                continue
            moment = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            reported = file.rename(directory / f"crash-{moment:%Y%m%d-%H%M%S}-{process}.log")
            from devloop.cli.crash import delete_old  # hardly ever needed

            delete_old(directory)
            yield reported


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OverflowError:
        return False  # no process has such a number
    except PermissionError:
        pass  # somebody's
    return True
