"""What came of one agent execution, as the later turns of its session know it: also if it broke off."""

from __future__ import annotations

from stigmer_api.agentexecution_pb2 import AgentExecution, MessageType
from stigmer_api.facts import PHASE_CANCELLED, PHASE_COMPLETED, PHASE_FAILED
from stigmerd.executions.attached import attachments_of
from stigmerd.executions.log import Executions
from stigmerd.store.journal import Missing
from stigmerd.store.json import Json
from stigmerd.store.pruning import CONVERSATION

MOST_ERROR_CHARACTERS = 500
MOST_SHOWN_CHARACTERS = 16_000

NOTES = {
    PHASE_COMPLETED: "",
    PHASE_CANCELLED: "[This turn was interrupted: it was cancelled before the answer was complete.]",
}
NOT_OVER = "[This turn was not over yet.]"


def turn_of(executions: Executions, execution_id: str) -> dict[str, Json]:
    """Plain JSON, secrets masked. Raises KeyError.

    `messages`: the conversation as it was saved, up to the last thing that the model said in full.
    `compacted`: a summary of turns before it, see `agents/compaction/kept.py`.
    `attachments`: the files that were given with its message.
    `message`, `said`, `calls`, `note`: what a turn that broke off needs besides, see `agents/history.py`.
    """
    execution = executions.get(execution_id)
    assert isinstance(execution, AgentExecution)
    saved = executions.journal(execution_id).get(CONVERSATION)
    messages, index = ([], 1) if saved is Missing.MISSING else (saved["messages"], saved["index"])
    files = attachments_of(executions.journal(execution_id))
    kept = {} if saved is Missing.MISSING or "compacted" not in saved else {"compacted": saved["compacted"]}
    if files:
        kept["attachments"] = files
    status = execution.status
    if messages and status.phase == PHASE_COMPLETED:
        return {"messages": messages, **kept}
    return {
        **kept,
        "messages": messages,
        "message": execution.spec.message,
        "said": [each.content for each in status.messages[index:] if _is_answer(each) and each.content],
        "calls": {
            call.id: {"result": call.result, "error": call.error}
            for call in status.tool_calls
            if call.completed_at
        },
        "note": _note(status.phase, status.error),
    }


def shown_of(execution: AgentExecution) -> dict[str, Json]:
    """What a history shows of it."""
    status = execution.status
    said = [message.content for message in status.messages if _is_answer(message) and message.content]
    return {
        "message": _cut(execution.spec.message, MOST_SHOWN_CHARACTERS),
        "answer": _cut(said[-1] if said else "", MOST_SHOWN_CHARACTERS),
        "phase": status.phase,
        "error": _cut(status.error, MOST_SHOWN_CHARACTERS),
        "at": status.audit.spec_audit.created_at.ToJsonString(),
    }


def _is_answer(message: Json) -> bool:
    return bool(message.type == MessageType.MESSAGE_AI)


def _note(phase: int, error: str) -> str:
    if phase == PHASE_FAILED:
        return f"[This turn was interrupted by an error: {_cut(error, MOST_ERROR_CHARACTERS) or 'unknown'}]"
    return NOTES.get(phase, NOT_OVER)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
