"""Which line of an ignore file leaves exactly one path out?"""

from __future__ import annotations


def ignore_line(path: str) -> str:
    """For an ignore file of the project's own directory; `path` is relative to it."""
    text = "".join("\\" + each if each in "\\*?[" else each for each in path)
    return "/" + (text[:-1] + "\\ " if text.endswith(" ") else text)
