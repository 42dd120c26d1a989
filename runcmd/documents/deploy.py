"""Bring what files declare to the backend: environments and servers first, then instances and sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from runcmd.backend.calls import Backend
from runcmd.documents.applied import AppliedDocuments
from runcmd.documents.put import put
from runcmd.documents.references import INSTANCES, TEMPLATES, References
from runcmd.events import Emit, ManifestApplied, ResourceApplied
from runcmd.instances import candidate_of
from runcmd.resolve import Candidate
from runcmd.resource import key
from stigmer_api.facts import PLATFORM_SCOPE, ResourceKind
from stigmer_api.messages import copied

if TYPE_CHECKING:
    from runcmd.synthesis.documents import Document

FIRST: Final = (ResourceKind.ENVIRONMENT, ResourceKind.MCP_SERVER)


def _check_organization(documents: Sequence[Document], org: str) -> None:
    """Raises ProjectError for a document that says that it belongs to another organization."""
    for each in documents:
        own = each.metadata.org
        if own and own != org and each.metadata.owner_scope != PLATFORM_SCOPE:
            raise each.at("metadata.org").mistake(
                f'the {each.title} {each.slug} belongs to "{own}", and this run is for "{org}"',
                code="E0248",
                hint=f"add --org {own}, or leave `org` out",
            )


async def check(
    documents: Sequence[Document], declared: Sequence[Candidate], backend: Backend, org: str
) -> None:
    """Before anything is applied. Raises ProjectError for what is not there, or belongs to others.

    `declared`: what will be deployed, so far without ids.
    """
    _check_organization(documents, org)
    found = References(documents, declared, backend, org)
    for each in documents:
        if each.kind in INSTANCES:
            await found.complete_instance(each, copied(each.message))
            kind = INSTANCES[each.kind]
            found.add(each, Candidate(kind=kind, name=each.name, slug="", id="", instance=each.slug))
    for each in documents:
        if each.kind is ResourceKind.SESSION:
            await found.instance_of_session(each)


async def apply_first(documents: Sequence[Document], backend: Backend, org: str, emit: Emit) -> None:
    """What agents and workflows may need. Raises RunError."""
    for each in documents:
        if each.kind in FIRST:
            await put(each, copied(each.message), backend, org, emit)


async def apply_rest(
    documents: Sequence[Document],
    deployed: Sequence[Candidate],
    applied: Mapping[str, ResourceApplied],
    backend: Backend,
    org: str,
    emit: Emit,
) -> AppliedDocuments:
    """What needs agents and workflows, which are deployed already. Raises RunError."""
    found = References(documents, deployed, backend, org)
    for each in documents:
        if each.kind in TEMPLATES:
            await emit(_of_template(each, applied[key(TEMPLATES[each.kind], each.slug)]))
    for each in documents:
        if each.kind in INSTANCES:
            message: Any = copied(each.message)
            await found.complete_instance(each, message)
            stored = await put(each, message, backend, org, emit)
            found.add(each, await candidate_of(INSTANCES[each.kind], stored, backend))
    for each in documents:
        if each.kind is ResourceKind.SESSION:
            message = copied(each.message)
            instance = await found.instance_of_session(each)
            message.spec.agent_instance_id = instance.instance
            stored = await put(each, message, backend, org, emit)
            found.add(each, replace(instance, name=each.name, session=stored.metadata.id))
    return AppliedDocuments(instances=found.instances, runnable=tuple(found.runnable()))


def _of_template(document: Document, applied: ResourceApplied) -> ManifestApplied:
    return ManifestApplied(
        resource=document.title,
        name=document.name,
        slug=applied.slug,
        id=applied.id,
        change=applied.change,
        source=document.place.source,
        document=document.place.document,
    )
