"""The result of a tool call in text, for people: a picture is `[image/png, 12 kB]`."""

from __future__ import annotations

from typing import Any

from pydantic_ai.messages import BinaryContent, ToolReturnPart, tool_return_ta


def result_text(part: ToolReturnPart) -> str:
    """In its order, with words where a file stands."""
    content = part.content
    if isinstance(content, BinaryContent):
        return in_words(content)
    if isinstance(content, list) and any(isinstance(each, BinaryContent) for each in content):
        return "\n".join(_item(each) for each in content)
    return part.model_response_str(wrap_if_error=False)


def _item(item: Any) -> str:
    match item:
        case BinaryContent():
            return in_words(item)
        case str():
            return item
    return tool_return_ta.dump_json(item).decode()


def in_words(content: BinaryContent) -> str:
    return f"[{content.media_type}, {size(len(content.data))}]"


def size(count: int) -> str:
    for unit, least in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= least:
            return f"{count / least:.3g} {unit}"
    return f"{count} bytes"
