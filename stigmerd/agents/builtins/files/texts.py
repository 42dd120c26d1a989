"""The text of a file: read within bounds, or a word about why not."""

from __future__ import annotations

import os
from dataclasses import dataclass

from stigmerd.agents.builtins.files.place import Located, opened
from stigmerd.agents.builtins.files.protected import secret
from stigmerd.agents.builtins.files.refused import Refused

MOST_BYTES = 20 << 20  # of a file that is read at all
SNIFFED_BYTES = 8 << 10
UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class TextReader:
    """`secrets`: files that look as if they held secrets may be read, too."""

    secrets: bool = False

    def content(self, place: Located) -> bytes:
        """Raises Refused, and OSError."""
        self.require_readable(place)
        descriptor = opened(place)
        with os.fdopen(descriptor, "rb") as file:
            size = os.fstat(descriptor).st_size
            if size > MOST_BYTES:
                raise Refused(f"{place.path} is too large: {size:,} bytes, of {MOST_BYTES:,} at most")
            return file.read(MOST_BYTES + 1)[:MOST_BYTES]

    def require_readable(self, place: Located) -> None:
        if not self.secrets and (name := secret(place.names)):
            raise Refused(
                f"{place.path} is not read: {name} may hold secrets (FileTools(secrets=True) allows it)"
            )


def text_of(path: str, content: bytes) -> str:
    """For reading. Raises Refused for what is no text."""
    if content.startswith(UTF16):
        return content.decode("utf-16", "replace")
    if is_binary(content):
        raise Refused(f"{path} is binary: {len(content):,} bytes")
    return content.decode("utf-8-sig", "replace")


def is_binary(content: bytes) -> bool:
    return b"\0" in content[:SNIFFED_BYTES]
