"""What a backend told, as events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, assert_never

from runcmd.events import (
    NotesDropped,
    Printed,
    Source,
    ThinkingGrew,
    Told,
    TurnFinished,
    Usage,
    WaitEnded,
    Waits,
    Warned,
)

if TYPE_CHECKING:
    from stigmer_api.devloop_pb2 import Note, Print, TokenUsage

SOURCES = {source.value: source for source in Source}


def told_events(note: Note) -> Iterator[Told | Warned]:
    """One for each line that was printed. A kind of note that this version does not know is none."""
    match note.WhichOneof("about"):
        case "thinking":
            thought = note.thinking
            yield ThinkingGrew(index=thought.message, more=thought.more, call=thought.call)
        case "turn":
            turn = note.turn
            yield TurnFinished(
                index=turn.message,
                model=turn.model,
                address=turn.address,
                usage=usage_of(turn.usage),
                finish_reason=turn.finish_reason,
                seconds=turn.seconds,
                call=turn.call,
            )
        case "wait":
            wait = note.wait
            seconds = wait.seconds if wait.HasField("seconds") else None
            yield Waits(on=wait.on, text=wait.text, hint=wait.hint, task=wait.task, seconds=seconds)
        case "wait_over":
            yield WaitEnded(on=note.wait_over.on, task=note.wait_over.task)
        case "print":
            yield from _lines(note.print)
        case "warned":
            yield Warned(text=note.warned.text, hint=note.warned.hint)
        case "gone":
            yield NotesDropped(count=note.gone.notes, bytes=note.gone.bytes)
        case "asked" | "http" | None:  # the first two are among the requests
            return
        case other:
            assert_never(other)


def events_of(notes: Iterable[Note]) -> list[tuple[str, Told | Warned]]:
    """Each with the time when it was told."""
    return [(note.at, event) for note in notes for event in told_events(note)]


def usage_of(usage: TokenUsage) -> Usage:
    return Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_tokens=usage.cached_tokens,
        cost_usd=usage.cost_usd if usage.HasField("cost_usd") else None,
    )


def _lines(printed: Print) -> Iterator[Printed]:
    source = SOURCES.get(printed.source, Source.ACTIVITY)
    for line in printed.text.split("\n"):
        yield Printed(
            source=source,
            name=printed.name,
            stream=printed.stream,
            text=line,
            task=printed.task,
            call=printed.call,
        )
