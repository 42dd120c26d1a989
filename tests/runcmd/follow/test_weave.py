"""What an execution told stands where it happened, also in a batch that has all of it."""

from __future__ import annotations

from typing import Any

from runcmd.backend.messages import Execution
from runcmd.events import TargetKind, TaskNoted
from runcmd.follow.news import news
from runcmd.follow.told_events import events_of
from runcmd.follow.view import View, merge
from runcmd.follow.weave import woven
from stigmer_api.devloop_pb2 import Note
from tests.support.weak_server import COMPLETED, IN_PROGRESS, WEX, agent_execution, workflow_execution


def at(second: float) -> str:
    return f"2030-01-01T00:00:{second:09.6f}Z"


def note(second: float, about: str, **fields: Any) -> Note:
    found = Note(at=at(second))
    for name, value in fields.items():
        setattr(getattr(found, about), name, value)
    return found


def names(snapshot: Execution, notes: list[Note], kind: TargetKind = TargetKind.WORKFLOW) -> list[str]:
    before = View(execution=snapshot.metadata.id, kind=kind)
    after = merge(before, snapshot)
    return [type(event).__name__ for event in woven(news(before, after), events_of(notes), after)]


def test_lines_stand_between_the_start_and_the_end_of_their_task() -> None:
    snapshot = workflow_execution(COMPLETED, ("one", 3), ("two", 3))
    for number, task in enumerate(snapshot.status.tasks):
        task.started_at, task.completed_at = at(10 * number), at(10 * number + 5)
    notes = [note(1, "print", text="a\nb"), note(11, "print", text="c"), note(12, "wait", on="x")]
    assert names(snapshot, notes) == [
        "TaskStarted",
        "Printed",
        "Printed",
        "TaskFinished",
        "TaskStarted",
        "Printed",
        "Waits",
        "TaskFinished",
        "PhaseChanged",
    ]


def test_what_was_thought_stands_before_what_was_said() -> None:
    snapshot = agent_execution(COMPLETED, (1, "hello"), (2, "one"), (2, "two"))
    for number, message in enumerate(snapshot.status.messages):
        message.timestamp = at(10 * number)
    notes = [
        note(11, "thinking", message=1, more="hm"),
        note(12, "turn", message=1),
        note(21, "thinking", message=2, more="so"),
        note(22, "turn", message=2),
    ]
    assert names(snapshot, notes, TargetKind.AGENT) == [
        "MessageStarted",
        "ThinkingGrew",
        "MessageStarted",
        "TurnFinished",
        "ThinkingGrew",
        "MessageStarted",
        "TurnFinished",
        "PhaseChanged",
    ]


def test_a_note_of_a_kind_that_is_not_known_is_none() -> None:
    assert names(workflow_execution(IN_PROGRESS), [Note(number=1, at=at(1))]) == ["PhaseChanged"]


def test_another_try_is_said_once() -> None:
    snapshot = workflow_execution(IN_PROGRESS, ("fetch", 2))
    snapshot.status.tasks[0].metadata.update({"attempt": 1, "retry_in": 1.5, "last_error": "503"})
    for tells in (False, True):
        before = View(execution=WEX, kind=TargetKind.WORKFLOW, tells=tells)
        found = news(before, merge(before, snapshot))
        assert any(isinstance(event, TaskNoted) for event in found) is not tells
