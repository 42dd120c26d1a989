"""Who hears what a shared client does: the execution that makes the request."""

from __future__ import annotations

from contextvars import ContextVar
from functools import cache
from typing import Any, Final, Protocol

from stigmerd.exchanges.http import HttpRecord


class RequestListener(Protocol):
    """One model of one execution."""

    def begin(self) -> HttpRecord:
        """Of a request that goes out now."""
        ...

    def pauses(self, why: str, seconds: float) -> None:
        """The client waits so long before it asks once more."""
        ...

    def goes_on(self) -> None:
        """The pause is over."""
        ...


LISTENER: Final[ContextVar[RequestListener | None]] = ContextVar("listener", default=None)

_WHY: Final[ContextVar[str]] = ContextVar("why", default="")


def begin() -> HttpRecord | None:
    """Nobody's request is not recorded."""
    listener = LISTENER.get()
    return None if listener is None else listener.begin()


def telling(client: Any) -> Any:
    """The same client of a provider's library; when it tries again by itself, the listener hears it.

    The libraries of OpenAI, Anthropic and Groq are made by one generator, and pause in one place.
    """
    if hasattr(client, "_sleep_for_retry") and hasattr(client, "_calculate_retry_timeout"):
        base: Any = type(client)
        client.__class__ = _telling(base)
    return client


@cache
def _telling(base: Any) -> Any:
    class ListenedTo(base):  # type: ignore[misc]
        """It also makes copies of itself, for a request with another number of tries."""

        def _calculate_retry_timeout(self, *args: Any, **options: Any) -> float:
            planned = float(super()._calculate_retry_timeout(*args, **options))
            if (listener := LISTENER.get()) is not None:
                listener.pauses(_WHY.get(), planned)
            return planned

        async def _sleep_for_retry(self, *, response: Any = None, **options: Any) -> None:
            _WHY.set("no answer" if response is None else f"HTTP {response.status_code}")
            try:
                await super()._sleep_for_retry(response=response, **options)
            finally:
                if (listener := LISTENER.get()) is not None:
                    listener.goes_on()

    return ListenedTo
