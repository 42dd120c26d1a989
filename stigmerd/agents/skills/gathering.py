"""The skills of an agent or a helper: unpacked, with what the prompt says of each."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from secrets import token_hex

from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmerd.agents.interfaces import Resources
from stigmerd.agents.skills.front_matter import front_matter
from stigmerd.agents.skills.unpacking import unpack
from stigmerd.store.json import Json

PLACE = "skills"


async def skills_of(
    references: Iterable[ApiResourceReference], resources: Resources, root: Path
) -> list[dict[str, Json]]:
    """`name`, `description` and `folder` of each. The same content has the same folder below `root`.

    Raises SkillProblem, and LookupError for one that is not there.
    """
    found: list[dict[str, Json]] = []
    for reference in references:
        skill, archive = resources.skill_artifact(reference)
        said = front_matter(skill.spec.skill_md)
        name = said.name or skill.metadata.slug or skill.metadata.name
        folder = root / PLACE / hashlib.sha256(archive).hexdigest()[:16]
        if archive and not folder.exists():
            await asyncio.to_thread(_unpack_once, name, archive, folder)
        found.append({"name": name, "description": said.description, "folder": str(folder)})
    return found


def _unpack_once(name: str, archive: bytes, folder: Path) -> None:
    """Another execution may do the same at this moment: who comes second finds it done."""
    draft = folder.with_name(f".{token_hex(8)}")
    try:
        unpack(name, archive, draft)
        os.rename(draft, folder)  # noqa: PTH104 -- it says when something is there
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def section(skills: Sequence[dict[str, Json]]) -> str:
    """The part of the prompt that names them; the same for the same skills, so that prompts are cached."""
    if not skills:
        return ""
    listed = "\n".join(f"- {each['name']}: {each['description'] or 'no description'}" for each in skills)
    return (
        "\n\n# Skills\n\nInstructions for some kinds of task. When a task is of such a kind, read the skill "
        f"with read_skill before you begin.\n\n{listed}"
    )
