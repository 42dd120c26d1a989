"""What is said at once: of a save, before it has settled, and of an edit that mends the last one."""

from __future__ import annotations

from collections.abc import Sequence

from devloop.loop.events import (
    EditBroken,
    EditMended,
    EditNoticed,
    LoopEvent,
    NotAffected,
    RunStarted,
    TargetMissing,
)

AGAIN_SECONDS = 1.0  # after a line of which nothing has come yet, before another one


class Reactions:
    """One line for each save that counts; of a burst of them, the header of the run names the rest."""

    def __init__(self) -> None:
        self.program = ""  # what a broken edit breaks
        self._noticed = 0.0  # when the last line was said, while nothing has come of it; 0: something has
        self._names: set[str] = set()  # in that line
        self._broken = ""

    def noticed(self, gen: int, paths: Sequence[str], now: float) -> Sequence[EditNoticed]:
        """Files differ that may not have settled. `gen` begins, `now` is monotonic."""
        said = self._noticed and (now - self._noticed < AGAIN_SECONDS or self._names.issuperset(paths))
        if said or not paths:
            return ()
        self._noticed, self._names = now, set(paths)
        return (EditNoticed(gen=gen, changed=tuple(paths)),)

    def before(self, event: LoopEvent) -> Sequence[LoopEvent]:
        """What comes just before an event of the loop."""
        match event:
            case EditBroken():
                self._noticed, self._broken = 0.0, self.program or "the project"
            case RunStarted() | NotAffected() | TargetMissing():
                self._noticed, broken, self._broken = 0.0, self._broken, ""
                if broken:
                    return (EditMended(gen=event.gen, name=broken),)
            case _:
                pass
        return ()
