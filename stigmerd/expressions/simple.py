"""Programs that need no jq: a literal, or a way through objects and lists. Exactly jq's answer, or none."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from stigmerd.store.json import Json
from stigmerd.workflow.state import canonical

Path = tuple[str, tuple[str | int, ...]]


class NotSimple:
    """No answer; ask jq."""


NOT_SIMPLE: Final = NotSimple()
LITERAL: Final = re.compile(r'true|false|null|0|[1-9]\d{0,14}|"[^"\\\x00-\x1f]*"')
ROOT: Final = re.compile(r"\$(?:context|data|env|input|output)(?![A-Za-z0-9_:])")
STEP: Final = re.compile(
    r'\.?\["(?P<quoted>[^"\\\x00-\x1f]*)"\]|\.?\[(?P<number>\d{1,9})\]|\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)'
)


def answer(program: str, dot: Json, variables: Mapping[str, Json]) -> Json | NotSimple:
    """The program's result, or NOT_SIMPLE, also where jq would fail: its error text is better."""
    if LITERAL.fullmatch(program):
        return canonical(json.loads(program))
    path = _path(program)
    if path is None:
        return NOT_SIMPLE
    root, steps = path
    return _walk(dot if root == "." else variables.get(root), steps)


def is_simple(program: str) -> bool:
    return _path(program) is not None or LITERAL.fullmatch(program) is not None


@lru_cache(maxsize=4096)
def _path(program: str) -> Path | None:
    if program == ".":
        return ".", ()
    variable = ROOT.match(program)
    position = variable.end() if variable else 0
    if not variable and not program.startswith("."):
        return None
    steps: list[str | int] = []
    while position < len(program):
        step = STEP.match(program, position)
        if step is None:
            return None
        steps.append(_step(step))
        position = step.end()
    return (variable[0][1:] if variable else "."), tuple(steps)


def _step(found: re.Match[str]) -> str | int:
    if found["number"] is not None:
        return int(found["number"])
    return found["quoted"] if found["quoted"] is not None else found["name"]


def _walk(value: Json, steps: tuple[str | int, ...]) -> Json | NotSimple:
    for step in steps:
        match value, step:
            case None, _:
                return None
            case Mapping(), str():
                value = value.get(step)
            case list(), int():
                value = value[step] if step < len(value) else None
            case _:
                return NOT_SIMPLE
    return value
