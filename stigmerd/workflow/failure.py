"""Why a task failed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from stigmerd.workflow.held import in_mebibytes
from stigmerd.workflow.model import Value
from stigmerd.workflow.state import DEEPEST

MISSING_VARIABLE = "a variable is missing"  # the title of that failure
LIMIT = "limit"  # the type of a failure that no TRY may catch


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error as a workflow sees it: `type` tells kinds apart, `task` is the path of what failed."""

    type: str  # `http`, `expression`, `agent`, `timeout`, `limit`, … or what a RAISE task says
    title: str
    detail: str = ""
    status: int = 500
    task: str = ""

    @property
    def message(self) -> str:
        return f"{self.title}: {self.detail}" if self.title and self.detail else self.title or self.detail

    def at(self, task: str) -> Problem:
        return self if self.task else replace(self, task=task)

    def as_value(self) -> dict[str, Value]:
        return {**asdict(self), "message": self.detail or self.title}


class TaskFailed(Exception):  # noqa: N818 - the event's name is the clearest
    """Ends a task, and all around it that does not catch it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def failed(kind: str, title: str, detail: str = "", status: int = 500) -> TaskFailed:
    return TaskFailed(Problem(type=kind, title=title, detail=detail, status=status))


def nested_too_deep(what: str) -> TaskFailed:
    return failed("size", f"{what} is nested too deep", f"more than {DEEPEST} levels", status=413)


def too_large(what: str, most: int) -> TaskFailed:
    return failed(
        LIMIT,
        f"{what} is too large",
        f"more than {in_mebibytes(most)} as JSON; keep big values elsewhere and pass on where they are",
        status=413,
    )


def loop_too_large(most: int, rounds: int, of: int) -> TaskFailed:
    return failed(
        LIMIT,
        "the results of the loop are too large together",
        f"more than {in_mebibytes(most)} after {rounds} of {of} rounds; "
        "end the loop with a task that gives only what is needed later",
        status=413,
    )


def holds_too_much(reason: str) -> TaskFailed:
    return failed(
        LIMIT,
        "the execution holds too much",
        f"{reason}; keep less in variables, exports and the results of loops, "
        "or keep big values elsewhere and pass on where they are",
        status=413,
    )
