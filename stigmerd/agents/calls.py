"""Tool calls, as the records that show them."""

from __future__ import annotations

from pydantic_ai.messages import FunctionToolResultEvent, ToolCallPart

from stigmerd.agents.reporter import AgentReporter
from stigmerd.agents.results import result_text
from stigmerd.executions.records import ToolCallSet
from stigmerd.store.json import Json


class CallFacts(dict[str, Json]):
    """What is known of a call besides its result, as the `metadata` of a tool's `ToolReturn`."""


def pending(call: ToolCallPart, call_id: str, message: int) -> ToolCallSet:
    return ToolCallSet(
        id=call_id,
        message=message,
        name=call.tool_name,
        args=arguments(call),
        status="PENDING",
        result="",
        error="",
        started_at="",
        completed_at="",
    )


def arguments(call: ToolCallPart) -> dict[str, Json]:
    try:
        return dict(call.args_as_dict())
    # The model wrote no JSON object; the tool refuses it, and the record shows it as it is.
    except (ValueError, AssertionError):
        return {"arguments": call.args_as_json_str()}


def report_tool_event(reporter: AgentReporter, event: object, prefix: str = "") -> None:
    """A tool ends. That it begins is said where it does: see `asking/approval.py`."""
    match event:
        case FunctionToolResultEvent(part=part):
            text = result_text(part)
            if isinstance(facts := getattr(part, "metadata", None), CallFacts):
                reporter.note_call(prefix + event.tool_call_id, **facts)
            if part.outcome == "success":
                reporter.call_ends(prefix + event.tool_call_id, result=text)
            else:
                reporter.call_ends(prefix + event.tool_call_id, error=text or part.outcome)
