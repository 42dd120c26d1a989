"""Two things at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

import anyio

from runcmd.errors import RunError

First = TypeVar("First")
Second = TypeVar("Second")


async def gather_two(
    first: Callable[[], Awaitable[First]], second: Callable[[], Awaitable[Second]]
) -> tuple[First, Second]:
    """Both results. The first RunError ends the other call and is raised as it is, not in a group."""
    results: list[object] = [None, None]
    errors: list[RunError] = []

    async def one(index: int, call: Callable[[], Awaitable[object]]) -> None:
        try:
            results[index] = await call()
        except RunError as error:
            errors.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(one, 0, first)
        group.start_soon(one, 1, second)
    if errors:
        raise errors[0]
    return cast("tuple[First, Second]", tuple(results))
