"""What a user means by the path of a task: `fetch`, `each[2]/price`, `both/left/ask`, `safe/try/call`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from stigmerd.workflow.model import Branch, For, Fork, Task, Try
from stigmerd.workflow.resuming.kept import owner_of
from stigmerd.workflow.resuming.rounds import body_of

ROUND = re.compile(r"\[(\d+)\]")


class UnknownTask(LookupError):  # noqa: N818
    """There is no task of this path; `near` are paths that look like it, else some that there are."""

    def __init__(self, path: str, paths: list[str]) -> None:
        import difflib  # here, for a backend's start does without it

        super().__init__(path)
        names = {each.rpartition("/")[2]: each for each in paths}
        close = difflib.get_close_matches(path, paths, n=3, cutoff=0.8) or [
            names[each] for each in difflib.get_close_matches(path.rpartition("/")[2], list(names), n=3)
        ]
        self.near, self.alike = (close, True) if close else (paths[:5], False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """A task on the way to the target, and the part of it that the way goes through."""

    task: Task
    part: str = ""  # `[2]`, `/left`, `/try`; empty: the target itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A task, or with a part in its last step the list of tasks that this part is."""

    steps: tuple[PathStep, ...]

    @property
    def key(self) -> str:
        """Its path in a run."""
        return "/".join(f"{step.task.name}{step.part}" for step in self.steps)

    @property
    def task(self) -> Task:
        return self.steps[-1].task

    @property
    def is_body(self) -> bool:
        return bool(self.steps[-1].part)

    @property
    def body(self) -> tuple[Task, ...]:
        """The tasks that run: one, or those of the body."""
        last = self.steps[-1]
        return inside(last.task, last.part) if last.part else (last.task,)


def inside(task: Task, part: str) -> tuple[Task, ...]:
    """The tasks of this part of it."""
    match task.config:
        case For() as loop:
            return body_of(loop, int(part[1:-1]))
        case Fork(branches=branches):
            return next(branch.do for branch in branches if f"/{branch.name}" == part)
        case Try(do=do, catch=catch):
            return do if part == "/try" else catch or ()
    raise AssertionError(f"{task.name} has no part {part}")


def target_of(path: str, tasks: tuple[Task, ...], round_of: Callable[[str], int]) -> Target:
    """What the path leads to. Raises UnknownTask.

    A nested task whose name there is once may be called by that alone, and the number of a round may be left
    out: `round_of` says which one is meant.
    """
    wanted = path.strip().strip("/")
    paths = list(paths_of(tasks))
    found = _walk(wanted, tasks, "", round_of)
    if found is None:
        same = [each for each in paths if each.rpartition("/")[2] == wanted]
        found = _walk(same[0], tasks, "", round_of) if len(same) == 1 else None
    if found is None:
        raise UnknownTask(path, paths)
    return Target(steps=found)


def paths_of(tasks: tuple[Task, ...], prefix: str = "") -> Iterator[str]:
    """The paths of all tasks, without numbers of rounds."""
    for task in tasks:
        key = prefix + task.name
        yield key
        match task.config:
            case For(do=do):
                yield from paths_of(do, f"{key}/")
            case Fork(branches=branches):
                for branch in branches:
                    yield from paths_of(branch.do, f"{key}/{branch.name}/")
            case Try(do=do, catch=catch):
                yield from paths_of(do, f"{key}/try/")
                yield from paths_of(catch or (), f"{key}/catch/")


def _walk(
    path: str, tasks: tuple[Task, ...], prefix: str, round_of: Callable[[str], int]
) -> tuple[PathStep, ...] | None:
    task = owner_of(path, tasks)
    if task is None:
        return None
    rest, key = path.removeprefix(task.name), prefix + task.name
    if not rest:
        return (PathStep(task=task),)
    for part, length in _parts(task, rest, key, round_of):
        more = rest[length:]
        step = PathStep(task=task, part=part)
        if not more:
            # `each/` alone is the loop: only with a number it is a round.
            return (step,) if length else None
        inner = _walk(more.removeprefix("/"), inside(task, part), f"{key}{part}/", round_of)
        if more.startswith("/") and inner is not None:
            return (step, *inner)
    return None


def _parts(task: Task, rest: str, key: str, round_of: Callable[[str], int]) -> Iterator[tuple[str, int]]:
    """The part that the rest of a path begins with, and how many characters of it are that."""
    match task.config:
        case For():
            found = ROUND.match(rest)
            yield (found[0], found.end()) if found else (f"[{max(round_of(key), 0)}]", 0)
        case Fork(branches=branches):
            for branch in sorted(branches, key=lambda each: -len(each.name)):
                if rest.startswith(f"/{branch.name}"):
                    yield f"/{branch.name}", len(branch.name) + 1
        case Try(catch=catch):
            for part in ("/try", "/catch"):
                if rest.startswith(part) and (part == "/try" or catch is not None):
                    yield part, len(part)


def changed(tasks: tuple[Task, ...], target: Target, change: Callable[[Task], Task]) -> tuple[Task, ...]:
    """The same tasks, one of them changed: the target, or the first of its body."""
    return _changed(tasks, target.steps, change)


def _changed(
    tasks: tuple[Task, ...], steps: tuple[PathStep, ...], change: Callable[[Task], Task]
) -> tuple[Task, ...]:
    if not steps:
        return tuple(change(task) if at == 0 else task for at, task in enumerate(tasks))
    step, more = steps[0], steps[1:]

    def new(task: Task) -> Task:
        if not step.part:
            return change(task)
        body = _changed(inside(task, step.part), more, change)
        match task.config:
            case For() as loop:
                number = int(step.part[1:-1])
                before = tuple(body_of(loop, each) for each in range(max(number, len(loop.rounds))))
                rounds = (*before[:number], body, *before[number + 1 :])
                return replace(task, config=replace(loop, rounds=rounds))
            case Fork() as fork:
                branches = tuple(
                    Branch(name=each.name, do=body) if f"/{each.name}" == step.part else each
                    for each in fork.branches
                )
                return replace(task, config=replace(fork, branches=branches))
            case Try() as attempt if step.part == "/try":
                return replace(task, config=replace(attempt, do=body))
            case Try() as attempt:
                return replace(task, config=replace(attempt, catch=body))
        raise AssertionError(f"{task.name} has no parts")

    return tuple(new(task) if task.name == step.task.name else task for task in tasks)
