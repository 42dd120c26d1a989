"""One document of a file, brought to the backend: was it created, updated, or there already?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from runcmd.backend.calls import APPLY_SECONDS, LOOKUP_SECONDS, Backend
from runcmd.backend.messages import AGENTIC
from runcmd.backend.refusals import NotFoundError, RefusedError, UnsupportedError
from runcmd.errors import BackendError
from runcmd.events import AppliedChange, Emit, ManifestApplied
from stigmer_api.facts import ORGANIZATION_SCOPE, ResourceKind

if TYPE_CHECKING:
    from runcmd.synthesis.documents import Document

SESSION_PAGE: Final = 1000


async def put(document: Document, message: Any, backend: Backend, org: str, emit: Emit) -> Any:
    """Applies it, and says what changed; the resource as it is stored. Raises ProjectError, BackendError."""
    message.metadata.org = message.metadata.org or org
    try:
        before = await _stored(document, backend, message.metadata.org)
        service = f"{AGENTIC}.{document.title.lower()}.v1.{document.title}"
        after: Any = await backend.transport.call(
            f"{service}CommandController/apply", message, type(message), APPLY_SECONDS
        )
    except RefusedError as error:
        raise document.place.mistake(error.message, code=error.code, hint=error.hint) from error
    except UnsupportedError as error:
        raise BackendError(
            f"this server does not store a {document.title}: {document.place.source}:{document.place.line}",
            code=error.code,
            hint="leave it out, or use the local backend",
        ) from error
    await emit(
        ManifestApplied(
            resource=document.title,
            name=document.name,
            slug=after.metadata.slug or document.slug,
            id=after.metadata.id,
            change=_change(before, after),
            source=document.place.source,
            document=document.place.document,
        )
    )
    return after


async def _stored(document: Document, backend: Backend, org: str) -> Any:
    """What the backend has of it; None: nothing."""
    message: Any = type(document.message)
    service = f"{AGENTIC}.{document.title.lower()}.v1.{document.title}QueryController"
    if document.kind is ResourceKind.SESSION:
        from stigmer_api.session_pb2 import ListSessionsRequest, SessionList

        listed = await backend.transport.call(
            f"{service}/list", ListSessionsRequest(page_size=SESSION_PAGE), SessionList, LOOKUP_SECONDS
        )
        same = (each for each in listed.entries if each.metadata.slug == document.slug)
        return next((each for each in same if each.metadata.org == org), None)
    from stigmer_api.apiresource_pb2 import ApiResourceReference

    reference = ApiResourceReference(
        scope=ORGANIZATION_SCOPE,  # type: ignore[arg-type]  # an enum's number
        org=org,
        kind=document.kind,  # type: ignore[arg-type]
        slug=document.slug,
    )
    try:
        return await backend.transport.call(f"{service}/getByReference", reference, message, LOOKUP_SECONDS)
    except NotFoundError:
        return None


def _change(before: Any, after: Any) -> AppliedChange:
    """By the time of the last change: a server that knows better than to write what is there leaves it."""
    if before is None:  # or it is a session, on a server that does not list them
        was_there = after.status.audit.spec_audit.event == "updated"
        return AppliedChange.UPDATED if was_there else AppliedChange.CREATED
    same = before.status.audit.spec_audit.updated_at == after.status.audit.spec_audit.updated_at
    return AppliedChange.UNCHANGED if same else AppliedChange.UPDATED
