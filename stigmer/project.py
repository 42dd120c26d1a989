"""All that a program has declared so far, in its order."""

from __future__ import annotations

from stigmer.errors import DeclarationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stigmer.activities import Activity
    from stigmer.agents import Agent
    from stigmer.expressions import Need
    from stigmer.workflows import Workflow


class Project:
    """Agents and workflows by name; a name is used once."""

    __slots__ = ("activities", "agents", "workflows", "written")

    def __init__(self) -> None:
        self.agents: dict[str, Agent] = {}
        self.workflows: dict[str, Workflow] = {}
        self.activities: dict[str, Activity] = {}
        # An f-string keeps only the text of an expression: what it needs is found again by that text.
        self.written: dict[str, list[frozenset[Need]]] = {}

    def add_agent(self, agent: Agent) -> None:
        if earlier := self.agents.get(agent.name):
            raise DeclarationError(f'there is an agent "{agent.name}" already, at {earlier.place}')
        self.agents[agent.name] = agent

    def add_workflow(self, workflow: Workflow) -> None:
        if earlier := self.workflows.get(workflow.name):
            raise DeclarationError(f'there is a workflow "{workflow.name}" already, at {earlier.place}')
        self.workflows[workflow.name] = workflow

    def add_activity(self, activity: Activity) -> Activity:
        if earlier := self.activities.get(activity.name):
            raise DeclarationError(f'there is an activity "{activity.name}" already, at {earlier.place}')
        self.activities[activity.name] = activity
        return activity


_current = Project()


def current() -> Project:
    return _current


def begin() -> Project:
    """Forget what was declared; what comes now belongs to a new project."""
    global _current
    _current = Project()
    return _current
