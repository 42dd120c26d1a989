"""Temporary directories that are ours while we live, and the end of what a killed command left behind."""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from runcmd.errors import UsageError

PREFIX = "stigmer-"
LOCK = ".lock"  # beside the directory; whoever holds it owns both
SWEEP_SECONDS = 2.0
MOST_LOOKED_AT = 100_000  # names in the temporary directory

Remove = Callable[[Path], None]


class OwnDirectory:
    """Made for us alone, and not taken for left over by others, as long as this process lives."""

    def __init__(self, kind: str = "", within: str | None = None) -> None:
        """`within`: instead of the temporary directory. Raises OSError."""
        self._lock, self._descriptor = _locked(f"{PREFIX}{kind}", within)
        self.path = self._lock.with_suffix("")
        try:
            self.path.mkdir(mode=0o700)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """The lock is kept beside what could not be removed: the next start tries again."""
        if not self.path.exists():
            self._lock.unlink(missing_ok=True)
        os.close(self._descriptor)


def make_own_directory(kind: str = "", within: str | None = None) -> OwnDirectory:
    """`within`: instead of the temporary directory. Raises UsageError."""
    try:
        return OwnDirectory(kind, within)
    except OSError as error:
        raise UsageError(
            f"cannot make a temporary directory: {error.strerror}",
            code="E0901",
            hint="free some space, or set TMPDIR",
        ) from error


def _locked(prefix: str, within: str | None) -> tuple[Path, int]:
    while True:
        descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=LOCK, dir=within)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:  # nobody took it for left over between these two
            return Path(name), descriptor
        os.close(descriptor)


def sweep_in_background(remove: Remove) -> None:
    """Quietly, while other things are waited for. The process may end before it is through."""
    with suppress(RuntimeError):  # no thread to be had
        threading.Thread(target=sweep, args=(remove,), daemon=True, name="sweep").start()


def sweep(remove: Remove) -> None:
    until = time.monotonic() + SWEEP_SECONDS
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for number, entry in enumerate(entries):
            if number > MOST_LOOKED_AT or time.monotonic() > until:
                return
            if entry.name.startswith(PREFIX) and entry.name.endswith(LOCK):
                with suppress(OSError):
                    _remove_if_left(Path(entry.path), remove)


def _remove_if_left(lock: Path, remove: Remove) -> None:
    """Of our user, and the kernel says that nobody holds it: its process is gone."""
    descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            return
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        directory = lock.with_suffix("")
        with suppress(FileNotFoundError):
            if directory.lstat().st_uid == os.geteuid() and not directory.is_symlink():
                remove(directory)
        lock.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
