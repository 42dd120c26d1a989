"""Workflows as the original's SDK writes them: what it leaves out has a default, at the top and nested."""

from __future__ import annotations

from typing import Any

import pytest

from stigmer_api.values import from_struct
from tests.stigmerd.services.served import Refused, ServedBackend
from tests.support.api import agent, workflow, workflow_execution
from tests.support.tasks import set_task, task

RAISE = task("stop", "RAISE", {"error": "Mine"})
# Port 9 discards: the request fails, which takes the place of an answer here.
GET = task("get", "HTTP_CALL", {"method": "GET", "endpoint": {"uri": "http://127.0.0.1:9/x"}})
ASK = task("ask", "AGENT_CALL", {"agent": "reviewer", "message": "hi", "config": {"model": "m"}})
CAUGHT = {"catch": {"as": "error", "do": [set_task("caught", type="${ .error.type }")]}}


def caught(inner: dict[str, Any]) -> dict[str, Any]:
    return task("guard", "TRY", {"try": [inner]} | CAUGHT)


async def ended(world: ServedBackend, *tasks: dict[str, Any]) -> Any:
    flow = await world.api.workflow.apply(workflow("left-out", *tasks))
    begun = await world.api.workflow_execution.create(workflow_execution(flow.metadata.id))
    return (await world.api.follow(begun.metadata.id)).status


async def test_a_raise_without_a_message(world: ServedBackend) -> None:
    status = await ended(world, RAISE)
    assert (status.phase, status.error) == (4, "task stop failed: Mine")


async def test_an_agent_call_without_a_timeout(world: ServedBackend) -> None:
    await world.api.agent.apply(agent("reviewer"))
    status = await ended(world, ASK)
    assert status.phase == 3, status.error
    assert from_struct(status.output)["response"] == "hi"


async def test_a_loop_a_fork_and_a_try_with_such_tasks(world: ServedBackend) -> None:
    await world.api.agent.apply(agent("reviewer"))
    branches = [{"name": "a", "do": [ASK]}, {"name": "b", "do": [caught(RAISE)]}]
    loop = task(
        "each", "FOR", {"each": "item", "in": "[1]", "do": [task("both", "FORK", {"branches": branches})]}
    )
    status = await ended(world, loop)
    assert status.phase == 3, status.error


async def test_an_http_call_without_a_timeout_has_the_usual_one(world: ServedBackend) -> None:
    flow = await world.api.workflow.apply(workflow("left-out", caught(GET)))
    assert flow.metadata.id


@pytest.mark.parametrize(
    "wrong",
    [
        task("get", "HTTP_CALL", {"method": "GET", "endpoint": {"uri": "http://x"}, "timeout_seconds": 301}),
        task("ask", "AGENT_CALL", {"agent": "a", "message": "hi", "config": {"timeout": 3601}}),
        task("stop", "RAISE", {"message": "but no error"}),
    ],
    ids=["http", "agent", "raise"],
)
async def test_what_is_there_must_be_right(
    world: ServedBackend, refused: Refused, wrong: dict[str, Any]
) -> None:
    for each in (wrong, caught(wrong)):
        with refused("INVALID_ARGUMENT", "workflow validation failed"):
            await world.api.workflow.apply(workflow("wrong", each))
