"""What one part of the faults found: a line to show, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A line, and the violations behind it."""

    line: str
    violations: tuple[str, ...] = ()
    skipped: bool = False  # it cannot be tried here, and the line says why

    def __str__(self) -> str:
        sign = "-" if self.skipped else "FAIL" if self.violations else "ok"
        return "\n".join([f"{sign:4} {self.line}", *(f"       {each}" for each in self.violations)])
