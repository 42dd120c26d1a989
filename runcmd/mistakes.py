"""Mistakes in what a project declares: each at its file and line, with what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from runcmd.frozen import Frozen

MOST_SHOWN = 20


class Mistake(Frozen):
    """One mistake of the project's program."""

    file: str  # absolute
    line: int  # 0: unknown
    message: str
    nearest: str = ""  # what was probably meant; empty: nothing is near

    def at(self, directory: Path) -> str:
        """`main.py:3: …`"""
        return f"{relative(self.file, directory)}{f':{self.line}' if self.line else ''}: {self.message}"


def in_order(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """By file and line; each once."""
    return sorted(dict.fromkeys(mistakes), key=lambda each: (each.file, each.line, each.message))


def lines_of(mistakes: Sequence[Mistake], directory: Path) -> list[str]:
    """Whole lines to show, and how many more there are."""
    shown = [f"  {mistake.at(directory)}" for mistake in mistakes[:MOST_SHOWN]]
    more = len(mistakes) - len(shown)
    return [*shown, f"  … and {more} more"] if more else shown


def relative(file: str, directory: Path) -> str:
    path = Path(file)
    return str(path.relative_to(directory)) if path.is_relative_to(directory) else file
