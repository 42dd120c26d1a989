"""How a run ended, in one block."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from runcmd.backend.address import Address
from runcmd.errors import EXIT_FAILED, EXIT_OK
from runcmd.events import CancelOutcome, Outcome, Phase, Role, RunFinished, TaskState, Totals
from runcmd.follow.view import View
from runcmd.reasons import reason
from runcmd.times import seconds_between
from stigmer_api.error_codes import split_code


def cancelled(outcome: CancelOutcome, view: View, name: str, exit_code: int, address: Address) -> RunFinished:
    """The closing block of a run that was to be cancelled. `address`: where its execution is."""
    finished = summary(view, name)
    match outcome:
        case CancelOutcome.ALREADY_FINISHED:
            return finished
        case CancelOutcome.CONFIRMED:
            return replace(finished, outcome=Outcome.CANCELLED, exit_code=exit_code)
        case CancelOutcome.UNSUPPORTED:
            return replace(
                finished,
                outcome=Outcome.DETACHED,
                exit_code=exit_code,
                error=f"detached: this server cannot cancel, so {view.execution} goes on",
                hint=f"look again with: {address.command('executions follow', view.execution)}",
            )
        case CancelOutcome.STILL_RUNNING | CancelOutcome.UNREACHABLE:
            return replace(
                finished,
                outcome=Outcome.DETACHED,
                exit_code=exit_code,
                error=f"detached; still running on the server: {view.execution}",
                hint=f"stop it with: {address.command('executions cancel', view.execution)}",
            )
        case _:
            assert_never(outcome)


def summary(view: View, name: str, *, failed_hint: str = "") -> RunFinished:
    """The closing block. `failed_hint`: where to see more if it failed."""
    states = [task.state for task in view.tasks.values()]
    succeeded = view.phase is Phase.COMPLETED
    error, code = split_code("" if succeeded else _error(view))
    return RunFinished(
        outcome=_outcome(view),
        exit_code=EXIT_OK if succeeded else EXIT_FAILED,
        execution=view.execution,
        kind=view.kind,
        name=name,
        seconds=seconds_between(view.started_at, view.completed_at),
        totals=Totals(
            messages=len(view.messages),
            tool_calls=len(view.calls),
            tasks=len(states),
            completed=states.count(TaskState.COMPLETED),
            failed=states.count(TaskState.FAILED),
            skipped=states.count(TaskState.SKIPPED),
            cancelled=states.count(TaskState.CANCELLED),
            usage=view.usage,
        ),
        answer=view.output or _last_text(view, Role.AI),
        error=error,
        hint=failed_hint if view.phase is Phase.FAILED else "",
        facts={**({"code": code} if code else {}), **reason(error).facts},
    )


def _outcome(view: View) -> Outcome:
    match view.phase:
        case Phase.COMPLETED:
            return Outcome.SUCCEEDED
        case Phase.FAILED:
            return Outcome.FAILED
        case Phase.CANCELLED:
            return Outcome.CANCELLED
        case Phase.PENDING | Phase.IN_PROGRESS | None:
            return Outcome.ERROR
        case _:
            assert_never(view.phase)


def _error(view: View) -> str:
    return view.error or _last_text(view, Role.SYSTEM) or _unexplained(view)


def _last_text(view: View, role: Role) -> str:
    texts = (message.text for message in reversed(view.messages) if message.role is role)
    return next((text for text in texts if text), "")


def _unexplained(view: View) -> str:
    failed = ", ".join(task.name for task in view.tasks.values() if task.state is TaskState.FAILED)
    if view.phase is Phase.CANCELLED:
        return "the execution was cancelled"
    return f"the execution failed{f' in {failed}' if failed else ''} and did not say why"
