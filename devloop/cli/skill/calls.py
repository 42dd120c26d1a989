"""The calls to a backend that are about skills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcmd.backend.calls import LOOKUP_SECONDS, PAGE_SIZE, Backend
from runcmd.backend.refusals import NotFoundError
from runcmd.backend.skills import QUERY
from stigmer_api.facts import ORGANIZATION_SCOPE, ResourceKind

if TYPE_CHECKING:
    from stigmer_api.devloop_pb2 import ResourceSummary
    from stigmer_api.skill_pb2 import Skill


async def current(backend: Backend, slug: str, org: str) -> Skill | None:
    """The newest version; None if there is none."""
    from stigmer_api.apiresource_pb2 import ApiResourceReference
    from stigmer_api.skill_pb2 import Skill

    reference = ApiResourceReference(
        scope=ORGANIZATION_SCOPE,  # type: ignore[arg-type]
        org=org,
        kind=ResourceKind.SKILL,  # type: ignore[arg-type]
        slug=slug,
    )
    try:
        return await backend.transport.call(f"{QUERY}/getByReference", reference, Skill, LOOKUP_SECONDS)
    except NotFoundError:
        return None


async def all_skills(backend: Backend, org: str) -> list[Skill]:
    """By name. Raises UnsupportedError on a server that has no such list."""
    from stigmer_api.skill_pb2 import Skill, SkillId

    skills: list[Skill] = []
    for summary in await _summaries(backend, org):
        try:
            skills.append(
                await backend.transport.call(f"{QUERY}/get", SkillId(value=summary.id), Skill, LOOKUP_SECONDS)
            )
        except NotFoundError:
            continue  # deleted meanwhile
    return sorted(skills, key=lambda each: each.metadata.name)


async def _summaries(backend: Backend, org: str) -> list[ResourceSummary]:
    from stigmer_api.devloop_pb2 import ListResourcesReply, ListResourcesRequest

    found: list[ResourceSummary] = []
    token = ""
    while True:
        request = ListResourcesRequest(
            kinds=[ResourceKind.SKILL],  # type: ignore[list-item]
            org=org,
            page_size=PAGE_SIZE,
            page_token=token,
        )
        reply = await backend.transport.call(
            "/stigmer.devloop.v1.Resources/list", request, ListResourcesReply, LOOKUP_SECONDS
        )
        found += reply.items
        token = reply.next_page_token
        if token == "":
            return found
