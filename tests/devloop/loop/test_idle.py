"""What a loop does while nothing is to be done."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from weakref import ReferenceType, ref

import anyio
import pytest

from devloop.loop.events import WatchReady
from runcmd.events import TaskStarted
from runcmd.pipeline import Connect
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import says, waits
from tests.support.poll import PATIENCE_SECONDS


class Knot:
    """It refers to itself, so that only a collection can free it."""

    def __init__(self) -> None:
        self.self = self


def knot(freed: anyio.Event) -> ReferenceType[Knot]:
    return ref(Knot(), lambda _: freed.set())


@pytest.fixture(autouse=True)
def nobody_else_collects() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


async def test_it_takes_garbage_out_each_time(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, says("one")) as hands:
        for word in ("two", "three"):
            await hands.until(WatchReady)
            freed = anyio.Event()
            knotted = knot(freed)
            with anyio.fail_after(PATIENCE_SECONDS):
                await freed.wait()
            assert knotted() is None
            hands.edit(says(word))


async def test_not_while_something_runs(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, says("one")) as hands:
        await hands.until(WatchReady)
        hands.edit(waits("two"))  # before it has rested for long
        await hands.until(TaskStarted, task="pause")
        knotted = knot(anyio.Event())
        await anyio.sleep(1)  # sleeps: longer than the rest that it would have needed
        assert knotted() is not None
