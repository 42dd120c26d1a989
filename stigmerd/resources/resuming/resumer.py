"""Plans the execution that goes on where another one has ended."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stigmer_api.executioncontext_pb2 import ExecutionValue
from stigmer_api.facts import (
    API_VERSION,
    ORGANIZATION_SCOPE,
    PHASE_COMPLETED,
    RESUMED_ANNOTATION,
    RESUMED_AT_ANNOTATION,
    RESUMED_BY_ANNOTATION,
)
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.log import Executions
from stigmerd.resources.carried import carry
from stigmerd.resources.kinds import WORKFLOW
from stigmerd.resources.plans import ExecutionPlan
from stigmerd.resources.programs import program_of
from stigmerd.resources.repository import Repository
from stigmerd.resources.resuming import stored
from stigmerd.resources.resuming.children import WithinChild, children_of, within_child
from stigmerd.resources.resuming.past import NothingKept, RunBefore
from stigmerd.resources.resuming.stored import CHILD, Input, ResumedAt
from stigmerd.resources.rpc_error import RpcError, invalid, not_found, not_now
from stigmerd.resources.workflow_plans import workflow_plan
from stigmerd.store.journal import MISSING
from stigmerd.store.pruning import LAUNCHED
from stigmerd.store.vault import VaultError
from stigmerd.workflow.model import Task
from stigmerd.workflow.parse import BadWorkflow
from stigmerd.workflow.resuming.chosen import point_at
from stigmerd.workflow.resuming.given import BadGiven
from stigmerd.workflow.resuming.matching import Matching, Unmatched
from stigmerd.workflow.resuming.path import Target, UnknownTask, target_of
from stigmerd.workflow.resuming.point import ResumePoint, places_of

CANNOT, NO_SUCH_TASK, BAD_INPUT = "E0640", "E0641", "E0642"
MOST_STEPS = 200  # resumptions of resumptions: each makes the next start a little later


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resumption:
    """What is to be stored, and what is said of it. `seed` fills the new execution, in its transaction."""

    plan: ExecutionPlan[WorkflowExecution]
    carried: frozenset[str]
    seed: Callable[[str], None]
    source: str
    tasks: tuple[str, ...]
    kept: tuple[str, ...]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody says of the execution that goes on."""

    from_task: str = ""
    input: Any = None
    has_input: bool = False
    runtime_env: Mapping[str, ExecutionValue] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    new_id: str = ""


class Resumer:
    """Reads what ended; writes nothing but by `seed`. All raise RpcError."""

    def __init__(self, repository: Repository, executions: Executions) -> None:
        self._repository = repository
        self._executions = executions

    def resume(self, execution_id: str, wish: Wish) -> Resumption:
        """With the current definition of its workflow."""
        past = self.past(execution_id)
        self._refuse(past, wish)
        plan = workflow_plan(self._execution(past, wish), self._repository)
        notices: list[str] = []
        within = within_child(past, wish.from_task)
        from_task = within.path if within else wish.from_task
        try:
            new = program_of(plan.template).tasks
            point = self._point(past, from_task, new, notices.append)
            given = self._given(point, wish)
            step = ResumedAt(point=point, given=given)
            stored.stepped(past.tasks, new, step)
        except (BadWorkflow, BadGiven) as trouble:
            raise invalid(str(trouble), code=BAD_INPUT) from None
        tasks = tuple(key for key, _ in places_of(point)) if point else ()
        plan.execution.metadata.annotations[RESUMED_ANNOTATION] = execution_id
        if tasks:
            plan.execution.metadata.annotations[RESUMED_AT_ANNOTATION] = ", ".join(tasks)
        reports = past.reports(point)
        resumed = stored.Resumed(
            source=execution_id, definitions=tuple(past.definitions), steps=(*past.steps, step)
        )
        children = children_of(past, point, new) if not wish.from_task else {}
        if within is not None:
            children = {within.path: self._child_of(past, within)}

        def seed(new_id: str) -> None:
            journal = self._executions.journal(new_id)
            journal.adopt(execution_id, past.results(point))
            stored.write(journal, resumed)
            for key, child in children.items():
                journal.put(f"{CHILD}{key}", child)
            self._executions.record(new_id, *reports)
            self._link(past, new_id)

        return Resumption(
            plan=plan,
            carried=self._executions.secrets.values(execution_id),
            seed=seed,
            source=execution_id,
            tasks=tasks,
            kept=tuple(dict.fromkeys(each.key for each in reports)),
            notices=tuple(notices),
        )

    def _refuse(self, past: RunBefore, wish: Wish) -> None:
        """What cannot go on as it is wished."""
        if not past.ended:
            raise not_now(
                f"{past.id} still runs; follow it with: stigmer executions follow {past.id}",
                code=CANNOT,
            )
        if past.execution.status.phase == PHASE_COMPLETED and not wish.from_task:
            raise not_now(f"{past.id} is completed; --from TASK runs a part of it again", code=CANNOT)
        if past.resumed is not None and past.resumed.alone is not None:
            raise not_now(
                f"{past.id} ran only the task {past.resumed.only.rstrip('/')}; "
                f"run that again with: stigmer run {self._slug(past)} --task "
                f"{shlex.quote(past.resumed.only.rstrip('/'))}",
                code=CANNOT,
            )
        if len(past.steps) >= MOST_STEPS:
            raise not_now(f"{past.id} was resumed {MOST_STEPS} times; begin anew", code=CANNOT)

    def past(self, execution_id: str) -> RunBefore:
        """Of a workflow execution that still has its results."""
        try:
            if not isinstance(self._executions.get(execution_id), WorkflowExecution):
                raise invalid(f"{execution_id} is an agent's execution: it goes on by its session")
            return RunBefore(self._executions, execution_id)
        except KeyError:
            raise not_found(f"execution not found: {execution_id}") from None
        except NothingKept:
            raise not_now(
                f"the results of the tasks of {execution_id} are not kept any more; run the workflow anew",
                code=CANNOT,
            ) from None
        except VaultError as error:
            raise not_now(f"{execution_id} cannot be read: {error}", code=CANNOT) from None

    def variables(self, past: RunBefore, given: Mapping[str, ExecutionValue]) -> dict[str, ExecutionValue]:
        """Those of the execution before, decrypted, and over them those that are given now.

        What was a secret stays one.
        """
        try:
            before = self._executions.spec(past.id).spec.runtime_env
        except VaultError as error:
            raise not_now(
                f"the variables of {past.id} cannot be read any more ({error}); run the workflow anew",
                code=CANNOT,
            ) from None
        for name, value in given.items():
            value.is_secret |= name in before and before[name].is_secret
        return {**before, **given}

    def _execution(self, past: RunBefore, wish: Wish) -> WorkflowExecution:
        before: Any = self._executions.spec(past.id)
        execution = WorkflowExecution(api_version=API_VERSION, kind="WorkflowExecution")
        execution.metadata.id = wish.new_id
        execution.metadata.org = before.metadata.org
        execution.metadata.owner_scope = ORGANIZATION_SCOPE  # type: ignore[assignment]  # an enum's number
        carry(before, execution)
        execution.metadata.annotations.update(wish.annotations)
        execution.spec.CopyFrom(before.spec)
        execution.spec.ClearField("runtime_env")
        for name, value in self.variables(past, wish.runtime_env).items():
            execution.spec.runtime_env[name].CopyFrom(value)
        return execution

    def _slug(self, past: RunBefore) -> str:
        found = self._repository.find(WORKFLOW, past.execution.spec.workflow_id)
        return found.metadata.slug if found is not None else "NAME"

    def _point(
        self, past: RunBefore, from_task: str, new: tuple[Task, ...], say: Callable[[str], None]
    ) -> ResumePoint | None:
        reached = past.point()
        point = self._chosen(past, from_task, reached, new) if from_task else reached
        if point is None:
            return None
        try:
            return Matching(past.seen, say).point(past.tasks, new, point)
        except Unmatched as missing:
            names = ", ".join(missing.near) or "none"
            raise not_now(
                f"{missing.path}, where {past.id} goes on, is not in the code any more; "
                f"choose another task with --from; tasks: {names}",
                code=NO_SUCH_TASK,
            ) from None

    def _chosen(
        self, past: RunBefore, path: str, reached: ResumePoint | None, new: tuple[Task, ...]
    ) -> ResumePoint:
        try:
            target = target_of(path, past.tasks, past.seen.last_round)
        except UnknownTask as unknown:
            refusal = no_such_task(f"{past.id} has no task {path}", unknown)
            try:
                target_of(path, new, lambda _: 0)
            except UnknownTask:
                raise refusal from None
            raise not_now(
                f"{path} is new in the code: {past.id} never reached it; choose a task before it",
                code=NO_SUCH_TASK,
            ) from None
        if not began(past, target):
            raise not_now(f"{past.id} never reached {target.key}: {_how_far(reached)}", code=NO_SUCH_TASK)
        return point_at(target, reached)

    def _given(self, point: ResumePoint | None, wish: Wish) -> Input | None:
        if not wish.has_input:
            return None
        places = [key for key, _ in places_of(point)] if point else []
        if len(places) != 1:
            several = ", ".join(places) or "none of them"
            raise invalid(
                f"the input is for one task, and {several} would run; name one with --from", code=BAD_INPUT
            )
        return Input(path=places[0], value=wish.input, has_value=True)

    def _child_of(self, past: RunBefore, within: WithinChild) -> dict[str, str]:
        child = past.journal.get(f"{LAUNCHED}{within.path}")
        if child is MISSING:
            raise not_now(f"{past.id} never reached {within.path}", code=NO_SUCH_TASK)
        self.resume(str(child), Wish(from_task=within.inner))  # could it?
        return {"execution": str(child), "from": within.inner}

    def _link(self, past: RunBefore, new_id: str) -> None:
        known = past.execution.metadata.annotations.get(RESUMED_BY_ANNOTATION, "")
        ids = [*filter(None, known.split(",")), new_id]
        self._executions.live.annotate(past.id, RESUMED_BY_ANNOTATION, ",".join(ids))


def no_such_task(what: str, unknown: UnknownTask) -> RpcError:
    """With the nearest, or with some that there are."""
    names = ", ".join(unknown.near) or "none"
    return not_found(
        f"{what} (did you mean {names}?)" if unknown.alike else f"{what}; it has {names}", code=NO_SUCH_TASK
    )


def began(past: RunBefore, target: Target) -> bool:
    """Did it get as far as the target?"""
    if not target.is_body:
        return past.seen.began(target.key)
    return any(past.seen.began(f"{target.key}/{task.name}") for task in target.body)


def _how_far(reached: ResumePoint | None) -> str:
    places = [key for key, _ in places_of(reached)] if reached else []
    return f"it came as far as {', '.join(places)}" if places else "nothing of it ran"
