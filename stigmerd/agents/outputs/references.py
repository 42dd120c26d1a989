"""A JSON Schema without references: not every provider follows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stigmerd.store.json import Json

MOST_NODES: Final = 20_000
DEFINITIONS: Final = ("$defs", "definitions")


class _Endless(Exception):  # noqa: N818
    """It contains itself, or would become far too long."""


def inlined(schema: Mapping[str, Json]) -> dict[str, Json] | None:
    """None: it contains itself, or would become far too long."""
    known = {
        f"#/{place}/{name}": each for place in DEFINITIONS for name, each in schema.get(place, {}).items()
    }
    left = MOST_NODES

    def walk(node: Json, inside: tuple[str, ...]) -> Json:
        nonlocal left
        left -= 1
        if left < 0:
            raise _Endless
        if isinstance(node, list):
            return [walk(each, inside) for each in node]
        if not isinstance(node, Mapping):
            return node
        rest = {key: walk(each, inside) for key, each in node.items() if key not in ("$ref", *DEFINITIONS)}
        target = node.get("$ref")
        if not isinstance(target, str):
            return rest
        if target == "#" or target in inside:
            raise _Endless
        return {**walk(known.get(target, {}), (*inside, target)), **rest}

    try:
        found: dict[str, Json] = walk(schema, ())
    except _Endless:
        return None
    return found
