"""What an execution requested, as lines: `stigmer executions show --requests`."""

from __future__ import annotations

from collections.abc import Sequence

from devloop.render.requests import RequestLines
from devloop.render.told import told_line
from devloop.terminal.stream import Terminal
from runcmd.events import NotesDropped, Requested
from runcmd.inspection import InspectedExecution, InspectedStep


def show_requests(out: Terminal, execution: InspectedExecution, step: InspectedStep | None) -> None:
    """Of models and of tasks, each with who made it; of one step, or of all and all executions within."""
    shown = _Shown(out)
    if step is None:
        shown.execution(execution, "")
    else:
        shown.step(step, "")
    if not shown.any:
        out.line("no request to a model or a server is recorded")


class _Shown:
    """Writes them in the order of the tree."""

    def __init__(self, out: Terminal) -> None:
        self.any = False
        self._out = out
        self._lines = RequestLines(out, whole=True)

    def execution(self, execution: InspectedExecution, path: str) -> None:
        where = f" [{path}]" if path else ""
        head = f"{execution.kind.title}: {execution.name} {execution.execution}{where}"
        self._requests(head, execution.requests)
        for step in execution.steps:
            self.step(step, path)

    def step(self, step: InspectedStep, path: str) -> None:
        inside = f"{path}/{step.path}" if path else step.path
        self._requests(f"{step.name} [{inside}]", step.requests)
        for inner in step.steps:
            self.step(inner, path)
        for execution in step.executions:
            self.execution(execution, inside)

    def _requests(self, head: str, requests: Sequence[Requested | NotesDropped]) -> None:
        if not requests:
            return
        if self.any:
            self._out.line()
        self.any = True
        self._out.line(head)
        for event in requests:
            if isinstance(event, NotesDropped):
                told_line(self._out, event)
            else:
                self._lines.show(event)
