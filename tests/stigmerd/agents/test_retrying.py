"""Requests that are made again, as an agent declares it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic_ai.exceptions import ModelConnectionError, ModelHTTPError, ModelQuotaExceededError

from stigmer_api.agent_options import annotation_of
from stigmer_api.agent_pb2 import Agent
from stigmerd.agents.models.retrying import RetryPlan
from tests.stigmerd.agents.notes import told
from tests.stigmerd.agents.stage import Stage, agent, texts
from tests.support.providers.answers import Call, Fail
from tests.support.providers.server import fake

SOON = {"backoff_seconds": 0.01}


def with_plan(plan: dict[str, Any], made: Agent | None = None) -> Agent:
    made = made or agent()
    made.metadata.annotations.update(annotation_of({"retries": plan}, {}))
    return made


@pytest.mark.parametrize("wire", ["openai", "anthropic"])
async def test_as_often_as_is_declared_and_each_pause_is_told(stage: Stage, wire: str) -> None:
    busy, failed = Fail(429, "slow down", headers={"retry-after-ms": "20"}), Fail(503, "later")
    with fake(wire, busy, failed, failed, busy, "Here I am.") as provider:
        execution = await stage.run(with_plan({"count": 4, **SOON}), env=provider.env)
    assert texts(execution)[1] == "Here I am."
    name = provider.model.partition(":")[2]
    notes, _ = await told(stage, execution)
    waits = [note.wait for note in notes if note.HasField("wait")]
    assert [(wait.on, wait.text) for wait in waits] == [
        ("model", f"HTTP {status} from the model {name}, attempt {attempt} of 5")
        for attempt, status in enumerate([429, 503, 503, 429], 2)
    ]
    assert waits[0].seconds == 0.02
    assert len([note for note in notes if note.HasField("wait_over")]) == 4


@pytest.mark.parametrize(
    ("plan", "fail", "times"),
    [
        ({"count": 0}, Fail(503), 1),
        ({"count": 2, **SOON}, Fail(503), 3),
        ({"count": 2, **SOON, "statuses": [429]}, Fail(503), 1),
        ({"count": 2, **SOON, "statuses": [404]}, Fail(404), 3),
        ({"count": 2, **SOON}, Fail(401), 1),
        ({"count": 2, **SOON}, Fail(429, "no credit", "insufficient_quota"), 1),
        ({"count": 2, **SOON, "longest_seconds": 5}, Fail(429, headers={"retry-after": "6"}), 1),
    ],
)
async def test_not_more_often(stage: Stage, plan: dict[str, Any], fail: Fail, times: int) -> None:
    with fake("openai", fail) as provider:
        execution = await stage.run(with_plan(plan), env=provider.env)
    assert execution.status.error
    assert len(provider.requests) == times


async def test_a_helper_has_what_its_agent_says(stage: Stage) -> None:
    made = with_plan({"count": 1, **SOON})
    made.spec.sub_agents.add(name="critic", instructions="You judge in one sentence.")
    with fake("openai", Call("critic", {"message": "Well?"}), Fail(503), "It is good.", "Fine.") as provider:
        execution = await stage.run(made, env=provider.env)
    assert execution.status.tool_calls[0].result == "It is good."


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"count": "many"}, "count must be a whole number from 0 to 100, not 'many'"),
        ({"backoff_seconds": -1}, "backoff_seconds must be a number from 0 to 3600, not -1"),
        ({"statuses": [99]}, "statuses must be a list of numbers from 400 to 599, not [99]"),
        ({"times": 3}, "unexpected keyword argument 'times'"),
    ],
)
async def test_an_option_that_is_none(stage: Stage, plan: dict[str, Any], words: str) -> None:
    with fake("openai", "x") as provider:
        execution = await stage.run(with_plan(plan), env=provider.env)
    assert execution.status.error.startswith("the option retries: ")
    assert words in execution.status.error


def test_pauses_grow_up_to_the_longest() -> None:
    plan = RetryPlan(backoff_seconds=1, longest_seconds=5)
    for before, planned in enumerate([1, 2, 4, 5, 5]):
        pause = plan.pause(ModelConnectionError("m", "gone"), before)
        assert pause is not None
        assert 0.75 * planned <= pause <= planned


def test_what_to_ask_again_cannot_help() -> None:
    plan = RetryPlan()
    lost = ModelConnectionError("m", "x")
    assert plan.concerns(lost)
    lost.__cause__ = type("UnsupportedProtocol", (Exception,), {})()
    assert not plan.concerns(lost)
    assert not plan.concerns(ModelQuotaExceededError("m", "x"))
    assert [plan.concerns(ModelHTTPError(status, "m")) for status in (400, 408, 529)] == [False, True, True]
