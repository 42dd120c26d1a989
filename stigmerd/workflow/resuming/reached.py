"""How far did an execution come? From what it reported of its tasks, the point where it goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from stigmerd.workflow.model import For, Fork, Task, Try
from stigmerd.workflow.resuming.point import How, ResumePoint, again
from stigmerd.workflow.resuming.rounds import body_of

COMPLETED = "COMPLETED"
ROUND = re.compile(r"\[(\d+)\]/")


class Seen:
    """The tasks of an execution: which began, and how they ended."""

    def __init__(self, states: Mapping[str, str]) -> None:
        """`states`: by path, how it ended; empty while it runs. A SKIPPED one never began."""
        self._states = {key: state for key, state in states.items() if state != "SKIPPED"}
        self._rounds: dict[str, int] = {}
        for key in self._states:
            for found in ROUND.finditer(key):
                loop = key[: found.start()]
                self._rounds[loop] = max(self._rounds.get(loop, -1), int(found[1]))

    def __bool__(self) -> bool:
        return bool(self._states)

    def began(self, key: str) -> bool:
        return key in self._states

    def completed(self, key: str) -> bool:
        return self._states.get(key) == COMPLETED

    def last_round(self, loop: str) -> int:
        """-1: none began."""
        return self._rounds.get(loop, -1)


def point_of(
    tasks: tuple[Task, ...], seen: Seen, answered: Callable[[str], bool], prefix: str = ""
) -> ResumePoint | None:
    """Where this list goes on; None: from its beginning.

    `answered`: whether the call of the task with this path was answered.
    """
    begun = [task for task in tasks if seen.began(prefix + task.name)]
    if not begun:
        return None
    still = [task for task in begun if not seen.completed(prefix + task.name)]
    if still:
        return _within(still[-1], prefix + still[-1].name, seen, answered)
    last = begun[-1]
    return ResumePoint(how=How.DONE) if last is tasks[-1] else ResumePoint(how=How.AFTER, task=last.name)


def _within(task: Task, key: str, seen: Seen, answered: Callable[[str], bool]) -> ResumePoint:
    match task.config:
        case For() as loop if (number := seen.last_round(key)) >= 0:
            inside = point_of(body_of(loop, number), seen, answered, f"{key}[{number}]/")
            return ResumePoint(how=How.INSIDE, task=task.name, round=number, inside=inside)
        case Fork(branches=branches):
            found = {
                branch.name: point
                for branch in branches
                if (point := point_of(branch.do, seen, answered, f"{key}/{branch.name}/")) is not None
            }
            return ResumePoint(how=How.INSIDE, task=task.name, branches=found) if found else again(task.name)
        case Try(do=do, catch=catch):
            for part, inner in (("catch", catch or ()), ("try", do)):
                inside = point_of(inner, seen, answered, f"{key}/{part}/")
                if inside is not None:
                    return ResumePoint(how=How.INSIDE, task=task.name, part=part, inside=inside)
            return again(task.name)
        case _:
            return ResumePoint(how=How.ANSWERED if answered(key) else How.AGAIN, task=task.name)
