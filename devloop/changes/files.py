"""The files of a project at one moment: a value that costs as much as it differs from the one before."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import ItemsView, Iterable, Iterator, Mapping
from functools import cached_property

from devloop.changes.digest import FileState

MOST_CHANGES = 1024  # from here on, a new base is made


class _Base:
    """Many files that never change again; shared by all versions that were made of it."""

    def __init__(self, states: dict[str, FileState]) -> None:
        self.states = states

    @cached_property
    def names(self) -> list[str]:
        """Sorted, so that what is in a directory stands together."""
        return sorted(self.states)


class Files(Mapping[str, FileState]):
    """States by path. Never changes: `changed` makes a new version, which shares what is the same."""

    __slots__ = ("_base", "_changes", "_count")

    def __init__(self, states: dict[str, FileState] | None = None) -> None:
        """The dictionary becomes a part of it."""
        self._base = _Base({} if states is None else states)
        self._changes: Mapping[str, FileState | None] = {}  # to the base; None: it is not there any more
        self._count = len(self._base.states)

    @classmethod
    def of(cls, states: Mapping[str, FileState]) -> Files:
        """The same; a copy unless it is one."""
        return states if isinstance(states, cls) else cls(dict(states))

    def changed(self, found: Mapping[str, FileState], gone: Iterable[str] = ()) -> Files:
        """Without what is gone, then with what was found."""
        changes = dict(self._changes)
        for path in gone:
            if path in self._base.states:
                changes[path] = None
            else:
                changes.pop(path, None)
        for path, state in found.items():
            if self._base.states.get(path) is state:
                changes.pop(path, None)
            else:
                changes[path] = state
        if len(changes) > MOST_CHANGES:
            return Files(_merged(self._base.states, changes))
        new = Files.__new__(Files)
        new._base, new._changes = self._base, changes
        new._count = len(self._base.states) + sum(
            (state is not None) - (path in self._base.states) for path, state in changes.items()
        )
        return new

    def replaced(self, states: dict[str, FileState]) -> Files:
        """Exactly these, which a scan of everything has found; most are the very same."""
        if not self:
            return Files(states)
        known = self.as_dict()
        found = {path: state for path, state in states.items() if known.get(path) is not state}
        if len(found) > MOST_CHANGES:
            return Files(states)
        gone = (
            ()
            if len(known) + sum(path not in known for path in found) == len(states)
            else ([path for path in known if path not in states])
        )
        return self.changed(found, gone)

    def below(self, directory: str) -> list[str]:
        """The files in a directory, at any depth."""
        prefix, names = f"{directory}/", self._base.names
        found = [path for path, state in self._changes.items() if state and path.startswith(prefix)]
        for at in range(bisect_left(names, prefix), len(names)):
            if not names[at].startswith(prefix):
                break
            if names[at] not in self._changes:
                found.append(names[at])
        return found

    def index(self) -> None:
        """So that the next `below` takes no time: to sort many names takes some."""
        _ = self._base.names

    def differing(self, other: Files) -> Iterable[str] | None:
        """All paths whose states may not be the very same. None: compare everything."""
        if self._base is not other._base:
            return None
        return self._changes.keys() | other._changes.keys()

    def as_dict(self) -> dict[str, FileState]:
        """Not to be changed; for whoever asks for all of them."""
        return _merged(self._base.states, self._changes) if self._changes else self._base.states

    def get(  # type: ignore[override]  # nobody asks for another default
        self, key: str, default: FileState | None = None
    ) -> FileState | None:
        if key in self._changes:
            state = self._changes[key]
            return default if state is None else state
        return self._base.states.get(key, default)

    def __getitem__(self, key: str) -> FileState:
        if (state := self.get(key)) is None:
            raise KeyError(key)
        return state

    def __contains__(self, key: object) -> bool:
        return self._changes[key] is not None if key in self._changes else key in self._base.states  # type: ignore[index]

    def __iter__(self) -> Iterator[str]:
        return iter(self.as_dict())

    def __len__(self) -> int:
        return self._count

    def items(self) -> ItemsView[str, FileState]:
        return self.as_dict().items()


def _merged(states: Mapping[str, FileState], changes: Mapping[str, FileState | None]) -> dict[str, FileState]:
    merged = dict(states)
    for path, state in changes.items():
        if state is None:
            merged.pop(path, None)
        else:
            merged[path] = state
    return merged
