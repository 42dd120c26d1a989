"""A loop that is to end after some runs ends with a broken project too, unless somebody may mend it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devloop.loop.events import EditBroken, RunStarted, TargetMissing, WatchFinished, WatchReady
from runcmd.errors import EXIT_FAILED, EXIT_OK, EXIT_PROJECT
from runcmd.events import ExecutionCreated
from runcmd.pipeline import Connect
from tests.devloop.loop.edits import editing, ends, goes_on
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import says
from tests.support.weak_server import WeakServer

LIMITS: list[dict[str, Any]] = [{"runs": 2}, {"until_success": True}]


@pytest.mark.parametrize("limit", LIMITS)
async def test_it_ends_with_the_status_of_a_broken_project(server: WeakServer, limit: dict[str, Any]) -> None:
    async with editing(server, attended=False, texts={"main": "broken"}, **limit) as loop:
        assert (await loop.until(WatchFinished)).exit_code == EXIT_PROJECT


@pytest.mark.parametrize("limit", LIMITS)
async def test_at_a_terminal_it_waits_for_who_mends_it(server: WeakServer, limit: dict[str, Any]) -> None:
    ends(server)
    async with editing(server, attended=True, texts={"main": "broken"}, **limit) as loop:
        await loop.until(WatchReady)
        loop.edit(main="one")
        await loop.until(RunStarted)


async def test_without_such_a_limit_it_waits_anywhere(server: WeakServer) -> None:
    ends(server)
    async with editing(server, attended=False, texts={"main": "broken"}) as loop:
        await loop.until(WatchReady)
        loop.edit(main="one")
        await loop.until(RunStarted)


@pytest.mark.parametrize("attended", [True, False])
async def test_a_target_that_is_gone_is_mended_by_nobody_either(
    tmp_path: Path, connect: Connect, attended: bool
) -> None:
    program = says("one", "greet")
    async with looping(tmp_path, connect, program, selector="greet", runs=2, attended=attended) as hands:
        await hands.until(WatchReady)
        hands.edit(says("one", "other"))
        await hands.until(TargetMissing)
        if attended:
            await hands.until(WatchReady)
            hands.edit(says("two", "greet"))
        assert await hands.end() == (EXIT_OK if attended else EXIT_FAILED)


async def test_what_runs_comes_to_its_end_first(server: WeakServer) -> None:
    goes_on(server)
    async with editing(server, attended=False, runs=3) as loop:
        await loop.until(ExecutionCreated)
        loop.edit(main="broken")
        assert (await loop.until(EditBroken)).running
        loop.press("c")
        finished = await loop.until(WatchFinished)
        assert (finished.exit_code, finished.runs) == (EXIT_PROJECT, 1)
