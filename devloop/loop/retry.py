"""Reaches the backend, however long that takes, and says once that it is gone."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TypeVar

import anyio

from devloop.loop import events
from devloop.loop.connection import BackendConnection
from devloop.loop.events import LoopEvent
from devloop.loop.generation import Generation
from devloop.loop.state import Happened, LoopAction
from runcmd.errors import BackendError, shortages_as_errors

FIRST_DELAY_SECONDS = 0.25
LONGEST_DELAY_SECONDS = 5.0

Result = TypeVar("Result")


def delays() -> Iterator[float]:
    """Between two attempts to reach it. The first one is for a backend that only has to be started again."""
    yield 0.0
    delay = FIRST_DELAY_SECONDS
    while True:
        yield delay
        delay = min(delay * 2, LONGEST_DELAY_SECONDS)


class BackendRetry:
    """Tries again what the backend did not answer."""

    def __init__(self, connection: BackendConnection, emit: Callable[[LoopEvent], None]) -> None:
        self._connection = connection
        self._emit = emit
        self._lost_at: float | None = None

    async def retry_until_reachable(
        self, generation: Generation, attempt: Callable[[], Awaitable[Result]]
    ) -> Result | None:
        """What the attempt came to; None when there is a reason to end. Raises RunError."""
        for number, delay in enumerate(delays()):
            try:
                result = None
                with generation.cancellable(), shortages_as_errors():
                    result = await attempt()
                return result
            except BackendError as error:
                lost = error
            self._connection.forget()
            if number > 0:
                self._say_lost(generation, lost)
            if LoopAction.RETRY not in generation.happened(Happened.UNREACHABLE):
                return None
            await generation.unless_ending(partial(anyio.sleep, delay))
            if LoopAction.DEPLOY not in generation.happened(Happened.READY):
                return None
        raise AssertionError("delays() never ends")

    def answered(self, generation: Generation) -> None:
        """It answers, again perhaps."""
        if self._lost_at is not None:
            seconds, self._lost_at = time.monotonic() - self._lost_at, None
            self._emit(events.BackendBack(gen=generation.number, seconds=seconds))

    def _say_lost(self, generation: Generation, error: BackendError) -> None:
        if self._lost_at is None:
            self._lost_at = time.monotonic()
            self._emit(events.BackendLost(gen=generation.number, reason=error.message, hint=error.hint))
