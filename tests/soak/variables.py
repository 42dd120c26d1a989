"""What an environment file says, in the soak's own reading."""

from __future__ import annotations

from collections.abc import Mapping


def parsed(text: str) -> dict[str, str] | None:
    """None: it cannot be read, because a name has no value."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if not line or line.startswith("#"):
            continue
        if not equals:
            return None
        if value:  # none is a place for one
            found[name] = value
    return found


def in_words(variables: Mapping[str, str]) -> str:
    """One text for the same variables."""
    return " ".join(f"{name}={value}" for name, value in sorted(variables.items()))
