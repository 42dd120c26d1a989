"""What is asked, and what came of it, told once each and in its order."""

from __future__ import annotations

from typing import Any

from runcmd.events import Event, QuestionAnswered, QuestionAsked, TargetKind, ToolCallChanged
from runcmd.follow.news import news
from runcmd.follow.view import View, merge
from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.facts import QUESTIONS
from tests.support.weak_server import AEX

PENDING, RUNNING, COMPLETED = 1, 2, 3


def snapshot(state: int, *questions: dict[str, Any]) -> AgentExecution:
    execution = AgentExecution()
    execution.metadata.id = AEX
    execution.status.phase = 2  # type: ignore[assignment]
    call = execution.status.tool_calls.add(id="call_1", name="delete", status=state)  # type: ignore[arg-type]
    call.args.update({"path": "a"})
    if questions:
        call.component_metadata.metadata.update({QUESTIONS: list(questions)})
    return execution


def question(state: str, **more: Any) -> dict[str, Any]:
    known = {"id": "call_1", "kind": "approval", "state": state, "fingerprint": "f", "tool": "delete"}
    return {**known, "server": "files", "diff": "+x", "schema": {"a": 1}, **more}


def told(*snapshots: AgentExecution) -> list[Event]:
    view = View(execution=AEX, kind=TargetKind.AGENT)
    events: list[Event] = []
    for each in snapshots:
        after = merge(view, each)
        events += news(view, after)
        view = after
    kinds = ToolCallChanged | QuestionAsked | QuestionAnswered
    return [each for each in events if isinstance(each, kinds)]


def names(events: list[Event]) -> list[str]:
    return [type(each).__name__ for each in events]


def test_a_question_stands_below_its_call_and_above_what_came_of_it() -> None:
    asked, answered = question("waiting"), question("accepted", by="executions approve", reason="fine")
    events = told(
        snapshot(PENDING), snapshot(PENDING, asked), snapshot(PENDING, asked), snapshot(RUNNING, answered)
    )
    assert names(events) == ["ToolCallChanged", "QuestionAsked", "QuestionAnswered", "ToolCallChanged"]
    assert events[1] == QuestionAsked(
        question="call_1",
        execution=AEX,
        call="call_1",
        kind="approval",
        tool="delete",
        arguments='{"path": "a"}',
        server="files",
        text="",
        diff="+x",
        url="",
        details='{"schema": {"a": 1}}',
        fingerprint="f",
        hint=f"stigmer executions approve {AEX} call_1",
    )
    assert isinstance(events[2], QuestionAnswered)
    assert (events[2].state, events[2].by, events[2].reason) == ("accepted", "executions approve", "fine")


def test_of_an_execution_that_is_seen_late_both_are_told() -> None:
    events = told(snapshot(COMPLETED, question("accepted")))
    assert names(events) == ["QuestionAsked", "QuestionAnswered", "ToolCallChanged"]


def test_another_question_under_the_same_id_is_told_as_one() -> None:
    events = told(
        snapshot(PENDING, question("waiting")), snapshot(PENDING, question("waiting", fingerprint="g"))
    )
    assert names(events) == ["ToolCallChanged", "QuestionAsked", "QuestionAsked"]


def test_what_others_write_there_is_no_question() -> None:
    execution = snapshot(PENDING)
    execution.status.tool_calls[0].component_metadata.metadata.update({QUESTIONS: "none"})
    assert names(told(execution)) == ["ToolCallChanged"]
