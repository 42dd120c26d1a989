"""The point of a task that somebody chose."""

from __future__ import annotations

from stigmerd.workflow.model import For, Fork
from stigmerd.workflow.resuming.path import Target
from stigmerd.workflow.resuming.point import How, ResumePoint, again


def point_at(target: Target, reached: ResumePoint | None) -> ResumePoint:
    """The point of a target; the other branches of a FORK go on where they are, by `reached`."""
    first, *more = target.steps
    name = first.task.name
    if not first.part:
        return again(name)
    inner = Target(steps=tuple(more)) if more else None
    here = reached if reached is not None and reached.task == name and reached.how is How.INSIDE else None
    match first.task.config:
        case For():
            number = int(first.part[1:-1])
            same = here.inside if here is not None and here.round == number else None
            within = point_at(inner, same) if inner else None
            return ResumePoint(how=How.INSIDE, task=name, round=number, inside=within)
        case Fork():
            branch = first.part[1:]
            branches = dict(here.branches) if here is not None else {}
            known = branches.pop(branch, None)
            if inner:
                branches[branch] = point_at(inner, known)
            return ResumePoint(how=How.INSIDE, task=name, branches=branches)
        case _:
            part = first.part[1:]
            same = here.inside if here is not None and here.part == part else None
            if inner is None and part == "try":
                return again(name)
            return ResumePoint(
                how=How.INSIDE, task=name, part=part, inside=point_at(inner, same) if inner else None
            )
