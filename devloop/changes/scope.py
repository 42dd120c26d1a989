"""Which files of a project are watched, by the ignore rules in force?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from devloop.changes.bounds import Bounds, Note
from devloop.changes.digest import FileState, StoppedError
from devloop.changes.dirty import EVERYWHERE
from devloop.changes.files import Files
from devloop.changes.fingerprint import Change, Fingerprint, extra_key, hash_remaining, take
from devloop.changes.in_thread import in_thread
from devloop.changes.settings import ChangeSettings
from devloop.ignore import Ignore

FEW_PATHS = 100
MOST_WARNINGS = 20

Explain = Callable[[str, str], None]  # a path, and why it does not count


class WatchedFiles:
    """A project's directory, its ignore rules, and the files that count whatever the rules say."""

    def __init__(self, root: Path, settings: ChangeSettings, extra: Iterable[Path], explain: Explain) -> None:
        self.root = root
        self.extra = tuple(extra)
        self.cpu_seconds = 0.0  # that the last scan took
        self._left_out: list[Note] = []
        self._settings = settings
        self._explain = explain
        self._extra_keys = {str(path): extra_key(root, path) for path in self.extra}
        self._prefixes: tuple[str, ...] = ()  # of paths in the project
        self._stamps: dict[Path, tuple[int, ...]] = {}
        self._touched = False
        self._loaded_for: dict[str, FileState | None] = {}

    async def load(self, known: Iterable[str] = ()) -> None:
        """Reads the rules, and applies them to all known files in the same thread: that takes time."""
        ignore = await in_thread(partial(_load, self.root, self._settings.ignore, known))
        most_files, most_folders = self._settings.most_files, self._settings.most_folders
        self.bounds = Bounds(self.root, self._note, most_files=most_files, most_folders=most_folders)
        self._prefixes = tuple(dict.fromkeys((f"{self.root}/", f"{self.root.resolve()}/")))
        self.ignore = ignore
        self._stamps = self._stamped()

    def _note(self, note: Note) -> None:
        if note not in self._left_out:
            self._left_out.append(note)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a user should know: what is left out, and lines of ignore files that do nothing."""
        warnings = [Note(str(warning)) for warning in self.ignore.warnings]
        if len(warnings) > MOST_WARNINGS:
            warnings[MOST_WARNINGS:] = [Note("more lines of ignore files do nothing")]
        return (*self._left_out, *warnings)

    def prunes(self, directory: str) -> bool:
        """Does nothing in this directory count, by the rules or the bounds? Called in any thread."""
        return self.ignore.prunes(directory) or self.bounds.leaves_out(directory)

    async def take(
        self, before: Fingerprint | None, only: set[str] | None, *, hash_later: bool = False
    ) -> Fingerprint:
        return await in_thread(partial(self._take, before, only, hash_later))

    async def hash_remaining(self, fingerprint: Fingerprint) -> None:
        """Hashes the files of which only the stat is known, and does what else can wait."""
        paths = list(fingerprint)
        for start in range(0, len(paths), FEW_PATHS):
            await in_thread(partial(hash_remaining, self.root, fingerprint, paths[start : start + FEW_PATHS]))
        if isinstance(fingerprint, Files):
            await in_thread(lambda stopped: fingerprint.index())

    def _take(
        self, before: Fingerprint | None, only: set[str] | None, hash_later: bool, stopped: Callable[[], bool]
    ) -> Fingerprint:
        began = time.thread_time()
        try:
            return take(
                self.root,
                self.ignore,
                before,
                only,
                self.extra,
                hash_later=hash_later,
                bounds=self.bounds,
                stopped=stopped,
            )
        finally:
            self.cpu_seconds = time.thread_time() - began

    def keys(self, path: str) -> Iterable[str]:
        """What to scan after an event at this path, by the names that fingerprints use."""
        if path in self._extra_keys:
            return (self._extra_keys[path],)
        for prefix in self._prefixes:
            if path.startswith(prefix):
                key = path.removeprefix(prefix)
                return (key,) if self._counts(key) else ()
            if f"{path}/" == prefix:
                return (EVERYWHERE,)
        return [key for file, key in self._extra_keys.items() if file.startswith(f"{path}/")]

    def _counts(self, key: str) -> bool:
        reason = self.ignore.ignores(key, False)
        if reason is None:
            return True
        if self.ignore.is_source(key):
            self._touched = True
            return True
        if (self.root / key).is_dir() and (reason := self.ignore.ignores(key, True)) is None:
            return True
        self._explain(key, f"ignored: {reason}")
        return False

    def rules_touched(self) -> bool:
        """Has a source of the rules changed that is not a watched file itself?"""
        stamps = self._stamped()
        if any(self._stamps.get(path, stamp) != stamp for path, stamp in stamps.items()):
            self._touched = True
        self._stamps = stamps
        return self._touched

    def rules_differ(self, change: Change, after: Fingerprint) -> bool:
        """Must the rules be loaded again? True once for each content of their sources."""
        touched = self.rules_touched()
        sources = {path: after.get(path) for path in change.paths if self.ignore.is_source(path)}
        if not touched and sources == self._loaded_for:
            return False
        self._loaded_for, self._touched = sources, False
        return True

    def counting(self, fingerprint: Fingerprint) -> Fingerprint:
        """Without the files that are ignored from now on."""
        ignores, extra = self.ignore.ignores, frozenset(self._extra_keys.values())
        return Files(
            {
                path: state
                for path, state in fingerprint.items()
                if path in extra or ignores(path, False) is None
            }
        )

    def _stamped(self) -> dict[Path, tuple[int, ...]]:
        return {path: _stamp(path) for path in self.ignore.sources}


def _load(root: Path, patterns: Sequence[str], known: Iterable[str], stopped: Callable[[], bool]) -> Ignore:
    ignore = Ignore.load(root, patterns)
    for path in known:
        if stopped():
            raise StoppedError
        ignore.ignores(path, False)
    return ignore


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        now = path.stat()
    except OSError:
        return ()
    return (now.st_mtime_ns, now.st_size, now.st_ino, now.st_ctime_ns)
