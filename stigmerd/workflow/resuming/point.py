"""Where a workflow goes on: in each list of tasks, the one that runs again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stigmerd.workflow.model import Task


class How(StrEnum):
    """What happens to the task of a point. All before it is kept."""

    AGAIN = "again"  # it runs again
    ANSWERED = "answered"  # its call was answered, and is not made again; what failed came after that
    INSIDE = "inside"  # it goes on within
    AFTER = "after"  # it is kept; what follows runs
    DONE = "done"  # the whole list is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumePoint:
    """In one list of tasks. Of a list that has no point, nothing is kept."""

    how: How
    task: str = ""
    round: int = 0  # of a FOR: rounds before it are kept
    part: str = ""  # of a TRY: `try` or `catch`
    inside: ResumePoint | None = None  # of a FOR or TRY
    branches: Mapping[str, ResumePoint] = field(default_factory=dict)  # of a FORK
    moved: tuple[str, ...] = ()  # tasks that are kept, which the new code has further down

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {
            "how": self.how.value,
            "task": self.task,
            "round": self.round,
            "part": self.part,
            "inside": self.inside.as_json() if self.inside else None,
            "branches": {name: each.as_json() for name, each in self.branches.items()},
            "moved": list(self.moved),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ResumePoint:
        """Raises KeyError, ValueError for what `as_json` did not write."""
        inside = value["inside"]
        return cls(
            how=How(value["how"]),
            task=value["task"],
            round=value["round"],
            part=value["part"],
            inside=cls.from_json(inside) if inside else None,
            branches={name: cls.from_json(each) for name, each in value["branches"].items()},
            moved=tuple(value["moved"]),
        )


def again(name: str) -> ResumePoint:
    return ResumePoint(how=How.AGAIN, task=name)


def named(tasks: tuple[Task, ...], name: str) -> Task | None:
    """The task of that name in this list."""
    return next((task for task in tasks if task.name == name), None)


def position(tasks: tuple[Task, ...], name: str) -> int:
    """Of the task of that name. Raises StopIteration when there is none."""
    return next(at for at, task in enumerate(tasks) if task.name == name)


def places_of(point: ResumePoint, prefix: str = "") -> Iterator[tuple[str, How]]:
    """The paths of the tasks at which it goes on; several of a FORK."""
    key = prefix + point.task
    if point.how is not How.INSIDE:
        if point.how is not How.DONE:
            yield key, point.how
        return
    for name, branch in point.branches.items():
        yield from places_of(branch, f"{key}/{name}/")
    if not point.branches:
        within = f"{key}/{point.part}/" if point.part else f"{key}[{point.round}]/"
        if point.inside is None:
            yield within.rstrip("/"), How.AGAIN
        else:
            yield from places_of(point.inside, within)
