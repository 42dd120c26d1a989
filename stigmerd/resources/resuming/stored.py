"""What a resumed execution keeps in its journal, to be the same program after each restart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from stigmer_api.workflow_pb2 import Workflow
from stigmerd.executions.journal import Journal
from stigmerd.resources.programs import program_of
from stigmerd.store.journal import MISSING
from stigmerd.store.json import Json
from stigmerd.workflow.model import Task, Value
from stigmerd.workflow.model import Workflow as Program
from stigmerd.workflow.resuming.alone import alone
from stigmerd.workflow.resuming.given import input_of_body, with_input, with_values
from stigmerd.workflow.resuming.path import changed, target_of
from stigmerd.workflow.resuming.point import ResumePoint
from stigmerd.workflow.resuming.reached import Seen
from stigmerd.workflow.resuming.splice import spliced

STORED: Final = "services/resumed"  # encrypted: an input that was given may hold secrets
DEFINITION: Final = "services/resumed/definition/"  # and a number: as it was in the executions before
CHILD: Final = "services/resumed/child/"  # and a task: the execution that it goes on with


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """Given to the task of this path. `has_value`: a value may be null."""

    path: str
    value: Value = None
    has_value: bool = False
    values: Mapping[str, Value] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumedAt:
    """Once resumed: where, and with which input."""

    point: ResumePoint | None  # None: nothing had run
    given: Input | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """Only one task runs. `states`: how the tasks of the execution that gives the values ended."""

    path: str
    given: Input
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """`definitions`: one for each step, and in front of a single task, too; the newest is not among them."""

    source: str
    definitions: tuple[bytes, ...]
    steps: tuple[ResumedAt, ...]
    alone: Alone | None = None

    @property
    def only(self) -> str:
        """Where the walk ends; see `Only`."""
        return self.alone.path if self.alone is not None else ""

    def program(self, newest: Workflow) -> Program:
        """Out of all its definitions. Raises BadWorkflow."""
        programs = [program_of(Workflow.FromString(each)) for each in self.definitions]
        now = program_of(newest)
        if not programs:
            programs = [replace(now, tasks=())]
        tasks = programs[0].tasks
        for step, program in zip(self.steps, [*programs[1:], now], strict=False):
            tasks = stepped(tasks, program.tasks, step)
        if self.alone is not None:
            tasks = tasks_alone(tasks, now.tasks, self.alone)
        return replace(now, tasks=tasks)


def stepped(old: tuple[Task, ...], new: tuple[Task, ...], step: ResumedAt) -> tuple[Task, ...]:
    """The program of the next execution."""
    return with_given(spliced(old, new, step.point), step.given)


def tasks_alone(old: tuple[Task, ...], new: tuple[Task, ...], one: Alone) -> tuple[Task, ...]:
    """The program of one task alone."""
    target = target_of(one.path, new, lambda _: 0)
    return with_given(alone(old, target, Seen(one.states), new), one.given)


def with_given(tasks: tuple[Task, ...], given: Input | None) -> tuple[Task, ...]:
    """Raises BadGiven."""
    if given is None or not (given.has_value or given.values):
        return tasks

    target = target_of(given.path, tasks, lambda _: 0)

    def change(task: Task) -> Task:
        changed_task = with_values(task, given.values or {})
        if not given.has_value:
            return changed_task
        if target.is_body:
            return with_values(changed_task, input_of_body(target.task, given.value))
        return with_input(changed_task, given.value)

    return changed(tasks, target, change)


def read(journal: Journal) -> Resumed | None:
    """None: it began as any other does. Raises VaultError."""
    stored = journal.get_encrypted(STORED)
    if stored is MISSING:
        return None
    found: Any = stored
    definitions = [journal.get_bytes(f"{DEFINITION}{number}") for number in range(found["definitions"])]
    one = found["alone"]
    return Resumed(
        source=found["source"],
        definitions=tuple(each for each in definitions if each is not MISSING),
        steps=tuple(
            ResumedAt(
                point=ResumePoint.from_json(each["point"]) if each["point"] else None,
                given=Input(**each["given"]) if each["given"] else None,
            )
            for each in found["steps"]
        ),
        alone=Alone(path=one["path"], given=Input(**one["given"]), states=one["states"]) if one else None,
    )


def write(journal: Journal, resumed: Resumed) -> None:
    """Raises StoreError, TooMuch."""
    for number, definition in enumerate(resumed.definitions):
        journal.put_bytes(f"{DEFINITION}{number}", definition)
    one = resumed.alone
    journal.put_encrypted(
        STORED,
        {
            "source": resumed.source,
            "definitions": len(resumed.definitions),
            "steps": [
                {
                    "point": step.point.as_json() if step.point else None,
                    "given": _plain(step.given) if step.given else None,
                }
                for step in resumed.steps
            ],
            "alone": {"path": one.path, "given": _plain(one.given), "states": dict(one.states)}
            if one
            else None,
        },
    )


def _plain(given: Input) -> dict[str, Json]:
    return {
        "path": given.path,
        "value": given.value,
        "has_value": given.has_value,
        "values": dict(given.values) if given.values else None,
    }


def resumed_program(stored: Resumed | None, workflow: Workflow) -> Program:
    """The program of an execution of this workflow. Raises BadWorkflow."""
    return program_of(workflow) if stored is None else stored.program(workflow)


def last_steps(stored: Resumed | None, definition: bytes) -> tuple[Sequence[bytes], Sequence[ResumedAt]]:
    """What leads to the program of an execution with this definition: for the next that goes on from it."""
    if stored is None:
        return (definition,), ()
    return (*stored.definitions, definition), stored.steps
