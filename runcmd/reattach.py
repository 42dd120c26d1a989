"""Follow an execution that exists already."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import partial

import anyio

from runcmd.backend.calls import Backend
from runcmd.backend.messages import Execution
from runcmd.backend.patience import Connect
from runcmd.connect import connected
from runcmd.create import session_of
from runcmd.events import Detail, ExecutionCreated, Outcome, RunFinished
from runcmd.follow.names import Names
from runcmd.follow.nested import DeepFollower
from runcmd.follow.pace import Pace
from runcmd.follow.summary import summary
from runcmd.follow.view import View
from runcmd.origin import origin_of
from runcmd.stream import Run, open_stream
from runcmd.which_execution import find_execution


def open_follow(
    execution: str, connect: Connect, detail: Detail = Detail.NONE
) -> AbstractAsyncContextManager[Run]:
    """Follows an execution that exists. A cancel leaves it running: it is not ours."""
    return open_stream(partial(_follow, execution, connect, detail))


async def _follower(
    execution: str, backend: Backend, connect: Connect, detail: Detail, run: Run
) -> tuple[DeepFollower, str, Execution]:
    """Says what it is. The last two: its name, and how it stands."""
    kind, snapshot = await find_execution(execution, backend)
    view = View(execution=snapshot.metadata.id, kind=kind)
    name = await Names(backend).of(snapshot, kind)
    created = ExecutionCreated(
        execution=view.execution,
        kind=kind,
        name=name,
        session=session_of(snapshot),
        **origin_of(snapshot.metadata.annotations),
    )
    await run.emit(created)
    return DeepFollower(backend, view, run.emit, Pace(), connect, detail=detail), name, snapshot


async def _follow(execution: str, connect: Connect, detail: Detail, run: Run) -> RunFinished:
    async with connected(await connect(), connect, run.emit) as backend:
        follower, name, snapshot = await _follower(execution, backend, connect, detail, run)
        try:
            await follower.accept(snapshot)
            if not follower.view.ended:
                await follower.run()
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                goes_on = await _goes_on(follower.view.execution, backend)
            run.detach(
                RunFinished(
                    outcome=Outcome.DETACHED,
                    exit_code=run.exit_code,
                    execution=follower.view.execution,
                    kind=follower.view.kind,
                    name=name,
                    hint=goes_on,
                )
            )
            raise
        return summary(follower.view, name)


async def _goes_on(execution: str, backend: Backend) -> str:
    if not await backend.can_cancel():
        return "it goes on; this server cannot cancel executions"
    return f"it goes on; stop it with: {backend.address.command('executions cancel', execution)}"
