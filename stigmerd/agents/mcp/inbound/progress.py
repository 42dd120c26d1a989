"""The progress of a call reaches whoever made that call, also where many executions share a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastmcp import Client

Heard = Callable[[float, float | None, str | None], None]  # so much, of so much, and in words

_hearing: ContextVar[tuple[Heard, ...]] = ContextVar("hearing", default=())


@contextmanager
def heard_progress(heard: Heard) -> Iterator[None]:
    """Of the calls that are made inside, by this task. May be used inside of another one: both hear."""
    token = _hearing.set((*_hearing.get(), heard))
    try:
        yield
    finally:
        _hearing.reset(token)


def pass_progress_on(client: Client[Any]) -> None:
    """The client hears the progress of all calls alike; whose it is, only the caller knows."""
    call_tool = client.call_tool

    async def call(*arguments: Any, **named: Any) -> Any:
        hearing = _hearing.get()

        async def handler(progress: float, total: float | None, message: str | None) -> None:
            for heard in hearing:
                heard(progress, total, message)

        return await call_tool(*arguments, **{"progress_handler": handler, **named})

    client.call_tool = call  # type: ignore[method-assign]
