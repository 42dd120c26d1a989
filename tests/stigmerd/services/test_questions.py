"""What agents ask, over the wire: listed, answered once, refused in words."""

from __future__ import annotations

from typing import Any

from stigmer_api.agentexecution_pb2 import AgentExecutionId
from stigmer_api.devloop_pb2 import CancelRequest
from stigmer_api.questions_pb2 import AnswerQuestionRequest, ListQuestionsRequest, Question
from stigmer_api.values import from_struct
from stigmerd.executions.questions import Decided
from tests.stigmerd.services.served import OpenWorld, Refused, ServedBackend
from tests.support.api import agent, agent_execution
from tests.support.poll import until


async def asking(world: ServedBackend) -> str:
    """An execution that waits for an answer."""
    made = await world.api.agent.apply(agent())
    wanted = agent_execution(message="ask", agent_id=made.metadata.id)
    execution = await world.api.agent_execution.create(wanted)
    await until(lambda: any(world.agents.executions.questions.open()))
    return str(execution.metadata.id)


async def listed(world: ServedBackend, execution_id: str = "") -> list[Question]:
    return list((await world.api.questions.list(ListQuestionsRequest(execution_id=execution_id))).questions)


async def answered(world: ServedBackend, execution_id: str, **what: Any) -> Any:
    request = AnswerQuestionRequest(execution_id=execution_id, question_id="call_1", **what)
    return await world.api.questions.answer(request)


async def test_a_question_is_listed_until_it_is_answered(open_world: OpenWorld) -> None:
    async with open_world() as world:
        execution_id = await asking(world)
        (question,) = await listed(world, execution_id)
        assert (await listed(world)) == [question]
        assert (question.execution_id, question.id, question.kind, question.tool) == (
            execution_id,
            "call_1",
            "approval",
            "do",
        )
        assert from_struct(question.arguments) == {"what": "it"}
        reply = await answered(
            world, execution_id, action="DECLINE", reason="no", by="a test", fingerprint=question.fingerprint
        )
        assert from_struct(reply.question.about)["tool"] == "do"
        call = world.api.agent_execution.subscribe(AgentExecutionId(value=execution_id))
        assert [snapshot async for snapshot in call][-1].status.phase == 3
        assert world.agents.answers == [Decided(action="decline", reason="no", by="a test")]
        assert await listed(world) == []


async def test_refusals_say_what_became_of_it(open_world: OpenWorld, refused: Refused) -> None:
    async with open_world() as world:
        execution_id = await asking(world)
        with refused("NOT_FOUND", "execution not found: aex-none"):
            await answered(world, "aex-none", action="ACCEPT")
        with refused("INVALID_ARGUMENT", "action"):
            await answered(world, execution_id)
        with refused("FAILED_PRECONDITION", "call_1 asks something else now"):
            await answered(world, execution_id, action="ACCEPT", fingerprint="another")
        with refused("NOT_FOUND", "asks nothing called call_2"):
            await world.api.questions.answer(
                AnswerQuestionRequest(execution_id=execution_id, question_id="call_2", action="ACCEPT")
            )
        await world.api.control.cancel(CancelRequest(execution_id=execution_id, wait_seconds=10))
        with refused("FAILED_PRECONDITION", "has ended; it waits for no answer any more"):
            await answered(world, execution_id, action="ACCEPT")
