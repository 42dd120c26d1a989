"""What is on disk: the files of a project are watched, and watched anew when others are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import anyio
from anyio.abc import TaskStatus

from devloop.changes.bounds import Note
from devloop.changes.explain import Explanation
from devloop.changes.fingerprint import Change, Fingerprint, extra_key
from devloop.changes.place import PlaceBack, PlaceGone
from devloop.loop.interfaces import ChangeSource, OpenChanges
from devloop.loop.prepare import Prepared, Preparer
from devloop.loop.settings import LoopSettings, Watching
from devloop.loop.watched import contents, missed, with_inputs, with_programs


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
        while True:
            watching = self._watching
            async with self._open(
                watching.root,
                watching.settings,
                extra=watching.extra,
                on_first_scan=None if begun else preparer.begin,
                on_early_change=self._on_early_change,
                on_note=self._note,
                on_place=self._on_place,
            ) as changes:
                change = None
                if begun and changes.gone:
                    changes.go_on_from(self._changes.current)
                elif begun:
                    change = missed(watching, self._changes.current, changes.current, self._used)
                self._changes = changes
                on_more_watched(self._extra(changes.current))
                if not begun:
                    begun = True
                    await preparer.scanned(watching.root, changes.current, still=changes.undisturbed)
                    task_status.started()
                if change:
                    on_change(change)
                with anyio.CancelScope() as self._rewatch:
                    # Something else may have been wanted while this was opened.
                    while watching == self._watching:
                        on_change(await changes.next())

    def watch_for(self, prepared: Prepared) -> None:
        """Settings may have changed, and the program may read what nobody watches yet."""
        if prepared.request is None or prepared.manifest is None:
            return
        self._remarks = prepared.manifest.remarks
        asked = self._settings.watching(prepared.request)
        wanted = with_inputs(asked, prepared.manifest.inputs, self._changes.ignores)
        self._used = contents(asked, prepared.manifest.uses.values())
        wanted = with_programs(wanted, prepared.manifest.uses.values(), self._changes.ignores)
        if wanted != self._watching:
            self._watching = wanted
            self._rewatch.cancel()

    def _extra(self, files: Fingerprint) -> Fingerprint:
        keys = {extra_key(self._watching.root, path) for path in self._watching.extra}
        return {key: files[key] for key in keys if key in files}

    def _note(self, note: Note) -> None:
        if note not in self._noted:
            self._noted.add(note)
            self._on_note(note)
