"""The code of an error at the end of its text: `… [E0801]`, where only a text is stored."""

from __future__ import annotations

import re
from typing import Final

AT_THE_END: Final = re.compile(r"\s*\[(E\d{4})\]\s*$")


def with_code(text: str, code: str) -> str:
    """The text, with the code unless it has one: the innermost one knows best."""
    return f"{text} [{code}]" if code and not AT_THE_END.search(text) else text


def split_code(text: str) -> tuple[str, str]:
    """The text without the code, and the code or nothing."""
    found = AT_THE_END.search(text)
    return (text[: found.start()], found[1]) if found else (text, "")
