"""docs/design/tested-options.md: every option of every command, and a test that drives it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.docs.commands import Command, stigmer
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "design" / "tested-options.md"
DRIVEN = ("end_to_end", "defects", "attacks", "faults", "soak", "starts", "devloop/cli")
INTRODUCTION = """# Which test drives which option

Every option of every command, and a test that types it. `python -m tests.docs.write_pages` writes this page;
a test fails for an option that no test types, and for a row whose test does not any more. It looks for the
command's words and the option in the texts of a file: that they stand in one command, only a reader knows.
[What the options mean](../options.md)

| command | option | test |
|---|---|---|
"""
ROW = re.compile(r"^\| `(?P<command>[^`]+)` \| `(?P<option>[^`]+)` \| `(?P<test>[^`]+)` \|$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of one command."""

    command: str  # `stigmer server start`
    spellings: tuple[str, ...]  # `-f`, `--follow`

    @property
    def shown(self) -> str:
        return max(self.spellings, key=len)


def options() -> Iterator[Option]:
    """All of them, in the order of the help."""
    for command in stigmer().all():
        yield from (Option(command=command.name, spellings=each) for each in _spelled(command))


def driven_by(option: Option) -> list[str]:
    """The test files that type it, the one that does so most often first."""
    words = option.command.split()[1:]
    found = Counter[str]()
    for file, typed in _typed().items():
        times = sum(typed[each] for each in option.spellings)
        if times and all(typed[word] for word in words):
            found[file] = times
    return [file for file, _ in sorted(found.items(), key=_rank)]


def _rank(found: tuple[str, int]) -> tuple[bool, int, str]:
    """Tests of the installed command first."""
    file, times = found
    return not file.startswith("tests/end_to_end/"), -times, file


def shown() -> Mapping[tuple[str, str], str]:
    """What the page says: command and option → test."""
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    return {(row["command"], row["option"]): row["test"] for row in ROW.finditer(text)}


def page() -> str:
    """A test that is named already stays, as long as it drives the option."""
    before = shown()
    rows = []
    for option in options():
        tests = driven_by(option)
        known = before.get((option.command, option.shown), "")
        test = known if known in tests else next(iter(tests), "none")
        rows.append(f"| `{option.command}` | `{option.shown}` | `{test}` |\n")
    return INTRODUCTION + "".join(rows)


def _spelled(command: Command) -> Iterator[tuple[str, ...]]:
    for each in command.options:
        spellings = tuple(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", each.typed))
        # `--follow / --no-follow` are two.
        for way in each.typed.split(" / "):
            names = tuple(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", way))
            if names:
                yield names if " / " in each.typed else spellings


@cache
def _typed() -> Mapping[str, Counter[str]]:
    """The words in the texts of each test file."""
    files = [
        file
        for room in DRIVEN
        for file in sorted((ROOT / "tests" / room).rglob("*.py"))
        if file.name.startswith("test_")
    ]
    return {str(file.relative_to(ROOT)): _words(file) for file in files}


def _words(file: Path) -> Counter[str]:
    words = Counter[str]()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.update(re.split(r"[\s=]+", node.value))
    return words
