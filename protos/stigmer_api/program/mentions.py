"""Which files and modules does a piece of code mention?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeVar

Found = TypeVar("Found", str, tuple[str, str, str])

LONGEST_NAME = 300  # characters
MOST_WORDS = 5000  # of one text, all different

WORD = re.compile(r"[^\s\"'`<>|;,(){}\[\]=:&]+")
QUOTED = re.compile(r"\"([^\"\n]{1,300})\"|'([^'\n]{1,300})'|`([^`\n]{1,300})`")
MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+([\w, \t*(]+)|import[ \t]+([\w., \t]+))", re.M
)
PLACE = re.compile(r"(?:\bcd|-C|--(?:directory|cwd|prefix|dir))[ \t=]+[\"']?([^\s\"';&|]+)")
PAPERS = re.compile(
    r"(?i)(?:.*/)?(?:readme|licen[cs]e|changelog|contributing|notice|authors)(?:\.\w+)?"
)  # nobody runs
BEFORE = re.compile(
    r"(?:\$\{?\w+\}?|\$\([^)]*\)|@|~)/"
)  # `$DIR/lib.sh`, `@/lib`: from a place that only it knows


@dataclass(slots=True)
class Mentions:
    """Names as the code has them; which of them exist is found out by somebody else."""

    modules: set[tuple[int, str]] = field(default_factory=set)  # Python's: leading dots, then the dotted name
    names: set[str] = field(default_factory=set)  # of files
    folders: set[str] = field(default_factory=set)  # of directories, all files of which count
    places: set[str] = field(default_factory=set)  # of directories in which others of the names may lie
    patterns: set[str] = field(default_factory=set)  # `data/*.txt`
    written: set[str] = field(default_factory=set)  # of files that it writes, and perhaps reads
    outputs: set[str] = field(default_factory=set)  # of files that it writes, also as patterns
    own_folder: bool = False  # it lists the directory that it lies in
    computed: bool = False  # it imports modules whose names it computes


def in_text(text: str) -> Mentions:
    """Of a language that we do not know: every word may be a name, every quoted one a directory's."""
    found = Mentions(places=set(PLACE.findall(text)))
    for word in _some(WORD.findall(text)):
        plain = BEFORE.sub("", word, count=1).rstrip(".")
        if PAPERS.fullmatch(plain) or not ("." in plain or "/" in plain):
            continue
        found.names.add(plain)
        if MODULE.fullmatch(plain):
            found.modules.add((0, plain))
        if "*" in plain:
            found.patterns.add(plain)
        if "/" in plain:
            found.folders.add(plain)
    for groups in _some(QUOTED.findall(text)):
        plain = BEFORE.sub("", "".join(groups), count=1)
        if not PAPERS.fullmatch(plain):
            found.names.add(plain)
            found.folders.add(plain)
    return found


def _some(found: list[Found]) -> list[Found]:
    return list(dict.fromkeys(found))[:MOST_WORDS]


def in_broken_python(text: str) -> Mentions:
    """Of a program that this Python cannot read: another one may."""
    found = in_text(text)
    for dots, module, names, plain in IMPORT.findall(text):
        if plain:
            found.modules |= {(0, each.split()[0]) for each in plain.split(",") if each.split()}
        else:
            found.modules |= imported(len(dots), module, re.findall(r"\w+", names))
    return found


def imported(dots: int, module: str, names: list[str]) -> set[tuple[int, str]]:
    """By `from module import names`: each name may be a module of its own."""
    return {(dots, module), *((dots, f"{module}.{name}".lstrip(".")) for name in names if name != "*")}
