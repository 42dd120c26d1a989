"""Which rows belong on a page, and where does the next page begin?"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from stigmerd.store.json import Json
from stigmerd.store.rows import Row

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000
TOKEN = re.compile(r"before-([1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the rows that were asked for."""

    rows: tuple[Row, ...]
    next_token: str  # empty: that was all
    total: int  # on all pages together


def conditions(
    kinds: Sequence[int], org: str, parents: Sequence[str] | None, phase: int, tags: Sequence[str], query: str
) -> tuple[str, list[Json]]:
    """The WHERE clause, and its parameters."""
    clauses = [f"kind IN ({', '.join('?' * len(kinds))})"]
    parameters: list[Json] = list(kinds)
    if org:
        clauses.append("org = ?")
        parameters.append(org)
    if parents is not None:
        clauses.append("parent IN (SELECT value FROM json_each(?))")
        parameters.append(json.dumps(list(parents)))
    if phase:
        clauses.append("phase = ?")
        parameters.append(phase)
    for tag in tags:
        clauses.append("instr(char(31) || tags, char(31) || ? || char(31))")
        parameters.append(tag)
    if query:
        clauses.append("instr(search, ?)")
        parameters.append(query.casefold())
    return " AND ".join(clauses), parameters


def encode_token(seq: int) -> str:
    return f"before-{seq}"


def decode_token(token: str) -> int:
    """0 for no token. Raises ValueError for one that no page gave out."""
    if token == "":
        return 0
    number = TOKEN.fullmatch(token)
    if not number:
        raise ValueError(f'"{token[:40]}" is not a page token: use the one of the reply before, or none')
    return int(number[1])
