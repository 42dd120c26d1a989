"""What a workflow means: pure, so that the same interpreter runs embedded and on Temporal."""

from stigmerd.workflow.failure import Problem, TaskFailed
from stigmerd.workflow.interpreter import Limits, interpret
from stigmerd.workflow.model import Task, Workflow
from stigmerd.workflow.parse import BadWorkflow, parse
from stigmerd.workflow.seam import Effects, Reporter, Scope
from stigmerd.workflow.state import State

__all__ = [
    "BadWorkflow",
    "Effects",
    "Limits",
    "Problem",
    "Reporter",
    "Scope",
    "State",
    "Task",
    "TaskFailed",
    "Workflow",
    "interpret",
    "parse",
]
