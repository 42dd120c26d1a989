"""Past executions, as a table or for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from devloop.render.jsonl import plain_value
from devloop.render.output import Output
from devloop.render.table import show_table
from devloop.render.words import duration, state_word
from devloop.terminal.stream import Terminal
from runcmd.history.past import PastExecution

HEAD = ("ID", "TYPE", "NAME", "PHASE", "STARTED", "DURATION")


def show_history(out: Terminal, output: Output, executions: Sequence[PastExecution], now: datetime) -> None:
    """`now` is the moment from which ages are counted."""
    match output:
        case Output.JSON:
            for past in executions:
                out.record(json.dumps(plain_value(past)))
        case Output.QUIET:
            for past in executions:
                out.line(past.execution)
        case Output.AUTO | Output.LIVE | Output.PLAIN:
            rows = [_row(past, now) for past in executions]
            if rows:
                show_table(out, [HEAD, *rows])
            else:
                out.line("Nothing has run yet.")


def _row(past: PastExecution, now: datetime) -> tuple[str, ...]:
    taken = "" if past.seconds is None else duration(past.seconds)
    phase = state_word(past.phase.value)
    return past.execution, past.kind.title, past.target, phase, age(past.started_at, now), taken


def age(moment: str, now: datetime) -> str:
    """`3m ago`; empty if the moment cannot be read."""
    try:
        seconds = (now - datetime.fromisoformat(moment)).total_seconds()
    except (ValueError, TypeError):
        return ""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size:.0f}{unit} ago"
    return "just now"
