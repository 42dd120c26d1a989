"""The code may have changed since: its tasks are matched by name, and what has none is said in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stigmerd.workflow.model import For, Fork, Task, Try
from stigmerd.workflow.resuming.point import How, ResumePoint, again, named, position
from stigmerd.workflow.resuming.reached import Seen
from stigmerd.workflow.resuming.rounds import body_of

Say = Callable[[str], None]


class Unmatched(LookupError):  # noqa: N818
    """The new code has no task of this path; `near` are the names in its place."""

    def __init__(self, path: str, near: tuple[str, ...]) -> None:
        super().__init__(path)
        self.path, self.near = path, near


class Matching:
    """Finds the point of an old program in a new one."""

    def __init__(self, seen: Seen, say: Say) -> None:
        self._seen = seen
        self._say = say

    def point(
        self, old: tuple[Task, ...], new: tuple[Task, ...], point: ResumePoint, prefix: str = ""
    ) -> ResumePoint:
        """The same point, or one before it, that both programs have. Raises Unmatched."""
        if point.how is How.DONE:
            return point
        was, now = named(old, point.task), named(new, point.task)
        assert was is not None, "the point is one of the old program"
        if now is None:
            raise Unmatched(prefix + point.task, tuple(task.name for task in new))
        kept = old[: position(old, point.task) + (point.how is How.AFTER)]
        rest = new[position(new, point.task) + 1 :]
        done = {task.name for task in kept if self._seen.began(prefix + task.name)}
        moved = tuple(task.name for task in rest if task.name in done)
        for name in moved:
            self._say(
                f"{prefix}{name} now comes after {prefix}{point.task}: it is done, and does not run again"
            )
        self._say_of_new(old, new, point, prefix)
        point = replace(point, moved=moved)
        if point.how is How.ANSWERED and was.config != now.config:
            return replace(again(point.task), moved=moved)
        if point.how is not How.INSIDE:
            return point
        return self._inside(was, now, point, prefix + point.task)

    def _say_of_new(
        self, old: tuple[Task, ...], new: tuple[Task, ...], point: ResumePoint, prefix: str
    ) -> None:
        known = {task.name for task in old}
        added = [prefix + task.name for task in new[: position(new, point.task)] if task.name not in known]
        if added:
            names = ", ".join(added)
            self._say(f"new in the code, before where it goes on, and so not run: {names}")

    def _inside(self, was: Task, now: Task, point: ResumePoint, key: str) -> ResumePoint:
        match was.config, now.config:
            case For() as old, For() as new if old.each == new.each:
                number = point.round
                inside = self._list(
                    body_of(old, number),
                    new.do,
                    point.inside,
                    f"{key}[{number}]/",
                    f"round {number} of {key}",
                )
                return replace(point, inside=inside)
            case Fork() as old, Fork() as new:
                return replace(point, branches=self._branches(old, new, point, key))
            case Try() as old, Try() as new if point.part == "try":
                inside = self._list(old.do, new.do, point.inside, f"{key}/try/", f"{key}/try")
                return replace(point, inside=inside)
            case Try() as old, Try() as new if new.catch is not None and old.error_name == new.error_name:
                inside = self._list(old.catch or (), new.catch, point.inside, f"{key}/catch/", f"{key}/catch")
                return replace(point, inside=inside)
        self._say(f"{key} runs again as a whole: the code has another task of that name now")
        return replace(again(point.task), moved=point.moved)

    def _branches(self, old: Fork, new: Fork, point: ResumePoint, key: str) -> dict[str, ResumePoint]:
        now = {branch.name: branch.do for branch in new.branches}
        found: dict[str, ResumePoint] = {}
        for branch in old.branches:
            reached = point.branches.get(branch.name)
            if reached is None:
                continue
            if branch.name not in now:
                self._say(f"{key}/{branch.name} is not in the code any more, and its result is left out")
                continue
            path = f"{key}/{branch.name}"
            inside = self._list(branch.do, now[branch.name], reached, f"{path}/", path)
            if inside is not None:
                found[branch.name] = inside
        return found

    def _list(
        self, old: tuple[Task, ...], new: tuple[Task, ...], point: ResumePoint | None, prefix: str, what: str
    ) -> ResumePoint | None:
        """None: this list begins again; all around it is kept as far as it came."""
        if point is None:
            return None
        try:
            return self.point(old, new, point, prefix)
        except Unmatched as missing:
            self._say(f"{what} begins again: the code has no task {missing.path} any more")
            return None
