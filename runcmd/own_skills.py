"""Push the skills that lie in folders of the project, before the agent that has them is deployed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runcmd.backend.calls import Backend
from runcmd.backend.skills import has_version, pushed
from runcmd.synthesis.packed_skills import PackedSkill, references


async def push_skills(skills: Sequence[PackedSkill], agent: Any, backend: Backend, org: str) -> None:
    """Only what the backend has not got yet. `agent`, a message, is told in which organization they are."""
    own = {each.version for each in skills}
    for each in skills:
        if not await has_version(backend, each.slug, org, each.version):
            await pushed(backend, each.slug, org, each.archive, "")
    for reference in references(agent):
        if reference.version in own:
            reference.org = org
