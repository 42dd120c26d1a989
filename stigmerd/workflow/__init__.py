"""What a workflow means: pure, so that the same interpreter runs embedded and on Temporal."""

from stigmerd.workflow.failure import Problem, TaskFailed
from stigmerd.workflow.held import Held, SharedLimit, WorkflowLimits
from stigmerd.workflow.interfaces import Effects, Reporter, Scope
from stigmerd.workflow.interpreter import interpret
from stigmerd.workflow.model import Task, Workflow
from stigmerd.workflow.parse import BadWorkflow, parse
from stigmerd.workflow.state import State

__all__ = [
    "BadWorkflow",
    "Effects",
    "Held",
    "Problem",
    "Reporter",
    "Scope",
    "SharedLimit",
    "State",
    "Task",
    "TaskFailed",
    "Workflow",
    "WorkflowLimits",
    "interpret",
    "parse",
]
