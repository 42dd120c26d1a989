"""D10: a jq process that died while it was idle fails no workflow, and no reason is invented."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from stigmerd.expressions import Evaluator, ExpressionError
from tests.support.poll import wait_until
from tests.support.processes import alive, descendants
from tests.support.world import World

PROGRAM = """
from stigmer import Workflow
wf = Workflow("sums")
wf.set("first", sum="${ [1, 2, 3] | add }")
"""


def children_of_jq(world: World) -> list[int]:
    return [
        pid
        for pid in descendants(world.daemon_pid())
        if b"expressions/worker.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def test_a_workflow_does_not_notice(world: World) -> None:
    project = world.project(PROGRAM)
    assert world.run("run", cwd=project).code == 0
    idle = children_of_jq(world)
    assert idle
    for pid in idle:
        os.kill(pid, signal.SIGKILL)
    done = world.run("run", cwd=project)
    assert done.code == 0, done.text
    assert "memory" not in done.text


async def test_one_that_is_killed_at_work_is_replaced_once() -> None:
    evaluator = Evaluator()
    assert await evaluator.evaluate("[1, 2] | add", None, {}) == 3
    (first,) = evaluator.pids
    asking = asyncio.create_task(evaluator.evaluate("[range(300000)] | length", None, {}))
    os.kill(first, signal.SIGKILL)
    assert await asking == 300000
    await evaluator.aclose()


async def test_a_second_death_is_told_as_it_was() -> None:
    evaluator = Evaluator()
    await evaluator.evaluate("[1, 2] | add", None, {})
    asking = asyncio.create_task(evaluator.evaluate("last(range(1e9))", None, {}))
    killed: set[int] = set()
    while not asking.done():  # one that dies before it is asked does not count: it is never asked
        for pid in evaluator.pids - killed:
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
        await asyncio.sleep(0)
    with pytest.raises(ExpressionError) as caught:
        await asking
    assert caught.value.outside
    assert "killed from outside (SIGKILL)" in str(caught.value)
    assert "MiB" not in str(caught.value)
    await evaluator.aclose()


async def test_a_program_that_meets_a_limit_is_not_asked_twice() -> None:
    evaluator = Evaluator()
    with pytest.raises(ExpressionError) as caught:
        await evaluator.evaluate("def f: f; f", None, {})
    assert "longer than 2 s" in str(caught.value)
    assert not caught.value.outside
    await evaluator.aclose()


def test_one_that_was_stopped_ends_with_its_daemon(world: World) -> None:
    project = world.project(PROGRAM)
    assert world.run("run", cwd=project).code == 0
    idle = children_of_jq(world)
    for pid in idle:
        os.kill(pid, signal.SIGSTOP)
    world.kill_daemon()
    wait_until(lambda: not any(map(alive, idle)), "the kernel ended it")
