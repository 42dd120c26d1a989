"""The keys of ~/.stigmer/config.yaml, and where one that nobody knows stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from yaml.nodes import Node

Keys = Mapping[str, Any]  # of a block: its keys, each with the keys below it, or None

# Also what only the original's own command reads: one file serves both.
KNOWN: Final[Keys] = {
    "backend": {
        "type": None,
        "local": {
            "endpoint": None,
            "data_dir": None,
            "llm": dict.fromkeys(("provider", "model", "base_url", "api_key", "script")),
            "temporal": dict.fromkeys(("managed", "version", "port", "address")),
            "execution": dict.fromkeys(("mode", "sandbox_image", "auto_pull", "cleanup", "ttl")),
            "keep": dict.fromkeys(("executions", "days")),
        },
        "cloud": dict.fromkeys(("endpoint", "token", "org_id", "env_id")),
    },
    "context": dict.fromkeys(("organization", "environment")),
    "trust": None,
    "notify": None,
}


class UnknownKey(NamedTuple):
    """Where it stands, and what may be meant. Line and column count from 1."""

    path: str
    line: int
    column: int
    hint: str


def unknown_key(values: object, text: str) -> UnknownKey | None:
    """The first one. `values` are what the text holds."""
    found = next(_unknown(values, KNOWN, ()), None)
    if found is None:
        return None
    path, known = found
    from stigmer_api.yaml_text import composed

    line, column = _place(composed(text), path)
    return UnknownKey(".".join(path), line, column, _nearest(path[-1], known))


def _unknown(values: object, known: Keys, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Keys]]:
    if isinstance(values, dict):
        for key, value in values.items():
            here = (*path, str(key))
            if key not in known:
                yield here, known
            elif known[key] is not None:
                yield from _unknown(value, known[key], here)


def _place(node: Node | None, path: tuple[str, ...]) -> tuple[int, int]:
    """Of the key; of the block around it where aliases hide it."""
    line, column = (node.start_mark.line, node.start_mark.column) if node is not None else (0, 0)
    for name in path:
        pairs = node.value if node is not None and node.tag.endswith(":map") else ()
        found = next(((key, value) for key, value in pairs if str(key.value) == name), None)
        if found is None:
            break
        key, node = found
        line, column = key.start_mark.line, key.start_mark.column
    return line + 1, column + 1


def _nearest(word: str, known: Keys) -> str:
    import difflib

    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"?' if near else f"known keys: {', '.join(known)}"
