"""Ends a walk where the only task that is to run has ended."""

from __future__ import annotations

from stigmerd.workflow.failure import Problem, TaskFailed, failed
from stigmerd.workflow.interfaces import Reporter
from stigmerd.workflow.model import Value


class Reached(Exception):  # noqa: N818
    """It has run; nothing follows, and nothing catches how it failed."""

    def __init__(self, output: Value, problem: Problem | None) -> None:
        super().__init__()
        self._output, self._problem = output, problem

    def output(self) -> Value:
        """Raises TaskFailed."""
        if self._problem is not None:
            raise TaskFailed(self._problem)
        return self._output


class Only:
    """The path of a task, or of a list of tasks: it ends with `/`. Empty: all run."""

    def __init__(self, path: str) -> None:
        self.path = path

    def ended(self, key: str, output: Value = None, problem: Problem | None = None) -> None:
        """A task or a list of tasks has. Raises Reached when it is this one."""
        if self.path and key == self.path:
            raise Reached(output, problem)

    def missed(self) -> TaskFailed:
        """The walk came to its end without it."""
        return failed(
            "configuration",
            f"{self.path.rstrip('/')} was not reached",
            "the loop that it is in has fewer rounds; give its items, or another round",
            status=400,
        )


class ReportsOfOnly(Reporter):
    """Passes on what is said of one task and of those within it."""

    def __init__(self, reporter: Reporter, key: str) -> None:
        self._reporter, self._key = reporter, key

    def began(self, key: str, name: str, kind: str, given: Value) -> None:
        if self._is_within(key):
            self._reporter.began(key, name, kind, given)

    def ended(self, key: str, name: str, kind: str, state: str, output: Value, error: str) -> None:
        if self._is_within(key):
            self._reporter.ended(key, name, kind, state, output, error)

    def _is_within(self, key: str) -> bool:
        whole = self._key
        return key == whole or key.startswith(whole if whole.endswith("/") else (f"{whole}/", f"{whole}["))
