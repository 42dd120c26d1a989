"""An execution that asks, and whoever answers it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecutionStatus, ToolCall
from stigmer_api.facts import QUESTIONS
from stigmer_api.values import from_struct
from stigmerd.executions.questions import Decided
from tests.stigmerd.agents.stage import Stage
from tests.support.poll import until


def status_of(stage: Stage, execution_id: str) -> AgentExecutionStatus:
    return stage.get(execution_id).status


def asked(call: ToolCall) -> list[dict[str, Any]]:
    return list(from_struct(call.component_metadata.metadata).get(QUESTIONS, []))


async def waits(stage: Stage, execution_id: str, number: int = 1) -> list[str]:
    """Until so many questions wait; their ids."""
    mine = [""]

    def known() -> bool:
        mine[:] = [each.id for whose, each in stage.executions.questions.open() if whose == execution_id]
        return len(mine) == number

    await until(known)
    return mine


@asynccontextmanager
async def running(stage: Stage, agent: Agent, **more: Any) -> AsyncIterator[tuple[str, asyncio.Task[None]]]:
    execution_id = stage.add(agent, **more)
    task = asyncio.create_task(stage.host.run(execution_id))
    try:
        yield execution_id, task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def answer(stage: Stage, execution_id: str, question: str, what: Decided) -> None:
    for hand_on in stage.executions.questions.answer(execution_id, question, what):
        hand_on()
