"""What an agent execution said before the backend stopped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stigmerd.agents.compaction.facts import with_summary
from stigmerd.executions.questions import ENDED, HELD, WAITING
from stigmerd.executions.records import (
    Began,
    MessageSet,
    QuestionSet,
    Record,
    RecordCodec,
    SubAgentSet,
    ToolCallSet,
)
from stigmerd.store.json import Json

OPEN_CALLS, OPEN_AGENTS = frozenset({"PENDING", "RUNNING"}), frozenset({"PENDING", "IN_PROGRESS"})
INTERRUPTED = "interrupted: the backend stopped while this call was running; it was not repeated"
UNMASKED_CONVERSATION = "agent/messages/unmasked"  # encrypted; only if there are secrets in it


@dataclass(kw_only=True)
class Past:
    """The newest record of each message, call, sub-agent and question."""

    began: bool = False
    messages: dict[int, MessageSet] = field(default_factory=dict)
    calls: dict[str, ToolCallSet] = field(default_factory=dict)
    sub_agents: dict[str, SubAgentSet] = field(default_factory=dict)
    spoken: list[MessageSet] = field(default_factory=list)  # complete ones of models, the sub-agents' too
    questions: dict[str, QuestionSet] = field(default_factory=dict)

    @property
    def waiting(self) -> dict[str, ToolCallSet]:
        """Calls that nobody has approved yet: they were not made. None of a helper, which does not go on."""
        return {
            call.id: call
            for call in self.calls.values()
            if call.status == "PENDING" and "/" not in call.id and self._unapproved(call.id)
        }

    def _unapproved(self, call_id: str) -> bool:
        question = self.questions.get(call_id)
        return (
            question is not None
            and question.kind == "approval"
            and (question.state == WAITING or bool(question.output.get(HELD)))
        )


def remember(records: Iterable[Record]) -> Past:
    """Reads the records of an execution."""
    past = Past()
    for record in records:
        if isinstance(record, MessageSet) and record.complete:
            past.spoken.append(record)
        match record:
            case Began():
                past.began = True
            case MessageSet(sub_agent=""):
                past.messages[record.index] = record
            case ToolCallSet():
                past.calls[record.id] = record
            case SubAgentSet():
                past.sub_agents[record.id] = record
            case QuestionSet():
                past.questions[record.id] = record
    return past


def interrupted(past: Past, at: str) -> list[Record]:
    """The records that end what was in flight: a call may have had its effect, so it is not made again."""
    calls: list[Record] = [
        replace(call, status="FAILED", error=INTERRUPTED, completed_at=at)
        for call in past.calls.values()
        if call.status in OPEN_CALLS and call.id not in past.waiting
    ]
    questions: list[Record] = [
        replace(question, state=ENDED, answered_at=at)
        for question in past.questions.values()
        if question.state == WAITING and question.id not in past.waiting
    ]
    agents: list[Record] = [
        replace(agent, status="FAILED", error=INTERRUPTED, completed_at=at)
        for agent in past.sub_agents.values()
        if agent.status in OPEN_AGENTS
    ]
    return [*calls, *questions, *agents]


def in_flight(past: Past) -> bool:
    """A call or a helper is at work, as far as anybody knows: it may have an effect."""
    calls = (
        call for call in past.calls.values() if call.status in OPEN_CALLS and call.id not in past.waiting
    )
    return any(calls) or any(agent.status in OPEN_AGENTS for agent in past.sub_agents.values())


def resumption(past: Past, saved: Mapping[str, Json] | None) -> dict[str, Json] | None:
    """Where the child goes on: the conversation so far, how each call ended, and which were not made yet.

    None: from the start.
    """
    if saved is None:
        return None
    return {
        "messages": saved["messages"],
        "index": saved["index"],
        "calls": {
            call.id: {"result": call.result, "error": call.error}
            if call.status in {"COMPLETED", "FAILED"}
            else {"result": "", "error": INTERRUPTED}
            for call in past.calls.values()
            if call.id not in past.waiting
        },
        "waiting": [RecordCodec.encode(call)[1] for call in past.waiting.values()],
    }


def conversation(turns: Sequence[Mapping[str, Json]], limit: int) -> list[Json]:
    """The session's earlier turns, oldest first, some of them as a summary; the oldest have no more room."""
    kept: list[Json] = []
    size = 0
    for turn in reversed(with_summary(turns)):
        size += len(json.dumps({name: said for name, said in turn.items() if name != "attachments"}))
        if size > limit:
            break
        kept.append(turn)
    return kept[::-1]
