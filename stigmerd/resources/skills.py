"""Skills are kept in all their versions; those with the same content share a zip."""

from __future__ import annotations

import hashlib
import re

from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.ids import new_id
from stigmer_api.messages import copied
from stigmer_api.skill_pb2 import Skill, SkillState
from stigmerd.resources.audit import stamp_created, stamp_updated
from stigmerd.resources.kinds import SKILL
from stigmerd.resources.names import prepare_metadata
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import invalid, not_found
from stigmerd.store.clock import now, text_of

STORAGE_KEY = re.compile(r"skills/[0-9a-f]{64}\.zip")
KEY_OF_HASH = "skills/{}.zip"
CURRENT = ("", "latest")


class SkillCollection:
    """All of them raise RpcError."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def put(self, fresh: Skill, artifact: bytes) -> Skill:
        """Create it or add a version; the same content again changes nothing."""
        prepare_metadata(fresh.metadata, SKILL.title)
        stored = self._repository.by_slug(SKILL, fresh.metadata.slug, fresh.metadata.org)
        with self._repository.transaction():
            return self._add(fresh, artifact) if stored is None else self._change(stored, fresh, artifact)

    def remove(self, skill_id: str) -> Skill:
        stored = self._repository.get(SKILL, skill_id)
        with self._repository.transaction():
            self._repository.delete(SKILL, stored.metadata.id)
            # Two skills with the same content share a zip.
            self._repository.store.versions.drop_unused_artifacts(KEY_OF_HASH)
        return stored

    def version_of(self, reference: ApiResourceReference) -> Skill:
        """The current one, or the newest with that tag or hash."""
        current = self._repository.by_reference(SKILL, reference)
        wanted = reference.version
        if wanted in CURRENT or wanted in (current.spec.tag, current.status.version_hash):
            return current
        data = self._repository.store.versions.find(current.metadata.id, wanted)
        if data is None:
            raise not_found(f"skill version not found: {reference.slug}:{wanted}")
        return Skill.FromString(data)

    def artifact(self, key: str) -> bytes:
        if not STORAGE_KEY.fullmatch(key):
            raise invalid(
                f"validation error: artifact_storage_key: {key[:100]!r} is none; a skill's status has it"
            )
        found = self._repository.store.versions.artifact(key)
        if found is None:
            raise not_found(f"artifact not found: {key}")
        return found

    def _add(self, skill: Skill, artifact: bytes) -> Skill:
        skill.metadata.id = new_id(SKILL.prefix)
        stamp_created(skill)
        self._keep_artifact(skill, artifact)
        self._repository.insert(SKILL, skill)
        self._archive(skill)
        return skill

    def _change(self, stored: Skill, fresh: Skill, artifact: bytes) -> Skill:
        skill = copied(stored)
        skill.spec.CopyFrom(fresh.spec)
        skill.metadata.name = fresh.metadata.name
        skill.metadata.owner_scope = fresh.metadata.owner_scope
        self._keep_artifact(skill, artifact)
        if skill == stored:
            return stored
        stamp_updated(skill)
        self._repository.replace(SKILL, skill)
        self._archive(skill)
        return skill

    def _keep_artifact(self, skill: Skill, artifact: bytes) -> None:
        skill.status.version_hash = hashlib.sha256(artifact).hexdigest()
        skill.status.artifact_storage_key = KEY_OF_HASH.format(skill.status.version_hash)
        skill.status.state = SkillState.SKILL_STATE_READY
        key, versions = skill.status.artifact_storage_key, self._repository.store.versions
        if versions.artifact(key) is None:
            versions.put_artifact(key, artifact, now())

    def _archive(self, skill: Skill) -> None:
        self._repository.store.versions.add(
            skill.metadata.id,
            hash=skill.status.version_hash,
            tag=skill.spec.tag,
            data=skill.SerializeToString(),
            at=text_of(skill.status.audit.spec_audit.updated_at),
        )
