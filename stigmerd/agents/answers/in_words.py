"""Images and files, in words: a screen of text has no other place for them."""

from __future__ import annotations

from pydantic_ai.messages import BinaryContent


def in_words(content: BinaryContent) -> str:
    """`(image/png, 12,345 bytes)`"""
    return f"({content.media_type}, {len(content.data):,} bytes)"
