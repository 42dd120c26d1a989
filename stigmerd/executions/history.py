"""What was executed, and what of it is shown in a list?"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from google.protobuf.json_format import MessageToJson

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.facts import ORIGIN_ANNOTATIONS, PARENT_ANNOTATION, ResourceKind, is_terminal
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.live import Execution
from stigmerd.executions.log import Executions
from stigmerd.process.offload import in_turns
from stigmerd.store.history import HistoryQuestion, HistoryRow, rows_of
from stigmerd.store.store import Store

SEARCH_SECONDS: Final = 0.25  # for one page: then the client asks for the rest
AT_ONCE: Final = 500  # rows
SHOWN_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """An execution in a list. Its `row` has no message."""

    row: HistoryRow
    target_id: str
    started_at: str
    ended_at: str
    parent: str  # the execution that started it
    parent_task: str
    session: str
    message: str  # the beginning
    error: str  # the beginning
    annotations: Mapping[str, str]  # ORIGIN_ANNOTATIONS, as far as it has them


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """How far a look into the store came. An execution at work is not decided yet: its line is missing."""

    rows: tuple[tuple[HistoryRow, HistoryLine | None], ...]
    before: int  # where the next one begins; 0: that was all


class History:
    """Asks store and memory: what works changes there first."""

    def __init__(self, store: Store, executions: Executions) -> None:
        self._store = store
        self._executions = executions

    async def page(
        self, question: HistoryQuestion, text: str, *, before: int, size: int
    ) -> tuple[list[HistoryLine], int]:
        """Newest first, and where the next page begins (0: that was all).

        `text`: a part of its message, an answer, its output or an error, any case.
        """
        wanted = text.casefold()
        looked = await self._store.disk.scan(
            lambda connection: _look(connection, question, wanted, before, size)
        )
        lines: list[HistoryLine] = []
        async for row, line in in_turns(looked.rows):
            found = line or self._at_work(row, wanted)
            if found is not None:
                lines.append(found)
        return lines, looked.before

    def _at_work(self, row: HistoryRow, wanted: str) -> HistoryLine | None:
        """None: it is not wanted, or was deleted meanwhile."""
        try:
            execution = self._executions.get(row.id)
        except KeyError:
            return None
        if wanted and not _says(execution, wanted):
            return None
        return line_of(replace(row, phase=execution.status.phase), execution)


def _look(
    connection: sqlite3.Connection, question: HistoryQuestion, wanted: str, before: int, size: int
) -> _Looked:
    """Until the page is full, or the time is over."""
    began = time.monotonic()
    found: list[tuple[HistoryRow, HistoryLine | None]] = []
    while True:
        most = max(size, AT_ONCE) if wanted else size + 1
        count = 0
        for row in rows_of(connection, question, before=before, most=most):
            if len(found) == size or (count and wanted and time.monotonic() - began > SEARCH_SECONDS):
                return _Looked(rows=tuple(found), before=before)
            count += 1
            before = row.seq
            line = _line(row, wanted)
            if line is not None or not is_terminal(row.phase):
                found.append((replace(row, data=b""), line))
        if count < most:
            return _Looked(rows=tuple(found), before=0)


def _line(row: HistoryRow, wanted: str) -> HistoryLine | None:
    """Of one that has ended. None: it is not wanted, or still at work."""
    if not is_terminal(row.phase):
        return None
    message: Any = AgentExecution if row.kind == ResourceKind.AGENT_EXECUTION else WorkflowExecution
    execution = message.FromString(row.data)
    return line_of(row, execution) if not wanted or _says(execution, wanted) else None


def line_of(row: HistoryRow, execution: Execution) -> HistoryLine:
    status = execution.status
    parent, _, task = execution.metadata.annotations.get(PARENT_ANNOTATION, "").partition("/")
    if isinstance(execution, WorkflowExecution):
        target, session = execution.spec.workflow_id, ""
    else:
        target, session = execution.spec.agent_id, execution.spec.session_id
    return HistoryLine(
        row=replace(row, data=b""),
        target_id=row.target_id or target,
        started_at=status.started_at,
        ended_at=status.completed_at,
        parent=parent,
        parent_task=task,
        session=session,
        message=_asked(execution)[:SHOWN_CHARACTERS],
        error=status.error[:SHOWN_CHARACTERS],
        annotations={
            name: execution.metadata.annotations[name]
            for name in ORIGIN_ANNOTATIONS
            if name in execution.metadata.annotations
        },
    )


def _says(execution: Execution, wanted: str) -> bool:
    return any(wanted in text.casefold() for text in _texts(execution))


def _texts(execution: Execution) -> Iterator[str]:
    """What somebody may remember of it. Secrets were masked before it was stored."""
    yield _asked(execution)
    yield execution.status.error
    if isinstance(execution, WorkflowExecution):
        if execution.status.HasField("output"):
            yield MessageToJson(execution.status.output, indent=None, ensure_ascii=False)
        for task in execution.status.tasks:
            yield task.error
    else:
        for message in execution.status.messages:
            yield message.content


def _asked(execution: Execution) -> str:
    if isinstance(execution, WorkflowExecution):
        return execution.spec.trigger_message
    return execution.spec.message
