"""What a tool of an MCP server gave, as a model takes it: text, pictures, and words about anything else."""

from __future__ import annotations

from typing import Any

from pydantic_ai.messages import BinaryContent

from stigmerd.agents.results import in_words

TEXTS = ("text/", "application/json", "application/xml", "application/yaml")


def shown(result: Any) -> Any:
    """Of other files a model gets the kind and the size: many providers refuse the whole request."""
    if isinstance(result, list):
        return [shown(each) for each in result]
    if not isinstance(result, BinaryContent) or result.is_image:
        return result
    if result.media_type.startswith(TEXTS):
        return result.data.decode(errors="replace")
    return in_words(result)
