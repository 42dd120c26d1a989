"""What is known of a Go file without its compiler: is it a program, and what does it belong to?"""

from __future__ import annotations

import re

_SKIPPED = rb"//[^\n]*|/\*.*?(?:\*/|\Z)"
_TEXTS = rb"|`[^`]*`|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
_TOKENS = re.compile(_SKIPPED + _TEXTS + rb"|(?P<main>\bfunc\s+main\s*\()", re.DOTALL)
_HEAD = re.compile(rb"(?:\s|\xef\xbb\xbf|" + _SKIPPED + rb")*(?:package\s+\w+)?", re.DOTALL)


def has_main(text: bytes) -> bool:
    """Does it declare `func main()`? Comments and texts do not count; a method has a receiver between."""
    return any(token["main"] for token in _TOKENS.finditer(text))


def role(text: bytes) -> bytes:
    """All that decides whether the file belongs to a package's program, and to which package.

    Only above the package clause, a build constraint counts.
    """
    found = _HEAD.match(text)
    return (found[0] if found else b"") + (b"\0main" if has_main(text) else b"")
