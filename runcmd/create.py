"""What is sent to the backend to create an execution of a target."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from runcmd.backend.calls import Backend
from runcmd.backend.messages import Execution
from runcmd.backend.refusals import RefusedError, UnavailableError, UnsupportedError
from runcmd.errors import UsageError
from runcmd.events import Event, TargetKind, Warned
from runcmd.request import DEFAULT_MESSAGE, RunRequest, RuntimeVariable
from runcmd.resolve import Candidate
from stigmer_api.facts import (
    API_VERSION,
    ID_PREFIXES,
    MISSING_ANNOTATION,
    ORGANIZATION_SCOPE,
    OWNER_ANNOTATION,
    ResourceKind,
)
from stigmer_api.ids import new_id

if TYPE_CHECKING:
    from stigmer_api.executioncontext_pb2 import ExecutionValue


def execution_of(target: Candidate, request: RunRequest, org: str) -> Execution:
    """What is sent to create it."""
    return (
        _agent_execution(target, request, org)
        if target.kind is TargetKind.AGENT
        else _workflow_execution(target, request, org)
    )


async def with_instance(execution: Execution, target: Candidate, backend: Backend) -> Execution:
    """By the instance that was chosen; an agent's is asked in a session of it. Raises BackendError."""
    if not target.instance or session_of(execution):
        return execution
    if execution.kind == "WorkflowExecution":
        execution.spec.workflow_instance_id = target.instance  # type: ignore[union-attr]
    else:
        from runcmd.instances import session_for

        session = await session_for(target, backend, execution.metadata.org)
        execution.spec.session_id = session  # type: ignore[union-attr]
    return execution


def session_of(execution: Execution) -> str:
    """The id of the conversation that it belongs to; empty: it is a workflow's, or begins one."""
    return str(getattr(execution.spec, "session_id", ""))


async def warn_of_empty_values(request: RunRequest, emit: Callable[[Event], Awaitable[None]]) -> None:
    """Servers refuse them."""
    for variable in request.env:
        if not variable.value:
            await emit(Warned(text=f"{variable.name} has no value and is left out"))


def warnings_about(execution: Execution) -> Iterator[Warned]:
    """What its backend says of it when it was created."""
    names = execution.metadata.annotations.get(MISSING_ANNOTATION, "")
    if names:
        example = names.partition(",")[0]
        yield Warned(
            text=f"no value for {names.replace(',', ', ')}: what uses it will fail",
            hint=f"give one with -e {example}=value, or -e secret:{example} for a secret",
        )


async def create_execution(execution: Execution, backend: Backend) -> Execution:
    """Raises UsageError for what the backend refuses."""
    if backend.address.ours:
        # With an id from us it can be created again where the first attempt may have got lost, or not.
        agent = execution.kind == "AgentExecution"
        kind = ResourceKind.AGENT_EXECUTION if agent else ResourceKind.WORKFLOW_EXECUTION
        execution.metadata.id = new_id(ID_PREFIXES[kind])
    try:
        return await backend.create(execution)
    except RefusedError as error:
        missing = re.search("variable|no value", error.message)  # others refuse what lacks one
        hint = "give variables with --runtime-env NAME=VALUE" if missing else error.hint
        raise UsageError(error.message, code=error.code, hint=hint, facts=error.facts) from error
    except UnavailableError as error:
        listing = backend.address.command("executions list")
        error.hint = f"{error.hint}; it may have started anyway, see: {listing}"
        raise


def _agent_execution(target: Candidate, request: RunRequest, org: str) -> Execution:
    from stigmer_api.agentexecution_pb2 import AgentExecution

    execution = AgentExecution(api_version=API_VERSION, kind="AgentExecution")
    # The owner scope of an agent execution stays unspecified: servers refuse any other.
    execution.metadata.name = _name()
    execution.metadata.org = org
    _sign(execution, request)
    execution.spec.agent_id = target.id
    execution.spec.session_id = request.session
    execution.spec.message = request.message
    if request.attachments:
        from stigmer_api.attachments import ATTACHMENTS_ANNOTATION, encoded

        execution.metadata.annotations[ATTACHMENTS_ANNOTATION] = encoded(request.attachments)
    for name, value in runtime_values(request.env):
        execution.spec.runtime_env[name].CopyFrom(value)
    return execution


def _workflow_execution(target: Candidate, request: RunRequest, org: str) -> Execution:
    from stigmer_api.workflowexecution_pb2 import WorkflowExecution

    execution = WorkflowExecution(api_version=API_VERSION, kind="WorkflowExecution")
    execution.metadata.name = _name()
    execution.metadata.org = org
    _sign(execution, request)
    execution.metadata.owner_scope = ORGANIZATION_SCOPE  # type: ignore[assignment]  # an enum's number
    execution.spec.workflow_id = target.id
    execution.spec.trigger_message = trigger_message(request)
    for name, value in runtime_values(request.env):
        execution.spec.runtime_env[name].CopyFrom(value)
    return execution


def trigger_message(request: RunRequest) -> str:
    """What a workflow is started with: the message, or with `--input` a JSON object that has both.

    The contract has a text only. A backend makes `$input` of it: an object's members, beside `message`.
    """
    if request.input is None:
        return request.message
    import json

    typed = request.message != DEFAULT_MESSAGE
    # A message that was typed wins over one in the input, and that over the usual one.
    message = {"message": request.message}
    both = {**request.input, **message} if typed else {**message, **request.input}
    return json.dumps(both, ensure_ascii=False)


def refuse_input(target: Candidate, request: RunRequest, backend: Backend) -> None:
    """Raises UsageError if an agent gets data, or a workflow files; BackendError where none are taken."""
    what = _beside(request)
    if what and target.kind is TargetKind.WORKFLOW:
        raise UsageError(
            f"{target.name} is a workflow: {what} are given to agents",
            code="E1345",
            hint="give it data with --input",
        )
    if what and not backend.address.ours:
        raise UnsupportedError(
            f"this server takes no {what} with a message",
            code="E1346",
            hint="only the backend that comes with this command does; put the text into the message: -m -",
        )
    if request.input is not None and target.kind is TargetKind.AGENT:
        raise UsageError(
            f"{target.name} is an agent, and an agent is given a message, not an --input",
            code="E0132",
            hint="put it into the message: -m TEXT, or -m - for a file",
        )


def _beside(request: RunRequest) -> str:
    """What goes with the message, in words; empty: nothing."""
    if not request.attachments:
        return ""
    from stigmer_api.attachments import PROMPT

    return "prompts" if any(each.kind == PROMPT for each in request.attachments) else "files"


def _sign(execution: Execution, request: RunRequest) -> None:
    if request.owner:
        execution.metadata.annotations[OWNER_ANNOTATION] = request.owner
    execution.metadata.annotations.update(request.approvals.annotations())


def _name() -> str:
    return f"execution-{time.time_ns() // 1000}"


def runtime_values(env: Iterable[RuntimeVariable]) -> list[tuple[str, ExecutionValue]]:
    """The variables, as they are sent."""
    from stigmer_api.executioncontext_pb2 import ExecutionValue

    # Servers refuse empty values; the caller was warned of them.
    return [
        (each.name, ExecutionValue(value=each.value, is_secret=each.secret)) for each in env if each.value
    ]
