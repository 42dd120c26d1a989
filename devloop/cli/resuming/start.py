"""`stigmer run --resume ID`: shows what is completed, follows what runs, and goes on with what failed."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import anyio

from devloop.cli.artifacts import with_artifacts
from devloop.cli.asking import asks
from devloop.cli.connect import BackendChoice, open_connection
from devloop.cli.environment import asks_on
from devloop.cli.flags import WatchFlags
from devloop.cli.notify import verdicts_for
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

if TYPE_CHECKING:
    from devloop.render.artifacts.artifacts import Artifacts
    from devloop.render.live.output import LiveTerminal


def resume(flags: WatchFlags) -> int:
    """The exit status."""
    out, err = standard_terminals()
    stay_stoppable()
    if flags.output.for_people:
        narrate()
    live = live_output(flags.output, out, err)
    renderer = run_renderer(flags.output, out, err, named=True, live=live)
    return with_artifacts(flags, err, renderer, partial(_perform, flags, live))


def _perform(
    flags: WatchFlags, live: LiveTerminal | None, renderer: Renderer, artifacts: Artifacts | None
) -> int:
    out, err = standard_terminals()
    try:
        if flags.beyond_a_run:
            from devloop.cli.watch_only import refuse_watch_options

            refuse_watch_options(flags)
        request, backend = read_request(flags, asks_on(err))
        if artifacts is not None:
            artifacts.hide(secrets(request, backend))
        verdicts = verdicts_for(flags, out, err)
        if verdicts is not None:
            from devloop.render.verdicts import NotifyingRenderer

            renderer = NotifyingRenderer(renderer, verdicts)
        renderer = masked(renderer, secrets(request, backend))
        decision = anyio.run(_decided, flags, request, backend)
        if decision.question and asks(flags.output, out) and not _agreed(decision, flags):
            decision = Decision(execution=decision.execution)
        borrowed = Borrowed(verdicts, live)
        if decision.request is not None:
            return anyio.run(_go_on, decision.request, backend, renderer, borrowed)
        return anyio.run(_follow, decision.execution, flags, request, backend, renderer, borrowed)
    except KeyboardInterrupt:  # at the question
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


async def _go_on(request: RunRequest, choice: BackendChoice, renderer: Renderer, borrowed: Borrowed) -> int:
    warm = WarmPlace(request.project, choice, os.environ)
    async with (
        open_connection(choice) as connect,
        open_run(request, connect, synthesizer=warm.open()) as run,
    ):
        with borrowed.while_running():
            status = await show_run(run, renderer, leaving=borrowed.release)
    renderer.close()
    warm.keep()
    return status


async def _follow(
    execution: str,
    flags: WatchFlags,
    request: RunRequest,
    choice: BackendChoice,
    renderer: Renderer,
    borrowed: Borrowed,
) -> int:
    if flags.output.for_people:
        _, err = standard_terminals()
        same = f"stigmer executions follow {execution} {choice.option}".rstrip()
        err.line(f"the same as: {same}", Style.DIM)
        err.flush()
    async with (
        open_connection(choice) as connect,
        open_follow(execution, connect, request.detail) as run,
    ):
        with borrowed.while_running():
            status = await show_run(run, renderer, leaving=borrowed.release)
    renderer.close()
    return status
