"""Random number generators that libraries make at their import: each fork must have its own numbers."""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# Makes a key for its children when it is imported; a fork gets another one.
KEY_MAKER = "multiprocessing.process"


class Randomness:
    """What imports have done with random numbers."""

    def __init__(self) -> None:
        self.drawn = False  # a number was drawn that all forks would share
        self._unseeded: dict[int, weakref.ref[Any]] = {}  # generators, by their ids
        self._states: dict[int, object] = {}  # of these, when they were made
        self._new: set[int] = set()  # those of this import

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While a library is imported. `random`, if it is needed, has been imported before."""
        self._new.clear()
        random = sys.modules.get("random")
        places = [(os, "urandom"), (os, "getrandom"), *([(random, "_urandom")] if random else [])]
        kept = [(place, name, getattr(place, name)) for place, name in places if hasattr(place, name)]
        for place, name, function in kept:
            setattr(place, name, self._noting(function))
        if random is not None:
            kept.append((random.Random, "seed", random.Random.seed))
            random.Random.seed = self._noting_seeds(random.Random.seed)
            self._note(random._inst, seeded=False)
        try:
            yield
        finally:
            for place, name, function in kept:
                setattr(place, name, function)
        self.drawn |= any(map(self._is_drawn_from, self._unseeded))

    def renew(self) -> None:
        """In a fork: as if the libraries had been imported in it."""
        random = sys.modules.get("random")
        for found in self._unseeded.values():
            if random is not None and (generator := found()) is not None:
                random.Random.seed(generator)
        if (process := sys.modules.get(KEY_MAKER)) is not None:
            process.current_process().authkey = os.urandom(32)

    def _is_drawn_from(self, number: int) -> bool:
        """One that was made in this import and is gone already was made for that."""
        generator = self._unseeded[number]()
        if generator is None:
            return number in self._new
        return bool(generator.getstate() != self._states[number])

    def _noting(self, function: Callable[..., bytes]) -> Callable[..., bytes]:
        def noted(*arguments: Any) -> bytes:
            self.drawn |= sys._getframe(1).f_globals.get("__name__") != KEY_MAKER
            return function(*arguments)

        return noted

    def _noting_seeds(self, seed: Callable[..., None]) -> Callable[..., None]:
        def noted(generator: Any, a: Any = None, version: int = 2) -> None:
            seed(generator, a, version)
            self._note(generator, seeded=a is not None)

        return noted

    def _note(self, generator: Any, *, seeded: bool) -> None:
        number = id(generator)
        if (before := self._unseeded.pop(number, None)) is not None:
            self.drawn |= number in self._new and before() is None
        if not seeded:
            self._unseeded[number] = weakref.ref(generator)
            self._states[number] = generator.getstate()
            self._new.add(number)
