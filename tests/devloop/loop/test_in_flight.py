"""An edit comes at the worst of moments: what runs, or is about to, is really gone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from devloop.loop.events import ChangeSeen, RunStarted, RunSuperseded, WatchFinished, WatchReady
from runcmd.backend.calls import open_backend
from runcmd.events import (
    CancelFinished,
    CancelOutcome,
    ExecutionCreated,
    RunFinished,
    TargetKind,
    TaskStarted,
)
from runcmd.pipeline import Connect
from tests.devloop.loop.front import in_front_of
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import says, waits
from tests.support.paths import MCP_SERVER
from tests.support.poll import until
from tests.support.processes import alive

CANCELLED = 5
NESTED = """
from stigmer import Agent, Scripted, StdioServer, Workflow

tools = StdioServer("tools", "{python}", ["{server}"])
helper = Agent("helper", "Waits, and waits.", mcp_servers=[tools], model=Scripted("script.yaml"))
inner = Workflow("inner")
inner.set("text", text="{text}")
inner.call_agent("ask", helper, "go on")
outer = Workflow("outer")
outer.set("text", text="{text}")
outer.run("nested", inner)
"""
SCRIPT = "- call: {{tool: wait, args: {{seconds: 600, file: '{file}'}}}}\n- say: done\n"


@pytest.mark.parametrize("method", ["apply", "create"])
async def test_while_the_backend_does_what_it_was_asked(
    method: str, tmp_path: Path, short_dir: Path, connect: Connect
) -> None:
    async with in_front_of(connect, short_dir) as (front, to_front):
        front.hold(method)
        async with looping(tmp_path, to_front, waits("one")) as hands:
            await front.arrived(method)
            hands.edit(waits("two"))
            await hands.until(ChangeSeen)
            front.release(method)
            started = await hands.until(RunStarted, gen=2)
            created = await hands.until(ExecutionCreated)
            await hands.until(TaskStarted, task="pause")
            assert await hands.live() == [created.execution]
            assert started.changed == ("main.py",)
            assert "two" in str((await hands.live_messages())[0])
    assert await live(connect) == []


async def test_with_all_that_it_has_started(tmp_path: Path, short_dir: Path, connect: Connect) -> None:
    """A workflow that runs another one, which asks an agent, which waits for a tool of an MCP server."""
    pids = tmp_path.parent / f"{tmp_path.name}-pids"
    (tmp_path / "script.yaml").write_text(SCRIPT.format(file=pids))
    program = NESTED.format(python=sys.executable, server=MCP_SERVER, text="one")
    async with looping(tmp_path, connect, program, selector="outer") as hands:
        await until(pids.exists)
        before = {each.metadata.id for each in await hands.live_messages()}
        assert len(before) == 3
        hands.edit(program.replace('text="one"', 'text="two"'))
        assert (await hands.until(CancelFinished)).outcome is CancelOutcome.CONFIRMED
        assert before.isdisjoint(await hands.live())
        phases = [each.status.phase for each in await hands.messages() if each.metadata.id in before]
        assert phases == [CANCELLED] * 3
        first = int(pids.read_text().splitlines()[0])
        await until(lambda: not alive(first))
        await until(lambda: len(pids.read_text().splitlines()) == 2)
        assert len(await hands.live()) == 3
    assert await live(connect) == []


async def test_a_server_that_cannot_cancel(tmp_path: Path, short_dir: Path, connect: Connect) -> None:
    """The honest thing: it says what goes on there, and the loop goes on here."""
    async with in_front_of(connect, short_dir, extension=False) as (front, to_front):
        async with looping(tmp_path, to_front, waits("one"), leases=short_dir / "loops") as hands:
            old = await hands.until(ExecutionCreated)
            await hands.until(TaskStarted, task="pause")
            hands.edit(says("two", "slow"))
            assert (await hands.until(RunSuperseded)).gen == 1
            cancelled = await hands.until(CancelFinished)
            assert (cancelled.execution, cancelled.outcome) == (old.execution, CancelOutcome.UNSUPPORTED)
            while '"two"' not in (await hands.until(RunFinished)).answer:
                pass  # the old one's end is told, too
            await hands.until(WatchReady)
            hands.loop.press("q")
            assert await hands.end() == 0
        assert hands.screen.all(WatchFinished)[0].left == (old.execution,)
        assert "getByReference" in front.calls, "it cannot list, either"
        assert await live(connect) == [old.execution]


async def live(connect: Connect) -> list[str]:
    async with open_backend(await connect()) as backend:
        return [
            each.metadata.id
            for kind in TargetKind
            for each in await backend.executions(kind, 100)
            if each.status.phase in (1, 2)
        ]
