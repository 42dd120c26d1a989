"""Find the target: among the project's own, else in the backend."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from runcmd.backend.calls import Backend
from runcmd.backend.refusals import NotFoundError, UnsupportedError
from runcmd.deploy import Deployed
from runcmd.events import Event, TargetKind, TargetResolved
from runcmd.request import RunRequest
from runcmd.resolve import (
    KINDS,
    Candidate,
    as_id,
    as_slugs,
    default_missing,
    nobody_chose,
    not_found,
    resolve,
)
from runcmd.resource import Resource

# Asks somebody; None: nobody chose.
Choose = Callable[[Sequence[Candidate]], Awaitable[Candidate | None]]


async def find_target(
    request: RunRequest,
    deployed: Deployed,
    choose: Choose | None,
    emit: Callable[[Event], Awaitable[None]],
) -> Candidate:
    """What this request runs. Raises RunError: there is none, or nobody to choose among several."""
    target, how = await _find(request, deployed.candidates, deployed.backend, deployed.org, choose)
    await emit(
        TargetResolved(
            kind=target.kind,
            name=target.name,
            slug=target.slug,
            id=target.id,
            description=target.description,
            how=how,
        )
    )
    return target


async def _find(
    request: RunRequest,
    candidates: Sequence[Candidate],
    backend: Backend,
    org: str,
    choose: Choose | None,
) -> tuple[Candidate, str]:
    """And how it was found."""
    if request.selector is not None:
        found = resolve(request.selector, candidates) or await _look_up(request.selector, backend, org)
        if found is None:
            raise not_found(request.selector, await _names(candidates, backend, org))
        return found, "given"
    if request.default is not None:
        found = resolve(request.default, candidates)
        if found is None:
            raise default_missing(request.default, candidates)
        return found, "default"
    if len(candidates) == 1:
        return candidates[0], "only"
    chosen = await choose(candidates) if choose else None
    if chosen is None:
        raise nobody_chose(candidates)
    return chosen, "chosen"


async def _look_up(selector: str, backend: Backend, org: str) -> Candidate | None:
    """What the backend has. Only NOT_FOUND means not found; any other trouble is raised."""
    wanted = as_id(selector)
    calls = [partial(backend.get, wanted.kind, each) for each in wanted.ids] if wanted else []
    calls += [partial(backend.by_reference, kind, slug, org) for slug in as_slugs(selector) for kind in KINDS]
    for call in calls:
        try:
            return _candidate(await call())
        except NotFoundError:
            continue
    return None


def _candidate(resource: Resource) -> Candidate:
    return Candidate(
        kind=TargetKind(resource.kind.lower()),
        name=resource.metadata.name,
        slug=resource.metadata.slug,
        id=resource.metadata.id,
        description=resource.spec.description,
    )


async def _names(candidates: Sequence[Candidate], backend: Backend, org: str) -> list[str]:
    try:
        deployed = [item.slug for item in await backend.resources(org)]
    except UnsupportedError:
        deployed = []
    return [candidate.slug for candidate in candidates] + deployed
