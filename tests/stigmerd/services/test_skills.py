"""Skills: what may be pushed, and what comes back."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable

import pytest

from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.skill_pb2 import GetArtifactRequest, PushSkillRequest, Skill, SkillId
from tests.stigmerd.services.served import Refused, World
from tests.support.api import Api

MANUAL = "# Reviewing\nRead the diff first."


def packed(files: dict[str, str | bytes] | None = None, **options: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", options.get("compression", zipfile.ZIP_DEFLATED)) as archive:
        for name, content in (files or {"SKILL.md": MANUAL}).items():
            archive.writestr(zipfile.ZipInfo(name), content, options.get("compression", zipfile.ZIP_DEFLATED))
    return buffer.getvalue()


def push(artifact: bytes, name: str = "Reviewing", **fields: str) -> PushSkillRequest:
    return PushSkillRequest(name=name, artifact=artifact, **fields)  # type: ignore[arg-type]


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


async def test_agents_get_the_zip(world: World) -> None:
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


def link() -> bytes:
    entry = zipfile.ZipInfo("passwd")
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    buffer = io.BytesIO(packed())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def encrypted() -> bytes:
    raw = bytearray(packed())
    raw[6] |= 1  # the flag in the local header, and in the directory
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def corrupt() -> bytes:
    raw = bytearray(packed({"SKILL.md": MANUAL}, compression=zipfile.ZIP_STORED))
    raw[raw.index(b"Reviewing")] ^= 0xFF
    return bytes(raw)


def twice() -> bytes:
    buffer = io.BytesIO(packed({"SKILL.md": MANUAL, "a.txt": "1"}))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("A.TXT", "2")
    return buffer.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "no zip": (lambda: b"hello", "not a zip file"),
    "cut off": (lambda: packed()[:-10], "not a zip file"),
    "corrupt": (corrupt, "not a zip file"),
    "no manual": (lambda: packed({"README.md": "x"}), "no SKILL.md"),
    "manual below": (lambda: packed({"skill/SKILL.md": "x"}), "pack the contents, not the directory"),
    "empty manual": (lambda: packed({"SKILL.md": " \n"}), "is empty"),
    "binary manual": (lambda: packed({"SKILL.md": b"\xff\xfe"}), "not UTF-8"),
    "long manual": (lambda: packed({"SKILL.md": "x" * 1_048_577}), "1048577 bytes"),
    "traversal": (lambda: packed({"SKILL.md": MANUAL, "../../evil": "x"}), "outside"),
    "absolute": (lambda: packed({"SKILL.md": MANUAL, "/etc/evil": "x"}), "outside"),
    "windows": (lambda: packed({"SKILL.md": MANUAL, "..\\evil": "x"}), "outside"),
    "drive": (lambda: packed({"SKILL.md": MANUAL, "C:evil": "x"}), "outside"),
    "link": (link, "link"),
    "encrypted": (encrypted, "encrypted"),
    "twice": (twice, "twice"),
    "bomb": (lambda: packed({"SKILL.md": MANUAL, "zeros": bytes(60_000_000)}), "zip bomb"),
    "many": (lambda: packed({"SKILL.md": MANUAL} | {f"{n}": "" for n in range(10_000)}), "10001 files"),
}


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_archive_is_refused(api: Api, refused: Refused, case: str) -> None:
    make, text = BAD[case]
    with refused("INVALID_ARGUMENT", text):
        await api.skill.push(push(make()))
    with refused("NOT_FOUND"):
        await api.skill.getByReference(ApiResourceReference(slug="reviewing"))
