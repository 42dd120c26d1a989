"""Which directory entries decide where a path leads?"""

# Strings, because a Path for each of 10,000 files costs more than to stat them.
# ruff: noqa: PTH115, PTH118, PTH120

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

MOST_LINKS = 40  # as many as the kernel follows


@dataclass(frozen=True, slots=True)
class Anchor:
    """A directory to watch: for the entry called `name`, or, without a name, for being moved itself."""

    directory: str
    name: str = ""


def anchors(path: str) -> Iterator[Anchor]:
    """The entries on the way to the path, links included, up to the first that is missing.

    Each is yielded before it is read: whoever watches it at once misses no change.
    """
    base, rest, links = "/", _parts(path), 0
    while rest and links <= MOST_LINKS:
        name, rest = rest[0], rest[1:]
        if name == "..":
            base = os.path.dirname(base)
            continue
        here = os.path.join(base, name)
        if rest and _kind(here) == stat.S_IFDIR:
            yield Anchor(here)
            base = here
            continue
        yield Anchor(base, name)
        match _kind(here):
            case stat.S_IFLNK:
                links += 1
                target = _target(here)
                base = "/" if target.startswith("/") else base
                rest = [*_parts(target), *rest]
            case stat.S_IFDIR:
                base = here
            case _:
                return


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _kind(path: str) -> int:
    try:
        return stat.S_IFMT(os.lstat(path).st_mode)
    except OSError:
        return 0


def _target(link: str) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""
