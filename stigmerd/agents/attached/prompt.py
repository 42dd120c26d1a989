"""A message and its files, as a model takes them; in what is saved, the files are only named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from pydantic_ai.messages import BinaryContent, UserContent

from stigmer_api.attachments import PROMPT, TEXT, Attachment, attachment_of
from stigmerd.store.json import Json

SAVED: Final = "attachment"  # the kind of a part that stands for a file, by its number
BINARY: Final = "binary"
Prompt = str | list[UserContent]


def prompt_of(message: str, attachments: Sequence[Json]) -> Prompt:
    """Texts are told with their names; the rest goes to the model as it is."""
    files = [attachment_of(each) for each in attachments if each["kind"] != PROMPT]
    return [message, *map(_content, files)] if files else message


def without_files(messages: Sequence[Json], attachments: Sequence[Json]) -> list[Json]:
    """Messages as JSON, whose files are numbers: each would else be saved with every turn."""
    if not attachments:
        return list(messages)
    numbers = {each["data"]: number for number, each in reversed(list(enumerate(attachments)))}

    def shortened(item: Json) -> Json:
        data = item.get("data") if isinstance(item, dict) and item.get("kind") == BINARY else None
        number = numbers.get(data.replace("-", "+").replace("_", "/")) if isinstance(data, str) else None
        return item if number is None else {"kind": SAVED, "number": number}

    return [_prompts(message, shortened) for message in messages]


def with_files(messages: Sequence[Json], attachments: Sequence[Json]) -> list[Json]:
    """The same, as it was. A file that is gone is said to be."""

    def whole(item: Json) -> Json:
        if not isinstance(item, dict) or item.get("kind") != SAVED:
            return item
        if not 0 <= item["number"] < len(attachments):
            return "[a file that is no longer kept]"
        each = attachments[item["number"]]
        return {"kind": BINARY, "data": each["data"], "media_type": each["kind"]}

    return [_prompts(message, whole) for message in messages]


def _prompts(message: Json, changed: Callable[[Json], Json]) -> Json:
    if message.get("kind") != "request":
        return message
    parts = [
        {**part, "content": [changed(item) for item in part["content"]]}
        if part.get("part_kind") == "user-prompt" and isinstance(part.get("content"), list)
        else part
        for part in message["parts"]
    ]
    return {**message, "parts": parts}


def _content(attachment: Attachment) -> UserContent:
    if attachment.kind != TEXT:
        return BinaryContent(data=attachment.data, media_type=attachment.kind)
    text = attachment.data.decode("utf-8", "replace")
    return f'<file name="{attachment.name}">\n{text}\n</file>'
