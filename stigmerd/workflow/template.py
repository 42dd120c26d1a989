"""Where the `${…}` are in a text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from stigmerd.workflow.failure import failed
from stigmerd.workflow.model import Value


@dataclass(frozen=True, slots=True)
class Program:
    """A jq program out of `${…}`."""

    source: str


Part = str | Program


@lru_cache(maxsize=4096)
def parts(text: str) -> tuple[Part, ...]:
    """`a${ .x }b` → `a`, the program `.x`, `b`. A `${` that nothing closes is text like any other."""
    found: list[Part] = []
    start = at = 0
    while (opening := text.find("${", at)) >= 0:
        closing = _closing_brace(text, opening + 2)
        if closing < 0:
            at = opening + 2
            continue
        if opening > start:
            found.append(text[start:opening])
        found.append(Program(_jq(text[opening + 2 : closing])))
        start = at = closing + 1
    if start < len(text):
        found.append(text[start:])
    return tuple(found)


@lru_cache(maxsize=4096)
def spliced(text: str) -> Program:
    """A condition such as `${ .status } == "open"` as one program: `( .status ) == "open"`.

    Raises TaskFailed for a `${` without its `}`: here it cannot be meant as text.
    """
    pieces: list[str] = []
    quote = ""
    for part in parts(text):
        if isinstance(part, Program):
            pieces.append(f"\\({part.source})" if quote else f"({part.source})")
        elif "${" in part:
            raise failed("expression", f"`${{` without its `}}` in {text!r}", status=400)
        else:
            piece, quote = _double_quotes(part, quote)
            pieces.append(piece)
    return Program("".join(pieces).strip())


def whole(text: str) -> Program | None:
    """The program of a text that is nothing but one `${…}`."""
    found = parts(text.strip())
    return found[0] if len(found) == 1 and isinstance(found[0], Program) else None


def as_text(value: Value) -> str:
    """How a value looks inside a text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _closing_brace(text: str, start: int) -> int:
    depth, quote, position = 0, "", start
    while position < len(text):
        sign = text[position]
        if quote:
            if sign == "\\":
                position += 1
            elif sign == quote:
                quote = ""
        elif sign in "\"'":
            quote = sign
        elif sign == "{":
            depth += 1
        elif sign == "}":
            if depth == 0:
                return position
            depth -= 1
        position += 1
    return -1


def _jq(source: str) -> str:
    return _double_quotes(source, "")[0].strip()


def _double_quotes(source: str, quote: str) -> tuple[str, str]:
    """jq has no single quotes, the workflow language does: 'x' is "x". Returns the quote still open, too."""
    signs: list[str] = []
    escaped = False
    for sign in source:
        written = sign
        if escaped:
            escaped = False
        elif quote and sign == "\\":
            escaped = True
        elif quote == "'" and sign == '"':
            written = '\\"'
        elif quote == sign:
            quote, written = "", '"'
        elif not quote and sign in "\"'":
            quote, written = sign, '"'
        signs.append(written)
    return "".join(signs), quote
