"""`stigmer run --resume ID`: shows what is completed, follows what runs, and goes on with what failed."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

import anyio

from devloop.cli.asking import asks
from devloop.cli.connect import BackendChoice, open_connection
from devloop.cli.environment import asks_on
from devloop.cli.flags import WatchFlags
from devloop.cli.request import read_request, secrets
from devloop.cli.resuming.decide import Decision, decide
from devloop.cli.show import show_failure, show_run
from devloop.cli.warm import WarmPlace
from devloop.render.borrowed import Borrowed
from devloop.render.choose import live_output, masked, run_renderer
from devloop.render.renderer import Renderer
from devloop.terminal.confirm import confirm
from devloop.terminal.job_control import stay_stoppable
from devloop.terminal.standard import narrate
from devloop.terminal.stream import Style, standard_terminals
from runcmd.backend.calls import open_backend
from runcmd.errors import EXIT_INTERRUPTED, RunError
from runcmd.pipeline import open_run
from runcmd.reattach import open_follow
from runcmd.request import RunRequest


def resume(flags: WatchFlags) -> int:
    """The exit status."""
    out, err = standard_terminals()
    stay_stoppable()
    if flags.output.for_people:
        narrate()
    live = live_output(flags.output, out, err)
    renderer = run_renderer(flags.output, out, err, named=True, live=live)
    try:
        if flags.beyond_a_run:
            from devloop.cli.watch_only import refuse_watch_options

            refuse_watch_options(flags)
        request, backend = read_request(flags, asks_on(err))
        renderer = masked(renderer, secrets(request, backend))
        wish = request if flags.message is None else replace(request, message=request.message)
        decision = anyio.run(_decided, flags, wish, backend)
        if decision.question and asks(flags.output, out) and not _agreed(decision, flags):
            decision = Decision(execution=decision.execution)
        perform = partial(_go_on, decision) if decision.request else partial(_follow, decision, flags)
        return anyio.run(perform, request, backend, renderer, Borrowed(live))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except RunError as error:
        return show_failure(renderer, error)


async def _decided(flags: WatchFlags, request: RunRequest, choice: BackendChoice) -> Decision:
    async with open_connection(choice) as connect, open_backend(await connect(), connect) as backend:
        return await decide(flags, request, backend)


def _agreed(decision: Decision, flags: WatchFlags) -> bool:
    """Somebody is asked who has not said yet what they want."""
    if flags.yes or flags.from_task or flags.input is not None:
        return True
    out, _ = standard_terminals()
    for line in decision.told:
        out.line(line)
    return confirm(decision.question, out, default=True)


async def _go_on(
    decision: Decision, request: RunRequest, choice: BackendChoice, renderer: Renderer, borrowed: Borrowed
) -> int:
    assert decision.request is not None, "it was decided to go on"
    wanted = decision.request
    warm = WarmPlace(wanted.project, choice, os.environ)
    async with (
        open_connection(choice) as connect,
        open_run(wanted, connect, synthesizer=warm.open()) as run,
    ):
        with borrowed.while_running():
            status = await show_run(run, renderer, leaving=borrowed.release)
    renderer.close()
    warm.keep()
    return status


async def _follow(
    decision: Decision,
    flags: WatchFlags,
    request: RunRequest,
    choice: BackendChoice,
    renderer: Renderer,
    borrowed: Borrowed,
) -> int:
    if flags.output.for_people:
        _, err = standard_terminals()
        same = f"stigmer executions follow {decision.execution} {choice.option}".rstrip()
        err.line(f"the same as: {same}", Style.DIM)
        err.flush()
    async with (
        open_connection(choice) as connect,
        open_follow(decision.execution, connect, request.detail) as run,
    ):
        with borrowed.while_running():
            status = await show_run(run, renderer, leaving=borrowed.release)
    renderer.close()
    return status
