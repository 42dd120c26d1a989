"""Input that can be read only once, such as `<(command)` of a shell or a named pipe: read, and kept."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

import anyio

from runcmd.errors import UsageError
from stigmer_api.reading import read_patiently

STDIN = 0
WAIT_SECONDS = 1.0  # before it is worth a remark


class ReadOnce:
    """The contents of such files, each read in a thread of its own: its writer may never come."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._contents: dict[Path, Future[bytes]] = {}
        self._lasting: set[Path] = set()  # a device such as /dev/null says nothing new if it is read again

    def begin(self, files: Sequence[Path]) -> None:
        """Reads those of them that can be read only once. What somebody types at a terminal is waited for."""
        for file in files:
            if file in self._contents or not (mode := _special(file)):
                continue
            content = self._contents[file] = Future[bytes]()
            content.set_running_or_notify_cancel()  # from now on nobody can cancel it
            if not stat.S_ISCHR(mode):
                threading.Thread(target=self._read, args=(file, content), daemon=True).start()
                continue
            self._read(file, content)
            if not _is_terminal(file):
                self._lasting.add(file)

    def _read(self, file: Path, content: Future[bytes]) -> None:
        try:
            content.set_result(read_patiently(file, self._most_bytes))
        except OSError as error:
            content.set_exception(error)

    async def wait(self, say: Callable[[str], object]) -> None:
        """Until all of it is there. `say` is called with a sentence when that takes time."""
        reads = [asyncio.wrap_future(each) for each in self._contents.values()]
        with anyio.move_on_after(WAIT_SECONDS):
            await _all(reads)
        if waited_for := [str(file) for file, each in self._contents.items() if not each.done()]:
            say(f"waiting for somebody to write to {', '.join(waited_for)}, and to close it")
            await _all(reads)

    def holds(self, file: Path) -> bool:
        """Is it such a file, and has no ordinary one taken its place?"""
        return file in self._contents and not file.is_file()

    def content(self, file: Path) -> bytes:
        """Of one that is held, once it was waited for. Raises OSError."""
        return self._contents[file].result(0)

    @property
    def kept(self) -> list[Path]:
        """Those whose contents will not be read again."""
        return [file for file in self._contents if file not in self._lasting and self.holds(file)]


async def _all(reads: Sequence[asyncio.Future[bytes]]) -> None:
    if reads:
        await asyncio.wait(reads)


def refuse_twice(files: Sequence[tuple[str, Path]], message: str | None) -> None:
    """Raises UsageError if two of them are standard input.

    Args:
        files: each with the option that names it.
        message: `-` is standard input, too.
    """
    readers = ["--message -"] if message == "-" else []
    for option, file in files:
        with suppress(OSError):
            if _special(file) and os.path.samestat(file.stat(), os.fstat(STDIN)):
                readers.append(f"{option} {file}")
    if len(readers) > 1:
        raise UsageError(
            f"{readers[1]} and {readers[0]} both read standard input",
            code="E0102",
            hint="give one of them another way",
        )


def _special(file: Path) -> int:
    """The mode of what is no ordinary file and no directory; else 0."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return 0
    return 0 if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else mode


def _is_terminal(file: Path) -> bool:
    try:
        opened = os.open(file, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return os.isatty(opened)
    finally:
        os.close(opened)
