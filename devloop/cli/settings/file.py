"""The configuration file is changed in one step, by one command at a time, and only its owner can read it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from devloop.cli.config import read_trusted
from devloop.cli.settings.edit import CannotEditError
from runcmd.errors import UsageError
from stigmer_api.config_file import NOWHERE, config_file

FOR_OWNER = 0o600


def settings() -> Mapping[str, Any]:
    """All blocks of the file; none where there is no file. Raises UsageError."""
    return read_trusted(config_file())


def change(edit: Callable[[str], str], what: str) -> Path:
    """Writes what `edit` makes of the text; the path. Nothing happens unless all of it does.

    Raises UsageError, also for a file that cannot be understood: nobody could say what an edit would do.
    """
    file = config_file()
    if NOWHERE in file.parents:
        raise UsageError(
            "there is no home directory for ~/.stigmer/config.yaml", code="E0221", hint="set HOME"
        )
    try:
        with _alone(file.parent):
            read_trusted(file)
            try:
                before = file.read_text("utf-8")
            except FileNotFoundError:
                before = ""
            if (after := edit(before)) != before or not before:
                _write(Path(os.path.realpath(file)), after)
    except CannotEditError:
        raise UsageError(
            f"{file}: {what} cannot be changed by a command: aliases or an unusual layout are in the way",
            code="E0221",
            hint="change it with an editor",
        ) from None
    except OSError as error:
        raise UsageError(
            f"cannot write {file}: {error.strerror}", code="E0221", hint="check the permissions of ~/.stigmer"
        ) from error
    return file


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """One command at a time: the second sees what the first one wrote."""
    import fcntl

    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(file: Path, text: str) -> None:
    """Raises OSError."""
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(text)
            written.flush()
            os.fchmod(written.fileno(), FOR_OWNER)
            os.fsync(written.fileno())
        os.replace(name, file)  # noqa: PTH105 -- names
    except BaseException:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise
