"""What a FOR goes over, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping

from stigmerd.workflow.failure import LIMIT, failed
from stigmerd.workflow.model import Value
from stigmerd.workflow.template import as_text


def iterations(items: Value, limit: int) -> list[tuple[str | int, Value]]:
    """Index and item of each iteration; an object's index is the name."""
    match items:
        case bool():
            size = -1
        case int():
            size = items
        case list() | Mapping():
            size = len(items)
        case _:
            size = -1
    if size < 0:
        kinds = "a list, an object or a whole number"
        raise failed("configuration", f"FOR needs {kinds}", f"not {as_text(items)[:200]}", status=400)
    if size > limit:
        raise failed(LIMIT, f"a loop over {size} items; {limit} are allowed")
    match items:
        case int():
            return [(number, number) for number in range(items)]
        case Mapping():
            return list(items.items())
        case _:
            return list(enumerate(items))


def collected(items: Value, outputs: Mapping[str | int, Value]) -> Value:
    """An object for an object, a list for all else."""
    return dict(outputs) if isinstance(items, Mapping) else list(outputs.values())
