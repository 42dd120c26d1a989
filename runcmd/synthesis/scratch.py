"""A directory that somebody's program writes to: read with care, and gone afterwards, whatever is in it."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from itertools import islice
from pathlib import Path

import anyio
from anyio import to_thread

from runcmd.errors import ProjectError
from runcmd.synthesis.own_directory import make_own_directory, sweep_in_background
from stigmer_api.manifest_files import FILES
from stigmer_api.reading import read_bounded, size

KIND = "synthesis-"
WRITTEN = re.compile(FILES)
MOST_ENTRIES = 20_000
MOST_BYTES = 64 << 20  # of one file
MOST_BYTES_IN_ALL = 256 << 20
FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | getattr(os, "O_DIRECTORY", 0)
REMOVAL_SECONDS = 5.0  # when nobody wants to wait any more


@asynccontextmanager
async def open_scratch() -> AsyncIterator[Path]:
    """Raises UsageError."""
    own = make_own_directory(KIND)
    _sweep_once()
    try:
        yield own.path
    finally:
        try:
            await to_thread.run_sync(remove, own.path, abandon_on_cancel=True)
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(REMOVAL_SECONDS, shield=True):
                await to_thread.run_sync(remove, own.path, abandon_on_cancel=True)
            raise
        finally:
            own.close()


@cache
def _sweep_once() -> None:
    sweep_in_background(remove)


async def written(directory: Path) -> dict[str, bytes]:
    """What the SDK writes, by name. In a thread: a cancel is heard at once. Raises ProjectError."""
    return await to_thread.run_sync(_written, directory, abandon_on_cancel=True)


def _written(directory: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = MOST_BYTES_IN_ALL
    for name in _names(directory):
        try:
            files[name] = read_bounded(directory / name, min(MOST_BYTES, left), follow=False)
        except FileNotFoundError:
            continue  # a process that the program left behind has removed it
        except OSError as error:
            what = f"{error.strerror}".lower()
            if left < MOST_BYTES:
                what = f"with it, everything together is larger than {size(MOST_BYTES_IN_ALL)}"
            raise ProjectError(
                f"cannot read {name}, which the program wrote to STIGMER_OUT_DIR: {what}",
                code="E0313",
                hint="only the SDK should write there",
            ) from error
        left -= len(files[name])
    return files


def _names(directory: Path) -> list[str]:
    try:
        with os.scandir(directory) as entries:
            names = [entry.name for entry in islice(entries, MOST_ENTRIES + 1)]
    except OSError as error:
        raise ProjectError(
            f"cannot read STIGMER_OUT_DIR, where the program writes what it declares: {error.strerror}",
            code="E0313",
            hint="the program must not move or delete it",
        ) from error
    if len(names) > MOST_ENTRIES:
        raise ProjectError(
            f"the program has written more than {MOST_ENTRIES:,} files to STIGMER_OUT_DIR",
            code="E0313",
            hint="only the SDK should write there",
        )
    return [name for name in names if WRITTEN.fullmatch(name)]


def empty(directory: Path) -> None:
    """Of what an attempt that does not count has written."""
    with suppress(OSError):
        for name in os.listdir(directory):  # noqa: PTH208 -- at every attempt
            remove(directory / name)


def remove(path: Path) -> None:
    """However deep it is; what cannot be removed stays."""
    with suppress(OSError):
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
            return
    with suppress(OSError):
        for name in os.listdir(path):  # noqa: PTH208 -- after each synthesis
            os.unlink(path / name)  # noqa: PTH108
        path.rmdir()
        return
    import shutil  # late: most have files only

    with suppress(RecursionError):
        shutil.rmtree(path, ignore_errors=True)
    if path.is_dir():  # too deep, or closed
        with suppress(OSError):
            _remove_deep(path)


def _remove_deep(top: Path) -> None:
    """Down and up again by one descriptor: neither paths nor calls become too long for the system."""
    way: list[tuple[str, tuple[int, int]]] = []  # names on the way down, and what each is in
    here = os.open(top, FOLDER)
    try:
        while True:
            if (name := _emptied(here)) is not None:
                below = os.open(name, FOLDER, dir_fd=here)
                way.append((name, _identity(here)))
                os.close(here)
                here = below
                continue
            if not way:
                break
            name, parent = way.pop()
            up = os.open("..", FOLDER, dir_fd=here)
            os.close(here)
            here = up
            if _identity(here) != parent:  # somebody moves it about: this may be anywhere
                return
            os.rmdir(name, dir_fd=here)
        top.rmdir()
    finally:
        os.close(here)


def _emptied(folder: int) -> str | None:
    """Without its files; the name of a directory that is still in it."""
    os.fchmod(folder, 0o700)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                return entry.name
            os.unlink(entry.name, dir_fd=folder)
    return None


def _identity(folder: int) -> tuple[int, int]:
    status = os.fstat(folder)
    return status.st_dev, status.st_ino
