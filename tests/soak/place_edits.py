"""What happens to the directory of a project as a whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from tests.soak.hand import QUICK_SECONDS, Hand
from tests.support.files import exchange

AWAY_SECONDS = 0.8


class PlaceEdits:
    """It is moved away and back, with and without a change, or another one takes its place."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._away = hand.root.with_name("away")
        self._kinds: list[Callable[[], str]] = [
            self._there_and_back,
            self._at_once,
            self._with_a_change,
            self._swap,
        ]

    def perform(self) -> str:
        return self._hand.random.choice(self._kinds)()

    def _there_and_back(self) -> str:
        self._leave()
        self._hand.pause(AWAY_SECONDS)
        self._return()
        return "away and back"

    def _at_once(self) -> str:
        self._leave()
        self._hand.pause(QUICK_SECONDS)
        self._return()
        return "away and back at once"

    def _with_a_change(self) -> str:
        self._leave()
        self._hand.pause(AWAY_SECONDS)
        name = f"data/away{self._hand.number()}.txt"
        (self._away / name).write_text("made elsewhere\n")
        self._return()
        return f"away and back with {name}"

    def _swap(self) -> str:
        root, name = self._hand.root, f"data/other{self._hand.number()}.txt"
        shutil.copytree(root, self._away, symlinks=True)
        (self._away / name).write_text("of another\n")
        self._hand.step(lambda: exchange(root, self._away))
        shutil.rmtree(self._away)
        return f"swapped for another with {name}"

    def _leave(self) -> None:
        self._hand.step(lambda: self._hand.root.rename(self._away))

    def _return(self) -> None:
        self._hand.step(lambda: self._away.rename(self._hand.root))
