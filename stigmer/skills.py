"""Skills that agents have: what they are called, and where they come from."""

# pathlib would cost each program 15 ms.
# ruff: noqa: PTH100, PTH112, PTH118, PTH119

from __future__ import annotations

import os

from stigmer.errors import DeclarationError, here
from stigmer.files import beside, read_file
from stigmer.names import LOWER, UPPER, check_slug

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MANUAL = "SKILL.md"
FENCE = "---"
VERSION = LOWER | UPPER | frozenset(".-")


class Skill:
    """A skill that was pushed: of the platform, or of an organization.

    Example:
        ```python
        writer = Agent(
            "writer",
            "You write reports as PDF files.",
            skills=[Skill.platform("pdf"), Skill.organization("acme", "house-style", version="v2")],
        )
        ```
    """

    __slots__ = ("org", "slug", "version")

    def __init__(self, slug: str, org: str, version: str) -> None:
        self.slug = check_slug("skill", slug)
        self.org = org
        if not isinstance(version, str) or not set(version) <= VERSION:
            raise DeclarationError(
                f'the skill version "{version}" must be a tag, a hash or "latest": letters, digits, ". _ -"'
            )
        self.version = version

    @classmethod
    def platform(cls, slug: str, *, version: str = "") -> Skill:
        """One that everybody has. `version`: a tag, a hash, or "latest"; empty: the latest."""
        return cls(slug, "", version)

    @classmethod
    def organization(cls, org: str, slug: str, *, version: str = "") -> Skill:
        """One that an organization has; else as `platform`."""
        return cls(slug, check_slug("organization", org), version)

    def __repr__(self) -> str:
        return f"<skill {self.org}/{self.slug}>" if self.org else f"<skill {self.slug}>"


class SkillFolder:
    """A skill in a folder of the project: its content is pushed when the agent is deployed."""

    __slots__ = ("folder", "org", "place", "slug", "version")

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.place = here()
        self.folder = beside(folder)
        self.org = ""
        self.version = ""  # known when it is packed
        manual = os.path.join(self.folder, MANUAL)
        if not os.path.isdir(self.folder):
            raise DeclarationError(
                f"there is no directory {os.fspath(folder)} with a skill; one that was pushed is "
                'Skill.organization("…", "…") or Skill.platform("…")'
            )
        name, description = front_matter(read_file("the skill", manual), manual)
        if not description:
            raise DeclarationError(
                f"{manual} does not say when to use the skill: begin it with ---, description: …, ---"
            )
        self.slug = check_slug("skill", name or os.path.basename(os.path.abspath(self.folder)))

    def __repr__(self) -> str:
        return f"<skill {self.slug} in {self.folder}>"


def front_matter(text: str, file: str) -> tuple[str, str]:
    """Name and description, as far as they are said. Raises DeclarationError for one that does not end."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].strip() != FENCE:
        return "", ""
    end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == FENCE), 0)
    if not end:
        raise DeclarationError(f"{file}: what begins with --- in the first line has no end: another line ---")
    said: dict[str, str] = {}
    key = ""
    for line in lines[1:end]:
        name, colon, value = line.partition(":")
        if colon and name and not name[0].isspace():
            key, line = name.strip(), value
        said[key] = f"{said.get(key, '')} {line.strip()}".strip()
    return _value(said.get("name", "")), _value(said.get("description", ""))


def _value(text: str) -> str:
    """Without the signs of YAML around it."""
    return text.lstrip("|>+-").strip().strip("\"'").strip()


def check_skills(skills: Sequence[Skill | str | os.PathLike[str]]) -> list[Skill | SkillFolder]:
    """Raises DeclarationError."""
    if isinstance(skills, str | os.PathLike | Skill):
        raise DeclarationError(f"skills wants a list: skills=[{skills!r:.60}]")
    found: dict[str, Skill | SkillFolder] = {}
    for item in skills:
        if not isinstance(item, Skill | str | os.PathLike):
            raise DeclarationError(
                f'skills wants folders, as in "./skills/pdf", and Skill.platform("…") items, not {item!r:.60}'
            )
        skill = item if isinstance(item, Skill) else SkillFolder(item)
        other = found.get(skill.slug)
        if other is not None and isinstance(skill, SkillFolder):
            raise DeclarationError(f'two skills are called "{skill.slug}"')
        found[skill.slug if other is None else f"{skill.slug} {len(found)}"] = skill
    return list(found.values())
