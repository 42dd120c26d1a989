"""How wide is a text on a terminal, and how does it fit into a narrow one?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import category, east_asian_width

WIDE = ("W", "F")
JOINING = ("Mn", "Me", "Cf")  # parts of the sign before or after
FLAGS = range(0x1F1E6, 0x1F200)  # two letters of them are one sign


def cells(text: str) -> int:
    """How many columns it takes: two for a wide character, none for an accent of its own."""
    if text.isascii():
        return len(text)
    if any(category(each) in JOINING or ord(each) in FLAGS for each in text):
        from wcwidth import wcswidth  # takes its time, and is hardly ever needed

        return max(0, wcswidth(text))
    return sum(2 if east_asian_width(each) in WIDE else 1 for each in text)


def flowing(parts: Sequence[str], separator: str, columns: int | None, indent: int = 2) -> Iterator[str]:
    """As few lines as have room for all parts, each of which stays whole; all but the first are indented."""
    line = ""
    for part in parts:
        longer = f"{line}{separator}{part}" if line.strip() else f"{line}{part}"
        if columns is not None and line.strip() and cells(longer) > columns:
            yield line
            longer = f"{' ' * indent}{part}"
        line = longer
    yield line


def wrapped(text: str, columns: int | None, indent: int = 2) -> Iterator[str]:
    """Lines with whole words; all but the first are indented by so many columns."""
    words = text.lstrip(" ").split(" ")
    words[0] = text[: len(text) - len(text.lstrip(" "))] + words[0]
    return flowing(words, " ", columns, indent)


def cut(text: str, columns: int) -> str:
    """As much of its beginning as there is room for."""
    return text if cells(text) <= columns else f"{_start(text, columns - 1).rstrip()}…"


def squeezed(name: str, columns: int) -> str:
    """Its beginning and its end: names often differ only there."""
    if cells(name) <= columns:
        return name
    end = _start(name[::-1], columns // 2)[::-1]
    return f"{_start(name, columns - 1 - cells(end))}…{end}"


def _start(text: str, columns: int) -> str:
    kept = text[: max(0, columns)]
    while cells(kept) > columns:
        kept = kept[:-1]
    return kept
