"""One process of an MCP server serves many executions, as long as it cannot remember any of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pydantic_ai.exceptions import ToolFailed

from stigmerd.agents.frames import Message
from stigmerd.agents.mcp.pool import ServerPool
from tests.stigmerd.agents.mcp.lending import COUNTING_SERVER, config, lending
from tests.support.poll import until
from tests.support.processes import alive


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def pool(tmp_path: Path, anyio_backend: str) -> AsyncIterator[ServerPool]:
    made = ServerPool(tmp_path / "notes", recover_seconds=60, most_of_each=2)
    yield made
    await made.aclose()


COUNTING = config(COUNTING_SERVER, name="counting")


async def who(pool: ServerPool, **more: object) -> int:
    async with lending(pool, [{**COUNTING, **more}]) as lender:
        return int(await lender.call("who"))


async def test_one_that_only_reads_serves_many_at_once_and_one_after_the_other(pool: ServerPool) -> None:
    async with AsyncExitStack() as executions:
        lenders = [await executions.enter_async_context(lending(pool, [COUNTING])) for _ in range(5)]
        pids = {int(await lender.call("who")) for lender in lenders}
    assert pids == {await who(pool)}


async def test_one_that_may_remember_stays_with_its_execution(pool: ServerPool) -> None:
    async with lending(pool, [COUNTING]) as first, lending(pool, [COUNTING]) as second:
        assert await first.call("who") == await second.call("who")
        own = await first.call("note", text="secret")
        assert await first.call("noted") == "secret"
        assert await first.call("who") == own
        assert await second.call("noted") == "nothing"
        assert await second.call("note", text="other") != own
        assert await second.call("noted") == "other"
    assert await who(pool) != int(own)
    await until(lambda: not alive(int(own)), "it is closed after its execution")
    async with lending(pool, [COUNTING]) as third:
        assert await third.call("noted") == "nothing"


async def test_what_an_agent_says_of_sharing_counts(pool: ServerPool) -> None:
    shared = {"options": {"shared": True}}
    async with (
        lending(pool, [{**COUNTING, **shared}]) as first,
        lending(pool, [{**COUNTING, **shared}]) as second,
    ):
        assert await first.call("note", text="for all") == await second.call("who")
        assert await second.call("noted") == "for all"
    alone = {"options": {"shared": False}}
    async with (
        lending(pool, [{**COUNTING, **alone}]) as first,
        lending(pool, [{**COUNTING, **alone}]) as second,
    ):
        assert await first.call("who") != await second.call("who")


async def test_who_needs_a_process_waits_for_it_and_says_so(pool: ServerPool) -> None:
    told: list[Message] = []

    async def third() -> None:
        async with lending(pool, [COUNTING], told) as lender:
            await lender.call("note", text="y")

    async with AsyncExitStack() as executions:
        for _ in range(2):
            busy = await executions.enter_async_context(lending(pool, [COUNTING]))
            await busy.call("note", text="x")
        waiting = asyncio.create_task(third())
        said = "waiting for the MCP server counting: 2 of 2 are busy"
        await until(lambda: said in str(told), "it is said")
        assert not waiting.done()
    await waiting
    assert any("wait_over" in message["note"] for message in told if message["type"] == "told")


async def test_who_waits_keeps_nobody_from_what_is_shared(tmp_path: Path) -> None:
    """Both share the only process; each wants it alone."""
    pool = ServerPool(tmp_path / "notes", most_of_each=1)
    async with lending(pool, [COUNTING]) as first, lending(pool, [COUNTING]) as second:
        both = [asyncio.create_task(each.call("note", text="x")) for each in (first, second)]
        done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        assert done
        for task in both:
            task.cancel()
        await asyncio.wait(both)
    await pool.aclose()


async def test_other_variables_end_the_process_with_the_old_ones_at_once(pool: ServerPool) -> None:
    async with lending(pool, [{**COUNTING, "env": {"MODE": "one"}}]) as lender:
        assert await lender.call("mode") == "one"
        old = int(await lender.call("who"))
    async with lending(pool, [{**COUNTING, "env": {"MODE": "two"}}]) as lender:
        assert await lender.call("mode") == "two"
        await until(lambda: not alive(old), "the process with the old variable ends")


async def test_a_superseded_execution_leaves_a_healthy_server_behind(
    pool: ServerPool, tmp_path: Path
) -> None:
    async with lending(pool, [COUNTING]) as lender:
        pid = int(await lender.call("who"))
    began = tmp_path / "began"

    async def superseded() -> None:
        async with lending(pool, [COUNTING]) as lender:
            await lender.call("hold", file=str(began))

    execution = asyncio.create_task(superseded())
    await until(began.exists, "the call is made")
    execution.cancel()
    await asyncio.wait({execution})
    assert await who(pool) == pid


async def test_a_failed_execution_leaves_a_healthy_server_behind(pool: ServerPool) -> None:
    async with lending(pool, [COUNTING]) as lender:
        pid = int(await lender.call("who"))
    with pytest.raises(ValueError, match="broken"):
        async with lending(pool, [COUNTING]):
            raise ValueError("broken")
    assert await who(pool) == pid


async def test_a_server_that_is_still_busy_is_not_lent(tmp_path: Path) -> None:
    pool = ServerPool(tmp_path / "notes", recover_seconds=0.05)
    deaf = config(COUNTING_SERVER, "--deaf", name="counting", options={"tool_timeouts": {"hold": 0.2}})
    async with lending(pool, [deaf]) as lender:
        pid = await lender.call("who")
        with pytest.raises(ToolFailed, match=r"within 0\.2 s"):
            await lender.call("hold", file=str(tmp_path / "held"))
    async with lending(pool, [deaf]) as lender:
        assert await lender.call("who") != pid
    await pool.aclose()


async def test_tools_that_a_server_has_only_later_are_there(pool: ServerPool) -> None:
    async with lending(pool, [COUNTING]) as lender:
        assert "grown" not in await lender.names()
        await lender.call("grow")
        await lender.call("who")  # what was told before the answer is known by now
        assert "grown" in await lender.names()
        assert await lender.call("grown") == "tall"


async def test_a_call_that_only_reads_is_made_again_when_its_server_dies(
    pool: ServerPool, tmp_path: Path
) -> None:
    async with lending(pool, [COUNTING]) as lender:
        assert await lender.call("crash_once", file=str(tmp_path / "crashed")) == "alive"


async def test_no_more_processes_than_allowed(tmp_path: Path) -> None:
    """Those that nobody uses make room."""
    pool = ServerPool(tmp_path / "notes", most=2)
    first = await who(pool, name="a")
    await who(pool, name="b")
    await who(pool, name="c")
    await until(lambda: not alive(first), "the one that has waited longest makes room")
    await pool.aclose()


async def test_what_a_superseded_execution_had_alone_is_ended_and_replaced(
    pool: ServerPool, tmp_path: Path
) -> None:
    owned: list[int] = []
    began = tmp_path / "began"

    async def superseded() -> None:
        async with lending(pool, [COUNTING]) as lender:
            owned.append(int(await lender.call("note", text="secret")))
            await lender.call("hold", file=str(began))

    execution = asyncio.create_task(superseded())
    await until(began.exists, "the call is made")
    execution.cancel()
    await asyncio.wait({execution})
    await until(lambda: not alive(owned[0]), "it is ended")
    async with lending(pool, [COUNTING]) as lender:
        assert await lender.call("noted") == "nothing"
