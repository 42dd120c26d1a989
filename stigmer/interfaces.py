"""What the parts of a declaration expect of each other. For type checkers only: no program imports it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from stigmer.errors import SourcePlace
    from stigmer.flow import Flow


class Named(Protocol):
    """An agent, a workflow, an activity."""

    name: str
    place: SourcePlace


class Need(Protocol):
    """What must be there where an expression is used: a task that ran before, a loop around it."""

    def missing(self, flow: Flow) -> str:
        """Why it is not there, or nothing."""
        ...

    def use(self, flow: Flow) -> None:
        """It is used there."""
        ...
