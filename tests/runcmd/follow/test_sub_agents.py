"""What a sub-agent does, from snapshots of the agent that asked it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from runcmd.events import (
    CallState,
    Event,
    ExecutionCreated,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    Nested,
    Phase,
    PhaseChanged,
    SubAgentChanged,
    TargetKind,
    ToolCallChanged,
)
from runcmd.follow.news import news
from runcmd.follow.view import View, merge
from tests.support.weak_server import AEX, COMPLETED, IN_PROGRESS, agent_execution

RUNNING, DONE, BROKEN = 2, 3, 4
HUMAN, AI = 1, 2
ASK, SUM = "c1", "c1/c2"  # the call to the sub-agent, and the call that it makes


def snapshot(
    sub: int, *said: tuple[str, str, list[str]], calls: dict[str, int] | None = None, phase: int = IN_PROGRESS
) -> Any:
    """An agent that asked a sub-agent, which said all that; calls with the number of their state."""
    execution = agent_execution(phase, (HUMAN, "go"), (AI, "I ask."))
    for call, state in {ASK: RUNNING if sub == RUNNING else DONE, **(calls or {})}.items():
        tool = execution.status.tool_calls.add(id=call, name=f"tool {call}", status=state)
        # Ours lists the calls of a sub-agent with the message that asked it.
        execution.status.messages[1].tool_calls.add().CopyFrom(tool)
    entry = execution.status.sub_agent_executions.add(id=ASK, name="adder", input="add", status=sub)
    if sub == BROKEN:
        entry.error = "out of order"
    messages = [{"role": role, "content": content, "calls": made} for role, content, made in said]
    if messages:
        entry.metadata.update({"messages": messages, "tool_call_id": ASK})
    return execution


def events_of(*snapshots: Any) -> list[Event]:
    views = [View(execution=AEX, kind=TargetKind.AGENT)]
    for each in snapshots:
        views.append(merge(views[-1], each))
    return [event for before, after in pairwise(views) for event in news(before, after)]


def names(events: list[Event]) -> list[str]:
    """In short: `>` before what the sub-agent itself says."""
    found = []
    for event in events:
        inner = event.event if isinstance(event, Nested) else event
        found.append(f"{'>' if isinstance(event, Nested) else ''}{_name(inner)}")
    return found


def _name(event: Event) -> str:
    match event:
        case ToolCallChanged() | SubAgentChanged():
            return f"{type(event).__name__} {event.call} {event.state.value}"
        case PhaseChanged():
            return f"PhaseChanged {event.phase.value}"
        case MessageStarted() | MessageReplaced():
            return f"{type(event).__name__} {event.text}"
        case MessageGrew():
            return f"MessageGrew {event.more}"
        case _:
            return type(event).__name__


ASKED, SAID = ("HUMAN", "add", []), ("AI", "Let me add.", [SUM])
WHOLE = [
    "MessageStarted go",
    "MessageStarted I ask.",
    f"ToolCallChanged {ASK} running",
    f"SubAgentChanged {ASK} running",
    ">ExecutionCreated",
    ">PhaseChanged in_progress",
    ">MessageStarted add",
    ">MessageStarted Let me",
    ">MessageGrew  add.",
    f">ToolCallChanged {SUM} running",
    f">ToolCallChanged {SUM} completed",
    ">MessageStarted 5",
    ">PhaseChanged completed",
    f"SubAgentChanged {ASK} completed",
    f"ToolCallChanged {ASK} completed",
]


def test_its_words_and_calls_are_its_own_while_they_grow() -> None:
    events = events_of(
        snapshot(RUNNING, ASKED, ("AI", "Let me", [])),
        snapshot(RUNNING, ASKED, SAID, calls={SUM: RUNNING}),
        snapshot(RUNNING, ASKED, ("AI", "Let", []), calls={SUM: RUNNING}),  # a late one
        snapshot(RUNNING, ASKED, SAID, calls={SUM: DONE}),
        snapshot(DONE, ASKED, SAID, ("AI", "5", []), calls={SUM: DONE}),
        snapshot(DONE, ASKED, SAID, ("AI", "5", []), calls={SUM: DONE}),
    )
    assert names(events)[1:] == WHOLE
    nested = next(event.nested for event in events if isinstance(event, Nested))
    assert (nested.execution, nested.name, nested.path) == (f"{AEX}/{ASK}", "adder", ("adder",))
    assert (nested.parent, nested.origin, nested.kind) == (AEX, ASK, TargetKind.AGENT)


def test_a_server_may_list_its_calls_before_the_call_to_it() -> None:
    whole = snapshot(RUNNING, ASKED, SAID, calls={SUM: RUNNING})
    for calls in (whole.status.tool_calls, whole.status.messages[1].tool_calls):
        calls.reverse()
    events = events_of(whole)
    assert f">ToolCallChanged {SUM} running" in names(events)
    assert not any(isinstance(event, ToolCallChanged) and event.call == SUM for event in events)


def test_one_that_is_over_is_told_in_the_same_order() -> None:
    whole = snapshot(DONE, ASKED, SAID, ("AI", "5", []), calls={SUM: DONE}, phase=COMPLETED)
    skipped = {">MessageGrew  add.", f">ToolCallChanged {SUM} running", f"ToolCallChanged {ASK} running"}
    expected = [name.replace("Let me", "Let me add.") for name in WHOLE if name not in skipped]
    assert names(events_of(whole))[:-1] == expected


def test_why_it_failed_is_known_at_its_place() -> None:
    events = events_of(snapshot(RUNNING, ASKED), snapshot(BROKEN, ASKED))
    ended = [event.event for event in events if isinstance(event, Nested)][-1]
    assert ended == PhaseChanged(execution=f"{AEX}/{ASK}", phase=Phase.FAILED, error="out of order")
    changed = [event for event in events if isinstance(event, SubAgentChanged)]
    assert [(event.state, event.error) for event in changed] == [
        (CallState.RUNNING, ""),
        (CallState.FAILED, "out of order"),
    ]


def test_a_server_that_says_nothing_of_its_inside_shows_the_sub_agent_alone() -> None:
    events = events_of(snapshot(RUNNING), snapshot(DONE))
    assert not any(isinstance(event, Nested | ExecutionCreated) for event in events)
    assert [event.state.value for event in events if isinstance(event, SubAgentChanged)] == [
        "running",
        "completed",
    ]


def test_metadata_of_another_kind_are_no_messages() -> None:
    strange = snapshot(RUNNING)
    strange.status.sub_agent_executions[0].metadata.update({"messages": ["what", {"role": 7, "calls": None}]})
    events = events_of(strange)
    assert names(events)[-1] == ">MessageStarted "
    strange.status.sub_agent_executions[0].metadata.update({"messages": 3})
    assert not any(isinstance(event, Nested) for event in events_of(strange))
