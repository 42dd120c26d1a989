"""Where to go after a task."""

from __future__ import annotations

from collections.abc import Sequence

from stigmerd.workflow.failure import failed
from stigmerd.workflow.model import Task


def next_position(tasks: Sequence[Task], position: int, then: str) -> int:
    if then in ("", "continue"):
        return position + 1
    return next(at for at in range(position + 1, len(tasks)) if tasks[at].name == then)


def check_target(then: str, later: Sequence[Task]) -> None:
    if then in ("", "continue", "exit", "end") or any(task.name == then for task in later):
        return
    names = ", ".join(task.name for task in later) or "none"
    raise failed(
        "configuration",
        f"no task called {then!r} after this one in the same list",
        f"a jump goes forward only; tasks that follow: {names}",
        status=400,
    )
