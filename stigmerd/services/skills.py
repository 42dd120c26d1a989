"""Skills: pushed as zips."""

from __future__ import annotations

from typing import Any

from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.facts import API_VERSION, ORGANIZATION_SCOPE
from stigmer_api.skill_pb2 import GetArtifactRequest, GetArtifactResponse, PushSkillRequest, Skill
from stigmerd.process.offload import aside
from stigmerd.resources.kinds import SKILL
from stigmerd.resources.repository import Repository
from stigmerd.resources.skills import SkillCollection
from stigmerd.services.resource_service import wanted_id
from stigmerd.services.rpc import Context


class Skills:
    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._collection = SkillCollection(repository)

    async def push(self, request: PushSkillRequest, context: Context) -> Skill:
        from stigmerd.resources.archive import manual_of  # zipfile: not at every start

        manual = await aside(len(request.artifact), manual_of, request.artifact)
        return self._collection.put(_skill(request, manual), request.artifact)

    async def delete(self, request: Any, context: Context) -> Skill:
        return self._collection.remove(wanted_id(request))

    async def get(self, request: Any, context: Context) -> Skill:
        return self._repository.get(SKILL, wanted_id(request))

    async def get_by_reference(self, request: ApiResourceReference, context: Context) -> Skill:
        return self._collection.version_of(request)

    async def get_artifact(self, request: GetArtifactRequest, context: Context) -> GetArtifactResponse:
        return GetArtifactResponse(artifact=self._collection.artifact(request.artifact_storage_key))


def _skill(request: PushSkillRequest, manual: str) -> Skill:
    skill = Skill(api_version=API_VERSION, kind=SKILL.title)
    skill.metadata.name = request.name
    skill.metadata.org = request.org
    skill.metadata.owner_scope = request.scope or ORGANIZATION_SCOPE  # type: ignore[assignment]
    skill.spec.skill_md = manual
    skill.spec.tag = request.tag
    return skill
