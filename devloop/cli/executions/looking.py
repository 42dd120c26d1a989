"""`stigmer executions show` and `follow`."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from devloop.cli.answering.start import answered
from devloop.cli.asking import asks
from devloop.cli.connect import BackendChoice, open_connection
from devloop.cli.opened import asking, opened
from devloop.cli.request import detail_of
from devloop.cli.show import show_run
from devloop.render.borrowed import Borrowed
from devloop.render.choose import live_output
from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.terminal.standard import narrate
from devloop.terminal.stream import standard_terminals
from runcmd.errors import EXIT_OK
from runcmd.events import Detail
from runcmd.reattach import open_follow

if TYPE_CHECKING:
    from devloop.render.live.output import LiveTerminal


def follow(execution: str, verbose: int, server: str, output: Output) -> int:
    """The exit status: that of the execution."""
    if output.for_people:
        narrate()
    live = live_output(output, *standard_terminals())
    asked = asks(output, standard_terminals()[0])
    return asking(server, output, partial(_follow, execution, detail_of(verbose), live, asked), live)


def show(execution: str, task: str, requests: bool, server: str, output: Output) -> int:
    """The exit status."""
    return asking(server, output, lambda choice, _: _show(execution, task, requests, output, choice))


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
        show_execution(out, output, found, step, datetime.now(UTC), command=backend.address.command)
    out.flush()
    return EXIT_OK


async def _follow(
    execution: str,
    detail: Detail,
    live: LiveTerminal | None,
    asked: bool,
    backend: BackendChoice,
    renderer: Renderer,
) -> int:
    async with open_connection(backend) as connect, open_follow(execution, connect, detail) as run:
        with answered(renderer, connect, live, asks=asked) as (shown, answering):
            borrowed = Borrowed(answering, live)
            with borrowed.while_running():
                status = await show_run(run, shown, leaving=borrowed.release)
    renderer.close()
    return status
