"""What applying a project did, or would do, as a table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from devloop.render.deployment import Deploying, DeploymentLines
from devloop.render.errors import cancel_outcome, error_block, warning
from devloop.terminal.cells import cells, flowing
from devloop.terminal.stream import Terminal, columns_of
from devloop.terminal.visible import visible
from runcmd.events import (
    ApplyFinished,
    CancelFinished,
    Event,
    Outcome,
    ResourceApplied,
    ResourcePlanned,
    RunFinished,
    Warned,
)

Row = tuple[str, ...]


class TableRenderer:
    """Collects resources and shows them at the end, also if apply fails halfway."""

    def __init__(self, out: Terminal, err: Terminal, *, quiet: bool = False) -> None:
        self._out = out
        self._err = err
        self._quiet = quiet
        self._deployment = DeploymentLines(out, err, named=False)
        self._applied: list[Row] = []
        self._planned: list[Row] = []

    def show(self, event: Event) -> None:
        match event:
            case ResourceApplied():
                status = f"{self._out.icon('✓')}{event.change.value.capitalize()}"
                self._applied.append((event.kind.title, event.name, status, event.id))
            case ResourcePlanned():
                self._planned.append((event.kind.title, event.name, event.action.value.capitalize()))
            case RunFinished():
                self._finished(event)
            case Warned():
                warning(self._err, event.text, event.hint)
            case CancelFinished():
                cancel_outcome(self._err, event)
            case ApplyFinished():
                pass  # the table says it
            case _ if isinstance(event, Deploying) and not self._quiet:
                self._deployment.show(event)
            case _:
                pass
        self._out.flush()
        self._err.flush()

    def close(self) -> None:
        self._out.flush()
        self._err.flush()

    def _finished(self, event: RunFinished) -> None:
        if not self._quiet:
            self._tables()
        if event.error:
            details = () if event.echoed and not self._quiet else event.details
            error_block(self._err, event.error, event.hint, details, code=event.facts.get("code", ""))
        elif event.outcome is Outcome.SUCCEEDED and not self._quiet:
            self._out.good("Dry run successful" if self._planned else "Deployment successful")

    def _tables(self) -> None:
        for head, rows in (
            (("TYPE", "NAME", "ACTION"), self._planned),
            (("TYPE", "NAME", "STATUS", "ID"), self._applied),
        ):
            if rows:
                self._out.line()
                show_table(self._out, [head, *rows])
                self._out.line()


def show_table(out: Terminal, rows: Sequence[Row]) -> None:
    """Rows with aligned columns; where the terminal is too narrow for them, each is a short paragraph."""
    columns = columns_of(out)
    lines = aligned(rows)
    if columns is not None and max(map(cells, lines)) > columns:
        lines = [line for block in paragraphs(rows, columns, dot=out.can_show("·")) for line in block]
    for line in lines:
        out.line(line)


def paragraphs(rows: Sequence[Row], columns: int, *, dot: bool = True) -> list[list[str]]:
    """Each row as a few lines, with `·` between its cells where that can be shown."""
    between = " · " if dot else " - "
    return [list(flowing([each for each in map(_cell, row) if each], between, columns)) for row in rows]


def aligned(rows: Sequence[Row]) -> list[str]:
    """Rows as lines with aligned columns, whatever the names contain."""
    return in_columns([tuple(map(_cell, row)) for row in rows], gap=3)


def in_columns(rows: Sequence[Row], *, gap: int) -> list[str]:
    """The same of cells that are clean already and may be indented."""
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    padded = (zip(row, widths, strict=True) for row in rows)
    between = " " * gap
    return [
        between.join(cell + " " * (width - cells(cell)) for cell, width in row).rstrip() for row in padded
    ]


def _cell(text: str) -> str:
    """Two spaces in a name may look like the end of a column."""
    return re.sub(" {2,}", " ", visible(text).strip())
