"""The calls that begin executions with what others have done."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runcmd.backend.calls import CREATE_SECONDS, LOOKUP_SECONDS, Backend
from runcmd.backend.client_env import client_env
from runcmd.backend.refusals import ExistsError
from runcmd.backend.transport import Attempts
from runcmd.events import TargetKind
from stigmer_api.client_env import METADATA_KEY
from stigmer_api.facts import ID_PREFIXES, ResourceKind
from stigmer_api.ids import new_id

if TYPE_CHECKING:
    from stigmer_api.resumption_pb2 import ResumeReply, ResumeRequest, RunTaskRequest

SERVICE = "/stigmer.devloop.v1.ExecutionResumption"


async def plan_resumption(backend: Backend, request: ResumeRequest) -> ResumeReply:
    """Only says what would happen. Raises UnsupportedError on a server that cannot do it."""
    from stigmer_api.resumption_pb2 import ResumeReply

    request.dry_run = True
    return await backend.transport.call(f"{SERVICE}/resume", request, ResumeReply, LOOKUP_SECONDS)


async def begin_resumed(backend: Backend, request: ResumeRequest | RunTaskRequest) -> ResumeReply:
    """Begins it once, however often the backend is lost meanwhile. Raises BackendError."""
    from stigmer_api.resumption_pb2 import ResumeReply, ResumeRequest
    from stigmer_api.workflowexecution_pb2 import WorkflowExecution

    request.new_id = new_id(ID_PREFIXES[ResourceKind.WORKFLOW_EXECUTION])
    method = f"{SERVICE}/{'resume' if isinstance(request, ResumeRequest) else 'runTask'}"
    # Keys may go through a socket that only its owner can open, and nowhere else.
    local = backend.address.target.startswith("unix:") and not backend.address.tls
    more = ((METADATA_KEY, client_env(os.environ)),) if local else ()
    attempts = Attempts()
    try:
        return await backend.transport.call(
            method, request, ResumeReply, CREATE_SECONDS, more, repeatable=True, attempts=attempts
        )
    except ExistsError:
        if attempts.number < 2:
            raise
        found = await backend.execution(TargetKind.WORKFLOW, request.new_id)  # the first had got through
        assert isinstance(found, WorkflowExecution), "it has the id of one"
        return ResumeReply(execution=found)
