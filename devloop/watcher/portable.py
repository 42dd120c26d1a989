"""Watches by watchfiles, on every system."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from watchfiles import Change
from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

from devloop.watcher.background import BackgroundEngine
from devloop.watcher.inbox import Inbox
from devloop.watcher.interfaces import Prune, UnwatchableError, WatchedPlace
from devloop.watcher.known import WatchedDirectories, identity_of
from devloop.watcher.limits import no_instances, no_watches
from devloop.watcher.snapshot import stat_of

STEP_MS, LONGEST_MS = 10, 200
# How often to stat what watchfiles cannot see: single files outside, and the root itself.
OUTSIDE_MS = 250
# watchfiles does not report that the system dropped events. So many at once may be incomplete.
SUSPICIOUS = 1_000
MOST_TRIES = 5
# Where one recursive watch is cheap. Elsewhere each directory gets its own, so that ignored trees get none.
RECURSIVE = sys.platform != "linux"

Changes = set[tuple[int, str]]


class Portable(BackgroundEngine):
    """In a thread, because watchfiles waits by blocking."""

    name = "watchfiles"

    def __init__(
        self,
        place: WatchedPlace,
        prune: Prune,
        inbox: Inbox,
        failed: Callable[[str], None],
        *,
        recursive: bool = RECURSIVE,
    ) -> None:
        super().__init__(prune)
        self._place, self._inbox, self._failed = place, inbox, failed
        self._recursive = recursive
        self._real: dict[str, str] = {}  # what the system may call a watched directory -> what we call it
        self._outside: dict[str, tuple[int, ...] | None] = {}
        self._links: set[str] = set()
        self._incomplete = False
        self._start()

    def _work(self) -> None:
        try:
            self._watch()
        except (UnwatchableError, OSError) as error:
            text = str(error)
            self._call(lambda: self._failed(text))

    def _watch(self) -> None:
        notify = self._open()
        self._outside = self._stat_outside()
        self._set_ready()
        while not self._stop.is_set():
            seen = self._wait(notify, LONGEST_MS, STEP_MS, OUTSIDE_MS)
            notify = self._take(notify, seen, self._refreshed())
        notify.close()

    def _wait(self, notify: RustNotify, longest_ms: int, step_ms: int, wait_ms: int) -> Changes:
        try:
            seen = notify.watch(longest_ms, step_ms, wait_ms, self._wake)
        except WatchfilesRustInternalError as error:
            # For example a name that is not UTF-8, which it cannot report.
            raise UnwatchableError(f"watchfiles failed ({error})") from error
        return seen if isinstance(seen, set) else set()

    def _take(self, notify: RustNotify, changes: Changes, refreshed: bool) -> RustNotify:
        lost = len(changes) > SUSPICIOUS
        replaced, outside = self._outside_changes()
        touched = self._touched_by(changes) | outside
        self._emit(touched)
        moved = self._incomplete or any(self._moves(change, path) for change, path in changes)
        if not (refreshed or replaced or lost or moved):
            return notify
        # The new one watches before the old one is asked for the last time.
        before, new = self._known, self._open()
        late = self._wait(notify, 1, 1, 1)
        notify.close()
        touched |= self._known.differs(before) | self._touched_by(late)
        self._emit(touched, everywhere=refreshed or replaced or lost, lost=lost)
        return new

    def _open(self) -> RustNotify:
        """Watch again until no directory was made in the meantime."""
        self._known = WatchedDirectories(self._place, self._prune)
        tries = 0
        while True:
            tries += 1
            notify = self._notify(self._known)
            after = WatchedDirectories(self._place, self._prune)
            self._incomplete = bool(after.differs(self._known))
            # If somebody makes directories all the time, watch what there is and try again later.
            if notify is not None and (not self._incomplete or tries == MOST_TRIES):
                return notify
            self._known = after
            if notify is not None:
                notify.close()

    def _notify(self, known: WatchedDirectories) -> RustNotify | None:
        """None when a directory has gone since it was found."""
        watched = [self._place.root, *known.links] if self._recursive else known.firsts()
        self._real = {os.path.realpath(path): path for path in watched} if self._recursive else {}
        paths = [path for path in watched if path in known]
        try:
            # Told to ignore what it may not read, it ignores the limits of the system, too.
            return RustNotify(paths, False, False, 0, self._recursive, self._recursive)
        except (FileNotFoundError, PermissionError):
            return None
        except OSError as error:
            raise UnwatchableError(no_watches() if "limit" in str(error) else str(error)) from error
        except WatchfilesRustInternalError as error:
            raise UnwatchableError(no_instances() if "os error 24" in str(error) else str(error)) from error

    def _touched_by(self, changes: Changes) -> set[str]:
        touched: set[str] = set()
        for change, reported in changes:
            path = self._ours(reported)
            # Watched directories are reported when something in them is, too.
            if change == Change.modified and path in self._known and Path(path).is_dir():
                continue
            if self._known.counts(path):
                touched.update(self._known.names(path))
        return touched

    def _moves(self, change: int, reported: str) -> bool:
        """Does it change which directories there are?"""
        path = self._ours(reported)
        if path in self._known:
            return change != Change.modified
        return self._known.counts(path) and self._known.is_new(path)

    def _ours(self, path: str) -> str:
        for real, ours in self._real.items():
            if real != ours and (path == real or path.startswith(real + "/")):
                return ours + path[len(real) :]
        return path

    def _outside_changes(self) -> tuple[bool, set[str]]:
        """Is the root or what a link leads to another directory now, and which single files changed?"""
        before, self._outside = self._outside, self._stat_outside()
        changed = {path for path in before.keys() & self._outside if before[path] != self._outside[path]}
        files = changed & set(self._place.extra)
        return bool(changed - files), files

    def _stat_outside(self) -> dict[str, tuple[int, ...] | None]:
        # A link that leads nowhere may lead somewhere again.
        self._links = {link for link in {*self._links, *self._known.links} if Path(link).is_symlink()}
        return {
            **{path: identity_of(path) for path in (self._place.root, *self._links)},
            **{path: stat_of(path) for path in self._place.extra},
        }

    def _emit(self, touched: set[str], *, everywhere: bool = False, lost: bool = False) -> None:
        if everywhere:
            self._call(lambda: self._inbox.put_everywhere(lost=lost))
        elif touched:
            self._call(lambda: self._inbox.put(set(touched)))
