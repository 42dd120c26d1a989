"""What somebody at the keyboard wants to know: what has run, and why something did or did not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import anyio

from devloop.changes.stream import Explanation
from devloop.loop import events
from devloop.loop.events import LoopEvent
from devloop.loop.generation import Generation, past_run

EXPLAINED = 20
EXPLAIN_SECONDS = 0.2


def key_answered(gen: int, key: str, text: str) -> LoopEvent:
    return events.KeyAnswered(gen=gen, key=key, text=text)


def history_shown(gen: int, generations: Sequence[Generation]) -> LoopEvent:
    """The runs, the oldest first."""
    if not generations:
        return key_answered(gen, "h", "no run has started yet")
    return events.HistoryShown(gen=gen, runs=tuple(map(past_run, generations)))


def explanation_shown(gen: int, latest: Generation | None, seen: Iterable[Explanation]) -> LoopEvent:
    """Why the latest run began, and why what was seen last did not count."""
    return events.ExplanationShown(
        gen=gen,
        cause=latest.cause if latest else None,
        changed=latest.changed if latest else (),
        seen=tuple(events.Explained(path=each.path, reason=each.reason) for each in [*seen][-EXPLAINED:]),
    )


async def follow_explanations(
    seen: Callable[[], Iterable[Explanation]], emit: Callable[[Explanation], None]
) -> None:
    """Tells each of them once, soon after it was made."""
    latest: Explanation | None = None
    while True:
        await anyio.sleep(EXPLAIN_SECONDS)
        now = list(seen())
        known = [at for at, each in enumerate(now) if each is latest]
        for each in now[known[-1] + 1 if known else 0 :]:
            emit(each)
            latest = each
