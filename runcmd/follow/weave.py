"""News of an execution's status and what it told meanwhile, in one order: that in which it happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from runcmd.events import (
    CallState,
    Event,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    ModelAsked,
    Nested,
    PhaseChanged,
    Requested,
    SubAgentChanged,
    TaskFinished,
    TaskStarted,
    ThinkingGrew,
    Told,
    ToolCallChanged,
    TurnFinished,
    Warned,
)
from runcmd.follow.conversation import nested_sub_agent, within
from runcmd.follow.view import View
from runcmd.times import moment

START, END = (each.replace(tzinfo=UTC) for each in (datetime.min, datetime.max))
Timed = tuple[datetime, Event]


def woven(
    news: Sequence[Event], notes: Iterable[tuple[str, Told | Warned | Requested]], view: View
) -> tuple[Event, ...]:
    """By the backend's clock; what has no time of its own stays behind what it followed.

    Args:
        notes: what was told, each with its time.
    """
    told = sorted(
        ((moment(at) or START, _at_its_place(event, view)) for at, event in notes), key=lambda each: each[0]
    )
    return tuple(_merged(_timed(news, view, told), told)) if told else tuple(news)


def _timed(news: Sequence[Event], view: View, told: Sequence[Timed]) -> Iterator[Timed]:
    """A message's time is that of its request: what was thought comes before what was said."""
    thought = {
        (event.call, event.index): at
        for at, each in told
        if isinstance(event := _inner(each), ThinkingGrew | ModelAsked)
    }
    last = START
    for each in news:
        last = max(last, _time(each, view) or START)
        event = _inner(each)
        if isinstance(event, MessageStarted | MessageGrew | MessageReplaced):
            call = each.nested.origin if isinstance(each, Nested) else ""
            last = max(last, thought.get((call, event.index), START))
        yield last, each


def _at_its_place(event: Told | Warned | Requested, view: View) -> Event:
    """What a sub-agent thinks, and its turns, are its own, as soon as it has begun to speak."""
    call = event.call if isinstance(event, ThinkingGrew | TurnFinished | Requested) else ""
    sub = view.sub_agents.get(call)
    return within(nested_sub_agent(view.execution, call, sub), event) if sub and sub.messages else event


def _inner(event: Event) -> Event:
    return event.event if isinstance(event, Nested) else event


def _time(event: Event, view: View) -> datetime | None:
    match event:
        case Nested():
            return _time_in_sub_agent(event, view)
        case PhaseChanged():
            return END if event.phase.terminal else moment(view.started_at)
        case MessageStarted() if event.index >= 0:
            return moment(view.messages[event.index].at)
        case TaskStarted():
            return moment(view.tasks[event.task].started_at)
        case TaskFinished():
            return moment(view.tasks[event.task].completed_at)
        case ToolCallChanged() | SubAgentChanged():
            calls = view.calls if isinstance(event, ToolCallChanged) else view.sub_agents
            call = calls[event.call]
            ended = event.state in (CallState.COMPLETED, CallState.FAILED)
            return moment(call.completed_at if ended else call.started_at)
        case _:
            return None


def _time_in_sub_agent(event: Nested, view: View) -> datetime | None:
    sub = view.sub_agents[event.nested.origin]
    match event.event:
        case PhaseChanged(phase=phase) if phase.terminal:
            return moment(sub.completed_at)
        case MessageStarted(index=index):
            return moment(sub.messages[index].at)
        case ToolCallChanged() as call:
            return _time(call, view)
        case _:
            return None


def _merged(news: Iterable[Timed], told: Sequence[Timed]) -> Iterator[Event]:
    rest = iter(told)
    note = next(rest, None)
    for at, event in news:
        while note is not None and note[0] <= at:
            yield note[1]
            note = next(rest, None)
        yield event
    while note is not None:
        yield note[1]
        note = next(rest, None)
