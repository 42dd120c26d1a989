"""One program out of two: what is kept is as it was, what runs is as it is now."""

from __future__ import annotations

from dataclasses import replace

from stigmerd.workflow.model import Branch, For, Fork, Task, Try
from stigmerd.workflow.resuming.point import How, ResumePoint, position
from stigmerd.workflow.resuming.rounds import body_of


def spliced(old: tuple[Task, ...], new: tuple[Task, ...], point: ResumePoint | None) -> tuple[Task, ...]:
    """A replay of it, with the kept results, comes to the point; there it goes on with the new code.

    The point is one that `Matching` gave for both.
    """
    if point is None:
        return new
    if point.how is How.DONE:
        return old
    at, now = position(old, point.task), position(new, point.task)
    own = {
        How.AGAIN: lambda: new[now],
        How.ANSWERED: lambda: new[now],
        How.AFTER: lambda: old[at],
        How.INSIDE: lambda: _merged(old[at], new[now], point),
    }[point.how]()
    rest = tuple(task for task in new[now + 1 :] if task.name not in point.moved)
    later = {task.name for task in rest}
    # A task that was jumped over, and is further down in the new code, is only there.
    kept = tuple(task for task in old[:at] if task.name not in later)
    return (*kept, own, *rest)


def _merged(was: Task, now: Task, point: ResumePoint) -> Task:
    match was.config, now.config:
        case For() as old, For() as new:
            number = point.round
            before = tuple(body_of(old, each) for each in range(number))
            this = spliced(body_of(old, number), new.do, point.inside)
            # The list that it goes over is the one that it began with.
            return replace(now, config=replace(new, items=old.items, rounds=(*before, this)))
        case Fork() as old, Fork() as new:
            done = {branch.name: branch.do for branch in old.branches}
            branches = tuple(
                Branch(
                    name=branch.name,
                    do=spliced(done.get(branch.name, ()), branch.do, point.branches.get(branch.name)),
                )
                for branch in new.branches
            )
            return replace(now, config=replace(new, branches=branches))
        case Try() as old, Try() as new if point.part == "catch":
            catch = spliced(old.catch or (), new.catch or (), point.inside)
            return replace(now, config=replace(new, do=old.do, catch=catch))
        case Try() as old, Try() as new:
            return replace(now, config=replace(new, do=spliced(old.do, new.do, point.inside)))
    raise AssertionError("matched before")
