"""What the system has no more of ends a call, or an execution, and not the process."""

from __future__ import annotations

import errno

import pytest
from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from stigmerd.agents.answers.breaks import unreadable
from stigmerd.agents.failures import explain
from stigmerd.agents.scarcity import Scarcity

JOB = {"secrets": [], "model": {"provider": "openai", "name": "tiny", "base_url": "", "api_key": ""}}


def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    last = messages[-1].parts[-1]
    if isinstance(last, ToolReturnPart):
        return ModelResponse(parts=[TextPart(f"{last.outcome}: {last.content}")])
    return ModelResponse(parts=[ToolCallPart("big", {})])


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "the system gives no further memory; end some programs and try again"),
        (OSError(errno.EMFILE, "Too many open files"), "this process has too many open files"),
    ],
)
async def test_a_call_that_finds_no_more_fails_alone(error: Exception, words: str) -> None:
    agent = Agent(FunctionModel(answer), deps_type=type(None), capabilities=[Scarcity()])

    @agent.tool_plain
    def big() -> str:
        raise error

    said = (await agent.run("go")).output
    assert said.startswith(f"failed: big was ended: {words}")


async def test_another_error_is_not_hidden() -> None:
    agent = Agent(FunctionModel(answer), deps_type=type(None), capabilities=[Scarcity()])

    @agent.tool_plain
    def big() -> str:
        raise LookupError("no bug is hidden")

    with pytest.raises(LookupError, match="no bug is hidden"):
        await agent.run("go")


async def test_an_execution_that_finds_no_memory_says_so() -> None:
    told = await explain(MemoryError(), JOB)
    assert told.startswith("the agent was ended: the system gives no further memory")
    assert told.endswith("[E0902]")
    assert unreadable(MemoryError(), "tiny") is None
