"""What an execution had used before it was taken over, from its own records."""

from __future__ import annotations

from collections.abc import Iterable

from stigmerd.executions.records import MessageSet
from stigmerd.store.json import Json

COUNTED = {  # in the metadata of a message -> in `Used`
    "requests": "steps",
    "total_tokens": "tokens",
    "cost_usd": "cost",
    "seconds": "seconds",
    "tool_calls": "tool_calls",
}


def used_before(messages: Iterable[MessageSet]) -> dict[str, Json]:
    """The fields of `Used`: each message has the sum of all before it, a helper's too."""
    counts = [message.metadata["usage"] for message in messages if "usage" in message.metadata]
    if not counts:
        return {}
    newest = max(counts, key=lambda usage: usage.get("requests", 0))
    return {ours: newest[theirs] for theirs, ours in COUNTED.items() if theirs in newest}
