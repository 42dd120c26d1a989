"""Files that are given to an agent with a message, on their way in an annotation of its execution.

Stigmer's API has a text only. The backend takes the content out of the annotation when the execution is
created, and keeps it beside: what is left says which files there were.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

ATTACHMENTS_ANNOTATION: Final = "devloop.stigmer.ai/attachments"
MOST_BYTES: Final = 6 << 20  # of all files of a message: as base64 they fit into a call of 10 MiB
MOST_FILES: Final = 20
TEXT: Final = "text/plain"
PROMPT: Final = "application/vnd.mcp.prompt+json"  # no file: see prompts.py
MEDIA: Final = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "application/pdf",
    "audio/wav",
    "audio/mpeg",
)


class Attachment(NamedTuple):
    """`kind` is a media type: one of MEDIA, `text/plain` for any text, or PROMPT."""

    name: str
    kind: str
    data: bytes


def encoded(attachments: Iterable[Attachment]) -> str:
    """As the text of the annotation."""
    return json.dumps([with_data(each) for each in attachments])


def decoded(text: str) -> list[Attachment]:
    """Raises ValueError, with a sentence."""
    if not text:
        return []
    try:
        found = [attachment_of(each) for each in json.loads(text)]
    except (ValueError, TypeError, LookupError, RecursionError):
        raise ValueError("the attachments are not a list of name, kind and data") from None
    if len(found) > MOST_FILES or sum(len(each.data) for each in found) > MOST_BYTES:
        raise ValueError(f"at most {MOST_FILES} files with {MOST_BYTES >> 20} MiB in all can be attached")
    if wrong := [each.kind for each in found if each.kind not in (TEXT, PROMPT, *MEDIA)]:
        raise ValueError(f"files of type {wrong[0]!r:.60} cannot be attached; {TEXT}, {', '.join(MEDIA)} can")
    return found


def with_data(attachment: Attachment) -> dict[str, Any]:
    """As JSON, whole."""
    data = base64.b64encode(attachment.data).decode()
    return {"name": attachment.name, "kind": attachment.kind, "data": data}


def attachment_of(said: Any) -> Attachment:
    """What `with_data` gave. Raises ValueError, TypeError or LookupError."""
    try:
        data = base64.b64decode(said["data"], validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    return Attachment(str(said["name"]), str(said["kind"]), data)


def in_short(attachments: Iterable[Attachment]) -> list[dict[str, Any]]:
    """The files without their content: for status, annotation and screen. `bytes` is the size."""
    files = (each for each in attachments if each.kind != PROMPT)
    return [{"name": each.name, "kind": each.kind, "bytes": len(each.data)} for each in files]
