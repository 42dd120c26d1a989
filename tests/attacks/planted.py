"""Where a planted secret could come to light: the data directory, and every answer of the API."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import grpc

from stigmer_api.agentexecution_pb2 import AgentExecutionId, ListAgentExecutionsRequest
from stigmer_api.apiresource_pb2 import ApiResourceId
from stigmer_api.devloop_pb2 import ListResourcesRequest
from stigmer_api.session_pb2 import ListSessionsRequest
from stigmer_api.workflowexecution_pb2 import (
    ListWorkflowExecutionsRequest,
    SubscribeWorkflowExecutionRequest,
)
from stigmerd.resources.kinds import KINDS
from tests.support.api import FAMILIES, Api


async def said(api: Api) -> str:
    """All that the API tells of all that it has."""
    listed = await api.resources.list(ListResourcesRequest(kinds=list(KINDS), page_size=100))
    answers: list[Any] = [
        listed,
        await api.agent_execution.list(ListAgentExecutionsRequest()),
        await api.workflow_execution.list(ListWorkflowExecutionsRequest()),
        await api.session.list(ListSessionsRequest()),
    ]
    for item in listed.items:
        kind = KINDS[item.kind]
        family = getattr(api, next(name for name, (_, title) in FAMILIES.items() if title == kind.title))
        answers.append(await got(family, item.id))
        if kind.title == "AgentExecution":
            request: Any = AgentExecutionId(value=item.id)
            answers += [snapshot async for snapshot in family.subscribe(request)]
        if kind.title == "WorkflowExecution" and answers[-1].status.phase >= 3:
            request = SubscribeWorkflowExecutionRequest(execution_id=item.id)
            answers += [snapshot async for snapshot in family.subscribe(request)]
    return "\n".join(map(str, answers))


async def got(family: Any, resource_id: str) -> Any:
    """Each kind has an id of its own; all of them are one text."""
    try:
        return await family.get(ApiResourceId(value=resource_id))
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.NOT_FOUND:  # a context goes with its execution
            return f"{resource_id} is gone"
        raise


def stored(data_dir: Path) -> bytes:
    """All files, as they are on the disk now."""
    return b"\n".join(
        path.read_bytes() for path in sorted(data_dir.rglob("*")) if path.is_file() and not path.is_symlink()
    )


def spellings(secret: str) -> set[str]:
    """The value, and the ways in which it gets into files and answers."""
    return {secret, base64.b64encode(secret.encode()).decode(), secret.encode().hex()}


def is_nowhere(secret: str, *places: str | bytes) -> None:
    for place in places:
        text = place.decode("utf-8", "replace") if isinstance(place, bytes) else place
        for spelling in spellings(secret):
            at = text.find(spelling)
            assert at < 0, f"…{text[max(0, at - 200) : at + 100]}"
