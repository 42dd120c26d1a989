"""What is said at once: of a save, before it has settled, and of an edit that mends the last one."""

from __future__ import annotations

from collections.abc import Sequence

from devloop.changes.fingerprint import Fingerprint, difference
from devloop.loop.events import (
    ChangesCollected,
    CodeTaken,
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
        self._collected: Fingerprint | None = None  # the files when that was said last
        self._collected_at = 0.0

    def noticed(self, gen: int, paths: Sequence[str], now: float) -> Sequence[EditNoticed]:
        """Files differ that may not have settled. `gen` begins, `now` is monotonic."""
        said = self._noticed and (now - self._noticed < AGAIN_SECONDS or self._names.issuperset(paths))
        if said or not paths:
            return ()
        self._noticed, self._names = now, set(paths)
        return (EditNoticed(gen=gen, changed=tuple(paths)),)

    def collected(
        self, gen: int, files: Fingerprint, paths: Sequence[str], now: float, *, keys: bool, early: bool
    ) -> Sequence[ChangesCollected]:
        """These paths differ from what was deployed last, settled or `early`."""
        same = not paths if self._collected is None else not difference(self._collected, files)
        if same or (early and now - self._collected_at < AGAIN_SECONDS):
            return ()
        self._collected, self._collected_at = files, now
        return (ChangesCollected(gen=gen, changed=tuple(paths), keys=keys),)

    def before(self, event: LoopEvent) -> Sequence[LoopEvent]:
        """What comes just before an event of the loop."""
        match event:
            case EditBroken():
                self._collected, self._collected_at = None, 0.0
                self._noticed, self._broken = 0.0, self.program or "the project"
            case RunStarted(earlier=True):
                pass  # it is broken still
            case RunStarted() | CodeTaken() | NotAffected() | TargetMissing():
                self._collected, self._collected_at = None, 0.0
                self._noticed, broken, self._broken = 0.0, self._broken, ""
                if broken:
                    return (EditMended(gen=event.gen, name=broken),)
            case _:
                pass
        return ()
