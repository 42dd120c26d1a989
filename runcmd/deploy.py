"""Bring what the project declares to the backend, and stay connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import field
from typing import TYPE_CHECKING

from runcmd.apply import apply, planned, prepared
from runcmd.backend.calls import Backend
from runcmd.backend.patience import Connect
from runcmd.connect import connected, organization
from runcmd.documents.applied import NO_DOCUMENTS, AppliedDocuments
from runcmd.events import Emit, ResourceApplied, TargetKind
from runcmd.frozen import Frozen
from runcmd.request import RunRequest, WantedLimit, WantedModel
from runcmd.resolve import Candidate
from runcmd.resource import KnownResource
from stigmer_api.agent_options import options_named

if TYPE_CHECKING:
    from runcmd.synthesis.interfaces import Synthesizer
    from runcmd.synthesis.manifest import Declared, Manifest


class Deployed(Frozen):
    """A backend that has all that the project declares."""

    candidates: tuple[Candidate, ...]  # what of the project can be run; outside a project nothing
    backend: Backend
    org: str
    connect: Connect  # finds the backend again should it be lost
    documents: AppliedDocuments = NO_DOCUMENTS  # what files with manifests declare besides
    # By the slug of an agent: what it says that only a backend of ours understands.
    beyond: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@asynccontextmanager
async def deploy(
    request: RunRequest,
    connect: Connect,
    emit: Emit,
    *,
    manifest: Manifest | None = None,
    known: Sequence[KnownResource] | None = None,
    synthesizer: Synthesizer | None = None,
) -> AsyncIterator[Deployed]:
    """Discover, plan, apply. `connect` is awaited during the synthesis. Outside a project it only connects.

    With a `manifest` that was discovered already, the project's program is not run again, and with what is
    `known` the backend is not asked what it has. The connection is open while the context is. Raises
    RunError.
    """
    if request.project is None:
        async with connected(await connect(), connect, emit) as backend:
            org = organization(request.org, None, backend.address)
            await _check_agents(request, (), backend, org)
            yield Deployed(candidates=(), backend=backend, org=org, connect=connect)
        return
    ready = prepared(request.project, connect, request.org, emit, manifest=manifest, synthesizer=synthesizer)
    async with ready as (found, backend, org):
        await _check_agents(request, _declared(found), backend, org)
        if found.documents:
            from runcmd.documents.deploy import apply_first, apply_rest, check

            await check(found.documents, _declared(found), backend, org)
            await apply_first(found.documents, backend, org, emit)
        applied = await apply(await planned(found, backend, org, known), backend, org, emit)
        candidates = tuple(_candidate(each, applied[each.key]) for each in found.resources)
        documents = NO_DOCUMENTS
        if found.documents:
            documents = await apply_rest(found.documents, candidates, applied, backend, org, emit)
        yield Deployed(
            candidates=candidates,
            backend=backend,
            org=org,
            connect=connect,
            documents=documents,
            beyond={
                each.slug: options_named(each.message.metadata.annotations)
                for each in found.resources
                if each.kind is TargetKind.AGENT
            },
        )


def known_of(manifest: Manifest | None, deployed: Deployed) -> tuple[KnownResource, ...]:
    """What the backend has by now, so that it need not be asked again."""
    if manifest is None:
        return ()
    return tuple(
        KnownResource(key=declared.key, id=candidate.id, hash=declared.hash)
        for declared, candidate in zip(manifest.resources, deployed.candidates, strict=True)
    )


def _declared(manifest: Manifest) -> tuple[Candidate, ...]:
    """What will be deployed; no backend has said what the ids are."""
    return tuple(
        Candidate(kind=each.kind, name=each.name, slug=each.slug, id="") for each in manifest.resources
    )


async def _check_agents(
    request: RunRequest, candidates: Sequence[Candidate], backend: Backend, org: str
) -> None:
    """Raises TargetError if a model or a limit is for an agent that there is not."""
    wanted: list[WantedModel | WantedLimit] = [*request.models, *request.limits]
    if any(each.agent for each in wanted):
        from runcmd.models import check_agents

        await check_agents(wanted, candidates, backend, org)


def _candidate(declared: Declared, applied: ResourceApplied) -> Candidate:
    return Candidate(
        kind=declared.kind,
        name=declared.name,
        slug=applied.slug,
        id=applied.id,
        description=declared.description,
    )
