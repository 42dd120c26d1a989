"""What the original's two runners report: one task at a time, one message that grows, hardly any times."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from stigmer_api.agentexecution_pb2 import AgentExecutionStatus
from stigmer_api.apiresource_pb2 import WorkflowTaskKind
from stigmer_api.workflowexecution_pb2 import WorkflowExecutionStatus
from tests.support.original.executions import COMPLETED, FAILED, IN_PROGRESS

AI, TOOL, SYSTEM = 2, 3, 4
RUNNING, DONE, BROKEN = 2, 3, 4
CUSTOM = 7
SILENT = ("SET", "SWITCH", "WAIT")  # no activity, so nothing is reported
ANSWER = ("The answer", " grows while", " tokens arrive.")


class Runners:
    """They do nothing, and report as if they had. A test may hold them, and say what fails."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.failing: dict[str, str] = {}  # the name of a task → its error
        self.answer = ANSWER
        self.agent_work: Callable[[Callable[[Any], object]], object] | None = None  # reports instead
        self.in_step = False  # wait until somebody has subscribed
        self.stamps = False  # the agent runner's own: without a zone

    def hold(self) -> None:
        """From now on, each stops after its first report until `may_go_on` is set."""
        self.may_go_on.clear()

    def workflow(self, workflow: Any, report: Callable[[Any], object]) -> None:
        report(WorkflowExecutionStatus(phase=IN_PROGRESS))  # type: ignore[arg-type]  # an enum's number
        first = True
        for task in workflow.spec.tasks:
            kind = WorkflowTaskKind.Name(task.kind).removeprefix("WORKFLOW_TASK_KIND_")
            if kind in SILENT:
                continue
            report(_one_task(task.name, RUNNING))
            if first:
                self.may_go_on.wait()
            first = False
            if error := self.failing.get(task.name):
                report(_one_task(task.name, BROKEN, error))
                failed: Any = WorkflowExecutionStatus(error=f"Workflow execution failed: {error}")
                failed.phase = FAILED
                report(failed)
                return
            report(_one_task(task.name, DONE))
        self.may_go_on.wait()
        report(WorkflowExecutionStatus(phase=COMPLETED))  # type: ignore[arg-type]

    def agent(self, name: str, report: Callable[[Any], object]) -> None:
        if self.agent_work is not None:
            self.agent_work(report)
            return
        if error := self.failing.get(name):
            status: Any = AgentExecutionStatus()
            status.phase = FAILED
            status.messages.add(type=SYSTEM, content=f"❌ Error: Execution failed: {error}")
            report(status)
            return
        said = ""
        for number, more in enumerate(self.answer):
            said += more
            status = AgentExecutionStatus()
            status.phase = IN_PROGRESS
            if self.stamps and number == 0:
                status.started_at = _naive()
            status.messages.add(type=AI, content=said, timestamp=_naive())
            status.tool_calls.add(id="call-1", name="read_file", result="text", status=DONE)
            report(status)
            if number == 0:
                self.may_go_on.wait()
        status = AgentExecutionStatus()
        status.phase = COMPLETED
        status.messages.add(type=AI, content=said, timestamp=_naive())
        status.messages.add(type=TOOL, content="text", timestamp=_naive())
        if self.stamps:
            status.completed_at = _naive()
        report(status)


def _one_task(name: str, state: int, error: str = "") -> Any:
    status: Any = WorkflowExecutionStatus()
    status.tasks.add(task_id=name, task_name=name, task_type=CUSTOM, status=state, error=error)
    return status


def _naive() -> str:
    """As `datetime.utcnow().isoformat()`."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat()
