"""Skills that agents have: what they are called, and where they come from."""

from __future__ import annotations

from stigmer.errors import DeclarationError
from stigmer.names import LOWER, UPPER, check_slug

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

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


def check_skills(skills: Sequence[Skill]) -> list[Skill]:
    for skill in skills:
        if not isinstance(skill, Skill):
            raise DeclarationError(f'skills wants Skill.platform("…") items, not {skill!r:.60}')
    return list(skills)
