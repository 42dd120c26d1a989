"""Skills that lie in folders of the project, packed by its program."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from runcmd.frozen import Frozen
from stigmer_api.manifest_files import packed_skill_file

if TYPE_CHECKING:
    from stigmer_api.apiresource_pb2 import ApiResourceReference


class PackedSkill(Frozen):
    """One that is pushed before the agent that has it is deployed."""

    slug: str
    version: str  # the SHA-256 of its zip
    archive: bytes

    def __repr__(self) -> str:
        return f"PackedSkill({self.slug}, {len(self.archive)} bytes)"


def packed_skills(agent: Any, files: Mapping[str, bytes]) -> tuple[PackedSkill, ...]:
    """Of an agent's message, and of its sub-agents: those whose content is among the program's files."""
    found: dict[str, PackedSkill] = {}
    for reference in references(agent):
        archive = files.get(packed_skill_file(reference.version))
        if archive is not None and hashlib.sha256(archive).hexdigest() == reference.version:
            found[reference.version] = PackedSkill(
                slug=reference.slug, version=reference.version, archive=archive
            )
    return tuple(found.values())


def references(agent: Any) -> Iterator[ApiResourceReference]:
    """To all skills of an agent and its sub-agents."""
    yield from agent.spec.skill_refs
    for helper in agent.spec.sub_agents:
        yield from helper.skill_refs
