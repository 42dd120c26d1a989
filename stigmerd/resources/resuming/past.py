"""What is known of an execution that ended: its program, how far it came, and its results."""

from __future__ import annotations

from functools import cached_property

from stigmer_api.facts import is_terminal
from stigmer_api.workflow_pb2 import Workflow
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.log import Executions
from stigmerd.executions.records import TaskBegan, TaskEnded, TaskNoted
from stigmerd.resources.resuming import stored
from stigmerd.resources.starter import DEFINITION
from stigmerd.store.journal import MISSING
from stigmerd.workflow.model import Task
from stigmerd.workflow.resuming.kept import keeps
from stigmerd.workflow.resuming.point import ResumePoint
from stigmerd.workflow.resuming.reached import Seen, point_of

Report = TaskBegan | TaskNoted | TaskEnded

TASK = "task/"  # what its calls gave, in the journal
KEPT = "kept_from"  # in the metadata of a task: the execution that ran it


class NothingKept(LookupError):  # noqa: N818
    """Of this execution only its last state is left."""


class RunBefore:
    """Reads it once, from the store. Raises KeyError, NothingKept, VaultError."""

    def __init__(self, executions: Executions, execution_id: str) -> None:
        found = executions.get(execution_id)
        assert isinstance(found, WorkflowExecution), "an agent goes on by its session"
        self.id = execution_id
        self.execution = found
        self.journal = executions.journal(execution_id)
        definition = self.journal.get_bytes(DEFINITION)
        if definition is MISSING:
            raise NothingKept(execution_id)
        self.resumed = stored.read(self.journal)
        self.definitions, self.steps = stored.last_steps(self.resumed, definition)
        self._newest = definition
        self._records = executions.records(execution_id)
        self.states = {each.key: "" for each in self._records if isinstance(each, TaskBegan)}
        self.states |= {each.key: each.state for each in self._records if isinstance(each, TaskEnded)}
        self.seen = Seen(self.states)

    @property
    def ended(self) -> bool:
        return is_terminal(self.execution.status.phase)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """Of the program that it ran. Raises BadWorkflow."""
        return stored.resumed_program(self.resumed, Workflow.FromString(self._newest)).tasks

    def point(self) -> ResumePoint | None:
        """Where it goes on if nobody says where."""
        return point_of(self.tasks, self.seen, self._answered)

    def results(self, point: ResumePoint | None) -> list[str]:
        """The keys of the journal that are kept."""
        return [
            key
            for key in self.journal.keys()  # noqa: SIM118
            if key.startswith(TASK) and keeps(key.removeprefix(TASK), self.tasks, point)
        ]

    def reports(self, point: ResumePoint | None) -> list[Report]:
        """What it said of the tasks that are kept, each with the execution that ran it."""
        kept = [
            each
            for each in self._records
            if isinstance(each, Report) and keeps(each.key, self.tasks, point, reported=True)
        ]
        before = {each.key for each in kept if isinstance(each, TaskNoted) and KEPT in each.metadata}
        return [
            record
            for each in kept
            for record in (
                (TaskNoted(key=each.key, metadata={KEPT: self.id}), each)
                if isinstance(each, TaskEnded) and each.key not in before
                else (each,)
            )
        ]

    def _answered(self, key: str) -> bool:
        found = self.journal.get(TASK + key)
        return found is not MISSING and isinstance(found, dict) and "value" in found
