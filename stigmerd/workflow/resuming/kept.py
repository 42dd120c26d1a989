"""Which results does a resumed execution keep? By their keys, which begin with the path of their task."""

from __future__ import annotations

import re

from stigmerd.workflow.model import For, Fork, Task, Try
from stigmerd.workflow.resuming.point import How, ResumePoint, position
from stigmerd.workflow.resuming.rounds import body_of

ROUND = re.compile(r"\[(\d+)\]/(.*)", re.S)
EXPORT = "#export"


def keeps(key: str, tasks: tuple[Task, ...], point: ResumePoint | None, *, reported: bool = False) -> bool:
    """Whether the key, relative to this list of tasks, belongs to what is kept.

    `reported`: the key is that of a report of a task, which is kept only of one that does not go on.
    """
    if point is None:
        return False
    if point.how is How.DONE:
        return True
    owner = owner_of(key, tasks)
    if owner is None:
        return False
    at, here = position(tasks, owner.name), position(tasks, point.task)
    if at != here:
        return at < here
    rest = key.removeprefix(owner.name)
    match point.how:
        case How.AGAIN:
            return False
        case How.AFTER:
            return True
        case How.ANSWERED:
            return not reported and not rest.startswith(EXPORT)
        case _:
            return _keeps_inside(rest, owner, point, reported=reported)


def owner_of(key: str, tasks: tuple[Task, ...]) -> Task | None:
    """The task of this list that a key belongs to."""
    owners = [
        task
        for task in tasks
        if key.startswith(task.name) and (key == task.name or key[len(task.name)] in "#[/")
    ]
    return max(owners, key=lambda task: len(task.name), default=None)


def _keeps_inside(rest: str, task: Task, point: ResumePoint, *, reported: bool) -> bool:
    match task.config:
        case For() as loop:
            found = ROUND.fullmatch(rest)
            if found is None:  # what it goes over
                return not reported and not rest.startswith(EXPORT)
            number = int(found[1])
            if number != point.round:
                return number < point.round
            return keeps(found[2], body_of(loop, number), point.inside, reported=reported)
        case Fork(branches=branches):
            for branch in branches:
                start = f"/{branch.name}/"
                if rest.startswith(start):
                    inner = point.branches.get(branch.name)
                    return keeps(rest.removeprefix(start), branch.do, inner, reported=reported)
            return False
        case Try(do=do, catch=catch):
            caught = point.part == "catch"
            if rest.startswith("/try/"):
                within = rest.removeprefix("/try/")
                return caught or keeps(within, do, point.inside, reported=reported)
            if rest.startswith("/catch/"):
                within = rest.removeprefix("/catch/")
                return caught and keeps(within, catch or (), point.inside, reported=reported)
            return caught and rest == "#error"
    return False
