"""Begins an execution that goes on with another one, or that runs one task alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcmd.backend.calls import Backend
from runcmd.backend.refusals import NotFoundError, RefusedError
from runcmd.backend.resumption_calls import begin_resumed, plan_resumption
from runcmd.create import runtime_values
from runcmd.errors import TargetError, UsageError
from runcmd.events import ExecutionCreated, TargetKind, Warned
from runcmd.frozen import Frozen
from runcmd.origin import origin_of
from runcmd.request import DEFAULT_MESSAGE, RunRequest
from runcmd.resolve import Candidate
from stigmer_api.agent_limits import LIMITS_ANNOTATION
from stigmer_api.facts import MODELS_ANNOTATION, OWNER_ANNOTATION

if TYPE_CHECKING:
    from stigmer_api.resumption_pb2 import ResumeReply, ResumeRequest, RunTaskRequest
    from stigmer_api.workflowexecution_pb2 import WorkflowExecution


class Begun(Frozen):
    """It was accepted."""

    execution: WorkflowExecution
    created: ExecutionCreated
    warnings: tuple[Warned, ...] = ()


class ResumptionPlan(Frozen):
    """What would happen: the tasks that run first, and those that are not run again."""

    tasks: tuple[str, ...]
    kept: tuple[str, ...]
    notices: tuple[str, ...]


async def planned(request: RunRequest, backend: Backend) -> ResumptionPlan:
    """Of a request to go on. Raises RunError."""
    try:
        reply = await plan_resumption(backend, _resume_request(request))
    except (NotFoundError, RefusedError) as error:
        raise _refused(error) from error
    return ResumptionPlan(tasks=tuple(reply.tasks), kept=tuple(reply.kept), notices=tuple(reply.notices))


async def begin(target: Candidate, request: RunRequest, org: str, backend: Backend) -> Begun:
    """Raises UsageError for what the backend refuses, TargetError for a task that there is not."""
    asked = _resume_request(request) if request.resume else _task_request(target, request, org)
    try:
        reply: ResumeReply = await begin_resumed(backend, asked)
    except (NotFoundError, RefusedError) as error:
        raise _refused(error) from error
    execution = reply.execution
    created = ExecutionCreated(
        execution=execution.metadata.id,
        kind=TargetKind.WORKFLOW,
        name=target.name,
        **origin_of(execution.metadata.annotations),
    )
    return Begun(
        execution=execution, created=created, warnings=tuple(Warned(text=each) for each in reply.notices)
    )


def refuse_agent(target: Candidate, request: RunRequest) -> None:
    """Raises UsageError if a task of an agent is meant."""
    if request.task and target.kind is TargetKind.AGENT:
        raise UsageError(
            f"{target.name} is an agent, and only workflows have tasks",
            code="E0103",
            hint="leave --task out, or name a workflow",
        )


def _refused(error: NotFoundError | RefusedError) -> UsageError | TargetError:
    kind = TargetError if isinstance(error, NotFoundError) else UsageError
    return kind(error.message, code=error.code, hint=error.hint, facts=error.facts)


def _resume_request(request: RunRequest) -> ResumeRequest:
    from stigmer_api.resumption_pb2 import ResumeRequest

    asked = ResumeRequest(execution_id=request.resume, from_task=request.from_task)
    _give(asked, request)
    return asked


def _task_request(target: Candidate, request: RunRequest, org: str) -> RunTaskRequest:
    from google.protobuf.json_format import ParseDict

    from stigmer_api.resumption_pb2 import RunTaskRequest

    asked = RunTaskRequest(task=request.task, org=org)
    if target.instance:
        asked.workflow_instance_id = target.instance
    else:
        asked.workflow_id = target.id
    if request.message != DEFAULT_MESSAGE:
        asked.message = request.message
    if request.values:
        ParseDict(dict(request.values), asked.values)
    _give(asked, request)
    return asked


def _give(asked: ResumeRequest | RunTaskRequest, request: RunRequest) -> None:
    from google.protobuf.json_format import ParseDict

    if request.task_input is not None:
        ParseDict(request.task_input.value, asked.input)
    for name, value in runtime_values(request.env):
        asked.runtime_env[name].CopyFrom(value)
    if request.owner:
        asked.annotations[OWNER_ANNOTATION] = request.owner
    asked.annotations.update(request.approvals.annotations())
    if request.models:
        from runcmd.models import annotation_of

        asked.annotations[MODELS_ANNOTATION] = annotation_of(request.models)
    if request.limits:
        from runcmd.limits import limits_annotation

        asked.annotations[LIMITS_ANNOTATION] = limits_annotation(request.limits)
