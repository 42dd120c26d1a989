"""What a backend tells beyond the status of an execution, as lines of the plain form."""

from __future__ import annotations

from typing import assert_never

from devloop.render.words import cost, duration, label_of_tokens, one_line
from devloop.terminal.stream import Style, Terminal
from devloop.terminal.visible import visible
from runcmd.told import NotesDropped, Printed, TurnFinished, WaitEnded, Waits

Line = TurnFinished | Waits | WaitEnded | Printed | NotesDropped

AGAIN = frozenset({"model", "retry"})  # what is waited for before another try
USUAL = frozenset({"", "stop", "tool_call"})  # reasons why an answer ends; others mean that it is not whole


def told_line(out: Terminal, event: Line) -> None:
    """Dim lines below what they belong to; the end of a wait shows in what follows."""
    match event:
        case TurnFinished():
            out.line(f"   {_turn(event)}", Style.DIM)
        case Waits():
            task = f"   {visible(event.task)}: " if event.task else ""
            out.line(f"{task}{out.icon('⏳')}{_wait(event)}", Style.DIM)
            if event.hint:
                out.line(f"   {'   ' if task else ''}{event.hint}")
        case WaitEnded():
            pass
        case Printed():
            out.line(f"   {_printer(event)}: {event.text}", Style.DIM)
        case NotesDropped():
            kilobytes = f"{max(1, round(event.bytes / 1000)):,} kB"
            out.line(f"   the oldest of what it told is not kept: {kilobytes} are gone", Style.DIM)
        case _:
            assert_never(event)


def _printer(event: Printed) -> str:
    """A task and the activity that it calls; a server of an agent."""
    if event.task.rpartition("/")[2] in ("", event.name):
        return event.task or event.name
    return f"{event.task} ({event.name})"


def _turn(event: TurnFinished) -> str:
    where = f" at {event.address}" if event.address else ""
    parts = [
        f"{event.model}{where}",
        label_of_tokens(event.usage),
        cost(event.usage),
        duration(event.seconds),
    ]
    if event.finish_reason not in USUAL:
        parts.append(f"it stopped: {event.finish_reason.replace('_', ' ')}")
    return ", ".join(part for part in parts if part)


def _wait(event: Waits) -> str:
    if event.seconds is None:
        return one_line(event.text)
    again = ", again in " if event.on in AGAIN else " "
    return f"{one_line(event.text)}{again}{duration(event.seconds)}"
