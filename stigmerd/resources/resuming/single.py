"""Plans the execution of one task alone, with the values of the last run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stigmer_api.executioncontext_pb2 import ExecutionValue
from stigmer_api.facts import (
    API_VERSION,
    ONLY_ANNOTATION,
    ORGANIZATION_SCOPE,
    VALUES_ANNOTATION,
)
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.log import Executions
from stigmerd.resources.kinds import WORKFLOW_EXECUTION, WORKFLOW_INSTANCE
from stigmerd.resources.programs import program_of
from stigmerd.resources.repository import Repository
from stigmerd.resources.resuming import stored
from stigmerd.resources.resuming.past import RunBefore
from stigmerd.resources.resuming.resumer import BAD_INPUT, Resumer, Resumption, began, no_such_task
from stigmerd.resources.resuming.stored import Alone, Input
from stigmerd.resources.rpc_error import RpcError, invalid, not_now
from stigmerd.resources.workflow_plans import workflow_plan
from stigmerd.store.pruning import SINGLE_TASK
from stigmerd.workflow.model import For, Task
from stigmerd.workflow.parse import BadWorkflow
from stigmerd.workflow.resuming.chosen import point_at
from stigmerd.workflow.resuming.given import BadGiven
from stigmerd.workflow.resuming.needs import needed, values_of
from stigmerd.workflow.resuming.path import Target, UnknownTask, inside, target_of
from stigmerd.workflow.resuming.point import How, ResumePoint, named

MISSING_VALUES = "E0643"
LOOKED_AT = 50  # of the newest executions, for one that came as far as the task


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleWish:
    """Which task, and with what."""

    workflow_id: str
    instance_id: str
    task: str
    input: Any = None
    has_input: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    runtime_env: Mapping[str, ExecutionValue] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    org: str = ""
    new_id: str = ""


class SingleTask:
    """Finds the run that gives the values. All raise RpcError."""

    def __init__(self, repository: Repository, executions: Executions) -> None:
        self._repository = repository
        self._executions = executions
        self._resumer = Resumer(repository, executions)

    def plan(self, wish: SingleWish) -> Resumption:
        """The new execution of that task."""
        execution = WorkflowExecution(api_version=API_VERSION, kind="WorkflowExecution")
        execution.metadata.id, execution.metadata.org = wish.new_id, wish.org
        execution.metadata.name = SINGLE_TASK
        execution.metadata.owner_scope = ORGANIZATION_SCOPE  # type: ignore[assignment]  # an enum's number
        execution.metadata.annotations.update(wish.annotations)
        execution.spec.workflow_id = wish.workflow_id
        execution.spec.workflow_instance_id = wish.instance_id
        plan = workflow_plan(execution, self._repository)
        try:
            new = program_of(plan.template).tasks
            past, target = self._values_for(plan.template.metadata.id, wish.task, new)
            one = Alone(
                path=f"{target.key}/" if target.is_body else target.key,
                given=Input(
                    path=target.key, value=wish.input, has_value=wish.has_input, values=dict(wish.values)
                ),
                states=past.states if past else {},
            )
            tasks = stored.tasks_alone(past.tasks if past else (), new, one)
        except (BadWorkflow, BadGiven) as trouble:
            raise invalid(str(trouble), code=BAD_INPUT) from None
        _refuse_missing(tasks, new, target, wish, past)
        spec = plan.execution.spec
        if past is not None:
            before: Any = self._executions.spec(past.id)
            spec.trigger_message = before.spec.trigger_message
            spec.trigger_metadata.update(before.spec.trigger_metadata)
        spec.trigger_message = wish.message or spec.trigger_message
        given = self._resumer.variables(past, wish.runtime_env) if past else wish.runtime_env
        for name, value in given.items():
            spec.runtime_env[name].CopyFrom(value)
        annotations = plan.execution.metadata.annotations
        annotations[ONLY_ANNOTATION] = target.key
        if past is not None:
            annotations[VALUES_ANNOTATION] = past.id
        return Resumption(
            plan=plan,
            carried=self._executions.secrets.values(past.id) if past else frozenset(),
            seed=lambda new_id: self._seed(new_id, past, target, one),
            source=past.id if past else "",
            tasks=(target.key,),
            kept=(),
        )

    def _seed(self, new_id: str, past: RunBefore | None, target: Target, one: Alone) -> None:
        journal = self._executions.journal(new_id)
        resumed = stored.Resumed(source="", definitions=(), steps=(), alone=one)
        if past is not None:
            first = target.steps[0].task.name
            point = point_at(target, None) if named(past.tasks, first) else ResumePoint(how=How.DONE)
            journal.adopt(past.id, past.results(point))
            resumed = stored.Resumed(
                source=past.id, definitions=tuple(past.definitions), steps=tuple(past.steps), alone=one
            )
        stored.write(journal, resumed)

    def _values_for(
        self, workflow_id: str, path: str, new: tuple[Task, ...]
    ) -> tuple[RunBefore | None, Target]:
        """The newest run that came as far as the task, else the newest."""
        newest: RunBefore | None = None
        for past in self._runs(workflow_id):
            target = _target(path, new, past)
            if began(past, target):
                return past, target
            newest = newest or past
        return newest, _target(path, new, newest)

    def _runs(self, workflow_id: str) -> Iterator[RunBefore]:
        """Newest first, without those of one task alone, and those of which nothing is left."""
        instances = self._repository.children(WORKFLOW_INSTANCE, workflow_id)
        rows, _ = self._repository.page(
            WORKFLOW_EXECUTION,
            size=LOOKED_AT,
            parents=[instance.metadata.id for instance in instances],
            data=False,
        )
        for row in rows:
            if ONLY_ANNOTATION in self._executions.get(row.id).metadata.annotations:
                continue
            try:
                past = self._resumer.past(row.id)
                if past.ended and past.seen and past.tasks:
                    yield past
            except (RpcError, BadWorkflow):
                continue


def _target(path: str, new: tuple[Task, ...], past: RunBefore | None) -> Target:
    try:
        return target_of(path, new, past.seen.last_round if past else lambda _: 0)
    except UnknownTask as unknown:
        raise no_such_task(f"the workflow has no task {path}", unknown) from None


def _refuse_missing(
    tasks: tuple[Task, ...],
    new: tuple[Task, ...],
    target: Target,
    wish: SingleWish,
    past: RunBefore | None,
) -> None:
    """What it needs, and nobody gave."""
    known, speaking = set(wish.values), list[Task]()
    here = tasks
    for step in target.steps:
        *before, task = here
        known |= values_of(before)
        if not step.part:
            speaking.append(task)
            break
        if isinstance(task.config, For):
            known |= {task.config.each, "item", "index"}
            if isinstance(task.config.items, str):
                speaking.append(Task(name="", config=For(each="", items=task.config.items, do=())))
        here = inside(task, step.part)
        if step is target.steps[-1]:
            speaking += here
        elif step.part == "/catch":
            known |= values_of([task])
    if wish.has_input and isinstance(wish.input, Mapping):
        known |= set(wish.input)
    missing = needed(tuple(speaking), new, known)
    if missing:
        names = ", ".join(missing)
        shown = ", ".join(f'"{name}": …' for name in missing)
        why = f"{past.id} does not have" if past else "there is no run before that gave"
        raise not_now(
            f"{target.key} needs {names}, which {why} (give: --values '{{{shown}}}')", code=MISSING_VALUES
        )
