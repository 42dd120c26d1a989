"""The steps of a run, top to bottom."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING

from runcmd.backend.patience import Connect
from runcmd.create import warn_of_empty_values
from runcmd.deploy import deploy
from runcmd.events import RunFinished
from runcmd.execute import executed
from runcmd.follow.pace import Pace
from runcmd.request import RunRequest
from runcmd.resolve import no_project
from runcmd.stream import Run, open_stream

if TYPE_CHECKING:
    from runcmd.synthesis.interfaces import Synthesizer
from runcmd.target import Choose, find_target

__all__ = ["Choose", "Connect", "Run", "open_run"]


def open_run(
    request: RunRequest,
    connect: Connect,
    choose: Choose | None = None,
    *,
    pace: Pace | None = None,
    synthesizer: Synthesizer | None = None,
) -> AbstractAsyncContextManager[Run]:
    """Deploys, then executes, as one stream of events.

    Without a `synthesizer`, a fresh child runs the project's program.
    """
    work = partial(_run, request, connect, choose, pace or Pace(), synthesizer)
    return open_stream(work, timeout=request.timeout)


async def _run(
    request: RunRequest,
    connect: Connect,
    choose: Choose | None,
    pace: Pace,
    synthesizer: Synthesizer | None,
    run: Run,
) -> RunFinished:
    if request.project is None and request.selector is None and not request.session:
        raise no_project()
    await warn_of_empty_values(request, run.emit)
    async with deploy(request, connect, run.emit, synthesizer=synthesizer) as deployed:
        if request.session:
            from runcmd.continued import find_in_session

            request, target = await find_in_session(request, deployed, choose, run.emit)
        else:
            target = await find_target(request, deployed, choose, run.emit)
        return await executed(target, request, deployed, pace, run)
