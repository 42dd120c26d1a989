"""What happened between two views of an execution?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from runcmd.events import (
    Event,
    Phase,
    PhaseChanged,
    TargetKind,
    TaskFinished,
    TaskNoted,
    TaskStarted,
    TaskState,
    TodoChanged,
)
from runcmd.follow.conversation import conversation
from runcmd.follow.view import ENDED, TaskView, View, progress
from runcmd.times import moment, seconds_between

UNKNOWN = datetime.max.replace(tzinfo=UTC)


def news(before: View, after: View) -> tuple[Event, ...]:
    """All of it, in an order that makes sense to a reader."""
    return tuple(_news(before, after))


def _news(before: View, after: View) -> Iterator[Event]:
    moved = after.phase is not None and after.phase is not before.phase
    if moved and not after.ended:
        yield _phase(after)
    if after.kind is TargetKind.AGENT:
        yield from conversation(before, after)
        yield from _todos(before, after)
    yield from _tasks(before, after)
    if moved and after.ended:
        yield _phase(after)


def _phase(view: View) -> PhaseChanged:
    assert view.phase is not None
    why = view.error if view.phase in (Phase.FAILED, Phase.CANCELLED) else ""
    return PhaseChanged(execution=view.execution, phase=view.phase, error=why)


def _todos(before: View, after: View) -> Iterator[Event]:
    for key, todo in after.todos.items():
        if before.todos.get(key) != todo:
            yield TodoChanged(todo=key, content=todo.content, state=todo.state)


def _tasks(before: View, after: View) -> Iterator[Event]:
    """By the backend's clock: a loop stands before its rounds in the list, and ends after them."""
    timed = [
        each
        for key, task in after.tasks.items()
        if task is not before.tasks.get(key)
        for each in _task(key, before.tasks.get(key), task)
    ]
    yield from (event for _, event in sorted(timed, key=lambda each: each[0]))


def _task(key: str, old: TaskView | None, task: TaskView) -> Iterator[tuple[datetime, Event]]:
    end = moment(task.completed_at) or UNKNOWN
    start = moment(task.started_at) or end
    began = old is not None and progress(old.state) > 0
    if task.kept_from and progress(task.state) < ENDED:
        return  # half of what is said of it: it comes whole
    if not began and not task.kept_from and task.state not in (TaskState.PENDING, TaskState.SKIPPED):
        yield start, TaskStarted(task=key, name=task.name, kind=task.kind, parts=task.parts)
    for note in task.notes:
        if old is None or note not in old.notes:
            yield start, TaskNoted(task=key, name=task.name, text=note)
    if progress(task.state) == ENDED and (old is None or progress(old.state) < ENDED):
        yield (
            max(start, end),
            TaskFinished(
                task=key,
                name=task.name,
                kind=task.kind,
                state=task.state,
                seconds=seconds_between(task.started_at, task.completed_at),
                error=task.error,
                kept_from=task.kept_from,
            ),
        )
