"""`stigmer executions list`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
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
from runcmd.backend.refusals import UnsupportedError
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
            screen.show(await _with_questions(backend, found), more=more)
    out.flush()
    return EXIT_OK


async def _with_questions(backend: Backend, found: list[PastExecution]) -> list[PastExecution]:
    """Who of them waits for an answer; asked for where one is at work."""
    if backend.plain or all(past.phase.terminal for past in found):
        return found
    from runcmd.backend.question_calls import open_questions

    try:
        asked = await open_questions(backend)
    except UnsupportedError:
        return found
    asking = Counter(each for question in asked for each in (question.execution_id, *question.within))
    return [replace(past, asks=asking[past.execution]) for past in found]


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
