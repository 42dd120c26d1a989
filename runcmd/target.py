"""Find the target: among the project's own, else in the backend."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

from runcmd.backend.calls import Backend
from runcmd.backend.refusals import NotFoundError, UnsupportedError
from runcmd.deploy import Deployed
from runcmd.events import Event, TargetKind, TargetResolved
from runcmd.project import Project
from runcmd.request import RunRequest
from runcmd.resolve import (
    KINDS,
    Candidate,
    as_id,
    as_kind_and_slug,
    as_slugs,
    default_missing,
    no_longer_declared,
    nobody_chose,
    not_found,
    nothing_to_run,
    resolve,
)
from runcmd.resource import Resource
from stigmer_api.facts import FILE_ANNOTATION, PROJECT_ANNOTATION

LIKE_AN_ID = re.compile("(?:agt|wfl|wf|ain|win)[-_]")
# Asks somebody; None: nobody chose.
Choose = Callable[[Sequence[Candidate]], Awaitable[Candidate | None]]


async def find_target(
    request: RunRequest,
    deployed: Deployed,
    choose: Choose | None,
    emit: Callable[[Event], Awaitable[None]],
) -> Candidate:
    """What this request runs. Raises RunError: there is none, or nobody to choose among several."""
    target, how = await _find(request, deployed, choose)
    await emit(
        TargetResolved(
            kind=target.kind,
            name=target.name,
            slug=target.slug,
            id=target.id,
            description=target.description,
            instance=target.instance,
            how=how,
        )
    )
    return target


async def _find(request: RunRequest, deployed: Deployed, choose: Choose | None) -> tuple[Candidate, str]:
    """And how it was found."""
    candidates, runnable = deployed.candidates, deployed.documents.runnable
    if request.selector is not None:
        found = resolve(request.selector, candidates) or _of_files(request.selector, deployed)
        if found is None:
            backend, org = deployed.backend, deployed.org
            found = await _deployed(request.selector, request.project, candidates, backend, org)
        return found, "given"
    if not runnable and request.default is not None:
        found = resolve(request.default, candidates)
        if found is None:
            raise default_missing(request.default, candidates)
        return found, "default"
    candidates = runnable or candidates
    if len(candidates) == 1:
        return candidates[0], "only"
    if not candidates:
        raise nothing_to_run()
    chosen = await choose(candidates) if choose else None
    if chosen is None:
        names = deployed.documents.names(candidates)
        raise nobody_chose(candidates, names, request.typed, of_files=bool(runnable))
    return chosen, "chosen"


def _of_files(selector: str, deployed: Deployed) -> Candidate | None:
    """An instance or a session that a file declares."""
    known = deployed.documents.instances
    by_slug = (known[slug] for slug in as_slugs(selector) if slug in known)
    by_id = (each for each in known.values() if selector in (each.session, each.instance, each.name))
    return next(by_slug, None) or next(by_id, None)


async def _deployed(
    selector: str, project: Project | None, candidates: Sequence[Candidate], backend: Backend, org: str
) -> Candidate:
    """What the backend has, but not by a name that this project has given up. Raises RunError."""
    given_up: Candidate | None = None
    if LIKE_AN_ID.match(selector):
        from runcmd.deployed.find import whole_id

        selector = await whole_id(selector, backend)
    wanted = as_id(selector)
    if wanted is None or not wanted.instance:
        async for resource in _look_up(selector, backend, org):
            found = _candidate(resource)
            if project is None or wanted is not None or not comes_from(project, resource):
                return found
            given_up = given_up or found
    if instance := await _instance(selector, backend, org):
        return instance
    if given_up is not None and project is not None:
        raise no_longer_declared(selector, given_up.kind, candidates, project.main.name)
    raise not_found(selector, await _names(candidates, backend, org))


async def _look_up(selector: str, backend: Backend, org: str) -> AsyncIterator[Resource]:
    """What the backend has: of this organization, then of the platform, which everybody may use.

    Only NOT_FOUND means not found; any other trouble is raised.
    """
    wanted = as_id(selector)
    calls = [partial(backend.get, wanted.kind, each) for each in wanted.ids] if wanted else []
    exact = as_kind_and_slug(selector)
    named = [(kind, slug) for slug in as_slugs(selector) for kind in KINDS]
    places = [*([exact] if exact else []), *named]
    for owned in (backend.by_reference, backend.of_platform):
        calls += [partial(owned, kind, slug, org) for kind, slug in places]
    for call in calls:
        with suppress(NotFoundError):
            yield await call()


async def _instance(selector: str, backend: Backend, org: str) -> Candidate | None:
    """An instance of an agent or a workflow that the backend has."""
    from runcmd.instances import instance_named, instance_with_id

    wanted = as_id(selector)
    if wanted is not None and not wanted.instance:
        return None
    if wanted is not None:
        calls = [partial(instance_with_id, wanted.kind, each, backend) for each in wanted.ids]
    else:
        ways = [(kind, slug) for slug in as_slugs(selector) for kind in KINDS]
        calls = [partial(instance_named, kind, slug, backend, org) for kind, slug in ways]
    for call in calls:
        with suppress(NotFoundError, UnsupportedError):
            return await call()
    return None


def comes_from(project: Project, resource: Resource) -> bool:
    """Did this project's program declare it, whatever links lead to its directory?"""
    if FILE_ANNOTATION in resource.metadata.annotations:
        return False
    directory = resource.metadata.annotations.get(PROJECT_ANNOTATION, "")
    return bool(directory) and os.path.realpath(directory) == os.path.realpath(project.directory)


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
