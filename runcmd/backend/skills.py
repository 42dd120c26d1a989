"""The calls to a backend that push skills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcmd.backend.calls import LOOKUP_SECONDS, Backend
from runcmd.backend.refusals import NotFoundError, RefusedError
from stigmer_api.facts import ORGANIZATION_SCOPE, ResourceKind

if TYPE_CHECKING:
    from stigmer_api.skill_pb2 import Skill

PUSH_SECONDS = 120.0
QUERY = "/ai.stigmer.agentic.skill.v1.SkillQueryController"
COMMAND = "/ai.stigmer.agentic.skill.v1.SkillCommandController"


async def pushed(backend: Backend, name: str, org: str, artifact: bytes, tag: str) -> Skill:
    """The skill with its new version."""
    from stigmer_api.skill_pb2 import PushSkillRequest, Skill

    request = PushSkillRequest(
        name=name,
        scope=ORGANIZATION_SCOPE,  # type: ignore[arg-type]  # an enum's number
        org=org,
        artifact=artifact,
        tag=tag,
    )
    return await backend.transport.call(f"{COMMAND}/push", request, Skill, PUSH_SECONDS)


async def has_version(backend: Backend, slug: str, org: str, version: str) -> bool:
    """Whether it has this content under that name. A server that knows no versions gets it again."""
    from stigmer_api.apiresource_pb2 import ApiResourceReference
    from stigmer_api.skill_pb2 import Skill

    reference = ApiResourceReference(
        scope=ORGANIZATION_SCOPE,  # type: ignore[arg-type]
        org=org,
        kind=ResourceKind.SKILL,  # type: ignore[arg-type]
        slug=slug,
        version=version,
    )
    try:
        found = await backend.transport.call(f"{QUERY}/getByReference", reference, Skill, LOOKUP_SECONDS)
    except (NotFoundError, RefusedError):
        return False
    return found.status.version_hash == version
