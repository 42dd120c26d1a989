"""The project and what is watched outside of it, as one source of changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import anyio

from devloop.changes.bounds import Note
from devloop.changes.explain import Explanation, Explanations
from devloop.changes.files import Files
from devloop.changes.fingerprint import Change, Fingerprint, difference
from devloop.changes.place import PlaceBack, PlaceGone
from devloop.loop.beside import outside_prefix, tree_settings
from devloop.loop.interfaces import ChangeSource, OpenChanges
from devloop.loop.settings import Watching

OnEarlyChange = Callable[[Fingerprint], None]
OnPlace = Callable[[PlaceGone | PlaceBack], None]


@asynccontextmanager
async def open_joined(
    open_changes: OpenChanges,
    watching: Watching,
    *,
    on_first_scan: Callable[[], object] | None,
    on_early_change: OnEarlyChange,
    on_note: Callable[[Note], None],
    on_place: OnPlace,
) -> AsyncIterator[ChangeSource]:
    """Watches all of it until the context is left."""
    joined = JoinedChanges(on_early_change)
    explanations = Explanations()
    # Without anything outside, nothing is between the project and who asks.
    alone = not watching.trees
    async with AsyncExitStack() as stack:
        main = await stack.enter_async_context(
            open_changes(
                watching.root,
                watching.settings,
                extra=watching.extra,
                on_first_scan=on_first_scan,
                on_early_change=on_early_change if alone else partial(joined.changed_early, ""),
                on_note=on_note,
                on_place=on_place,
                explanations=explanations,
            )
        )
        sources = {"": main}
        for tree in watching.trees:
            prefix = outside_prefix(watching.root, tree.root)
            sources[prefix] = await stack.enter_async_context(
                open_changes(
                    tree.root,
                    tree_settings(watching, tree),
                    on_early_change=partial(joined.changed_early, prefix),
                    on_note=partial(_note_of, prefix, on_note),
                    on_place=partial(_note_place, prefix, on_note),
                    explanations=explanations.of(prefix),
                )
            )
        joined.sources = sources
        yield main if alone else joined


class JoinedChanges:
    """Paths outside of the project go by where they are, seen from the project: `../lib/module.py`."""

    def __init__(self, on_early_change: OnEarlyChange) -> None:
        self.sources: Mapping[str, ChangeSource] = {}  # by what their paths begin with
        self._on_early_change = on_early_change
        self._parts: dict[str, Fingerprint] = {}
        self._files = Files()  # of all parts

    @property
    def undisturbed(self) -> bool:
        """Nobody asks: only the first scan is waited for, and it has nothing but the project."""
        return False

    @property
    def gone(self) -> bool:
        return self.sources[""].gone

    def go_on_from(self, files: Fingerprint) -> None:
        prefixes = tuple(filter(None, self.sources))
        own = {path: state for path, state in files.items() if not path.startswith(prefixes)}
        self.sources[""].go_on_from(own)

    @property
    def current(self) -> Fingerprint:
        return self._current({})

    @property
    def files(self) -> int:
        return sum(source.files for source in self.sources.values())

    @property
    def watcher(self) -> str:
        return self.sources[""].watcher

    @property
    def explanations(self) -> Iterable[Explanation]:
        return self.sources[""].explanations  # all are added there

    def ignores(self, path: str) -> bool:
        return self.sources[""].ignores(path)

    def changed_early(self, prefix: str, files: Fingerprint) -> None:
        """Of one of them; of the others what is known."""
        if self.sources:
            self._on_early_change(self._current({prefix: files}))

    async def next(self) -> Change:
        """What belongs together comes together: a save here and there, or another branch of a repository."""
        found: dict[str, Change] = {}
        async with anyio.create_task_group() as waiting:

            async def wait(prefix: str, source: ChangeSource) -> None:
                found[prefix] = await source.next()
                waiting.cancel_scope.cancel()

            for prefix, source in self.sources.items():
                waiting.start_soon(wait, prefix, source)
        for prefix, source in self.sources.items():
            if prefix not in found:
                found[prefix] = await source.settled()
        return _joined(found)

    async def settled(self) -> Change:
        return _joined({prefix: await source.settled() for prefix, source in self.sources.items()})

    async def scan_now(self) -> Change:
        return _joined({prefix: await source.scan_now() for prefix, source in self.sources.items()})

    def _current(self, newer: Mapping[str, Fingerprint]) -> Fingerprint:
        """The cost is that of what has changed since it was asked last."""
        for prefix, source in self.sources.items():
            before, self._parts[prefix] = self._parts.get(prefix, {}), source.current
            self._files = _updated(self._files, prefix, before, source.current)
        files = self._files
        for prefix, after in newer.items():
            files = _updated(files, prefix, self._parts[prefix], after)
        return files


def _updated(files: Files, prefix: str, before: Fingerprint, after: Fingerprint) -> Files:
    change = difference(before, after)
    if not change:
        return files
    found = {prefix + path: after[path] for path in (*change.created, *change.modified)}
    return files.changed(found, [prefix + path for path in change.deleted])


def _joined(changes: Mapping[str, Change]) -> Change:
    def paths(name: str) -> tuple[str, ...]:
        found = (prefix + path for prefix, change in changes.items() for path in getattr(change, name))
        return tuple(sorted(found))

    return Change(created=paths("created"), modified=paths("modified"), deleted=paths("deleted"))


def _note_of(prefix: str, on_note: Callable[[Note], None], note: Note) -> None:
    on_note(Note(f"{prefix.rstrip('/')}: {note.text}", note.hint))


def _note_place(prefix: str, on_note: Callable[[Note], None], news: PlaceGone | PlaceBack) -> None:
    if isinstance(news, PlaceGone):
        text = f"{prefix.rstrip('/')} is gone: nothing runs because of it until it is back"
        on_note(Note(text, "press r to run without it"))
