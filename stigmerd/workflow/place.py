"""One task at work: its key, its state, and what is reported of it."""

from __future__ import annotations

from dataclasses import dataclass

from stigmerd.workflow.failure import Problem
from stigmerd.workflow.interfaces import Reporter
from stigmerd.workflow.model import Task, Value
from stigmerd.workflow.state import State


@dataclass(slots=True)
class TaskPlace:
    """Reports its beginning once, and its end."""

    task: Task
    key: str
    state: State
    reporter: Reporter
    begun: bool = False

    def begin(self, given: Value) -> None:
        self.begun = True
        self.reporter.began(self.key, self.task.name, self.task.kind, given)

    def complete(self, output: Value) -> None:
        self._end("COMPLETED", output, "")

    def fail(self, problem: Problem) -> None:
        """Also of one that failed before it began."""
        if not self.begun:
            self.begin({})
        inside = "" if problem.task == self.key else f"{problem.task}: "
        self._end("FAILED", None, inside + problem.message)

    def cancel(self, why: str) -> None:
        if self.begun:
            self._end("CANCELLED", None, why)

    def _end(self, state: str, output: Value, error: str) -> None:
        self.reporter.ended(self.key, self.task.name, self.task.kind, state, output, error)
