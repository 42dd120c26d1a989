"""Files that a command writes for its user: tried at the start, replaced in one step at the end."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from runcmd.errors import UsageError

ANYBODYS = 0o666  # less what the umask takes
OWNERS = 0o600


def ensure_writable(file: Path, what: str) -> None:
    """Makes its directory where there is none. What the file holds stays.

    Raises:
        UsageError: it cannot be written; `what` is it, as the user calls it.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        existed = file.exists()
        if is_ordinary(file):
            file.open("ab").close()
            if not existed:
                file.unlink()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(
            f"cannot write {what} {file}: {reason}", code="E0192", hint="give the path of a file"
        ) from error


def replace_file(file: Path, text: str) -> None:
    """Readers see the old text or the new one, never a part. Raises OSError."""
    content = text.encode("utf-8", "backslashreplace")
    if not is_ordinary(file):
        file.write_bytes(content)  # /dev/stdout, a pipe
        return
    file = file.resolve()
    new = unfinished(file)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _mode(file))
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        new.replace(file)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise


def unfinished(file: Path) -> Path:
    """Where its new content is until all of it is there."""
    return file.with_name(f".{file.name}.{os.getpid()}.new")


def is_ordinary(file: Path) -> bool:
    """Neither a device nor a pipe: a file, or nothing yet. Raises OSError for what is a directory."""
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        return True
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(21, "Is a directory")
    return stat.S_ISREG(mode)


def _mode(file: Path) -> int:
    try:
        return stat.S_IMODE(file.stat().st_mode)
    except FileNotFoundError:
        return ANYBODYS
