"""How long a call that found nobody is tried again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from runcmd.backend.address import Address
    from runcmd.backend.refusals import ConnectionLostError

Connect = Callable[[], "Awaitable[Address]"]  # may raise BackendError

# A backend that we start ourselves, or that has just answered, is back soon: it is busy, starts again, or has
# stopped by itself a moment ago.
PATIENT_SECONDS = 6.0
# Of one that never answered, the address is more likely to be wrong.
IMPATIENT_SECONDS = 1.0
PAUSE_SECONDS = 0.05


class Patience:
    """For one call."""

    def __init__(self, reconnect: Connect | None, seconds: float) -> None:
        self._reconnect = reconnect
        self._seconds = seconds
        self._began: float | None = None

    async def wait(self, error: ConnectionLostError) -> None:
        """Until it is time for another attempt. Raises the error once there were enough."""
        now = anyio.current_time()
        if self._began is None:
            self._began = now
        if now - self._began >= self._seconds:
            error.message += f" (tried for {self._seconds:g} s)"
            raise error
        await anyio.sleep(PAUSE_SECONDS)
        if self._reconnect is not None:
            await self._reconnect()  # starts one where none is left
