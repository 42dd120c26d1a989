"""A text, or its beginning, masked before it is cut: half a secret cannot be recognised."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Final

from stigmer_api.masking import Masker
from stigmerd.exchanges.redaction import redacted, redacted_header, redacted_url
from stigmerd.store.json import Json

MOST_BYTES: Final = 64 << 10  # of one text


class Excerpts:
    """Makes excerpts for one execution: without its secrets, and without what looks like a key."""

    def __init__(self, maskers: Sequence[Masker]) -> None:
        self._maskers = [masker for masker in maskers if masker]

    def of_text(self, text: str, most: int = MOST_BYTES) -> dict[str, Json]:
        """An `Excerpt` of the wire, as JSON."""
        if len(text) > most:
            size = len(text.encode("utf-8", "surrogatepass"))
            return self._excerpt(
                text[:most], size, min(size, len(text[:most].encode("utf-8", "surrogatepass")))
            )
        size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        return self._excerpt(text, size, size)

    def of_bytes(self, data: bytes, size: int) -> dict[str, Json]:
        """The same of a body of so many bytes, of which `data` is the beginning; empty if it is no text."""
        data = data[:MOST_BYTES]
        if b"\0" in data:
            return {"text": "", "bytes": size, "left_out": size}
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        return self._excerpt(decoder.decode(data, final=len(data) == size), size, len(data))

    def text(self, text: str) -> str:
        """All of a short text."""
        return redacted(self._masked(text))

    def url(self, url: str) -> str:
        return redacted_url(self._masked(url))

    def headers(self, headers: Sequence[tuple[str, str]]) -> list[Json]:
        """`HttpHeader`s of the wire, as JSON."""
        return [
            {"name": name, "value": redacted_header(name, self._masked(value))} for name, value in headers
        ]

    def _masked(self, text: str) -> str:
        for masker in self._maskers:
            text = masker.text(text)
        return text

    def _excerpt(self, text: str, size: int, taken: int) -> dict[str, Json]:
        for masker in self._maskers:
            # What may be the beginning of a secret is left out where the rest of it is.
            text = masker.text(text) if taken == size else masker.unfinished(text)
        return {"text": redacted(text), "bytes": size, "left_out": size - taken}
