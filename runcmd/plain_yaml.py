"""Reads the plain YAML that most Stigmer.yaml are without the YAML library, whose import takes long.

What is read here means the same to the library. All else, and every mistake, is left to it.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

LINE = re.compile(r"(?P<indent> *)(?P<key>[a-z_]+):(?P<gap> +(?P<value>[^ ].*?))? *")
COMMENT = re.compile(r" *(#[\w -~]*)?")
# Texts: no sign in them has a meaning, nor has one at their beginning; and versions and whole numbers.
TEXT = re.compile(r"[^\W\d_][\w ,./()+@'!?-]*|\d+\.\d+\.\d+|[1-9]\d{0,5}|0")
WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off"})
STR, MAP = "tag:yaml.org,2002:str", "tag:yaml.org,2002:map"


class Mark(NamedTuple):
    """A place, counted from 0."""

    line: int
    column: int


class PlainNode(NamedTuple):
    """As the library's node, as far as a project's settings need it."""

    value: Any  # a text; of a mapping, pairs of nodes
    tag: str
    start_mark: Mark


def plain(text: str) -> PlainNode | None:
    """The mapping that it is, with texts, and one level of mappings below. None: ask the library."""
    top: list[tuple[PlainNode, PlainNode]] = []
    block: list[tuple[PlainNode, PlainNode]] | None = None  # the one below the last key
    indent = 0  # of the block; 0 before its first line
    for number, line in enumerate(text.split("\n")):
        if COMMENT.fullmatch(line):
            continue
        found = LINE.fullmatch(line)
        if found is None or found["key"] in WORDS:
            return None
        column = len(found["indent"])
        if column == 0 and block != []:
            block, indent, into = None, 0, top
        elif column and block is not None and column == (indent or column):
            if not block:
                top[-1] = (top[-1][0], PlainNode(block, MAP, Mark(number, column)))
            indent, into = column, block
        else:
            return None
        key = PlainNode(found["key"], STR, Mark(number, column))
        value = found["value"]
        if value is None and column == 0:
            block = []
            top.append((key, key))
        elif value is not None and TEXT.fullmatch(value) and value.lower() not in WORDS:
            into.append((key, PlainNode(value, STR, Mark(number, found.start("value")))))
        else:
            return None
    return PlainNode(top, MAP, top[0][0].start_mark) if top and block != [] else None
