"""The steps of a run, top to bottom."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import anyio

from runcmd.apply import apply, found_again, given, greet, organization, planned, prepared
from runcmd.backend.calls import Backend, open_backend
from runcmd.backend.patience import Connect
from runcmd.errors import EXIT_FAILED, EXIT_OK, BackendError
from runcmd.events import (
    CancelOutcome,
    Event,
    ExecutionCreated,
    Outcome,
    ResourceApplied,
    RunFinished,
    TargetResolved,
    Warned,
)
from runcmd.execute import create_execution, execution_of
from runcmd.follow.follower import Follower, Pace
from runcmd.follow.summary import cancelled, summary
from runcmd.follow.view import View
from runcmd.plan import KnownResource
from runcmd.request import RunRequest
from runcmd.resolve import Candidate, no_project
from runcmd.stream import Run, open_stream
from runcmd.synthesis.manifest import Declared, Manifest
from runcmd.target import Choose, find_target

if TYPE_CHECKING:
    from runcmd.synthesis.fresh import Synthesizer

__all__ = ["Candidate", "Choose", "Connect", "Run", "open_run"]

Emit = Callable[[Event], Awaitable[None]]
Find = Callable[[Emit], Awaitable[Manifest]]

# The project is deployed and this would be executed now; False: not any more.
Begin = Callable[[Candidate], Awaitable[bool]]

CANCEL_WAIT_SECONDS = 2.0  # of the goodbye's 3, for the server to confirm


def open_run(
    request: RunRequest,
    connect: Connect,
    choose: Choose | None = None,
    *,
    manifest: Manifest | None = None,
    known: Sequence[KnownResource] | None = None,
    synthesizer: Synthesizer | None = None,
    begin: Begin | None = None,
    pace: Pace | None = None,
) -> AbstractAsyncContextManager[Run]:
    """Discover, plan, apply, resolve, execute, follow. `connect` is awaited during the synthesis.

    With a `manifest` that was discovered already, the project's program is not run again, and with what is
    `known` the backend is not asked what it has; a `synthesizer` runs the program in another way than in a
    fresh child process. `begin` is awaited between deploying and executing, and may call the execution off.
    """
    find = partial(_discover, request, synthesizer) if manifest is None else partial(_given, manifest)
    return open_stream(
        partial(_run, request, find, known, connect, choose, begin, pace or Pace()), timeout=request.timeout
    )


async def _run(
    request: RunRequest,
    find: Find,
    known: Sequence[KnownResource] | None,
    connect: Connect,
    choose: Choose | None,
    begin: Begin | None,
    pace: Pace,
    run: Run,
) -> RunFinished:
    if request.project is None and request.selector is None:
        raise no_project()
    for variable in request.env:
        if not variable.value:
            await run.emit(Warned(text=f"{variable.name} has no value and is left out"))
    async with _deployed(request, find, known, connect, run.emit) as (candidates, backend, org):
        target, how = await find_target(request, candidates, backend, org, choose)
        await run.emit(
            TargetResolved(
                kind=target.kind,
                name=target.name,
                slug=target.slug,
                id=target.id,
                description=target.description,
                how=how,
            )
        )
        if begin is not None and not await begin(target):
            return RunFinished(
                outcome=Outcome.CANCELLED,
                exit_code=EXIT_FAILED,
                kind=target.kind,
                name=target.name,
                error=f"{target.name} was deployed and not started",
            )
        follower = await _execute(target, request, backend, org, connect, pace, run)
        if not request.follow:
            return RunFinished(
                outcome=Outcome.DETACHED,
                exit_code=EXIT_OK,
                execution=follower.view.execution,
                kind=target.kind,
                name=target.name,
                hint=f"follow it with: stigmer executions follow {follower.view.execution}",
            )
        try:
            await follower.run()
        except anyio.get_cancelled_exc_class():
            await _goodbye(follower, target.name, backend, run)
            raise
        return summary(follower.view, target.name)


@asynccontextmanager
async def _deployed(
    request: RunRequest, find: Find, known: Sequence[KnownResource] | None, connect: Connect, emit: Emit
) -> AsyncIterator[tuple[tuple[Candidate, ...], Backend, str]]:
    """The project's resources as the backend has them now; outside a project none."""
    if request.project is None:
        address = await connect()
        async with open_backend(address, partial(found_again, connect, emit)) as backend:
            await greet(address, emit)
            yield (), backend, organization(request.org, None, address)
        return
    async with prepared(request.project, partial(find, emit), connect, request.org, emit) as (
        found,
        backend,
        org,
    ):
        applied = await apply(await planned(found, backend, org, known), backend, org, emit)
        yield tuple(_candidate(each, applied[each.key]) for each in found.resources), backend, org


async def _discover(request: RunRequest, synthesizer: Synthesizer | None, emit: Emit) -> Manifest:
    # Outside a project nobody needs it, and it is a tenth of what a quick command takes.
    from runcmd.synthesis.discover import discover

    assert request.project is not None, "there is nothing to discover outside a project"
    return await discover(request.project, emit, deadline=request.synthesis_deadline, synthesizer=synthesizer)


async def _given(manifest: Manifest, emit: Emit) -> Manifest:
    return await given(manifest)


def _candidate(declared: Declared, applied: ResourceApplied) -> Candidate:
    return Candidate(
        kind=declared.kind,
        name=declared.name,
        slug=applied.slug,
        id=applied.id,
        description=declared.description,
    )


async def _execute(
    target: Candidate,
    request: RunRequest,
    backend: Backend,
    org: str,
    connect: Connect,
    pace: Pace,
    run: Run,
) -> Follower:
    """Creates it, and says so. Cancelled meanwhile: what was created is cancelled too."""
    follower: Follower | None = None

    async def create() -> None:
        nonlocal follower
        execution = await create_execution(execution_of(target, request, org), backend)
        view = View(execution=execution.metadata.id, kind=target.kind)
        follower = Follower(backend, view, run.emit, pace, connect)
        await run.emit(ExecutionCreated(execution=view.execution, kind=target.kind, name=target.name))

    await anyio.lowlevel.checkpoint_if_cancelled()
    try:
        await run.finish(create)
    except anyio.get_cancelled_exc_class():
        if follower is None:
            await run.goodbye("", _unreachable)
            run.last_words = RunFinished(
                outcome=Outcome.CANCELLED,
                exit_code=run.exit_code,
                kind=target.kind,
                name=target.name,
                error=f"cancelled before the backend said whether it started {target.name}",
                hint="see: stigmer executions list",
            )
        else:
            await _goodbye(follower, target.name, backend, run)
        raise
    assert follower is not None, "create() raises or sets it"
    return follower


async def _unreachable() -> CancelOutcome:
    return CancelOutcome.UNREACHABLE


async def _goodbye(follower: Follower, name: str, backend: Backend, run: Run) -> None:
    execution = follower.view.execution

    async def cancel() -> CancelOutcome:
        reason = run.reason.value if run.reason else "interrupted"
        outcome = await backend.cancel(execution, f"cancelled by the client: {reason}", CANCEL_WAIT_SECONDS)
        if outcome in (CancelOutcome.CONFIRMED, CancelOutcome.ALREADY_FINISHED):
            with suppress(BackendError):
                await follower.ask()
        return outcome

    outcome = await run.goodbye(execution, cancel)
    run.last_words = cancelled(outcome, follower.view, name, run.exit_code)
