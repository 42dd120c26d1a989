"""`stigmer run`: flags, a project and a backend become one run on the screen."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import anyio

from devloop.cli.answering.start import answered, answered_on
from devloop.cli.artifacts import with_artifacts
from devloop.cli.asking import Asking, asks
from devloop.cli.connect import BackendChoice, open_connection
from devloop.cli.environment import asks_on
from devloop.cli.flags import WatchFlags
from devloop.cli.notify import verdicts_for
from devloop.cli.request import read_request, secrets
from devloop.cli.show import show_failure, show_run
from devloop.cli.warm import WarmPlace
from devloop.render.borrowed import Borrowed
from devloop.render.choose import live_output, masked, run_renderer
from devloop.render.renderer import HeardRenderer, Renderer
from devloop.terminal.job_control import stay_stoppable
from devloop.terminal.standard import narrate
from devloop.terminal.stream import standard_terminals
from runcmd.errors import RunError
from runcmd.events import Event
from runcmd.pipeline import open_run
from runcmd.request import RunRequest
from runcmd.targets import several

if TYPE_CHECKING:
    from devloop.render.artifacts.artifacts import Artifacts
    from devloop.render.live.output import LiveTerminal
    from devloop.render.verdicts import Verdicts


def run(flags: WatchFlags, shown: Callable[[Event], None] | None = None) -> int:
    """The exit status. `shown` is called with each event that is on the screen."""
    out, err = standard_terminals()
    stay_stoppable()
    if flags.output.for_people:
        narrate()
    live = live_output(flags.output, out, err)
    renderer = run_renderer(flags.output, out, err, named=flags.named, live=live)
    return with_artifacts(flags, err, renderer, partial(_perform, flags, live, shown))


def _perform(
    flags: WatchFlags,
    live: LiveTerminal | None,
    shown: Callable[[Event], None] | None,
    renderer: Renderer,
    artifacts: Artifacts | None,
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
        warm = WarmPlace(request.project, backend, os.environ)
        if several(request):
            from devloop.cli.run_several import run_several
            from devloop.render.several import SeveralScreen

            screen = SeveralScreen(
                flags.output,
                out,
                err,
                secrets(request, backend),
                verdicts=verdicts,
                live=live,
                artifacts=artifacts,
            )
            answering = answered_on(live, asks=asks(flags.output, out))
            return anyio.run(run_several, request, backend, screen, flags.jobs, warm, answering)
        if verdicts is not None:
            from devloop.render.verdicts import NotifyingRenderer

            renderer = NotifyingRenderer(renderer, verdicts)
        if shown is not None:
            renderer = HeardRenderer(renderer, shown)
        renderer = masked(renderer, secrets(request, backend))
        return anyio.run(_run, request, backend, renderer, asks(flags.output, out), warm, (verdicts, live))
    except RunError as error:
        return show_failure(renderer, error)


async def _run(
    request: RunRequest,
    backend: BackendChoice,
    renderer: Renderer,
    asked: bool,
    warm: WarmPlace,
    borrowers: tuple[Verdicts | None, LiveTerminal | None],
) -> int:
    asking = Asking(request, asks=asked)
    async with (
        open_connection(backend) as connect,
        open_run(request, connect, asking.choose, synthesizer=warm.open()) as run,
    ):
        with answered(renderer, connect, borrowers[1], asks=asked) as (shown, answering):
            borrowed = Borrowed(answering, *borrowers)
            with borrowed.while_running():
                status = await show_run(run, shown, asking.shown, leaving=borrowed.release)
    renderer.close()
    warm.keep()
    return status
