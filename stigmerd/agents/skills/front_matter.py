"""What a SKILL.md says of itself before its text begins: its name, and when to use it."""

from __future__ import annotations

from dataclasses import dataclass

MOST_CHARACTERS = 1024  # of a description
FENCE = "---"


@dataclass(frozen=True)
class FrontMatter:
    """Empty where nothing is said."""

    name: str
    description: str
    text: str  # what follows


def front_matter(manual: str) -> FrontMatter:
    """Also of a manual without any, or with one that nobody can read: then its first line describes it."""
    lines = manual.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].strip() != FENCE:
        return FrontMatter("", _first_line(lines), manual)
    end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == FENCE), 0)
    if not end:
        return FrontMatter("", _first_line(lines[1:]), manual)
    said = _said("\n".join(lines[1:end]))
    text = "\n".join(lines[end + 1 :]).strip()
    description = _one_line(said.get("description")) or _first_line(lines[end + 1 :])
    return FrontMatter(_one_line(said.get("name")), description, text)


def _said(text: str) -> dict[str, object]:
    import yaml

    from stigmer_api.yaml_text import loaded

    try:
        said = loaded(text)
    except (yaml.YAMLError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _one_line(value: object) -> str:
    return " ".join(value.split())[:MOST_CHARACTERS] if isinstance(value, str) else ""


def _first_line(lines: list[str]) -> str:
    return next((_one_line(found) for line in lines if (found := line.strip().lstrip("# "))), "")
