"""Files that hold a secret: written whole or not at all, for their owner only, and checked when read."""

from __future__ import annotations

import errno
import logging
import os
import stat
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

logger = logging.getLogger(__name__)

DRAFT = ".draft"
MOST_BYTES = 64 * 1024
OTHERS = 0o077


def write_whole(path: Path, data: bytes, *, keep: bool = False) -> None:
    """All of it or nothing. `keep`: of two writers the first wins. Raises OSError."""
    _sweep(path)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}{DRAFT}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if not keep:
            draft.replace(path)
        else:
            with suppress(FileExistsError):
                path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    _sync(path.parent)


def open_log(path: Path) -> TextIOWrapper:
    """To append to: what a library or an agent writes there may quote a secret. Whatever the umask is."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.fchmod(descriptor, 0o600)  # of an earlier version
    return os.fdopen(descriptor, "a", encoding="utf-8")


def read_whole(path: Path) -> bytes:
    """One that others could read is closed, and the log says so. Raises OSError for what is not ours."""
    # Do not wait for a fifo without a writer, nor for a device.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        if status.st_uid not in (0, os.geteuid()):
            raise PermissionError(errno.EPERM, f"it belongs to user {status.st_uid}", str(path))
        if status.st_size > MOST_BYTES:
            raise OSError(errno.EFBIG, f"it has more than {MOST_BYTES} bytes", str(path))
        if stat.S_IMODE(status.st_mode) & OTHERS:
            os.fchmod(descriptor, 0o600)
            logger.warning(
                "%s could be read by other users (mode %03o) and is private now; if one of them may have "
                "read it, create a new one and store your secrets again",
                path,
                stat.S_IMODE(status.st_mode),
            )
        return file.read()


def _sweep(path: Path) -> None:
    """The drafts of writers that were killed."""
    for left in path.parent.glob(f"{path.name}.*{DRAFT}"):
        writer = left.name.removeprefix(f"{path.name}.").partition(".")[0]
        if writer.isdigit() and not _lives(int(writer)):
            left.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _sync(directory: Path) -> None:
    """A name is as lasting as the directory that it is in."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems cannot do it for directories
            raise
    finally:
        os.close(descriptor)
