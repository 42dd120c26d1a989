"""Past conversations, as a table or for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from devloop.render.history import age
from devloop.render.jsonl import plain_value
from devloop.render.output import Output
from devloop.render.table import show_table
from devloop.render.words import one_line
from devloop.terminal.stream import Terminal
from devloop.terminal.visible import safe_json
from runcmd.session_list import PastSession

HEAD = ("ID", "AGENT", "TURNS", "LAST", "FIRST MESSAGE")
MESSAGE = 50  # characters


NO_LIST = "This server lists no conversations, even if it has some: go on with one by its ID, --session ID"


def show_sessions(
    out: Terminal, output: Output, sessions: Sequence[PastSession], now: datetime, *, lists: bool = True
) -> None:
    """`now` is the moment from which ages are counted; `lists`: where there are none, there are none."""
    match output:
        case Output.JSON:
            for each in sessions:
                out.record(safe_json(json.dumps(plain_value(each), ensure_ascii=False)))
        case Output.QUIET:
            for each in sessions:
                out.line(each.session)
        case Output.AUTO | Output.LIVE | Output.PLAIN:
            if sessions:
                show_table(out, [HEAD, *(_row(each, now) for each in sessions)])
            else:
                out.line("Nobody has talked with an agent yet: stigmer run -i" if lists else NO_LIST)


def _row(each: PastSession, now: datetime) -> tuple[str, ...]:
    fork = " (fork)" if each.forked_from else ""
    said = one_line(each.message, MESSAGE)
    return each.session, each.agent or "(deleted)", str(each.turns), age(each.at, now), f"{said}{fork}"
