"""`stigmer executions`: list, show, follow, signal and cancel."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import anyio

from devloop.cli.connect import BackendChoice, choose_backend, open_connection, tokens
from devloop.cli.request import detail_of
from devloop.cli.show import show_failure, show_run
from devloop.render.borrowed import Borrowed
from devloop.render.choose import live_output, masked, run_renderer
from devloop.render.errors import warning
from devloop.render.history import show_history
from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.terminal.standard import narrate
from devloop.terminal.stream import standard_terminals
from runcmd.backend.address import Address
from runcmd.backend.calls import Backend, open_backend
from runcmd.errors import EXIT_OK, BackendError, RunError
from runcmd.events import CancelOutcome, Detail
from runcmd.history.ask import newest
from runcmd.history.past import Wanted
from runcmd.reattach import open_follow
from runcmd.which_execution import find_execution
from stigmer_api.config_file import config_file
from stigmer_api.facts import is_terminal

if TYPE_CHECKING:
    from devloop.render.live.output import LiveTerminal

CANCEL_WAIT_SECONDS = 10.0


def follow(execution: str, verbose: int, server: str, output: Output) -> int:
    """The exit status: that of the execution."""
    if output.for_people:
        narrate()
    live = live_output(output, *standard_terminals())
    return _run(server, output, partial(_follow, execution, detail_of(verbose), Borrowed(live)), live)


def cancel(execution: str, server: str) -> int:
    """The exit status."""
    narrate()
    return _run(server, Output.PLAIN, partial(_cancel, execution))


def signal(execution: str, name: str, payload: str, server: str) -> int:
    """Sends it. The exit status."""
    narrate()
    return _run(server, Output.PLAIN, partial(_signal, execution, name, _json_or_text(payload)))


def show_list(count: int, server: str, output: Output) -> int:
    """The exit status."""
    return _run(server, output, lambda choice, _: _list(count, output, choice))


def show(execution: str, task: str, requests: bool, server: str, output: Output) -> int:
    """The exit status."""
    return _run(server, output, lambda choice, _: _show(execution, task, requests, output, choice))


def _run(
    server: str,
    output: Output,
    perform: Callable[[BackendChoice, Renderer], Awaitable[int]],
    live: LiveTerminal | None = None,
) -> int:
    renderer = run_renderer(output, *standard_terminals(), named=True, live=live)
    try:
        backend = choose_backend(server=server, environ=os.environ, config=config_file(), needs_org=False)
        renderer = masked(renderer, tokens(backend))
        return anyio.run(perform, backend, renderer)
    except RunError as error:
        return show_failure(renderer, error)


async def _connect_and_warn(connect: Callable[[], Awaitable[Address]]) -> Address:
    address = await connect()
    if address.started and address.missing:
        warning(standard_terminals()[1], address.missing)
    return address


@asynccontextmanager
async def opened(choice: BackendChoice) -> AsyncIterator[Backend]:
    """A connection to the backend, which is found again if it is lost."""
    async with open_connection(choice) as connect:
        reach = partial(_connect_and_warn, connect)
        async with open_backend(await reach(), reach) as backend:
            yield backend


async def _list(count: int, output: Output, choice: BackendChoice) -> int:
    out, _ = standard_terminals()
    async with opened(choice) as backend:
        show_history(out, output, (await newest(backend, Wanted(), count))[0], datetime.now(UTC))
    out.flush()
    return EXIT_OK


async def _show(execution: str, task: str, requests: bool, output: Output, choice: BackendChoice) -> int:
    from devloop.render.inspected import show_execution
    from runcmd.inspection import inspect, step_of

    out, _ = standard_terminals()
    async with opened(choice) as backend:
        found = await inspect(execution, backend, requests=requests)
    step = step_of(found, task) if task else None
    if requests and output.for_people:
        from devloop.render.inspected_requests import show_requests

        show_requests(out, found, step)
    else:
        show_execution(out, output, found, step, datetime.now(UTC))
    out.flush()
    return EXIT_OK


async def _follow(
    execution: str, detail: Detail, borrowed: Borrowed, backend: BackendChoice, renderer: Renderer
) -> int:
    async with open_connection(backend) as connect, open_follow(execution, connect, detail) as run:
        with borrowed.while_running():
            status = await show_run(run, renderer, leaving=borrowed.release)
    renderer.close()
    return status


async def _signal(
    execution: str, name: str, payload: object, choice: BackendChoice, _renderer: Renderer
) -> int:
    out, _ = standard_terminals()
    async with opened(choice) as backend:
        _, found = await find_execution(execution, backend)
        delivered = await backend.signal(found.metadata.id, name, payload)
    waited = "which waited for it" if delivered else "which has it when it asks for it"
    out.line(f"sent {name} to {found.metadata.id}, {waited}")
    return EXIT_OK


def _json_or_text(payload: str) -> object:
    try:
        return json.loads(payload)
    except ValueError:
        return payload


async def _cancel(execution: str, choice: BackendChoice, _renderer: Renderer) -> int:
    out, _ = standard_terminals()
    async with opened(choice) as backend:
        _, found = await find_execution(execution, backend)
        execution = found.metadata.id
        outcome = CancelOutcome.ALREADY_FINISHED
        if not is_terminal(found.status.phase):
            outcome = await backend.cancel(execution, "cancelled by the user", CANCEL_WAIT_SECONDS)
    out.line(_answer(outcome, execution, backend.address.command("executions follow", execution)))
    return EXIT_OK


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
