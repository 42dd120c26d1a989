"""What happened between two views of an execution?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from runcmd.events import (
    Event,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    PhaseChanged,
    Role,
    SubAgentChanged,
    TargetKind,
    TaskFinished,
    TaskNoted,
    TaskStarted,
    TaskState,
    TodoChanged,
    ToolCallChanged,
)
from runcmd.follow.view import ENDED, TaskView, View, progress
from runcmd.times import moment, seconds_between

UNKNOWN = datetime.max.replace(tzinfo=UTC)
PROMPT_INDEX = -1  # the user's message, where the server does not list it


def news(before: View, after: View) -> tuple[Event, ...]:
    """All of it, in an order that makes sense to a reader."""
    return tuple(_news(before, after))


def _news(before: View, after: View) -> Iterator[Event]:
    moved = after.phase is not None and after.phase is not before.phase
    if moved and not after.ended:
        yield _phase(after)
    if after.kind is TargetKind.AGENT:
        yield from _conversation(before, after)
        yield from _todos(before, after)
    yield from _tasks(before, after)
    if moved and after.ended:
        yield _phase(after)


def _phase(view: View) -> PhaseChanged:
    assert view.phase is not None
    return PhaseChanged(execution=view.execution, phase=view.phase)


def _conversation(before: View, after: View) -> Iterator[Event]:
    unlisted = bool(after.prompt) and not before.messages and bool(after.messages)
    if unlisted and after.messages[0].role is not Role.HUMAN:
        yield MessageStarted(index=PROMPT_INDEX, role=Role.HUMAN, text=after.prompt)
    shown: set[str] = set()
    for index, message in enumerate(after.messages):
        old = before.messages[index] if index < len(before.messages) else None
        if old is None:
            yield MessageStarted(index=index, role=message.role, text=message.text)
        elif old.role is not message.role or not message.text.startswith(old.text):
            yield MessageReplaced(index=index, role=message.role, text=message.text)
        elif message.text != old.text:
            yield MessageGrew(index=index, role=message.role, more=message.text[len(old.text) :])
        for call in message.calls:
            if call not in shown:
                shown.add(call)
                yield from _tool_call(before, after, call)
    for call in after.calls:
        if call not in shown:
            yield from _tool_call(before, after, call)
    for key, sub in after.sub_agents.items():
        seen = before.sub_agents.get(key)
        if seen is None or seen.state is not sub.state:
            yield SubAgentChanged(
                call=key,
                name=sub.name,
                state=sub.state,
                input=sub.arguments,
                output=sub.result,
                error=sub.error,
                seconds=seconds_between(sub.started_at, sub.completed_at),
            )


def _tool_call(before: View, after: View, key: str) -> Iterator[Event]:
    call, seen = after.calls.get(key), before.calls.get(key)
    if call is not None and (seen is None or seen.state is not call.state):
        yield ToolCallChanged(
            call=key,
            name=call.name,
            state=call.state,
            arguments=call.arguments,
            result=call.result,
            error=call.error,
            seconds=seconds_between(call.started_at, call.completed_at),
        )


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
    if not began and task.state not in (TaskState.PENDING, TaskState.SKIPPED):
        yield start, TaskStarted(task=key, name=task.name, kind=task.kind)
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
            ),
        )
