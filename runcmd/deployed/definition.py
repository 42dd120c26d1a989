"""A resource as a document that can be read, kept and applied again."""

from __future__ import annotations

from typing import Any

from stigmer_api.facts import HASH_ANNOTATION


def definition(message: Any) -> dict[str, Any]:
    """Proto-JSON without what only this backend's copy has: its id, its status, what it was made from."""
    from google.protobuf.json_format import MessageToDict

    document: dict[str, Any] = MessageToDict(message)
    document.pop("status", None)
    metadata = document.get("metadata", {})
    metadata.pop("id", None)
    annotations = metadata.get("annotations", {})
    annotations.pop(HASH_ANNOTATION, None)  # what is edited would else look unchanged
    if not annotations:
        metadata.pop("annotations", None)
    return document
