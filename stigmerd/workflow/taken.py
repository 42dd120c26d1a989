"""The cases that the switches of a list have taken, and what they gave so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stigmerd.workflow.joins import joins
from stigmerd.workflow.model import Task, Value


@dataclass(slots=True)
class TakenCase:
    """A case at work; it is over where the ways out of its switch come together."""

    switch: Task
    over: int
    output: Value = None


class TakenCases:
    """Of one list of tasks: those inside of others come later."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._joins: list[int] | None = None
        self._open: list[TakenCase] = []

    def begin(self, position: int) -> None:
        """The switch at this position has taken a case."""
        if self._joins is None:
            self._joins = joins(self._tasks)
        over = self._joins[position]
        self._open.append(TakenCase(self._tasks[position], over if over > position else len(self._tasks)))

    def gave(self, output: Value) -> None:
        """A task has ended with an output."""
        for case in self._open:
            case.output = output

    def over(self, position: int) -> Iterator[tuple[Task, Value]]:
        """The switches whose cases are over where the list goes on at this position, inner ones first."""
        while self._open and self._open[-1].over <= position:
            case = self._open.pop()
            yield case.switch, case.output
