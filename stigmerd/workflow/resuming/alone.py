"""The program that runs one task alone: what a run before gave for it, then the task, then nothing."""

from __future__ import annotations

from dataclasses import replace

from stigmerd.workflow.model import Branch, For, Fork, Raise, Switch, Task, Try
from stigmerd.workflow.resuming.path import PathStep, Target
from stigmerd.workflow.resuming.point import named, position
from stigmerd.workflow.resuming.reached import Seen
from stigmerd.workflow.resuming.rounds import body_of

Tasks = tuple[Task, ...]
GOES_ON = ("", "continue")
ENDS = ("exit", "end")


def alone(old: Tasks, target: Target, seen: Seen, new: Tasks) -> Tasks:
    """`old`: the program of the run that gives the values; `seen` says which of its tasks have some."""
    return _list(old, new, target.steps, seen, "")


def kept_before(old: Tasks, new: Tasks, name: str, seen: Seen, prefix: str) -> Tasks:
    """The tasks of this list that have values for the task of this name."""
    if named(old, name) is not None:
        before = old[: position(old, name)]
    else:  # it is new: all but those that the code has after it
        later = {task.name for task in new[position(new, name) :]}
        before = tuple(task for task in old if task.name not in later)
    return tuple(task for task in before if seen.completed(prefix + task.name))


def _list(old: Tasks, new: Tasks, steps: tuple[PathStep, ...], seen: Seen, prefix: str) -> Tasks:
    step, *more = steps
    name = step.task.name
    kept = kept_before(old, new, name, seen, prefix)
    was = named(old, name)
    own = _inner(was, step, tuple(more), seen, prefix + name) if step.part else _leading_nowhere(step.task)
    return (*(_leading_to(task, name, kept) for task in kept), own)


def _inner(was: Task | None, step: PathStep, more: tuple[PathStep, ...], seen: Seen, key: str) -> Task:
    before = was.config if was is not None and type(was.config) is type(step.task.config) else None
    match step.task.config:
        case For() as loop:
            number = int(step.part[1:-1])
            old = before if isinstance(before, For) else None
            known = [body_of(old, each) if old else () for each in range(number)]
            rounds = tuple(
                tuple(task for task in body if seen.completed(f"{key}[{at}]/{task.name}"))
                for at, body in enumerate(known)
            )
            body = _body(body_of(old, number) if old else (), loop.do, more, seen, f"{key}[{number}]/")
            came_so_far = old is not None and seen.last_round(key) >= number
            items = old.items if old is not None and came_so_far else loop.items
            return replace(step.task, config=replace(loop, items=items, rounds=(*rounds, body)))
        case Fork() as fork:
            name = step.part[1:]
            earlier = before.branches if isinstance(before, Fork) else ()
            was_do = next((branch.do for branch in earlier if branch.name == name), ())
            do = next(branch.do for branch in fork.branches if branch.name == name)
            body = _body(was_do, do, more, seen, f"{key}/{name}/")
            return replace(
                step.task, config=replace(fork, branches=(Branch(name=name, do=body),), compete=False)
            )
        case Try() as attempt:
            old_try = before if isinstance(before, Try) else None
            if step.part == "/try":
                body = _body(old_try.do if old_try else (), attempt.do, more, seen, f"{key}/try/")
                return replace(step.task, config=replace(attempt, do=body, catch=None))
            was_catch = (old_try.catch or ()) if old_try else ()
            body = _body(was_catch, attempt.catch or (), more, seen, f"{key}/catch/")
            caught = _fails(old_try, seen, key)
            return replace(step.task, config=replace(attempt, do=caught, catch=body))
    raise AssertionError(f"{step.task.name} has no parts")


def _body(old: Tasks, new: Tasks, more: tuple[PathStep, ...], seen: Seen, prefix: str) -> Tasks:
    return _list(old, new, more, seen, prefix) if more else new


def _fails(attempt: Try | None, seen: Seen, key: str) -> Tasks:
    """A body that fails as it did, else in a way of its own: only then is there something to catch."""
    if attempt is not None and any(seen.began(f"{key}/catch/{task.name}") for task in attempt.catch or ()):
        return attempt.do
    problem = Raise(error="not known", message="no run before has failed here")
    return (Task(name="fails", config=problem),)


def _leading_nowhere(task: Task) -> Task:
    """A jump away from the task that is meant has nothing to lead to: it ends there."""

    def way(then: str) -> str:
        return then if then in GOES_ON or then in ENDS else ""

    config = task.config
    if isinstance(config, Switch):
        cases = tuple(replace(case, then=way(case.then)) for case in config.cases)
        config = replace(config, cases=cases)
    return replace(task, config=config, then=way(task.then))


def _leading_to(task: Task, aim: str, kept: Tasks) -> Task:
    """A jump over the task that is meant leads to it instead."""
    names = {each.name for each in kept} | {aim}

    def way(then: str) -> str:
        return then if then in GOES_ON or then in names else aim

    config = task.config
    if isinstance(config, Switch):
        cases = tuple(replace(case, then=way(case.then)) for case in config.cases)
        config = replace(config, cases=cases)
    return replace(task, config=config, then=way(task.then))
