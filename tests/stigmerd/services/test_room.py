"""Who gets in when there is no room for all?"""

from __future__ import annotations

import asyncio

import pytest

from stigmerd.services.room import Full, MessageRoom


async def entered(room: MessageRoom, size: int, order: list[int]) -> None:
    with (await room.enter(size)).kept():
        order.append(size)


async def test_first_come_first_served_also_for_the_small() -> None:
    room, order = MessageRoom(10, seconds=1), list[int]()
    first = await room.enter(6)
    async with asyncio.TaskGroup() as group:
        for size in (7, 1, 10):
            group.create_task(entered(room, size, order))
        await asyncio.sleep(0)
        assert order == []
        first.shrink(3)
        await asyncio.sleep(0)
        assert order == [7]
        first.shrink(0)
    assert order == [7, 1, 10]


async def test_who_gives_up_makes_room_for_the_next() -> None:
    room = MessageRoom(10, seconds=1)
    first = await room.enter(5)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await room.enter(10)
    with (await room.enter(5)).kept():
        first.shrink(0)
    with (await room.enter(10)).kept():
        pass


async def test_who_gives_up_at_the_moment_of_its_turn_gives_it_back() -> None:
    room = MessageRoom(10, seconds=1)
    first = await room.enter(10)
    second = asyncio.create_task(room.enter(10))
    await asyncio.sleep(0)
    first.shrink(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    with (await room.enter(10)).kept():
        pass


async def test_a_queue_is_full_when_as_much_is_held_in_it_as_there_is_room() -> None:
    room = MessageRoom(10, seconds=1)
    first = await room.enter(10)
    coming = asyncio.create_task(room.enter(10))  # holds nothing yet
    waits = [asyncio.create_task(room.enter_with(5)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Full):
        await room.enter_with(1)
    first.shrink(0)
    for each in (coming, *waits):
        (await each).shrink(0)
    (await room.enter_with(10)).shrink(0)
