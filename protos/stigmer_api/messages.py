"""What protobuf's messages cannot do themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from google.protobuf.message import Message

M = TypeVar("M", bound="Message")


def copied(message: M) -> M:
    """Another one with the same content."""
    twin = type(message)()
    twin.CopyFrom(message)
    return twin
