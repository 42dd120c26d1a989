"""Skills: what may be pushed, and what comes back."""

from __future__ import annotations

import hashlib

import pytest

from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.skill_pb2 import GetArtifactRequest, Skill, SkillId
from tests.stigmerd.services.served import Refused, ServedBackend
from tests.support.api import Api
from tests.support.skills import BAD, MANUAL, packed, push


async def test_a_push_is_kept_whole(api: Api) -> None:
    artifact = packed({"SKILL.md": MANUAL, "scripts/run.py": "print(1)"})
    skill = await api.skill.push(push(artifact, tag="v1"))
    digest = hashlib.sha256(artifact).hexdigest()
    assert (skill.metadata.slug, skill.metadata.org, skill.metadata.owner_scope) == ("reviewing", "local", 2)
    assert (skill.spec.skill_md, skill.spec.tag) == (MANUAL, "v1")
    assert (skill.status.version_hash, skill.status.state) == (digest, 2)
    assert skill.status.artifact_storage_key == f"skills/{digest}.zip"
    got = await api.skill.getArtifact(GetArtifactRequest(artifact_storage_key=f"skills/{digest}.zip"))
    assert got.artifact == artifact
    assert await api.skill.get(SkillId(value=skill.metadata.id)) == skill


async def test_versions_are_found_by_tag_and_hash(api: Api, refused: Refused) -> None:
    first = await api.skill.push(push(packed({"SKILL.md": "one"}), tag="v1"))
    again = await api.skill.push(push(packed({"SKILL.md": "one"}), tag="v1"))
    assert again == first
    second = await api.skill.push(push(packed({"SKILL.md": "two"}), tag="v2"))
    assert second.metadata.id == first.metadata.id
    assert second.status.audit.spec_audit.event == "updated"

    async def at(version: str) -> Skill:
        reference = ApiResourceReference(slug="reviewing", version=version)
        return await api.skill.getByReference(reference)  # type: ignore[no-any-return]

    assert await at("") == await at("latest") == await at("v2") == second
    assert (await at("v1")).spec.skill_md == "one"
    assert (await at(first.status.version_hash)).spec.skill_md == "one"
    with refused("NOT_FOUND", "skill version not found: reviewing:v3"):
        await at("v3")


async def test_agents_get_the_zip(world: ServedBackend) -> None:
    artifact = packed()
    await world.api.skill.push(push(artifact))
    skill, found = world.agents.lookup.skill_artifact(ApiResourceReference(slug="reviewing"))
    assert (skill.spec.skill_md, found) == (MANUAL, artifact)
    with pytest.raises(LookupError, match="Skill not found: nobody"):
        world.agents.lookup.skill_artifact(ApiResourceReference(slug="nobody"))


async def test_a_deleted_skill_leaves_no_zip_that_nobody_needs(api: Api, refused: Refused) -> None:
    shared, own = packed({"SKILL.md": "shared"}), packed({"SKILL.md": "own"})
    other = await api.skill.push(push(shared, "Other"))
    await api.skill.push(push(own))
    skill = await api.skill.push(push(shared))  # `own` is an earlier version now
    earlier = GetArtifactRequest(artifact_storage_key=f"skills/{hashlib.sha256(own).hexdigest()}.zip")
    kept = GetArtifactRequest(artifact_storage_key=skill.status.artifact_storage_key)
    assert (await api.skill.getArtifact(earlier)).artifact == own
    await api.skill.delete(SkillId(value=skill.metadata.id))
    with refused("NOT_FOUND"):
        await api.skill.getArtifact(earlier)
    assert (await api.skill.getArtifact(kept)).artifact == shared
    await api.skill.delete(SkillId(value=other.metadata.id))
    with refused("NOT_FOUND"):
        await api.skill.getArtifact(kept)


async def test_delete(api: Api, refused: Refused) -> None:
    skill = await api.skill.push(push(packed()))
    assert await api.skill.delete(SkillId(value=skill.metadata.id)) == skill
    with refused("NOT_FOUND", "Skill not found"):
        await api.skill.getByReference(ApiResourceReference(slug="reviewing"))


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "skills/../stigmerd.db", "skills/x.zip", "/", "a" * 3000]
)
async def test_a_storage_key_is_no_path(api: Api, refused: Refused, key: str) -> None:
    with refused("INVALID_ARGUMENT", "artifact_storage_key"):
        await api.skill.getArtifact(GetArtifactRequest(artifact_storage_key=key))


async def test_an_unknown_artifact(api: Api, refused: Refused) -> None:
    with refused("NOT_FOUND", "artifact not found"):
        await api.skill.getArtifact(GetArtifactRequest(artifact_storage_key=f"skills/{'0' * 64}.zip"))


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_archive_is_refused(api: Api, refused: Refused, case: str) -> None:
    make, text = BAD[case]
    with refused("INVALID_ARGUMENT", text):
        await api.skill.push(push(make()))
    with refused("NOT_FOUND"):
        await api.skill.getByReference(ApiResourceReference(slug="reviewing"))
