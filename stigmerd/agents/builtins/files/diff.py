"""How a text changed, as a unified diff within bounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import unified_diff

CONTEXT = 3
MOST_CHARACTERS = 20_000
MOST_COMPARED = 2_000  # lines: comparing takes the square of that
HUNK = re.compile(r"^@@ -(\d+)((?:,\d+)?) \+(\d+)((?:,\d+)?) @@", re.MULTILINE)


def diff(path: str, before: str | None, after: str) -> str:
    """`before`: None for a new file. Ends with a line in words if it is not all."""
    old, new = (before or "").splitlines(), after.splitlines()
    skip = _common(old, new)
    old, new = old[skip:], new[skip:]
    if same := _common(old[::-1], new[::-1]):
        rest = max(0, same - CONTEXT)
        old, new = old[: len(old) - rest], new[: len(new) - rest]
    head = "--- /dev/null" if before is None else f"--- a/{path}", f"+++ b/{path}"
    if len(old) > MOST_COMPARED or len(new) > MOST_COMPARED:
        lines = [f"@@ -{skip + 1},{len(old)} +{skip + 1},{len(new)} @@", *_all("-", old), *_all("+", new)]
    else:
        lines = [_moved(line, skip) for line in unified_diff(old, new, lineterm="", n=CONTEXT)][2:]
    if before is not None and not lines:
        return ""
    return _bounded([*head, *lines])


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Lines with which both begin, but for those that are shown as context."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return max(0, count - CONTEXT)


def _moved(line: str, skip: int) -> str:
    if not skip or not line.startswith("@@"):
        return line
    return HUNK.sub(
        lambda found: f"@@ -{int(found[1]) + skip}{found[2]} +{int(found[3]) + skip}{found[4]} @@", line
    )


def _all(sign: str, lines: Sequence[str]) -> list[str]:
    return [sign + line for line in lines]


def _bounded(lines: Sequence[str]) -> str:
    used = 0
    for number, line in enumerate(lines):
        used += len(line) + 1
        if used > MOST_CHARACTERS:
            return "\n".join([*lines[:number], f"(and {len(lines) - number:,} more lines)\n"])
    return "\n".join(lines) + "\n"
