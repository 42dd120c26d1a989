"""What is on disk: the files of a project are watched, and watched anew when others are wanted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Set

import anyio
from anyio.abc import TaskStatus

from devloop.changes.bounds import Note
from devloop.changes.explain import Explanation
from devloop.changes.fingerprint import Change, Fingerprint, difference, extra_key
from devloop.changes.own_writes import written_by_agents
from devloop.changes.place import PlaceBack, PlaceGone
from devloop.loop.beside import OUTSIDE, beside, outside_prefix, with_outside
from devloop.loop.interfaces import ChangeSource, OpenChanges
from devloop.loop.joined import open_joined
from devloop.loop.prepare import Prepared, Preparer
from devloop.loop.settings import LoopSettings, Watching
from devloop.loop.watched import (
    contents,
    missed,
    newly_watched,
    with_cause,
    with_inputs,
    with_programs,
    written_since,
)

MOST_NAMED = 5


class ProjectWatch:
    """The one holder of what is on disk."""

    def __init__(
        self,
        settings: LoopSettings,
        open_changes: OpenChanges,
        *,
        on_early_change: Callable[[Fingerprint], None],
        on_note: Callable[[Note], None],
        on_place: Callable[[PlaceGone | PlaceBack], None],
    ) -> None:
        self._settings = settings
        self._open = open_changes
        self._on_early_change = on_early_change
        self._on_note = on_note
        self._on_place = on_place
        self._changes: ChangeSource
        self._watching: Watching
        self._rewatch: anyio.CancelScope
        self._noted: set[Note] = set()
        self._remarks: tuple[tuple[str, str], ...] = ()
        self._used: dict[str, bytes] = {}
        self._began = 0  # nanoseconds: since then, what is watched from now on may have changed

    @property
    def current(self) -> Fingerprint:
        """The files as they are now."""
        return self._changes.current

    @property
    def files(self) -> int:
        """How many are watched."""
        return self._changes.files

    @property
    def watcher(self) -> str:
        """Who watches them."""
        return self._changes.watcher

    def explanations(self) -> Iterable[Explanation]:
        """Why what was seen lately did not count."""
        return self._changes.explanations

    def remarks(self) -> Iterable[tuple[str, str]]:
        """Paths that the latest program was made of, and those beside them; why each counts, or does not."""
        return self._remarks

    def outside(self) -> list[str]:
        """What is watched outside of the project: directories, then files."""
        root = self._watching.root
        files = [os.path.relpath(path, root) for path in self._watching.extra]
        trees = [outside_prefix(root, tree.root) for tree in self._watching.trees]
        return sorted(trees) + sorted(path for path in files if path.startswith(OUTSIDE))

    async def scan_now(self) -> Change:
        """What has changed until this moment, settled or not."""
        return await self._changes.scan_now()

    async def follow(
        self,
        preparer: Preparer,
        on_change: Callable[[Change], None],
        on_more_watched: Callable[[Fingerprint], None],
        *,
        task_status: TaskStatus[None],
    ) -> None:
        """Calls `on_change` for each change, for ever. Started once the first scan is over."""
        self._watching = self._settings.watching(self._settings.read())
        begun = False
        before = self._watching
        while True:
            watching = self._watching
            async with open_joined(
                self._open,
                watching,
                on_first_scan=None if begun else preparer.begin,
                on_early_change=self._early,
                on_note=self._note,
                on_place=self._on_place,
            ) as changes:
                change, late = None, frozenset[str]()
                if begun and changes.gone:
                    changes.go_on_from(self._changes.current)
                elif begun:
                    new = newly_watched(before, watching, changes.current)
                    late = written_since(self._began, watching.root, new - self._used.keys())
                    then, now = self._changes.current, changes.current
                    change = missed(watching, then, now, self._used, new=new, late=late)
                self._changes, before = changes, watching
                on_more_watched(self._more(changes.current, late))
                if not begun:
                    begun = True
                    await preparer.scanned(watching.root, changes.current, still=changes.undisturbed)
                    task_status.started()
                if change:
                    on_change(change)
                with anyio.CancelScope() as self._rewatch:
                    # Something else may have been wanted while this was opened.
                    while watching == self._watching:
                        change = await changes.next()
                        if not self._is_of_agents(change):
                            on_change(change)

    def _early(self, files: Fingerprint) -> None:
        begun = getattr(self, "_changes", None) is not None
        if not begun or not self._is_of_agents(difference(self.current, files), early=True):
            self._on_early_change(files)

    def _is_of_agents(self, change: Change, *, early: bool = False) -> bool:
        """What agents write with their own tools starts nothing, and is said once."""
        paths = (*change.created, *change.modified)
        if not paths or change.deleted or not written_by_agents(self._watching.root, paths):
            return False
        if not early:
            named = ", ".join(paths[:MOST_NAMED]) + (" …" if len(paths) > MOST_NAMED else "")
            self._note(Note(f"{named}: written by an agent, which starts no run", "press r to run it again"))
        return True

    def watch_for(self, prepared: Prepared) -> None:
        """Settings may have changed, and the program may read what nobody watches yet."""
        wanted = self._wanted(prepared)
        if wanted != self._watching:
            self._watching, self._began = wanted, prepared.began
            self._rewatch.cancel()

    def _wanted(self, prepared: Prepared) -> Watching:
        outside = prepared.outside
        if prepared.request is None:
            return self._watching
        if outside is None:
            return with_cause(self._watching, prepared.error, self._changes.ignores)
        found = beside(self._watching.root, outside)
        for note in found.notes:
            self._note(note)
        if prepared.manifest is None:  # it may have read only a part of what it reads
            return with_outside(self._watching, found, keep=True)
        self._remarks = prepared.manifest.remarks
        asked = self._settings.watching(prepared.request)
        wanted = with_inputs(asked, prepared.manifest.inputs, self._changes.ignores)
        self._used = contents(asked, prepared.manifest.uses.values())
        wanted = with_programs(wanted, prepared.manifest.uses.values(), self._changes.ignores)
        return with_outside(wanted, found)

    def _more(self, files: Fingerprint, late: Set[str]) -> Fingerprint:
        """What is watched besides the project's own files, and has not changed since they were read."""
        paths = {extra_key(self._watching.root, path) for path in self._watching.extra}
        if self._watching.trees:
            paths |= {path for path in files if path.startswith(OUTSIDE)}
        return {path: files[path] for path in paths - late if path in files}

    def _note(self, note: Note) -> None:
        if note not in self._noted:
            self._noted.add(note)
            self._on_note(note)
