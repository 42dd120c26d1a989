"""A tool that must be approved: the call waits for a person, over restarts too, and is made once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from stigmer_api.agent_options import annotation_of
from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import ExecutionPhase, ToolCallStatus
from stigmerd.agents.asking.approval import ApprovalRules, BadApprovalError
from stigmerd.agents.asking.asker import Asker, Pausing
from stigmerd.agents.frames import Message
from stigmerd.executions.questions import AnswerRefusedError, Decided
from tests.stigmerd.agents.questions import answer, asked, running, status_of, waits
from tests.stigmerd.agents.stage import Stage, scripted, with_server
from tests.support.poll import until

COMPLETED, FAILED = ExecutionPhase.EXECUTION_COMPLETED, ExecutionPhase.EXECUTION_FAILED
PENDING = ToolCallStatus.TOOL_CALL_PENDING
YES, NO = Decided(action="accept", by="test"), Decided(action="decline", reason="not today", by="test")


def appending(file: Path, *texts: str, **options: Any) -> Agent:
    """Appends texts to a file, in one answer; by default each call must be approved."""
    calls = ", ".join(f"{{tool: append, args: {{file: '{file}', text: {each}}}}}" for each in texts or ("x",))
    agent = with_server(scripted(f"- call: [{calls}]\n- say: 'Then: {{{{ result }}}}'"))
    said = options or {"servers": {"tools": {"requires_approval": ["append"]}}}
    agent.metadata.annotations.update(annotation_of(said, {}))
    return agent


async def test_an_approved_call_is_made_and_not_before(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "notes"
    async with running(stage, appending(file)) as (execution_id, task):
        (question,) = await waits(stage, execution_id)
        status = status_of(stage, execution_id)
        (call,) = status.tool_calls
        assert (status.phase, call.status, call.started_at) == (
            ExecutionPhase.EXECUTION_IN_PROGRESS,
            PENDING,
            "",
        )
        assert status.messages[1].tool_calls[0] == call
        (shown,) = asked(call)
        assert (shown["state"], shown["kind"], shown["server"]) == ("waiting", "approval", "tools")
        assert question == call.id and not file.exists()
        answer(stage, execution_id, question, YES)
        await task
    status = status_of(stage, execution_id)
    assert (status.phase, status.messages[-1].content) == (COMPLETED, "Then: appended")
    assert file.read_text() == "x"
    (shown,) = asked(status.tool_calls[0])
    assert (shown["state"], shown["by"]) == ("accepted", "test")
    with pytest.raises(AnswerRefusedError):
        answer(stage, execution_id, question, NO)


async def test_a_denied_call_is_a_result_and_the_run_goes_on(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "notes"
    async with running(stage, appending(file)) as (execution_id, task):
        answer(stage, execution_id, (await waits(stage, execution_id))[0], NO)
        await task
    status = status_of(stage, execution_id)
    assert status.messages[-1].content == "Then: the user denied this call: not today"
    (call,) = status.tool_calls
    assert (call.status, call.error) == (
        ToolCallStatus.TOOL_CALL_FAILED,
        "the user denied this call: not today",
    )
    assert not file.exists()


async def test_who_answers_late_is_told_what_became_of_it(stage: Stage, tmp_path: Path) -> None:
    async with running(stage, appending(tmp_path / "a", "x", "y")) as (execution_id, _):
        first, _ = await waits(stage, execution_id, 2)
        answer(stage, execution_id, first, NO)
        with pytest.raises(AnswerRefusedError, match=r"waits no more: denied \(test\)"):
            answer(stage, execution_id, first, YES)
        with pytest.raises(AnswerRefusedError, match="asks nothing called call_nowhere"):
            answer(stage, execution_id, "call_nowhere", YES)


async def test_always_is_for_all_calls_of_the_tool_those_that_wait_as_well(
    stage: Stage, tmp_path: Path
) -> None:
    file = tmp_path / "notes"
    async with running(stage, appending(file, "x", "y")) as (execution_id, task):
        first, _ = await waits(stage, execution_id, 2)
        answer(stage, execution_id, first, Decided(action="accept", always=True))
        await task
    assert sorted(file.read_text()) == ["x", "y"]


async def test_a_question_outlives_the_backend_and_the_call_is_made_once(
    stage: Stage, tmp_path: Path
) -> None:
    file = tmp_path / "notes"
    agent = appending(file, "x", "y")
    async with running(stage, agent) as (execution_id, _):
        first, second = await waits(stage, execution_id, 2)
        answer(stage, execution_id, first, YES)
        await until(lambda: status_of(stage, execution_id).tool_calls[0].completed_at != "")
    assert [call.status for call in status_of(stage, execution_id).tool_calls] == [
        ToolCallStatus.TOOL_CALL_COMPLETED,
        PENDING,
    ]
    again = asyncio.create_task(stage.host.run(execution_id))  # as the next backend does
    assert await waits(stage, execution_id) == [second]
    answer(stage, execution_id, second, YES)
    await again
    status = status_of(stage, execution_id)
    assert status.phase == COMPLETED, status.error
    assert file.read_text() == "xy"
    assert [call.result for call in status.tool_calls] == ["appended", "appended"]
    assert [len(asked(call)) for call in status.tool_calls] == [1, 1]


async def test_an_answer_between_two_backends_is_kept_for_the_call(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "notes"
    async with running(stage, appending(file)) as (execution_id, _):
        (question,) = await waits(stage, execution_id)
    # The next backend knows the question before the agent asks again.
    (record,) = [
        each for each in stage.executions.records(execution_id) if type(each).__name__ == "QuestionSet"
    ]
    stage.executions.questions.remember(execution_id, {question: record})  # type: ignore[dict-item]
    answer(stage, execution_id, question, YES)
    assert not file.exists()
    await stage.host.run(execution_id)
    assert (status_of(stage, execution_id).phase, file.read_text()) == (COMPLETED, "x")


async def test_time_does_not_run_while_a_person_is_asked() -> None:
    sent: list[Message] = []
    asker = Asker("aex-1", sent.append)
    paused: list[str] = []

    def clock(name: str) -> Pausing:
        @contextmanager
        def pausing() -> Iterator[None]:
            paused.append(name)
            yield
            paused.remove(name)

        return pausing

    asker.pausing = clock("the agent's")
    with asker.counted_by("call_2", clock("a helper's")):
        both = [asyncio.create_task(asker.approve(call, {}, "{}")) for call in ("call_1", "call_2")]
        await until(lambda: len(sent) == 2)
        assert paused == ["the agent's", "a helper's"]
        asker.answered("call_1", asdict(YES))
        assert (await both[0], paused) == (YES, ["a helper's"])
        asker.answered("call_2", asdict(NO))
        assert (await both[1], paused) == (NO, [])


async def test_who_does_not_wait_any_more_takes_the_question_back() -> None:
    sent: list[Message] = []
    asking = asyncio.create_task(Asker("aex-1", sent.append).ask("form", "call_1", {"text": "Who?"}))
    await until(lambda: bool(sent))
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    assert sent[1] == {"type": "unask", "id": "aex-1", "question": sent[0]["question"]["id"]}


async def test_nobody_answers_in_time(stage: Stage, tmp_path: Path) -> None:
    agent = appending(tmp_path / "a", approval={"tools": True, "timeout": 0.1})
    execution = await stage.run(agent)
    assert execution.status.messages[-1].content == (
        "Then: the user denied this call: nobody answered within 0.1 s"
    )
    (shown,) = asked(execution.status.tool_calls[0])
    assert (shown["state"], shown["by"]) == ("declined", "time limit")


@pytest.mark.parametrize(
    ("otherwise", "approve", "phase", "said"),
    [
        ("wait", ["app*"], COMPLETED, "Then: appended"),
        ("deny", [], COMPLETED, "Then: the user denied this call: nobody is there to approve it"),
        ("fail", [], FAILED, "append needs an approval, and nobody is there to approve it"),
    ],
)
async def test_who_starts_it_decides_beforehand(
    stage: Stage, tmp_path: Path, otherwise: str, approve: list[str], phase: int, said: str
) -> None:
    rules = {"approval": json.dumps({"approve": approve, "otherwise": otherwise})}
    status = (await stage.run(appending(tmp_path / "a"), annotations=rules)).status
    assert status.phase == phase
    assert said in (status.error or status.messages[-1].content)


async def test_a_helper_asks_too_by_the_word_of_its_agent(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "notes"
    script = (
        "turns: [{call: {tool: clerk, args: {message: write it}}}, {say: '{{ result }}'}]\n"
        f"agents: {{clerk: [{{call: {{tool: append, args: {{file: '{file}', text: x}}}}}}, {{say: done}}]}}"
    )
    agent = with_server(scripted(script))
    agent.metadata.annotations.update(annotation_of({"approval": {"tools": True}}, {}))
    helper = agent.spec.sub_agents.add(name="clerk", instructions="write")
    helper.mcp_servers.append("tools")
    async with running(stage, agent) as (execution_id, task):
        (question,) = await waits(stage, execution_id)
        assert "/" in question and not file.exists()
        answer(stage, execution_id, question, YES)
        await task
    assert status_of(stage, execution_id).messages[-1].content == "done"
    assert file.read_text() == "x"


async def test_secrets_are_hidden_in_questions(stage: Stage, tmp_path: Path) -> None:
    agent = appending(tmp_path / "a", "hunter2hunter2")
    async with running(stage, agent, secrets={"PASSWORD": "hunter2hunter2"}) as (execution_id, _):
        await waits(stage, execution_id)
        assert "hunter2" not in str(status_of(stage, execution_id).tool_calls)
        assert "hunter2" not in str(stage.executions.records(execution_id))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"servers": {"tools": {"requires_approval": ["apend"]}}}, "has no tool apend (requires_approval)"),
        ({"servers": {"tools": {"requires_approval": "all"}}}, "must be true, or a list"),
        ({"approval": {"tools": ["apend"]}}, 'approval is required for "apend", which is no tool'),
    ],
)
async def test_a_name_that_protects_nothing_is_an_error(
    stage: Stage, tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    status = (await stage.run(appending(tmp_path / "a", **options))).status
    assert status.phase == FAILED and said in status.error
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("said", [True, {"tools": "x"}, {"tools": [1]}, {"timeout": 0}, {"timeout": "x"}])
def test_an_option_that_cannot_be_followed(said: object) -> None:
    with pytest.raises(BadApprovalError):
        ApprovalRules.of("clerk", {"approval": said})
