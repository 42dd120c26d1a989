"""Whatever snapshots come in whatever order: what is told adds up, and never runs backwards."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from runcmd.events import (
    Event,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    Phase,
    PhaseChanged,
    TargetKind,
    TaskFinished,
    TaskStarted,
    ToolCallChanged,
)
from runcmd.follow.news import news
from runcmd.follow.view import View, merge, progress
from tests.support.weak_server import AEX, WEX, agent_execution, workflow_execution

PHASES = st.integers(0, 5)
TASKS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=4)
MESSAGES = st.lists(st.tuples(st.integers(1, 4), st.text("xy", max_size=4)), max_size=4)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(PHASES, TASKS), max_size=8))
def test_tasks_and_phases(snapshots: list[tuple[int, list[tuple[str, int]]]]) -> None:
    view = View(execution=WEX, kind=TargetKind.WORKFLOW)
    events: list[Event] = []
    for phase, tasks in snapshots:
        before, view = view, merge(view, workflow_execution(phase, *tasks))
        events += news(before, view)
        assert news(view, view) == ()
    phases = [event.phase for event in events if isinstance(event, PhaseChanged)]
    assert all(progress(one) < progress(other) for one, other in pairwise(phases))
    assert (phases[-1] if phases else None) == view.phase
    assert not any(phase.terminal for phase in phases[:-1])
    for name in "abc":
        started = [event for event in events if isinstance(event, TaskStarted) and event.task == name]
        finished = [event for event in events if isinstance(event, TaskFinished) and event.task == name]
        assert len(started) <= 1
        assert len(finished) <= 1
        if started and finished:
            assert events.index(started[0]) < events.index(finished[0])
        if finished:
            assert view.tasks[name].state is finished[0].state


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(PHASES, MESSAGES), max_size=8))
def test_messages_add_up(snapshots: list[tuple[int, list[tuple[int, str]]]]) -> None:
    view = View(execution=AEX, kind=TargetKind.AGENT)
    shown: dict[int, str] = {}
    for phase, messages in snapshots:
        before, view = view, merge(view, agent_execution(phase, *messages))
        for event in news(before, view):
            match event:
                case MessageStarted(index=index, text=text):
                    assert index not in shown
                    shown[index] = text
                case MessageReplaced(index=index, text=text):
                    shown[index] = text
                case MessageGrew(index=index, more=more):
                    assert more
                    shown[index] += more
    assert shown == dict(enumerate(message.text for message in view.messages))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 4)), max_size=8))
def test_tool_calls_only_go_on(changes: list[tuple[str, int]]) -> None:
    view = View(execution=AEX, kind=TargetKind.AGENT, phase=Phase.IN_PROGRESS)
    states: dict[str, list[int]] = {}
    for call, state in changes:
        snapshot = agent_execution(2)
        snapshot.status.tool_calls.add(id=call, name=call, status=state)
        before, view = view, merge(view, snapshot)
        for event in news(before, view):
            assert isinstance(event, ToolCallChanged)
            states.setdefault(event.call, []).append(progress(event.state))
    assert all(one < other for told in states.values() for one, other in pairwise(told))


def test_a_call_says_what_it_changed_and_how_its_command_ended() -> None:
    snapshot = agent_execution(2)
    call = snapshot.status.tool_calls.add(id="c", name="edit_file", status=3)
    call.component_metadata.metadata.update({"diff": "+new\n", "exit_status": 3, "other": [1]})
    before = View(execution=AEX, kind=TargetKind.AGENT, phase=Phase.IN_PROGRESS)
    (event,) = news(before, merge(before, snapshot))
    assert isinstance(event, ToolCallChanged)
    assert (event.diff, event.exit_status) == ("+new\n", 3)
