"""Standard input, output and error: always open, with one error for output that cannot be written."""

from __future__ import annotations

import errno
import io
import os
import select
import sys

TYPE_CHECKING = False  # `stigmer --version` does without the module that has one
if TYPE_CHECKING:
    from typing import TextIO

    from _typeshed import ReadableBuffer

STDIN, STDOUT, STDERR = 0, 1, 2
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class OutputGoneError(OSError):
    """Standard output cannot be written to: its reader left, the terminal was closed, the disk is full."""

    # Without an errno of its own: Typer would take a broken pipe for its own affair.
    def __init__(self, cause: OSError) -> None:
        super().__init__(cause.strerror)
        self.cause = cause


def prepare() -> None:
    """Opens those of the three that are closed, before another file takes the number."""
    for number, flags in ((STDIN, os.O_RDONLY), (STDOUT, os.O_WRONLY), (STDERR, os.O_WRONLY)):
        _fill(number, flags)
    if sys.stdin is None:
        sys.stdin = open(STDIN, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = _text(_OutputStream(STDOUT, "w", closefd=False), sys.stdout, each_line=False)
    sys.stderr = _text(_ErrorStream(STDERR, "w", closefd=False), sys.stderr, each_line=True)


def _fill(number: int, flags: int) -> None:
    try:
        os.fstat(number)
    except OSError:
        opened = os.open(os.devnull, flags)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        os.set_inheritable(number, True)


def _text(raw: io.FileIO, before: TextIO | None, *, each_line: bool) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=before.encoding if before else "utf-8",
        errors=before.errors if before else "backslashreplace",
        line_buffering=each_line or raw.isatty(),
    )


def require_reader() -> None:
    """Raises OutputGoneError if nobody can read standard output any more, also while nothing is written."""
    poll = select.poll()
    poll.register(STDOUT, 0)
    if any(event & (select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0)):
        raise OutputGoneError(BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)))


def narrate() -> None:
    """From now on, standard output says what happens, and is not what was asked for.

    Where there is no room for that, it is lost, and standard error says so once: what happens matters more.
    """
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if isinstance(raw, _OutputStream):
        raw.narrates = True


class _OutputStream(io.FileIO):
    """Raises OutputGoneError if it cannot be written to."""

    narrates = False
    _warned = False

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            while (count := super().write(data)) is None:
                _wait_for_room(self.fileno())
        except OSError as error:
            if not self.narrates or error.errno not in FULL:
                raise OutputGoneError(error) from error
            self._warn(error)
            return memoryview(data).nbytes
        return count

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            sys.stderr.write(f"Warning: what happens cannot be shown on standard output: {error.strerror}\n")


class _ErrorStream(io.FileIO):
    """Drops what cannot be written: there is nowhere to report it."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            while (count := super().write(data)) is None:
                _wait_for_room(self.fileno())
        except OSError:
            return memoryview(data).nbytes
        return count


def _wait_for_room(number: int) -> None:
    """Waits for a slow reader; another process has made the stream non-blocking."""
    waiting = select.poll()
    waiting.register(number, select.POLLOUT)
    waiting.poll()
