"""A project on disk, and how to watch it in a test."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from devloop.changes.bounds import Note
from devloop.changes.early import OnEarlyChange
from devloop.changes.fingerprint import Change
from devloop.changes.place import PlaceBack, PlaceGone
from devloop.changes.settings import ChangeSettings
from devloop.changes.stream import Changes, open_changes
from tests.support.poll import PATIENCE_SECONDS

QUICK = ChangeSettings(rescan_seconds=60)


GIT_SETTINGS = {
    "user.name": "Somebody",
    "user.email": "somebody@example.com",
    "init.defaultBranch": "main",
    "advice.detachedHead": "false",
}


class Watched:
    """The files of a project, and its changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._marks = itertools.count()
        self._changes: Changes | None = None

    def write(self, path: str, text: str = "text") -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    def git(self, *words: str) -> str:
        return git(self.root, *words)

    @asynccontextmanager
    async def watched(
        self,
        settings: ChangeSettings = QUICK,
        extra: Iterable[Path] = (),
        on_first_scan: Callable[[], object] | None = None,
        on_early_change: OnEarlyChange | None = None,
        on_note: Callable[[Note], None] = lambda note: None,
        on_place: Callable[[PlaceGone | PlaceBack], None] = lambda news: None,
    ) -> AsyncIterator[Changes]:
        async with open_changes(
            self.root,
            settings,
            extra=extra,
            on_first_scan=on_first_scan,
            on_early_change=on_early_change,
            on_note=on_note,
            on_place=on_place,
        ) as changes:
            self._changes = changes
            yield changes

    async def next(self) -> Change:
        """The next change, which must come."""
        assert self._changes is not None
        with anyio.fail_after(PATIENCE_SECONDS):
            return await self._changes.next()

    async def nothing_more(self) -> None:
        """Of all that happened so far nothing is left to be emitted: another edit comes alone."""
        name = f"mark-{next(self._marks)}"
        self.write(name)
        assert await self.next() == Change(created=(name,))


def git(directory: Path, *words: str) -> str:
    """Runs git with no settings but ours; what it prints."""
    settings = (word for name, value in GIT_SETTINGS.items() for word in ("-c", f"{name}={value}"))
    environ = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "GIT_EDITOR": "true"}
    command = ["git", *settings, *words]
    return subprocess.run(
        command, cwd=directory, env=environ, capture_output=True, text=True, check=True
    ).stdout
