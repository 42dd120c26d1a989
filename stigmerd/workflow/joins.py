"""Where do the ways out of a task come together again?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from stigmerd.workflow.model import Raise, Switch, Task

NOWHERE: Final = -1  # every way on fails, or leaves the list


def joins(tasks: Sequence[Task]) -> list[int]:
    """For each task the next position that all ways from it on pass; the list's length stands for its end.

    A way that fails or leaves the list passes nothing; but a RAISE may name where others go on that do not
    fail, so that a case which always fails has an end. As jumps go forward only, one walk from the end to the
    start finds all positions.
    """
    over = len(tasks)
    positions = {task.name: at for at, task in enumerate(tasks)}
    found = [NOWHERE] * over
    for at in range(over - 1, -1, -1):
        ways = [way for way in _ways(tasks[at], at, positions) if way == over or found[way] != NOWHERE]
        for way in ways:
            found[at] = way if found[at] == NOWHERE else _common(found[at], way, found)
    return found


def _common(one: int, other: int, found: Sequence[int]) -> int:
    while one != other:
        if one < other:
            one = found[one]
        else:
            other = found[other]
    return one


def _ways(task: Task, at: int, positions: Mapping[str, int]) -> list[int]:
    match task.config:
        case Raise() if not task.then:
            return []
        case Switch(cases=cases):
            without = [] if any(not case.when for case in cases) else [task.then]
            names = [*(case.then for case in cases), *without]
        case _:
            names = [task.then]
    ways = (at + 1 if name in ("", "continue") else positions.get(name, NOWHERE) for name in names)
    return [way for way in ways if way > at]
