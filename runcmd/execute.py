"""Start an execution of a target, watch it to its end, and cancel it for real."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import TYPE_CHECKING

import anyio

from runcmd.backend.calls import Backend
from runcmd.backend.messages import Execution
from runcmd.create import (
    create_execution,
    execution_of,
    refuse_input,
    session_of,
    warnings_about,
    with_instance,
)
from runcmd.deploy import Deployed
from runcmd.errors import EXIT_OK, BackendError
from runcmd.events import CancelOutcome, Detail, ExecutionCreated, Outcome, RunFinished, TargetKind, Warned
from runcmd.follow.pace import Pace
from runcmd.follow.view import View
from runcmd.request import RunRequest
from runcmd.resolve import Candidate
from runcmd.stream import Run, open_stream

if TYPE_CHECKING:
    from runcmd.follow.follower import Follower

CANCEL_WAIT_SECONDS = 2.0  # of the 3 that a cancel may take, for the server to confirm
NOT_KNOWN = "this server does not know that, and it had no effect there"
ANSWER_SECONDS = 0.5  # of these, to say what came of it


def execute(
    target: Candidate,
    request: RunRequest,
    deployed: Deployed,
    *,
    pace: Pace | None = None,
    timeout: float | None = None,
) -> AbstractAsyncContextManager[Run]:
    """Creates an execution and follows it, as a stream of events. A cancel ends the execution, too."""
    return open_stream(partial(executed, target, request, deployed, pace or Pace()), timeout=timeout)


async def executed(
    target: Candidate, request: RunRequest, deployed: Deployed, pace: Pace, run: Run
) -> RunFinished:
    """The work of `execute`, within a run."""
    refuse_input(target, request, deployed.backend)
    if request.task:
        from runcmd.resuming import refuse_agent

        refuse_agent(target, request)
    view = await _create(target, request, deployed, pace, run)
    if not request.follow:
        return RunFinished(
            outcome=Outcome.DETACHED,
            exit_code=EXIT_OK,
            execution=view.execution,
            kind=target.kind,
            name=target.name,
            hint=f"follow it with: {deployed.backend.address.command('executions follow', view.execution)}",
        )
    from runcmd.follow.summary import summary

    follower = _follower(view, deployed, pace, run, request.detail)
    try:
        await follower.run()
    except anyio.get_cancelled_exc_class():
        await _cancel(follower, target.name, deployed.backend, run)
        raise
    if deployed.backend.plain and (unknown := deployed.beyond.get(target.slug)):
        await run.emit(Warned(text=f"{target.name} declares {', '.join(unknown)}: {NOT_KNOWN}"))
    more = f"all of it: {deployed.backend.address.command('executions show', follower.view.execution)}"
    if target.kind is TargetKind.WORKFLOW and not (request.task or deployed.backend.plain):
        again = deployed.backend.address.command("run --resume", follower.view.execution)
        more = f"{more}; to go on: {again}"
    return summary(follower.view, target.name, failed_hint=more)


def _follower(view: View, deployed: Deployed, pace: Pace, run: Run, detail: Detail = Detail.NONE) -> Follower:
    # Imported here: `--no-follow` does without it.
    from runcmd.follow.nested import DeepFollower

    return DeepFollower(deployed.backend, view, run.emit, pace, deployed.connect, detail=detail)


async def _create(target: Candidate, request: RunRequest, deployed: Deployed, pace: Pace, run: Run) -> View:
    """Creates it, and says so. Cancelled meanwhile: what was created is cancelled too."""
    view: View | None = None
    backend = deployed.backend

    async def create() -> None:
        nonlocal view
        execution, created, warnings = await _begun(target, request, deployed)
        view = View(execution=created.execution, kind=target.kind)
        await run.emit(created)
        for warning in (*warnings, *warnings_about(execution)):
            await run.emit(warning)

    await anyio.lowlevel.checkpoint_if_cancelled()
    try:
        await run.finish(create)
    except anyio.get_cancelled_exc_class():
        if view is None:
            await run.cancel_and_confirm("", _unreachable)
            run.result = RunFinished(
                outcome=Outcome.CANCELLED,
                exit_code=run.exit_code,
                kind=target.kind,
                name=target.name,
                error=f"cancelled before the backend said whether it started {target.name}",
                hint=f"see: {backend.address.command('executions list')}",
            )
        else:
            await _cancel(_follower(view, deployed, pace, run), target.name, backend, run)
        raise
    assert view is not None, "create() raises or sets it"
    return view


async def _begun(
    target: Candidate, request: RunRequest, deployed: Deployed
) -> tuple[Execution, ExecutionCreated, tuple[Warned, ...]]:
    """The execution as it was accepted, and what is said of it."""
    if request.resume or request.task:
        from runcmd.resuming import begin

        begun = await begin(target, request, deployed.org, deployed.backend)
        return begun.execution, begun.created, begun.warnings
    message = await with_instance(execution_of(target, request, deployed.org), target, deployed.backend)
    if request.models:
        from runcmd.models import with_models

        message = await with_models(message, target, request.models, deployed.backend)
    if request.limits:
        from runcmd.limits import with_limits

        message = await with_limits(message, request.limits, deployed.backend)
    execution = await create_execution(message, deployed.backend)
    created = ExecutionCreated(
        execution=execution.metadata.id, kind=target.kind, name=target.name, session=session_of(execution)
    )
    return execution, created, ()


async def _unreachable() -> CancelOutcome:
    return CancelOutcome.UNREACHABLE


async def _cancel(follower: Follower, name: str, backend: Backend, run: Run) -> None:
    from runcmd.follow.summary import cancelled

    execution = follower.view.execution

    async def cancel() -> CancelOutcome:
        reason = run.reason.value if run.reason else "interrupted"
        return await backend.cancel(execution, f"cancelled by the client: {reason}", CANCEL_WAIT_SECONDS)

    async def last_words(outcome: CancelOutcome) -> None:
        if outcome in (CancelOutcome.CONFIRMED, CancelOutcome.ALREADY_FINISHED):
            # There may be much that it said last; that it was cancelled is known all the same.
            deadline = anyio.current_effective_deadline() - ANSWER_SECONDS
            with suppress(BackendError), anyio.CancelScope(deadline=deadline):
                await follower.poll()

    outcome = await run.cancel_and_confirm(execution, cancel, last_words)
    run.result = cancelled(outcome, follower.view, name, run.exit_code, backend.address)
