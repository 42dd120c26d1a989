"""`stigmer executions cancel`: one, several, or all that run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import anyio

from devloop.cli.confirm import confirm
from devloop.cli.connect import BackendChoice
from devloop.cli.executions.wanted import PHASES
from devloop.cli.opened import asking, opened
from devloop.render.errors import error_block
from devloop.render.history import HistoryScreen
from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.terminal.standard import narrate
from devloop.terminal.stream import standard_terminals
from runcmd.backend.calls import Backend
from runcmd.errors import EXIT_OK, BackendError, UsageError
from runcmd.events import CancelOutcome
from runcmd.history.ask import history
from runcmd.history.past import Wanted
from runcmd.which_execution import find_execution
from stigmer_api.facts import is_terminal

CANCEL_WAIT_SECONDS = 10.0
AT_ONCE = 16


def cancel(executions: Sequence[str], *, every: bool, yes: bool, server: str) -> int:
    """The exit status: that of the worst."""
    narrate()
    return asking(server, Output.PLAIN, partial(_cancel, executions, every, yes))


async def _cancel(
    executions: Sequence[str], every: bool, yes: bool, choice: BackendChoice, _renderer: Renderer
) -> int:
    if bool(executions) is every:
        raise UsageError("give the executions to cancel, or --all", code="E0152", hint="")
    out, err = standard_terminals()
    async with opened(choice) as backend:
        found = await _running(backend, yes) if every else await _named(executions, backend)
        failures = await _cancel_each(found, backend) if found else []
    if every and not found:
        out.line("nothing is running")
    if len(found) == 1 and failures:
        raise failures[0]
    for failure in failures:
        error_block(err, failure.message, failure.hint, code=failure.code)
    return max((failure.exit_code for failure in failures), default=EXIT_OK)


async def _named(executions: Sequence[str], backend: Backend) -> dict[str, bool]:
    """By id, whether it has ended. All are found before one is cancelled."""
    found = [(await find_execution(each, backend))[1] for each in executions]
    return {each.metadata.id: is_terminal(each.status.phase) for each in found}


async def _running(backend: Backend, yes: bool) -> dict[str, bool]:
    """The same of those that nobody else started: what they started ends with them."""
    found = [past async for past in history(backend, Wanted(phases=PHASES["running"], top_only=True))]
    if found and not yes:
        out, _ = standard_terminals()
        HistoryScreen(out, Output.PLAIN, datetime.now(UTC)).show(found)
        out.flush()
        many = "this execution" if len(found) == 1 else f"these {len(found)} executions"
        confirm(f"Cancel {many}?", yes=yes, kept="nothing was cancelled")
    return {past.execution: False for past in found}


async def _cancel_each(executions: Mapping[str, bool], backend: Backend) -> list[BackendError]:
    """What did not end, in the order in which it was given."""
    out, _ = standard_terminals()
    failures: dict[str, BackendError] = {}
    room = anyio.CapacityLimiter(AT_ONCE)

    async def one(execution: str, ended: bool) -> None:
        outcome = CancelOutcome.ALREADY_FINISHED
        if not ended:
            async with room:
                outcome = await backend.cancel(execution, "cancelled by the user", CANCEL_WAIT_SECONDS)
        try:
            out.line(_answer(outcome, execution, backend.address.command("executions follow", execution)))
        except BackendError as error:
            failures[execution] = error

    async with anyio.create_task_group() as group:
        for execution, ended in executions.items():
            group.start_soon(one, execution, ended)
    return [failures[execution] for execution in executions if execution in failures]


def _answer(outcome: CancelOutcome, execution: str, follow: str) -> str:
    match outcome:
        case CancelOutcome.CONFIRMED:
            return f"cancelled {execution}"
        case CancelOutcome.ALREADY_FINISHED:
            return f"{execution} had already finished"
        case CancelOutcome.STILL_RUNNING:
            raise BackendError(
                f"{execution} is still running", code="E0607", hint="it was asked to stop; check again later"
            )
        case CancelOutcome.UNSUPPORTED:
            raise BackendError(
                f"this server cannot cancel executions: {execution} goes on",
                code="E0608",
                hint=f"see what becomes of it: {follow}",
            )
        case CancelOutcome.UNREACHABLE:
            raise BackendError(
                f"the backend did not answer: {execution} may still be running",
                code="E0504",
                hint="try again",
            )
