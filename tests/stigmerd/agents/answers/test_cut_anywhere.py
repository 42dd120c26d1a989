"""A stream that is cut after each of its events, over the wire formats."""

from __future__ import annotations

import pytest

from stigmer_api.agentexecution_pb2 import ExecutionPhase
from tests.stigmerd.agents.stage import Stage, agent, with_server
from tests.support.providers.answers import Answer, Call, Say
from tests.support.providers.server import fake

WIRES = ("openai", "openai-responses", "anthropic", "google", "groq", "mistral")
STORY = [Say("Once upon a time"), Call("add", {"a": 2, "b": 3})]
MOST_EVENTS = 40


@pytest.mark.parametrize("wire", WIRES)
async def test_it_is_no_success(stage: Stage, wire: str) -> None:
    for events in range(MOST_EVENTS):
        with fake(wire, Answer(STORY, events=events), "It is 5.") as provider:
            execution = await stage.run(with_server(agent()), env=provider.env)
        calls = [call.result for call in execution.status.tool_calls]
        if execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED:
            # All of it came; or nothing of it was seen, and the second attempt is another answer.
            assert (calls, len(provider.requests)) in [(["5"], 2), ([], 2)]
            if calls:
                return
        else:
            assert " broke off: " in execution.status.error
            assert not any(calls)
    raise AssertionError("it never came whole")
