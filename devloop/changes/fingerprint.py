"""What is on disk, by path and content, and what differs between two moments?"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path

from devloop.changes.bounds import Bounds
from devloop.changes.digest import FileState, StoppedError, hash_now
from devloop.changes.files import Files
from devloop.changes.scan import LINK, Scan, ScanRules

MANY_PATHS = 256  # from here on, to scan everything is quicker
FEW_FILES = 500  # are hashed in no time

Fingerprint = Mapping[str, FileState]


@dataclass(frozen=True, slots=True)
class Change:
    """Files whose content differs, sorted; false when there are none."""

    created: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.created or self.modified or self.deleted)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted((*self.created, *self.modified, *self.deleted)))


def difference(before: Fingerprint, after: Fingerprint) -> Change:
    """What happened between two fingerprints."""
    if before is after:
        return Change()
    if isinstance(before, Files) and isinstance(after, Files):
        paths = after.differing(before)
        if paths is not None:  # the cost is that of the change
            return _difference(
                {path: state for path in paths if (state := before.get(path)) is not None},
                {path: state for path in paths if (state := after.get(path)) is not None},
            )
        before, after = before.as_dict(), after.as_dict()
    return _difference(before, after)


def _difference(before: Fingerprint, after: Fingerprint) -> Change:
    # Most states are the very same object in both.
    other = [path for path, state in after.items() if before.get(path) is not state]
    created = [path for path in other if path not in before]
    modified = [path for path in other if path in before and not before[path].same_content(after[path])]
    deleted: list[str] = []
    if len(before) + len(created) != len(after):
        deleted = [path for path in before if path not in after]
    return Change(tuple(sorted(created)), tuple(sorted(modified)), tuple(sorted(deleted)))


def take(
    root: Path,
    rules: ScanRules,
    before: Fingerprint | None = None,
    only: Iterable[str] | None = None,
    extra: Iterable[Path] = (),
    *,
    hash_later: bool = False,
    bounds: Bounds | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Files:
    """Scans what may have changed since `before`, whose paths must all count under these rules.

    `only`: scan these files and directories, and nothing else. `extra`: files that count wherever
    they are and whatever the rules say; one outside the root begins with `../`. `hash_later`: most of
    many files need not be hashed yet; `hash_remaining` does it afterwards.
    `bounds`: what is left out stays left out. `stopped`: nobody waits for it any more; raises StoppedError.
    """
    places = {extra_key(root, path): str(path) for path in extra}
    bounds = bounds or Bounds(root)
    known = Files.of(before or {})
    paths = set() if only is None else set(only)
    everything = before is None or only is None or "" in paths or len(paths) > MANY_PATHS
    scan = Scan(
        str(root),
        rules,
        known.as_dict() if everything else known,
        bounds,
        stopped,
        read=FEW_FILES if hash_later else inf,
    )
    if everything:
        bounds.begin()
        scan.directory("")
        for key, place in places.items():
            scan.file(key, place)
        return known.replaced(_in_bounds(scan.found, bounds, places))
    left_out = len(bounds.left_out)
    gone = _at_or_below(known, paths)
    scan.others = len(known) - len(gone)
    for path in paths - places.keys():
        scan.path(path)
    for key in paths & places.keys():
        scan.file(key, places[key])
    files = known.changed(_in_bounds(scan.found, bounds, places), gone)
    if len(bounds.left_out) == left_out:
        return files
    return files.replaced(_in_bounds(files, bounds, places))


def _in_bounds(found: Fingerprint, bounds: Bounds, places: Container[str]) -> dict[str, FileState]:
    if not bounds.left_out:
        return dict(found)
    return {
        key: state
        for key, state in found.items()
        if key in places or not bounds.hides(key) or state.stat == LINK
    }


def hash_remaining(
    root: Path, fingerprint: Fingerprint, paths: Iterable[str], stopped: Callable[[], bool] = lambda: False
) -> None:
    """Hashes the files of which only the stat is known, and fills it in. Raises StoppedError."""
    for path in paths:
        if stopped():
            raise StoppedError
        if not (state := fingerprint[path]).digest:
            hash_now(f"{root}/{path}", state, stopped)


def extra_key(root: Path, path: Path) -> str:
    """The name of a file that counts whatever the rules say; outside of the root, it begins with `../`."""
    if path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return os.path.relpath(path, root).replace(os.sep, "/")


def _at_or_below(known: Files, paths: set[str]) -> set[str]:
    """What is known of these files, and of all in these directories."""
    found: set[str] = set()
    for path in paths:
        state = known.get(path)
        if state is not None:
            found.add(path)
        if state is None or state.stat == LINK:
            found.update(known.below(path))
    return found
