"""What somebody at the keyboard wants to know: what has run, and why something did or did not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import anyio

from devloop.changes.explain import Explanation
from devloop.loop import events
from devloop.loop.events import Dependency, LoopEvent, PastRun

EXPLAINED = 20
MOST_REMARKS = 1000
EXPLAIN_SECONDS = 0.2
HISTORY = 100


class Answers:
    """Remembers the runs that are over."""

    def __init__(
        self,
        emit: Callable[[LoopEvent], None],
        explanations: Callable[[], Iterable[Explanation]],
        remarks: Callable[[], Iterable[tuple[str, str]]],
        outside: Callable[[], Iterable[str]],
    ) -> None:
        """`outside`: what is watched outside of the project."""
        self._emit = emit
        self._outside = outside
        self._explanations = explanations
        self._remarks = remarks
        self._past: list[PastRun] = []

    @property
    def latest(self) -> PastRun | None:
        """Of the runs that are over."""
        return self._past[-1] if self._past else None

    def remember(self, run: PastRun) -> None:
        """It is over."""
        self._past = [*self._past, run][-HISTORY:]

    def key(self, gen: int, key: str, text: str) -> None:
        """A key was pressed that has nothing to do now."""
        self._emit(events.KeyAnswered(gen=gen, key=key, text=text))

    def history(self, gen: int, running: Sequence[PastRun]) -> None:
        """The runs, the oldest first."""
        runs = (*self._past, *running)
        if runs:
            self._emit(events.HistoryShown(gen=gen, runs=runs))
        else:
            self.key(gen, "h", "no run has started yet")

    def explanation(self, gen: int, running: Sequence[PastRun], depends: tuple[Dependency, ...]) -> None:
        """Why the latest run began, what counts for it, and why what was seen last did not."""
        latest = (*self._past[-1:], *running)[-1] if self._past or running else None
        seen = [*self._explanations()][-EXPLAINED:]
        self._emit(
            events.ExplanationShown(
                gen=gen,
                cause=latest.cause if latest else None,
                changed=latest.changed if latest else (),
                seen=tuple(events.Explained(path=each.path, reason=each.reason) for each in seen),
                made_of=tuple(
                    events.Explained(path=path, reason=reason)
                    for path, reason in islice(self._remarks(), MOST_REMARKS)
                ),
                depends=depends,
                outside=tuple(self._outside()),
            )
        )

    async def follow_explanations(self, gen: Callable[[], int]) -> None:
        """Reports each of them once, soon after it was made."""
        latest: Explanation | None = None
        while True:
            await anyio.sleep(EXPLAIN_SECONDS)
            now = list(self._explanations())
            known = [at for at, each in enumerate(now) if each is latest]
            for each in now[known[-1] + 1 if known else 0 :]:
                self._emit(events.FileUncounted(gen=gen(), path=each.path, reason=each.reason))
                latest = each
