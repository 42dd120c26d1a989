"""What a watch loop says when it dies of a fault in the machinery: in a file, for its screen may be gone."""

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
def last_words(directory: Path) -> Iterator[tuple[Path, ...]]:
    """Those of loops before us that nobody has told yet. Ours are taken away again: we end in peace."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = tuple(_of_the_dead(directory))
        file = directory / f"{PREFIX}{os.getpid()}{SUFFIX}"
        descriptor = os.open(
            file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
    except OSError:
        yield ()  # without a home; that must not stop anybody
        return
    try:
        faulthandler.enable(descriptor)
        yield found
    finally:
        faulthandler.disable()
        os.close(descriptor)
        file.unlink(missing_ok=True)


def _of_the_dead(directory: Path) -> Iterator[Path]:
    for file in sorted(directory.glob(f"{PREFIX}*{SUFFIX}")):
        with suppress(OSError, ValueError):
            process = int(file.name[len(PREFIX) : -len(SUFFIX)])
            if _alive(process):
                continue
            if DIED not in file.read_bytes():  # it was killed: nobody says anything then
                file.unlink()
                continue
            moment = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            told = file.rename(directory / f"crash-{moment:%Y%m%d-%H%M%S}-{process}.log")
            from devloop.cli.crash import tidy  # hardly ever needed

            tidy(directory)
            yield told


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody's
    return True
