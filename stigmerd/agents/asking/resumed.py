"""After a restart: calls that still wait for an approval were not made, and go on waiting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.messages import ModelMessage, ModelResponse, ToolReturn
from pydantic_ai.tools import DeferredToolResults

from stigmerd.agents.history import NOT_MADE
from stigmerd.agents.reporter import AgentReporter
from stigmerd.executions.records import ToolCallSet
from stigmerd.store.json import Json


def not_made_yet(
    said: Sequence[ModelMessage], resume: Mapping[str, Json], reporter: AgentReporter
) -> DeferredToolResults | None:
    """How the last calls ended, and which of them are to be made now, if they are approved.

    None: none of them waits. The gate asks again, by the same id: who was asked before is not asked twice.
    """
    waiting = {values["id"]: ToolCallSet(**values) for values in resume["waiting"]}
    last = said[-1]
    calls = last.tool_calls if isinstance(last, ModelResponse) else []
    if not any(call.tool_call_id in waiting for call in calls):
        return None
    results: dict[str, Any] = {}
    nothing = {"result": "", "error": NOT_MADE}
    for call in calls:
        if call.tool_call_id in waiting:
            reporter.call_begins(waiting[call.tool_call_id])
            continue
        how = resume["calls"].get(call.tool_call_id, nothing)
        results[call.tool_call_id] = (
            ToolFailed(how["error"]) if how["error"] else ToolReturn(return_value=how["result"])
        )
    return DeferredToolResults(calls=results, approvals=dict.fromkeys(waiting, True))
