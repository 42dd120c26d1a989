"""Who is served when there is not enough memory for all?"""

from __future__ import annotations

import asyncio

import pytest

from stigmerd.services.memory_budget import BudgetExhausted, MemoryBudget


async def entered(budget: MemoryBudget, size: int, order: list[int]) -> None:
    with (await budget.reserve(size)).kept():
        order.append(size)


async def test_first_come_first_served_also_for_the_small() -> None:
    budget, order = MemoryBudget(10, seconds=1), list[int]()
    first = await budget.reserve(6)
    async with asyncio.TaskGroup() as group:
        for size in (7, 1, 10):
            group.create_task(entered(budget, size, order))
        await asyncio.sleep(0)
        assert order == []
        first.shrink(3)
        await asyncio.sleep(0)
        assert order == [7]
        first.shrink(0)
    assert order == [7, 1, 10]


async def test_who_gives_up_makes_place_for_the_next() -> None:
    budget = MemoryBudget(10, seconds=1)
    first = await budget.reserve(5)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await budget.reserve(10)
    with (await budget.reserve(5)).kept():
        first.shrink(0)
    with (await budget.reserve(10)).kept():
        pass


async def test_who_gives_up_at_the_moment_of_its_turn_gives_it_back() -> None:
    budget = MemoryBudget(10, seconds=1)
    first = await budget.reserve(10)
    second = asyncio.create_task(budget.reserve(10))
    await asyncio.sleep(0)
    first.shrink(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    with (await budget.reserve(10)).kept():
        pass


async def test_a_queue_is_full_when_it_holds_as_much_as_the_whole_budget() -> None:
    budget = MemoryBudget(10, seconds=1)
    first = await budget.reserve(10)
    coming = asyncio.create_task(budget.reserve(10))  # holds nothing yet
    waits = [asyncio.create_task(budget.reserve_loaded(5)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(BudgetExhausted):
        await budget.reserve_loaded(1)
    first.shrink(0)
    for each in (coming, *waits):
        (await each).shrink(0)
    (await budget.reserve_loaded(10)).shrink(0)
