"""Ends what an agent process left behind whose daemon was killed: MCP servers, by the notes they wrote."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from pathlib import Path


def remove_leftovers(directory: Path) -> None:
    """Ends the servers of each agent process that is gone, and deletes its directory."""
    for left in directory.glob("process-*"):
        end_noted(left)
        shutil.rmtree(left, ignore_errors=True)


def end_noted(directory: Path) -> None:
    """Kills the process groups of the servers that noted their pid."""
    for note in (directory / "processes").glob("*/*"):
        if note.name.isdigit() and still_the_same(int(note.name), note):
            kill_group(int(note.name))


def kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def still_the_same(pid: int, note: Path) -> bool:
    """Is this process the one that wrote the note, or has its number been given to another since?"""
    try:
        written = note.read_text()
        return not written or started_at(pid) == written
    except OSError:
        return False


def started_at(pid: int) -> str:
    """When the kernel says that it started; empty where it does not say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except FileNotFoundError:
        return "" if not Path("/proc/self/stat").exists() else "gone"
