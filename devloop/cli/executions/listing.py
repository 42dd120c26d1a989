"""`stigmer executions list`."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from devloop.cli.connect import BackendChoice
from devloop.cli.executions.wanted import ListFlags, wanted_by
from devloop.cli.opened import asking, opened
from devloop.render.history import HistoryScreen
from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.terminal.stream import standard_terminals
from runcmd.backend.calls import Backend
from runcmd.errors import EXIT_OK
from runcmd.history.ask import history, newest
from runcmd.history.past import PastExecution, Wanted

PARENTS_AT_ONCE = 200


def show_list(flags: ListFlags) -> int:
    """The exit status."""
    return asking(flags.server, flags.output, partial(_list, flags))


async def _list(flags: ListFlags, choice: BackendChoice, _renderer: Renderer) -> int:
    now = datetime.now(UTC)
    wanted = wanted_by(flags, now)
    out, _ = standard_terminals()
    screen = HistoryScreen(out, flags.output, now, filtered=flags.filters, folded=not flags.nested)
    async with opened(choice) as backend:
        if flags.all and flags.output is Output.JSON and not flags.nested:
            async for past in history(backend, wanted):
                screen.record(past)
        else:
            found, more = await _found(backend, wanted, None if flags.all else flags.count)
            if flags.nested and not flags.filters:
                found += await _below(backend, found)
            screen.show(found, more=more)
    out.flush()
    return EXIT_OK


async def _found(backend: Backend, wanted: Wanted, count: int | None) -> tuple[list[PastExecution], bool]:
    if count is not None:
        return await newest(backend, wanted, count)
    return [past async for past in history(backend, wanted)], False


async def _below(backend: Backend, found: list[PastExecution]) -> list[PastExecution]:
    """All that they started, and what that started."""
    below: list[PastExecution] = []
    parents = [past.execution for past in found if past.nested]
    while parents:
        started: list[PastExecution] = []
        for place in range(0, len(parents), PARENTS_AT_ONCE):
            some = tuple(parents[place : place + PARENTS_AT_ONCE])
            started += [past async for past in history(backend, Wanted(parents=some))]
        below += started
        parents = [past.execution for past in started if past.nested]
    return below
