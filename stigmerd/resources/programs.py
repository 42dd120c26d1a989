"""The program of a workflow: each content is parsed once, when it is deployed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from stigmer_api.values import from_message
from stigmer_api.workflow_pb2 import Workflow, WorkflowSpec
from stigmerd.workflow.model import AgentCall, Task, task_lists
from stigmerd.workflow.model import Workflow as Program
from stigmerd.workflow.parse import parse

KEPT = 32
MOST_BYTES = 256 << 10  # of one that is kept


def program_of(workflow: Workflow) -> Program:
    """Raises BadWorkflow."""
    # Without its variables, whose secrets are open.
    content = WorkflowSpec(document=workflow.spec.document, tasks=workflow.spec.tasks)
    data = content.SerializeToString(deterministic=True)
    return _kept(data) if len(data) <= MOST_BYTES else _parsed(data)


def asks_agents(tasks: Iterable[Task]) -> bool:
    """Does one of them, or of those inside of it, call an agent?"""
    return any(
        isinstance(task.config, AgentCall) or any(asks_agents(inner) for inner in task_lists(task))
        for task in tasks
    )


def _parsed(data: bytes) -> Program:
    return parse(from_message(WorkflowSpec.FromString(data)))


_kept = lru_cache(KEPT)(_parsed)
