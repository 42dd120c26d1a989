"""How long the phases of an HTTP request take, as httpcore's trace tells them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from typing import Any, Final

from stigmerd.store.json import Json

_looking_up: ContextVar[Timing | None] = ContextVar("_looking_up", default=None)
_WRAPPED: Final = "_stigmer_times_names"


class Timing:
    """Of one request. `trace` is the extension of that name."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._started: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._sent_at = self._began
        self.dns = 0.0
        time_name_lookups()

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        now = time.monotonic()
        step, moment = _words(event)
        if moment == "started":
            self._started[step] = now
            if step == "connect_tcp":
                _looking_up.set(self)
        elif step in self._started:
            self._took[step] = self._took.get(step, 0.0) + now - self._started[step]
            if step == "send_request_body":
                self._sent_at = now
            elif step == "receive_response_headers" and moment == "complete":
                self._took["first_byte"] = now - self._sent_at
            elif step == "connect_tcp":
                _looking_up.set(None)

    def phases(self) -> dict[str, Json]:
        """`HttpPhases` of the wire, as JSON; those that there were."""
        found: dict[str, Json] = {"total": time.monotonic() - self._began}
        if self.dns:
            found["dns"] = self.dns
        if "connect_tcp" in self._took:
            found["connect"] = max(0.0, self._took["connect_tcp"] - self.dns)
        if "start_tls" in self._took:
            found["tls"] = self._took["start_tls"]
        if "first_byte" in self._took:
            found["first_byte"] = self._took["first_byte"]
        return found


@cache
def _words(event: str) -> tuple[str, str]:
    """The last two of `connection.connect_tcp.started`."""
    *_, step, moment = event.split(".")
    return step, moment


def time_name_lookups() -> None:
    """The libraries look a name up and connect in one step: the loop says how long the first half took."""
    loop: Any = asyncio.get_running_loop()
    if getattr(loop, _WRAPPED, False):
        return
    look_up = loop.getaddrinfo

    async def timed(host: Any, *arguments: Any, **options: Any) -> Any:
        timing = _looking_up.get()
        if timing is None:
            return await look_up(host, *arguments, **options)
        began = time.monotonic()
        try:
            return await look_up(host, *arguments, **options)
        finally:
            timing.dns += time.monotonic() - began

    loop.getaddrinfo = timed
    setattr(loop, _WRAPPED, True)
