"""Where the `${ … }` places are in a text."""

from __future__ import annotations

OPEN = "${"
CLOSING = {"{": "}", "(": ")", '"': '"'}


def parts(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with: is it a `${ … }` place? An unclosed place is plain text."""
    found: list[tuple[str, bool]] = []
    plain = at = 0
    while (start := text.find(OPEN, at)) >= 0:
        end = _end(text, start + len(OPEN))
        if end < 0:
            at = start + len(OPEN)
            continue
        if start > plain:
            found.append((text[plain:start], False))
        found.append((text[start:end], True))
        plain = at = end
    if plain < len(text):
        found.append((text[plain:], False))
    return found


def inside(place: str) -> str:
    """The program of a `${ … }` place."""
    return place.removeprefix(OPEN).removesuffix("}").strip()


def _end(text: str, at: int) -> int:
    """Just after the brace that closes a place; jq strings may hold braces, and `\\( … )` again programs."""
    waiting = ["}"]
    while at < len(text):
        sign, awaited = text[at], waiting[-1]
        if awaited == '"' and sign == "\\":
            if text[at + 1 : at + 2] == "(":
                waiting.append(")")
            at += 1
        elif sign == awaited:
            waiting.pop()
            if not waiting:
                return at + 1
        elif awaited != '"' and sign in CLOSING:
            waiting.append(CLOSING[sign])
        at += 1
    return -1
