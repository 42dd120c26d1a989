"""The tool with which an agent reads its skills."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic_ai import Tool
from pydantic_ai.exceptions import ToolFailed

from stigmerd.agents.asking.approval import HARMLESS
from stigmerd.agents.builtins.files.place import Root
from stigmerd.agents.builtins.files.refused import Refused
from stigmerd.agents.builtins.files.texts import TextReader, text_of
from stigmerd.agents.skills.front_matter import front_matter
from stigmerd.store.json import Json

MANUAL = "SKILL.md"
MOST_CHARACTERS = 200_000
MOST_LISTED = 200


def skill_tools(skills: Sequence[Mapping[str, Json]]) -> list[Tool[None]]:
    """None without a skill. `skills`: `name`, `folder`."""
    if not skills:
        return []
    folders = {str(each["name"]): Path(each["folder"]) for each in skills}

    async def read_skill(name: str, file: str = MANUAL) -> str:
        """Read the instructions of a skill, or another file of it that they name.

        Args:
            name: of the skill.
            file: within the skill.
        """
        if name not in folders:
            raise ToolFailed(f'there is no skill "{name}"; there are {", ".join(folders)}')
        return await asyncio.to_thread(_read, folders[name], file)

    return [Tool(read_skill, takes_ctx=False, metadata={HARMLESS: True})]


def _read(folder: Path, file: str) -> str:
    try:
        root = Root(folder)
        with root.place(file) as place:
            text = text_of(place.path, TextReader(secrets=True).content(place))
    except Refused as refused:
        raise ToolFailed(f"{refused}; it is in {folder}") from None
    except OSError as error:
        raise ToolFailed(f"{file}: {error.strerror}") from None
    if len(text) > MOST_CHARACTERS:
        text = f"{text[:MOST_CHARACTERS]}\n(the first {MOST_CHARACTERS:,} of {len(text):,} characters)"
    return text if file != MANUAL else _with_files(front_matter(text).text, folder)


def _with_files(text: str, folder: Path) -> str:
    others = sorted(name for name in _files(folder) if name != MANUAL)
    if not others:
        return text
    more = f"\n(and {len(others) - MOST_LISTED:,} more)" if len(others) > MOST_LISTED else ""
    listed = "\n".join(others[:MOST_LISTED])
    return f"{text}\n\nThe files of this skill, in {folder}:\n{listed}{more}"


def _files(folder: Path) -> Iterator[str]:
    return (each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file())
