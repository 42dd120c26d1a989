"""What is deployed, as a table or for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from devloop.render.history import age
from devloop.render.jsonl import plain_value
from devloop.render.output import Output
from devloop.render.table import show_table
from devloop.terminal.cells import cells, cut
from devloop.terminal.stream import Terminal, columns_of
from devloop.terminal.visible import safe_json, visible
from runcmd.deployed.ask import Stored
from stigmer_api.facts import LOCAL_ORGANIZATION

HEAD = ("TYPE", "NAME", "ID", "UPDATED", "DESCRIPTION")
GAP = 3
LEAST_DESCRIPTION = 12  # columns


def show_stored(
    out: Terminal, output: Output, found: Sequence[Stored], now: datetime, *, filtered: bool
) -> None:
    """`now`: from it ages are counted; `filtered`: not all were asked for."""
    match output:
        case Output.JSON:
            for each in found:
                text = json.dumps(plain_value(each), ensure_ascii=not out.encoding.startswith("utf"))
                out.record(safe_json(text))
        case Output.QUIET:
            for each in found:
                out.line(each.id)
        case Output.AUTO | Output.LIVE | Output.PLAIN:
            if found:
                show_table(out, _fitting([HEAD, *(_row(each, now) for each in found)], columns_of(out)))
            else:
                out.line("Nothing is like that." if filtered else "Nothing is deployed: stigmer apply")


def _row(each: Stored, now: datetime) -> tuple[str, ...]:
    name = each.name if each.org in ("", LOCAL_ORGANIZATION) else f"{each.org}/{each.name}"
    described = " ".join(visible(each.description).split())
    kind = each.kind.replace("-", " ").capitalize()
    return kind, name, each.id, age(each.updated_at, now), described


def _fitting(rows: Sequence[tuple[str, ...]], columns: int | None) -> list[tuple[str, ...]]:
    """The description gets the room that is left; without enough of it there is none."""
    if columns is None:
        return list(rows)
    widths = [max(cells(visible(row[place])) for row in rows) + GAP for place in range(len(HEAD) - 1)]
    room = columns - sum(widths)
    if room < LEAST_DESCRIPTION:
        return [row[:-1] for row in rows]
    return [(*row[:-1], cut(row[-1], room)) for row in rows]
