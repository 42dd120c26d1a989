"""The calls that list, get and delete what a backend has stored."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from runcmd.backend.calls import LOOKUP_SECONDS, Backend
from runcmd.deployed.kinds import BY_NUMBER, StoredKind
from runcmd.frozen import Frozen
from stigmer_api.facts import (
    FILE_ANNOTATION,
    MAIN_ANNOTATION,
    ORGANIZATION_SCOPE,
    PROJECT_ANNOTATION,
    ResourceKind,
)

PAGE = 500
DELETE_SECONDS = 30.0
# These are deleted by a message of another shape.
BY_RESOURCE_ID = (ResourceKind.ENVIRONMENT, ResourceKind.MCP_SERVER)


class Stored(Frozen):
    """A resource in a list."""

    kind: str  # `agent`, `mcp-server`, …
    id: str
    name: str
    slug: str
    org: str
    description: str
    created_at: str  # RFC 3339
    updated_at: str
    project: str  # the directory that it was deployed from; empty: from none
    program: str  # that declares it

    @property
    def line(self) -> str:
        """`agent reviewer (agt-…)`"""
        return f"{self.kind.replace('-', ' ')} {self.name} ({self.id})"


async def stored(
    backend: Backend, kinds: Sequence[StoredKind], *, org: str = "", part: str = ""
) -> AsyncIterator[Stored]:
    """Newest first. `part`: of the name or slug, any case. Raises UnsupportedError: it has no such list."""
    from stigmer_api.devloop_pb2 import ListResourcesReply, ListResourcesRequest

    request = ListResourcesRequest(org=org, query=part, page_size=PAGE)
    request.kinds.extend(int(kind.number) for kind in kinds)  # type: ignore[misc]
    while True:
        reply = await backend.transport.call(
            "/stigmer.devloop.v1.Resources/list", request, ListResourcesReply, LOOKUP_SECONDS
        )
        for item in reply.items:
            yield Stored(
                kind=BY_NUMBER[item.kind].word,
                id=item.id,
                name=item.name,
                slug=item.slug,
                org=item.org,
                description=item.description,
                created_at=item.created_at,
                updated_at=item.updated_at,
                project=_project(item.annotations),
                program=item.annotations.get(MAIN_ANNOTATION, ""),
            )
        if reply.next_page_token == "":
            return
        request.page_token = reply.next_page_token


def _project(annotations: Mapping[str, str]) -> str:
    """Of what a file declares there is none, wherever it was applied."""
    return "" if FILE_ANNOTATION in annotations else annotations.get(PROJECT_ANNOTATION, "")


async def get(backend: Backend, kind: StoredKind, resource_id: str) -> Any:
    """Raises NotFoundError and other BackendErrors."""
    from stigmer_api.apiresource_pb2 import ApiResourceId

    # The id messages of all kinds look alike on the wire.
    method = kind.method("Query", "get")
    return await backend.transport.call(
        method, ApiResourceId(value=resource_id), kind.message, LOOKUP_SECONDS
    )


async def by_slug(backend: Backend, kind: StoredKind, slug: str, org: str) -> Any:
    """Raises NotFoundError and other BackendErrors."""
    from stigmer_api.apiresource_pb2 import ApiResourceReference

    reference = ApiResourceReference(
        scope=ORGANIZATION_SCOPE,  # type: ignore[arg-type]  # an enum's number
        org=org,
        kind=kind.number,  # type: ignore[arg-type]
        slug=slug,
    )
    method = kind.method("Query", "getByReference")
    return await backend.transport.call(method, reference, kind.message, LOOKUP_SECONDS)


async def delete(backend: Backend, kind: StoredKind, resource_id: str) -> None:
    """Raises NotFoundError and other BackendErrors."""
    from stigmer_api.apiresource_pb2 import ApiResourceDeleteInput, ApiResourceId

    request: Any = ApiResourceId(value=resource_id)
    if kind.number in BY_RESOURCE_ID:
        request = ApiResourceDeleteInput(resource_id=resource_id)
    await backend.transport.call(kind.method("Command", "delete"), request, kind.message, DELETE_SECONDS)
