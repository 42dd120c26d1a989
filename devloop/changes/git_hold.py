"""How long must a batch wait because git is at work on the same files?"""

from __future__ import annotations

from collections.abc import Callable

POLL_SECONDS = 0.03
# One git command after another, as in a script or a hook: the next one has to start.
AFTER_GIT_SECONDS = 0.1


class GitHold:
    """Holds one batch, at most until a moment."""

    def __init__(self, busy: Callable[[], str], until: float, explain: Callable[[str], None]) -> None:
        """`busy` names what git does, empty when it rests; `until` is in monotonic seconds; `explain` is
        called once, with the reason."""
        self.held = False
        self._busy = busy
        self._until = until
        self._explain = explain
        self._grace = 0.0

    def remaining(self, now: float) -> float:
        """How many seconds to wait before asking again; 0: git rests, or was waited for long enough."""
        if now < self._until and (work := self._busy()):
            if not self.held:
                self._explain(f"git is running ({work}): waiting until it is done")
            self.held, self._grace = True, now + AFTER_GIT_SECONDS
            return POLL_SECONDS
        return max(0.0, self._grace - now)
