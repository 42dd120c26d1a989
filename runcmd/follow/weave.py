"""News of an execution's status and what it told meanwhile, in one order: that in which it happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runcmd.events import (
    CallState,
    Event,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    PhaseChanged,
    SubAgentChanged,
    TaskFinished,
    TaskStarted,
    ThinkingGrew,
    ToolCallChanged,
)
from runcmd.follow.told_events import told_events
from runcmd.follow.view import View
from runcmd.times import moment

if TYPE_CHECKING:
    from stigmer_api.devloop_pb2 import Note

START, END = (each.replace(tzinfo=UTC) for each in (datetime.min, datetime.max))
Timed = tuple[datetime, Event]


def woven(news: Sequence[Event], notes: Iterable[Note], view: View) -> tuple[Event, ...]:
    """By the backend's clock; what has no time of its own stays behind what it followed."""
    told = [(moment(note.at) or START, event) for note in notes for event in told_events(note)]
    return tuple(_merged(_timed(news, view, told), told)) if told else tuple(news)


def _timed(news: Sequence[Event], view: View, told: Sequence[Timed]) -> Iterator[Timed]:
    """A message's time is that of its request: what was thought comes before what was said."""
    thought = {event.index: at for at, event in told if isinstance(event, ThinkingGrew) and not event.call}
    last = START
    for event in news:
        last = max(last, _time(event, view) or START)
        if isinstance(event, MessageStarted | MessageGrew | MessageReplaced):
            last = max(last, thought.get(event.index, START))
        yield last, event


def _time(event: Event, view: View) -> datetime | None:
    match event:
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
