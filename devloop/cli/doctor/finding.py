"""What one check found."""

from __future__ import annotations

from enum import Enum

from runcmd.errors import RunError
from runcmd.frozen import Frozen


class Severity(Enum):
    """How bad it is."""

    GOOD = "ok"
    WARNING = "warning"  # runs work, with less than they could have
    BAD = "problem"  # a run fails, or some runs do


class Finding(Frozen):
    """A sentence, and where something is wrong, what to do: a command if there is one."""

    area: str
    health: Severity
    text: str
    next: str = ""
    code: str = ""  # of the error that a run would end with

    def with_text(self, text: str, what_next: str) -> Finding:
        """The same, in other words."""
        return Finding(area=self.area, health=self.health, text=text, next=what_next, code=self.code)


def good(area: str, text: str) -> Finding:
    """Nothing to do."""
    return Finding(area=area, health=Severity.GOOD, text=text)


def doubtful(area: str, text: str, what_next: str) -> Finding:
    """A warning."""
    return Finding(area=area, health=Severity.WARNING, text=text, next=what_next)


def bad(area: str, text: str, what_next: str) -> Finding:
    """A problem."""
    return Finding(area=area, health=Severity.BAD, text=text, next=what_next)


def failed(area: str, error: RunError) -> Finding:
    """What a run would end with."""
    more = f"stigmer explain {error.code}"
    return Finding(
        area=area, health=Severity.BAD, text=error.message, next=error.hint or more, code=error.code
    )
