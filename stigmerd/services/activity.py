"""When did a client last want something?"""

from __future__ import annotations

import time
from types import TracebackType


class ClientActivity:
    """Counts the calls in progress. Entered by each call, one object for all."""

    def __init__(self) -> None:
        self.calls = 0
        self._last = time.monotonic()

    def __enter__(self) -> None:
        self.calls += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.calls -= 1
        self.touch()

    def touch(self) -> None:
        self._last = time.monotonic()

    @property
    def quiet_seconds(self) -> float:
        """Since the last call ended; 0 while one is in progress."""
        return 0.0 if self.calls else time.monotonic() - self._last
