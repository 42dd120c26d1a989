"""A status is what was said, whatever the order of reading it."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stigmer_api.agentexecution_pb2 import AgentExecutionStatus, MessageType, SubAgentStatus, ToolCallStatus
from stigmer_api.values import from_struct
from stigmer_api.workflowexecution_pb2 import (
    ExecutionPhase,
    WorkflowExecutionStatus,
    WorkflowTaskStatus,
    WorkflowTaskType,
)
from stigmerd.executions.fold import Fold, Status, drop_partial, merge_status
from stigmerd.executions.records import (
    Began,
    Ended,
    MessageSet,
    QuestionSet,
    Record,
    SubAgentSet,
    TaskBegan,
    TaskEnded,
    TaskNoted,
    TodoSet,
    ToolCallSet,
)
from stigmerd.store.json import Json

# A busy machine is no bug.
calm = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])

S = TypeVar("S", WorkflowExecutionStatus, AgentExecutionStatus)

texts = st.text(max_size=5)
times = st.sampled_from(["t1", "t2", "t3"])
jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(texts, jsons, max_size=3)
keys = st.sampled_from(["a", "b", "loop[0]/a"])
kinds = st.sampled_from(["SET", "HTTP_CALL", "WAIT"])
ended = st.builds(
    Ended,
    phase=st.sampled_from(["COMPLETED", "FAILED", "CANCELLED"]),
    output=jsons,
    error=texts,
    at=times,
)
workflow_records = st.lists(
    st.one_of(
        st.builds(Began, at=times),
        st.builds(TaskBegan, key=keys, name=texts, kind=kinds, input=jsons, at=times),
        st.builds(TaskNoted, key=keys, metadata=objects),
        st.builds(
            TaskEnded,
            key=keys,
            name=texts,
            kind=kinds,
            state=st.sampled_from(["COMPLETED", "FAILED", "SKIPPED"]),
            output=jsons,
            error=texts,
            at=times,
        ),
        ended,
    ),
    max_size=12,
)
indices = st.integers(0, 3)
agent_records = st.lists(
    st.one_of(
        st.builds(Began, at=times),
        st.builds(
            MessageSet,
            index=indices,
            role=st.sampled_from(["HUMAN", "AI", "TOOL", "SYSTEM"]),
            content=texts,
            complete=st.booleans(),
            at=times,
            metadata=objects,
        ),
        st.builds(
            ToolCallSet,
            id=keys,
            message=st.integers(-1, 3),
            name=texts,
            args=objects,
            status=st.sampled_from(["PENDING", "RUNNING", "COMPLETED", "FAILED"]),
            result=texts,
            error=texts,
            started_at=times,
            completed_at=times,
        ),
        st.builds(
            SubAgentSet,
            id=keys,
            name=texts,
            input=texts,
            output=texts,
            status=st.sampled_from(["PENDING", "IN_PROGRESS", "COMPLETED", "FAILED"]),
            error=texts,
            started_at=times,
            completed_at=times,
            metadata=objects,
        ),
        st.builds(
            TodoSet,
            id=keys,
            content=texts,
            status=st.sampled_from(["PENDING", "IN_PROGRESS", "COMPLETED", "CANCELLED"]),
            at=times,
        ),
        ended,
    ),
    max_size=12,
)


def folded(status: S, records: list[Record]) -> S:
    whole = Fold(status)
    for record in records:
        whole.add(record)
    return status


def same(one: Status, other: Status) -> bool:
    return one.SerializeToString(deterministic=True) == other.SerializeToString(deterministic=True)


@calm
@given(workflow_records, st.data())
def test_a_workflow_can_be_put_down_and_taken_up_anywhere(records: list[Record], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(records)))
    stored = folded(WorkflowExecutionStatus(), records[:cut]).SerializeToString()
    taken_up = folded(WorkflowExecutionStatus.FromString(stored), records[cut:])
    assert same(taken_up, folded(WorkflowExecutionStatus(), records))


@calm
@given(agent_records, st.data())
def test_an_agent_can_be_put_down_and_taken_up_anywhere(records: list[Record], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(records)))
    stored = folded(AgentExecutionStatus(), records[:cut]).SerializeToString()
    taken_up = AgentExecutionStatus.FromString(stored)
    for record in records[cut:]:
        Fold(taken_up).add(record)
    assert same(taken_up, folded(AgentExecutionStatus(), records))


@calm
@given(agent_records)
def test_without_partial_messages_the_rest_is_unchanged(records: list[Record]) -> None:
    status = folded(AgentExecutionStatus(), records)
    whole = AgentExecutionStatus()
    whole.CopyFrom(status)
    drop_partial(whole)
    assert list(whole.messages) == list(status.messages)[: len(whole.messages)]
    assert list(whole.tool_calls) == list(status.tool_calls)
    assert all("partial" not in message.metadata.fields for message in whole.messages)
    rest = list(status.messages)[len(whole.messages) :]
    assert not rest or "partial" in rest[0].metadata.fields


def began(key: str = "a", kind: str = "SET", given: Json = None, at: str = "t1") -> TaskBegan:
    return TaskBegan(key=key, name=f"name of {key}", kind=kind, input=given, at=at)


def task_ended(key: str = "a", state: str = "COMPLETED", output: Json = None, error: str = "") -> TaskEnded:
    return TaskEnded(key=key, name=key, kind="SET", state=state, output=output, error=error, at="t2")


def message(index: int, content: str = "x", *, complete: bool = True, role: str = "AI") -> MessageSet:
    return MessageSet(index=index, role=role, content=content, complete=complete, at="t", metadata={})


def call(
    status: str = "RUNNING", *, message: int = 0, result: str = "", metadata: dict[str, Json] | None = None
) -> ToolCallSet:
    return ToolCallSet(
        id="call-1",
        message=message,
        name="read",
        args={"path": "x"},
        status=status,
        result=result,
        error="",
        started_at="t1",
        completed_at="",
        metadata=metadata or {},
    )


END = Ended(phase="COMPLETED", output={"x": 1}, error="", at="t9")


def test_facts_about_a_call_stand_beside_it() -> None:
    status = folded(AgentExecutionStatus(), [message(0), call(), call("COMPLETED", metadata={"diff": "+a"})])
    assert dict(status.tool_calls[0].component_metadata.metadata) == {"diff": "+a"}
    assert dict(status.messages[0].tool_calls[0].component_metadata.metadata) == {"diff": "+a"}
    assert not folded(AgentExecutionStatus(), [call()]).tool_calls[0].HasField("component_metadata")


def test_the_life_of_a_workflow() -> None:
    status = folded(WorkflowExecutionStatus(), [Began(at="t0"), began(given={"n": 1}), began("b", "WAIT")])
    assert status.phase == ExecutionPhase.EXECUTION_IN_PROGRESS
    assert [task.status for task in status.tasks] == [WorkflowTaskStatus.WORKFLOW_TASK_IN_PROGRESS] * 2
    assert (status.tasks[0].task_id, status.tasks[0].task_name) == ("a", "name of a")
    assert dict(status.tasks[0].input) == {"n": 1}
    Fold(status).add(TaskNoted(key="b", metadata={"attempt": 2}))
    Fold(status).add(TaskNoted(key="nobody", metadata={"attempt": 2}))
    Fold(status).add(task_ended("b", "FAILED", error="no"))
    Fold(status).add(task_ended("a", output={"y": [1]}))
    Fold(status).add(task_ended("c", "SKIPPED"))
    Fold(status).add(END)
    assert [(task.task_id, task.status, task.error) for task in status.tasks] == [
        ("a", WorkflowTaskStatus.WORKFLOW_TASK_COMPLETED, ""),
        ("b", WorkflowTaskStatus.WORKFLOW_TASK_FAILED, "no"),
        ("c", WorkflowTaskStatus.WORKFLOW_TASK_SKIPPED, ""),
    ]
    assert dict(status.tasks[1].metadata) == {"kind": "WAIT", "attempt": 2}
    assert (status.phase, status.started_at, status.completed_at) == (
        ExecutionPhase.EXECUTION_COMPLETED,
        "t0",
        "t9",
    )
    assert dict(status.output) == {"x": 1}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("AGENT_CALL", "AGENT_INVOCATION"),
        ("HTTP_CALL", "API_CALL"),
        ("GRPC_CALL", "API_CALL"),
        ("SWITCH", "CONDITIONAL"),
        ("FORK", "PARALLEL"),
        ("SET", "TRANSFORM"),
        ("FOR", "CUSTOM"),
        ("LISTEN", "CUSTOM"),
    ],
)
def test_the_kind_of_a_task(kind: str, expected: str) -> None:
    task = folded(WorkflowExecutionStatus(), [began(kind=kind)]).tasks[0]
    assert WorkflowTaskType.Name(task.task_type) == f"WORKFLOW_TASK_{expected}"
    assert task.metadata["kind"] == kind


def test_a_task_that_starts_again_forgets_its_first_end() -> None:
    status = folded(
        WorkflowExecutionStatus(), [began(), task_ended(output={"x": 1}, error="e"), began(at="t5")]
    )
    (task,) = status.tasks
    assert task.status == WorkflowTaskStatus.WORKFLOW_TASK_IN_PROGRESS
    assert (task.started_at, task.completed_at, task.error, task.HasField("output")) == ("t1", "", "", False)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (5, {"value": 5}),
        ([1, "a"], {"value": [1, "a"]}),
        ("text", {"value": "text"}),
        (False, {"value": False}),
        ({}, {}),
        ({"a": None}, {"a": None}),
        ({"n": 10**400}, {"n": str(10**400)}),
        ({"n": float("inf")}, {"n": "inf"}),
    ],
)
def test_any_output_fits_into_an_object(output: Json, expected: Json) -> None:
    status = folded(WorkflowExecutionStatus(), [task_ended(output=output)])
    task = WorkflowExecutionStatus.FromString(status.SerializeToString()).tasks[0]
    assert task.HasField("output")
    assert {
        key: list(item) if isinstance(expected[key], list) else item for key, item in task.output.items()
    } == expected


def test_no_output_is_no_object() -> None:
    status = folded(
        WorkflowExecutionStatus(),
        [began(), task_ended(), Ended(phase="COMPLETED", output=None, error="", at="t")],
    )
    assert not status.tasks[0].HasField("output") and not status.HasField("output")


def test_a_very_deep_output_survives_the_wire() -> None:
    deep: Json = "bottom"
    for _ in range(200):
        deep = {"x": [deep]}
    status = folded(WorkflowExecutionStatus(), [task_ended(output=deep)])
    assert "bottom" in str(WorkflowExecutionStatus.FromString(status.SerializeToString()))


def test_nothing_runs_after_the_end() -> None:
    status = folded(WorkflowExecutionStatus(), [Began(at="t0"), began(), END])
    assert status.tasks[0].status == WorkflowTaskStatus.WORKFLOW_TASK_FAILED
    assert (status.tasks[0].error, status.tasks[0].completed_at) == ("the execution ended first", "t9")
    sub = SubAgentSet(
        id="s",
        name="s",
        input="",
        output="",
        status="IN_PROGRESS",
        error="",
        started_at="",
        completed_at="",
        metadata={},
    )
    agent = folded(AgentExecutionStatus(), [message(0, complete=False), call(), sub, END])
    assert agent.tool_calls[0].status == ToolCallStatus.TOOL_CALL_FAILED
    assert agent.messages[0].tool_calls[0] == agent.tool_calls[0]
    assert agent.sub_agent_executions[0].status == SubAgentStatus.SUB_AGENT_FAILED
    drop_partial(agent)
    assert len(agent.messages) == 1


def test_a_tool_call_is_in_the_list_and_in_its_message() -> None:
    status = folded(AgentExecutionStatus(), [message(0, role="HUMAN"), message(1), call(message=1)])
    Fold(status).add(call("COMPLETED", message=1, result="text"))
    assert [one.result for one in status.tool_calls] == ["text"]
    assert [one.result for one in status.messages[1].tool_calls] == ["text"]
    assert len(status.messages[0].tool_calls) == 0


def test_a_message_that_is_set_again_keeps_its_tool_calls() -> None:
    status = folded(
        AgentExecutionStatus(),
        [call(), message(0, "let me see", complete=False), message(0, "let me see it")],
    )
    assert status.messages[0].content == "let me see it"
    assert status.messages[0].type == MessageType.MESSAGE_AI
    assert len(status.messages[0].tool_calls) == 1


def test_partial_messages_hide_those_after_them() -> None:
    """A client that prints what the list grows by never sees one that appears between two others."""
    status = folded(
        AgentExecutionStatus(), [message(0), message(1, complete=False), message(2), call(message=1)]
    )
    drop_partial(status)
    assert len(status.messages) == 1
    assert len(status.tool_calls) == 1


@pytest.mark.parametrize(
    ("record", "error"),
    [
        (Ended(phase="DONE", output=None, error="", at=""), ValueError),
        (message(-1), ValueError),
        (message(0, role="CAT"), ValueError),
        (began(), TypeError),
    ],
)
def test_what_no_agent_says_is_an_error(record: Record, error: type[Exception]) -> None:
    with pytest.raises(error):
        Fold(AgentExecutionStatus()).add(record)


def test_a_report_of_tasks_is_merged_by_id() -> None:
    status = folded(WorkflowExecutionStatus(), [Began(at="t0"), began("a"), began("b")])
    news = WorkflowExecutionStatus(error="e", temporal_workflow_id="t")
    news.tasks.add(task_id="b", status="WORKFLOW_TASK_COMPLETED")
    news.tasks.add(task_id="c", status="WORKFLOW_TASK_IN_PROGRESS")
    merge_status(status, news)
    assert [(task.task_id, task.status) for task in status.tasks] == [("a", 2), ("b", 3), ("c", 2)]
    assert (status.phase, status.started_at, status.error, status.temporal_workflow_id) == (2, "t0", "e", "t")
    merge_status(status, WorkflowExecutionStatus(phase="EXECUTION_COMPLETED", completed_at="t9"))
    assert (status.phase, status.completed_at, status.error, len(status.tasks)) == (3, "t9", "e", 3)


def test_a_report_of_messages_replaces_them() -> None:
    status = folded(AgentExecutionStatus(), [Began(at="t0"), message(0), message(1), call()])
    news = AgentExecutionStatus()
    news.messages.add(content="only")
    news.todos["x"].content = "todo"
    merge_status(status, news)
    assert [one.content for one in status.messages] == ["only"]
    assert status.todos["x"].content == "todo"
    assert len(status.tool_calls) == 1
    with pytest.raises(TypeError):
        merge_status(status, WorkflowExecutionStatus())


def test_a_question_is_kept_with_its_call_and_ends_with_the_execution() -> None:
    status = AgentExecutionStatus()
    fold = Fold(status)
    call = ToolCallSet(
        id="c1",
        message=0,
        name="delete",
        args={},
        status="PENDING",
        result="",
        error="",
        started_at="",
        completed_at="",
    )
    asked = QuestionSet(
        id="c1",
        call="c1",
        kind="approval",
        input={"tool": "delete"},
        state="WAITING",
        output={},
        asked_at="t1",
        answered_at="",
    )
    for record in (call, asked, replace(asked, id="c1#1", kind="form"), replace(asked, state="ACCEPTED")):
        fold.add(record)
    fold.add(replace(call, status="RUNNING", metadata={"diff": "+x"}))
    assert states(status) == {"c1": "accepted", "c1#1": "waiting"}
    fold.add(Ended(phase="CANCELLED", output=None, error="", at="t9"))
    assert states(status) == {"c1": "accepted", "c1#1": "ended"}
    with pytest.raises(ValueError, match="there is no call c2"):
        fold.add(replace(asked, call="c2"))


def states(status: AgentExecutionStatus) -> dict[str, str]:
    facts = from_struct(status.tool_calls[0].component_metadata.metadata)
    assert facts["diff"] == "+x"
    assert status.messages[0].tool_calls[0].component_metadata == status.tool_calls[0].component_metadata
    return {each["id"]: each["state"] for each in facts["questions"]}
