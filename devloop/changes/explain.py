"""Why did something that happened not count?"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from devloop.changes.dirty import EVERYWHERE

MOST_EXPLANATIONS = 200


@dataclass(frozen=True, slots=True)
class Explanation:
    """A path that had an event, and why it did not count."""

    path: str  # empty: everything
    reason: str


class Explanations:
    """The latest ones, the oldest first."""

    def __init__(self, prefix: str = "") -> None:
        """`prefix`: what paths begin with."""
        self._prefix = prefix
        self._latest: deque[Explanation] = deque(maxlen=MOST_EXPLANATIONS)

    def __iter__(self) -> Iterator[Explanation]:
        return iter(self._latest)

    def add(self, path: str, reason: str) -> None:
        self._latest.append(Explanation(self._prefix + path, reason))

    def of(self, prefix: str) -> Explanations:
        """For paths that begin with something more: what is added there is added here."""
        more = Explanations(self._prefix + prefix)
        more._latest = self._latest
        return more

    def add_unchanged(self, root: Path, paths: Iterable[str], known: Container[str]) -> None:
        """These paths of a batch had an event and made no difference; `known`: the files before it."""
        for path in paths:
            if path == EVERYWHERE:
                continue
            if path in known:
                self.add(path, "its content did not change")
            elif not os.path.lexists(root / path):
                self.add(path, "it was created and deleted again")
