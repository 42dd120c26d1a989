"""What is on disk, by path and content, and what differs between two moments?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path

from devloop.changes.bounds import Bounds
from devloop.changes.digest import FileState, StoppedError, hash_now
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
) -> Fingerprint:
    """Scans what may have changed since `before`, whose paths must all count under these rules.

    `only`: scan these files and directories, and nothing else. `extra`: files that count wherever
    they are and whatever the rules say; one outside the root goes by its absolute path. `hash_later`: most of
    many files need not be hashed yet; `hash_remaining` does it afterwards.
    `bounds`: what is left out stays left out. `stopped`: nobody waits for it any more; raises StoppedError.
    """
    places = {extra_key(root, path): str(path) for path in extra}
    bounds = bounds or Bounds(root)
    scan = Scan(str(root), rules, before or {}, bounds, stopped, read=FEW_FILES if hash_later else inf)
    paths = set() if only is None else set(only)
    if before is None or only is None or "" in paths or len(paths) > MANY_PATHS:
        bounds.begin()
        kept: dict[str, FileState] = {}
        paths = set(places)
        scan.directory("")
    else:
        kept = _without(before, paths)
        scan.others = len(kept)
        for path in paths - places.keys():
            scan.path(path)
    for key in paths & places.keys():
        scan.file(key, places[key])
    kept.update(scan.found)
    if not bounds.left_out:
        return kept
    return {
        key: state
        for key, state in kept.items()
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
    """The name of a file that counts whatever the rules say."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _without(before: Fingerprint, paths: set[str]) -> dict[str, FileState]:
    """All but these paths and what is below them."""
    kept = dict(before)
    files = {path for path in paths if (state := kept.pop(path, None)) is not None and state.stat != LINK}
    if below := tuple(f"{path}/" for path in paths - files):
        for key in [key for key in kept if key.startswith(below)]:
            del kept[key]
    return kept
