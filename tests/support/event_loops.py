"""Event loops for tests: many in one process, which gRPC's one completion queue does not expect."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Any

GRPC = "grpc._cython"


class QuietWhenClosed(asyncio.SelectorEventLoop):
    """Answers that come when it is closed go nowhere.

    The queue of grpc.aio belongs to the process, and whichever loop runs hands out what comes. The answer to
    a call that ended together with its own loop would be an error in the test that happens to run then.
    """

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        if self.is_closed() and (type(callback).__module__ + getattr(callback, "__module__", "")).count(GRPC):
            return asyncio.Handle(callback, args, self, context)
        return super().call_soon_threadsafe(callback, *args, context=context)


class Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return QuietWhenClosed()
