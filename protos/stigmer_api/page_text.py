"""What a page of HTML or XML says, without its tags."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

HIDDEN: Final = ("script", "style", "template")
HALF_TAG = re.compile(r"<[^>]*$")  # of a page that was cut


def title_and_text(page: str) -> tuple[str, str]:
    """Its title, and all else that a reader would see, each on one line."""
    reader = _Reader()
    reader.feed(HALF_TAG.sub("", page))
    reader.close()
    return " ".join(" ".join(reader.title).split()), " ".join(" ".join(reader.text).split())


class _Reader(HTMLParser):
    """What a reader of a page would see."""

    def __init__(self) -> None:
        super().__init__()
        self.title: list[str] = []
        self.text: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in (*HIDDEN, "title"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        inside = self._inside[-1] if self._inside else ""
        if inside not in HIDDEN:
            (self.title if inside == "title" else self.text).append(data)
