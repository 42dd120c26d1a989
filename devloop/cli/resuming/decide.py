"""What becomes of an execution that somebody wants to resume?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from devloop.cli.flags import WatchFlags
from runcmd.backend.calls import Backend
from runcmd.backend.messages import Execution
from runcmd.backend.refusals import NotFoundError
from runcmd.errors import RunError, TargetError, UsageError
from runcmd.events import TargetKind
from runcmd.frozen import Frozen
from runcmd.reasons import reason
from runcmd.request import RunRequest
from runcmd.resuming import ResumptionPlan, planned
from runcmd.target import comes_from
from runcmd.which_execution import find_execution
from stigmer_api.facts import PHASE_COMPLETED, PHASE_FAILED, is_terminal

if TYPE_CHECKING:
    from runcmd.project import Project

CONTINUE: Final = "continue"  # what an agent is told if nobody says something else
SHOWN: Final = 6  # of the tasks that are kept


class Decision(Frozen):
    """Without a request the execution is followed, or shown. With a question somebody may be asked first."""

    execution: str
    request: RunRequest | None = None
    question: str = ""
    told: tuple[str, ...] = ()  # before the question


async def decide(flags: WatchFlags, request: RunRequest, backend: Backend) -> Decision:
    """Raises RunError."""
    kind, found = await find_execution(flags.resume, backend)
    if kind is TargetKind.AGENT:
        return await _of_agent(flags, request, found, backend)
    follows = not is_terminal(found.status.phase)
    if follows or (found.status.phase == PHASE_COMPLETED and not flags.from_task):
        _refuse_wishes(flags, found, "still runs" if follows else "is completed")
        return Decision(execution=found.metadata.id)
    if flags.message is not None:
        raise UsageError(
            "--message is for an agent that goes on; a workflow keeps the message that it began with",
            code="E0102",
            hint="leave it out, or run the workflow anew",
        )
    workflow = found.spec.workflow_id  # type: ignore[union-attr]
    request = replace(
        request,
        project=await _project(request, kind, workflow, backend),
        selector=workflow,
        resume=found.metadata.id,
        default=None,
    )
    plan: ResumptionPlan | None = None
    with suppress(*(() if request.project is None else (RunError,))):  # today's code may not be there yet
        plan = await planned(request, backend)
    return Decision(
        execution=found.metadata.id,
        request=request,
        question="Go on with it?",
        told=_told(found, plan.tasks if plan else (), plan.kept if plan else ()),
    )


async def _of_agent(flags: WatchFlags, request: RunRequest, found: Execution, backend: Backend) -> Decision:
    ended = is_terminal(found.status.phase)
    for option, given in (("--from", flags.from_task), ("--input", flags.input is not None)):
        if given:
            raise UsageError(
                f"{option} is for a workflow, and {found.metadata.id} is an agent's execution",
                code="E0102",
                hint="say something to the agent: -m TEXT",
            )
    if not ended or (found.status.phase == PHASE_COMPLETED and flags.message is None):
        _refuse_wishes(flags, found, "still runs" if not ended else "")
        return Decision(execution=found.metadata.id)
    message = CONTINUE if flags.message is None else request.message
    spec: Any = found.spec
    if not spec.session_id:
        raise TargetError(
            f"{found.metadata.id} has no session to go on with",
            code="E0640",
            hint="ask the agent anew: stigmer run AGENT -m TEXT",
        )
    said = f'say "{message}"' if flags.message is None else "say it"
    return Decision(
        execution=found.metadata.id,
        request=replace(
            request,
            project=await _project(request, TargetKind.AGENT, spec.agent_id, backend),
            selector=spec.agent_id,
            session=spec.session_id,
            message=message,
            default=None,
        ),
        question=f"Go on with its conversation, and {said}?" if flags.message is None else "",
        told=_told(found, (), ()),
    )


def _refuse_wishes(flags: WatchFlags, found: Execution, state: str) -> None:
    """Of one that is only shown or followed."""
    if state and (flags.from_task or flags.input is not None or flags.message is not None):
        raise UsageError(
            f"{found.metadata.id} {state}: there is nothing to go on with",
            code="E0102",
            hint="without --from, --input and --message it is shown; --from TASK runs a part of a completed "
            "execution again",
        )


async def _project(
    request: RunRequest, kind: TargetKind, resource_id: str, backend: Backend
) -> Project | None:
    """The project here, if it is the one that declares what runs: its code may be newer."""
    if request.project is None:
        return None
    with suppress(NotFoundError):
        if comes_from(request.project, await backend.get(kind, resource_id)):
            return request.project
    return None


def _told(found: Execution, tasks: Sequence[str], kept: Sequence[str]) -> tuple[str, ...]:
    status = found.status
    word = "failed" if status.phase == PHASE_FAILED else "was cancelled"
    lines = [f"{found.metadata.id} {word}: {reason(status.error).one_line}".rstrip(": ")]
    if tasks:
        lines.append(f"It goes on at {', '.join(tasks)}.")
    kept = [path for path in kept if not any(path.startswith((f"{each}/", f"{each}[")) for each in kept)]
    if kept:
        names = ", ".join(kept[:SHOWN]) + (f" and {len(kept) - SHOWN} more" if len(kept) > SHOWN else "")
        lines.append(f"Not run again: {names}.")
    return tuple(lines)
