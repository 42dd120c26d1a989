"""Is git changing these files?"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from stigmer_api.reading import read_bounded

PATIENCE_SECONDS = 10
# A conflict or an open editor leaves these for hours, while no files change.
CHURN_SECONDS = 2
MOST_BYTES = 1 << 14  # of a file that holds a path
REBASES = ("rebase-merge", "rebase-apply")
HEADS = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD")
PROCESSES = Path("/proc")
CHANGING = frozenset(
    "am apply bisect checkout cherry-pick clean commit merge mv pull read-tree rebase reset restore revert rm"  # noqa: SIM905
    " stash submodule switch worktree".split()
)
TAKES_VALUE = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"})


def busy(root: Path, now: float | None = None) -> str:
    """What git is doing to the files below `root`; empty if it is idle, or left a lock behind long ago."""
    worktree = _worktree(root)
    git = None if worktree is None else git_directory(worktree)
    if worktree is None or git is None:
        return ""
    moment = time.time() if now is None else now
    if _age(git / "index.lock", moment) < PATIENCE_SECONDS:
        return "index.lock"
    for name in REBASES:
        if _rebase_age(git / name, moment) < PATIENCE_SECONDS:
            return name
    for name in HEADS:
        if _age(git / name, moment) < CHURN_SECONDS:
            return name
    # A hook may run for seconds between two of git's own steps. Each step makes and removes a lock in there.
    if _age(git, moment) < PATIENCE_SECONDS:
        return next(_commands(worktree), "")
    return ""


def git_directory(worktree: Path) -> Path | None:
    """In a linked worktree or a submodule, `.git` is a file that names the directory."""
    place = worktree / ".git"
    try:
        if place.is_dir():
            return place
        text = read_bounded(place, MOST_BYTES).decode("utf-8", "surrogateescape")
    except OSError:
        return None
    name, _, path = text.strip().partition(": ")
    return worktree / path if name == "gitdir" else None


def _worktree(root: Path) -> Path | None:
    real = root.resolve()
    return next((place for place in (real, *real.parents) if os.path.lexists(place / ".git")), None)


def _age(path: Path, now: float) -> float:
    """Seconds since it changed; infinite if it does not exist."""
    try:
        return now - path.lstat().st_mtime
    except OSError:
        return float("inf")


def _rebase_age(directory: Path, now: float) -> float:
    try:
        names = os.listdir(directory)  # noqa: PTH208
    except OSError:
        return float("inf")
    return min(_age(place, now) for place in (directory, *(directory / name for name in names)))


def _commands(worktree: Path) -> Iterator[str]:
    """The git commands that change this worktree, where the system lets us list processes."""
    try:
        processes = [place for place in PROCESSES.iterdir() if place.name.isdigit()]
    except OSError:
        return
    for process in processes:
        try:
            if (process / "comm").read_bytes() != b"git\n":
                continue
            directory = (process / "cwd").readlink()
            command = subcommand(os.fsdecode((process / "cmdline").read_bytes()).split("\0"))
        except OSError:  # it ended, or is somebody else's
            continue
        if command in CHANGING and directory.is_relative_to(worktree):
            yield f"git {command}"


def subcommand(arguments: list[str]) -> str:
    """`commit` of `git -c a=b commit -m text`."""
    words = iter(arguments[1:])
    for word in words:
        if word in TAKES_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""
