"""The steps of a run, top to bottom."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import partial

from runcmd.backend.patience import Connect
from runcmd.create import warn_of_empty_values
from runcmd.deploy import deploy
from runcmd.events import RunFinished
from runcmd.execute import executed
from runcmd.follow.pace import Pace
from runcmd.request import RunRequest
from runcmd.resolve import no_project
from runcmd.stream import Run, open_stream
from runcmd.target import Choose, find_target

__all__ = ["Choose", "Connect", "Run", "open_run"]


def open_run(
    request: RunRequest,
    connect: Connect,
    choose: Choose | None = None,
    *,
    pace: Pace | None = None,
) -> AbstractAsyncContextManager[Run]:
    """Deploys, then executes, as one stream of events."""
    return open_stream(partial(_run, request, connect, choose, pace or Pace()), timeout=request.timeout)


async def _run(
    request: RunRequest, connect: Connect, choose: Choose | None, pace: Pace, run: Run
) -> RunFinished:
    if request.project is None and request.selector is None:
        raise no_project()
    await warn_of_empty_values(request, run.emit)
    async with deploy(request, connect, run.emit) as deployed:
        target = await find_target(request, deployed, choose, run.emit)
        return await executed(target, request, deployed, pace, run)
