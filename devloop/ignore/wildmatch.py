"""Translates git's wildcards into regular expressions.

Patterns and paths are text of one character a byte (latin-1), because git's `?` and `[…]` mean one byte.
Every star but the last of its kind is atomic: no pattern makes a match take exponential time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import UnionType

_CLASSES: Mapping[str, Callable[[str], bool]] = {
    "alnum": str.isalnum,
    "alpha": str.isalpha,
    "blank": partial(str.__contains__, " \t"),
    "cntrl": lambda char: char < " " or char == "\x7f",
    "digit": str.isdigit,
    "graph": lambda char: "!" <= char <= "~",
    "lower": str.islower,
    "print": lambda char: " " <= char <= "~",
    "punct": lambda char: "!" <= char <= "~" and not char.isalnum(),
    "space": partial(str.__contains__, " \t\n\v\f\r"),
    "upper": str.isupper,
    "xdigit": partial(str.__contains__, "0123456789abcdefABCDEF"),
}
_ASCII = [chr(code) for code in range(128)]
_BYTES = [chr(code) for code in range(1, 256)]


class NeverMatchesError(ValueError):
    """The pattern is malformed: git accepts it and lets it match nothing."""


@dataclass(frozen=True, slots=True)
class _One:
    """One character, as a regular expression."""

    source: str


@dataclass(frozen=True, slots=True)
class _Star:
    """Any characters but a slash."""


@dataclass(frozen=True, slots=True)
class _Folders:
    """`**/`: nothing, or anything that ends in a slash; before `\\/` the slash is not part of it."""

    slash: bool


@dataclass(frozen=True, slots=True)
class _Rest:
    """`**` at the end: all that is left."""


_Token = _One | _Star | _Folders | _Rest


def translate(pattern: str, *, pathname: bool, fold: bool) -> str:
    """A regular expression that matches the whole text if git's pattern does.

    Args:
        pattern: one character a byte.
        pathname: the text is a path and not a name: stars stop at slashes, `**` does not.
        fold: letters match in either case; the text is given in lower case.
    """
    blocks = _split(list(_tokens(pattern, pathname, fold)), _Folders | _Rest)
    return _chain([(star, _block(tokens)) for star, tokens in blocks])


def _block(tokens: list[_Token]) -> str:
    pieces = _split(tokens, _Star)
    return _chain(
        [(star, "".join(one.source for one in ones if isinstance(one, _One))) for star, ones in pieces]
    )


def _split(tokens: list[_Token], star: type | UnionType) -> list[tuple[_Token | None, list[_Token]]]:
    """The tokens after each star of a kind; before the first there is none."""
    parts: list[tuple[_Token | None, list[_Token]]] = [(None, [])]
    for token in tokens:
        if isinstance(token, star):
            parts.append((token, []))
        else:
            parts[-1][1].append(token)
    return parts


def _chain(parts: list[tuple[_Token | None, str]]) -> str:
    """What stands between two stars matches as early as it can: the second star can take the rest."""
    sources = [_source(star) + rest for star, rest in parts]
    return "".join(f"(?>{source})" for source in sources[:-1] if source) + sources[-1]


def _source(star: _Token | None) -> str:
    match star:
        case _Star():
            return "[^/]*?"
        case _Folders(slash=True):
            return "(?:.*?/)??"
        case _Folders():
            return ".*?"
        case _Rest():
            return ".*"
        case _:
            return ""


def _tokens(pattern: str, pathname: bool, fold: bool) -> Iterator[_Token]:
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "*":
            end = at
            while pattern[end : end + 1] == "*":
                end += 1
            token, at = _stars(pattern, at, end) if pathname and end - at > 1 else (_Star(), end)
            yield token
        elif char == "?":
            at += 1
            yield _One("[^/]")
        elif char == "[":
            members, at = _bracket(pattern, at + 1, fold)
            yield _One(_any_of(members - {"/"}))
        elif char == "\\":
            if at + 1 == len(pattern):
                raise NeverMatchesError("a backslash at the end matches nothing")
            at += 2
            yield _One(re.escape(pattern[at - 1]))
        else:
            at += 1
            yield _One(re.escape(lower(char) if fold else char))


def _stars(pattern: str, at: int, end: int) -> tuple[_Token, int]:
    """`**` crosses slashes only when it is a whole component."""
    if at and pattern[at - 1] != "/":
        return _Star(), end
    if end == len(pattern):
        return _Rest(), end
    if pattern[end] == "/":
        return _Folders(slash=True), end + 1
    if pattern.startswith("\\/", end):
        return _Folders(slash=False), end
    return _Star(), end


def _bracket(pattern: str, at: int, fold: bool) -> tuple[frozenset[str], int]:
    """The characters that `[…]` stands for, and where it ends."""
    negated = pattern[at : at + 1] in ("!", "^") and at < len(pattern)
    at += negated
    members: set[str] = set()
    before = ""  # the start of a range, if a dash follows
    first = True
    while first or pattern[at : at + 1] != "]":
        first = False
        char = _at(pattern, at)
        if char == "\\":
            at += 1
            before = _at(pattern, at)
            members.add(before)
        elif char == "-" and before and pattern[at + 1 : at + 2] not in ("", "]"):
            at += 1 + (pattern[at + 1] == "\\")
            members |= _range(before, _at(pattern, at), fold)
            before = ""
        elif char == "[" and pattern[at + 1 : at + 2] == ":":
            close = pattern.find("]", at + 2)
            if close < 0:
                raise NeverMatchesError("a [ without ] matches nothing")
            if close > at + 2 and pattern[close - 1] == ":":
                members |= _named(pattern[at + 2 : close - 1], fold)
                at, before = close, ""
            else:
                members.add(char)
                before = char
        else:
            members.add(char)
            before = char
        at += 1
    return frozenset(set(_BYTES) - members if negated else members), at + 1


def _at(pattern: str, at: int) -> str:
    if at >= len(pattern):
        raise NeverMatchesError("a [ without ] matches nothing")
    return pattern[at]


def _range(first: str, last: str, fold: bool) -> set[str]:
    members = {char for char in _BYTES if first <= char <= last}
    if fold:
        members |= {lower(char) for char in members}
    return members


def _named(name: str, fold: bool) -> set[str]:
    if name not in _CLASSES:
        raise NeverMatchesError(f"[:{_text(name)}:] is not a character class, so the pattern matches nothing")
    members = {char for char in _ASCII if _CLASSES[name](char)}
    if fold and name == "upper":
        members |= {char.lower() for char in members}
    return members


def _text(pattern: str) -> str:
    """For people, not for comparing."""
    return pattern.encode("latin-1").decode(errors="replace")


def _any_of(members: frozenset[str]) -> str:
    return f"[{''.join(map(re.escape, sorted(members)))}]" if members else "(?!)"


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def lower(text: str) -> str:
    """In lower case, as git sees it: only ASCII letters have a case."""
    return text.translate(_LOWER)
