"""Past executions, as a table or for programs: what another one started is shown below it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from devloop.render.jsonl import plain_value
from devloop.render.output import Output
from devloop.render.table import in_columns, paragraphs
from devloop.render.words import duration, state_word
from devloop.terminal.cells import cells, squeezed
from devloop.terminal.stream import Style, Terminal, columns_of
from devloop.terminal.visible import safe_json, visible
from runcmd.events import Phase
from runcmd.history.past import PastExecution
from runcmd.times import seconds_between

HEAD = ("ID", "TYPE", "NAME", "PHASE", "STARTED", "DURATION")
TYPE, NAME = 1, 2
LEAST_NAME = 16  # columns
STYLES = {Phase.FAILED: Style.BAD, Phase.CANCELLED: Style.WARN}


class HistoryScreen:
    """Shows a list of executions in the form that was asked for.

    Args:
        now: from it ages are counted.
        filtered: not all were asked for.
        folded: of what others started, only how many.
    """

    def __init__(
        self, out: Terminal, output: Output, now: datetime, *, filtered: bool = False, folded: bool = True
    ) -> None:
        self._out = out
        self._output = output
        self._now = now
        self._filtered = filtered
        self._folded = folded

    def record(self, past: PastExecution) -> None:
        """One, as an object of its own on a line."""
        text = json.dumps(plain_value(past), ensure_ascii=not self._out.encoding.startswith("utf"))
        self._out.record(safe_json(text))

    def show(self, found: Sequence[PastExecution], *, more: bool = False) -> None:
        """Newest first; `more`: there are older ones."""
        tree = list(_tree(found))
        match self._output:
            case Output.JSON:
                for past, _ in tree:
                    self.record(past)
            case Output.QUIET:
                for past, _ in tree:
                    self._out.line(past.execution)
            case Output.AUTO | Output.LIVE | Output.PLAIN:
                self._table(tree, more=more)

    def _table(self, tree: Sequence[tuple[PastExecution, int]], *, more: bool) -> None:
        if not tree:
            self._out.line("No execution is like that." if self._filtered else "Nothing has run yet.")
            return
        rows = [self._row(past, depth) for past, depth in tree]
        lines = fitting([HEAD, *rows], columns_of(self._out))
        self._lines(lines[0], None)
        shown = {past.execution for past, _ in tree}
        for (past, depth), block in zip(tree, lines[1:], strict=True):
            self._lines(block, STYLES.get(past.phase))
            if past.nested and self._folded and not self._filtered:
                self._out.line(f"{self._corner(depth + 1)}{past.nested} nested", Style.DIM)
            elif past.parent and past.parent not in shown:
                self._out.line(f"{self._corner(depth + 1)}in {past.parent}", Style.DIM)
            for about in _origin(past):
                self._out.line(f"{self._corner(depth + 1)}{about}", Style.DIM)
        if more and self._out.interactive:
            self._out.line("There are older ones: --all, or --count N", Style.DIM)

    def _lines(self, lines: Sequence[str], style: Style | None) -> None:
        for line in lines:
            self._out.line(line, style)

    def _row(self, past: PastExecution, depth: int) -> tuple[str, ...]:
        seconds = past.seconds
        if seconds is None and past.phase is Phase.IN_PROGRESS:
            seconds = seconds_between(past.started_at, self._now.isoformat())
        started = age(past.started_at or past.created_at, self._now)
        taken = "" if seconds is None else duration(seconds)
        name = f"{self._corner(depth)}{visible(past.execution)}"
        target = " ".join(visible(past.target).split())
        return name, past.kind.title, target, state_word(past.phase.value), started, taken

    def _corner(self, depth: int) -> str:
        return "" if depth == 0 else "  " * (depth - 1) + ("└ " if self._out.can_show("└") else "- ")


def fitting(rows: Sequence[tuple[str, ...]], columns: int | None) -> list[list[str]]:
    """Lines for each row: as a table with all columns, without the type, with shorter names, or no table."""
    if (table := _within(in_columns(rows, gap=3), columns)) is not None:
        return table
    assert columns is not None
    shorter = [(*row[:TYPE], *row[NAME:]) for row in rows]
    if (table := _within(in_columns(shorter, gap=2), columns)) is not None:
        return table
    name = NAME - 1
    over = max(map(cells, in_columns(shorter, gap=2))) - columns
    room = max(cells(row[name]) for row in shorter) - over
    if room >= LEAST_NAME:
        squeezed_rows = [(*row[:name], squeezed(row[name], room), *row[name + 1 :]) for row in shorter]
        if (table := _within(in_columns(squeezed_rows, gap=2), columns)) is not None:
            return table
    return paragraphs(rows, columns)


def _origin(past: PastExecution) -> Iterator[str]:
    if past.only_task:
        yield f"only task {past.only_task}"
    elif past.resumed_from:
        yield f"goes on with {past.resumed_from}"
    if past.asks:
        what = "an approval" if past.asks == 1 else f"{past.asks} approvals"
        yield f"waits for {what}: stigmer executions approve {past.execution}"
    if past.resumed_by:
        yield f"resumed by {past.resumed_by[-1]}"


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


def _within(lines: list[str], columns: int | None) -> list[list[str]] | None:
    return [[line] for line in lines] if columns is None or max(map(cells, lines)) <= columns else None


def _tree(found: Sequence[PastExecution]) -> Iterator[tuple[PastExecution, int]]:
    """Each with its depth: first those that nobody shown here started, below each what it did start."""
    shown = {past.execution for past in found}
    below: dict[str, list[PastExecution]] = defaultdict(list)
    for past in found:
        below[past.parent if past.parent in shown else ""].append(past)
    waiting = [(past, 0) for past in reversed(below[""])]
    while waiting:
        past, depth = waiting.pop()
        yield past, depth
        # The first that it started comes first.
        waiting += [(each, depth + 1) for each in below[past.execution]]
