"""Workflows that a workflow started go on with it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from stigmerd.resources.resuming.past import RunBefore
from stigmerd.store.journal import MISSING
from stigmerd.store.pruning import LAUNCHED
from stigmerd.workflow.model import RunTask, Task
from stigmerd.workflow.resuming.path import UnknownTask, target_of
from stigmerd.workflow.resuming.point import How, ResumePoint, places_of


@dataclass(frozen=True, slots=True, kw_only=True)
class WithinChild:
    """A task of the workflow that the RUN task of this path started."""

    path: str
    inner: str


def within_child(past: RunBefore, path: str) -> WithinChild | None:
    """Does the path lead into the execution that a RUN task started?"""
    parts = path.split("/")
    for at in range(len(parts) - 1, 0, -1):
        with suppress(UnknownTask):
            target = target_of("/".join(parts[:at]), past.tasks, past.seen.last_round)
            if isinstance(target.task.config, RunTask) and not target.is_body:
                return WithinChild(path=target.key, inner="/".join(parts[at:]))
    return None


def children_of(
    past: RunBefore, point: ResumePoint | None, new: tuple[Task, ...]
) -> dict[str, dict[str, str]]:
    """Workflows that failed inside of this one go on as well, at the tasks that started them."""
    found: dict[str, dict[str, str]] = {}
    for key, how in places_of(point) if point else ():
        child = past.journal.get(f"{LAUNCHED}{key}") if how is How.AGAIN else MISSING
        if child is not MISSING and isinstance(_task(new, key), RunTask):
            found[key] = {"execution": str(child), "from": ""}
    return found


def _task(tasks: tuple[Task, ...], key: str) -> object:
    try:
        return target_of(key, tasks, lambda _: 0).task.config
    except UnknownTask:
        return None
