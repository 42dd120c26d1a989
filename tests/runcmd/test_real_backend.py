"""Runs on the embedded backend, in this process."""

from __future__ import annotations

from pathlib import Path

import anyio

from runcmd.events import (
    ApplyFinished,
    CancelFinished,
    CancelOutcome,
    CancelReason,
    Event,
    ExecutionCreated,
    MessageGrew,
    MessageStarted,
    Nested,
    Outcome,
    PhaseChanged,
    Role,
    RunFinished,
    TaskFinished,
    TaskStarted,
    TaskState,
)
from runcmd.pipeline import Connect, Run
from runcmd.reattach import open_follow
from tests.runcmd.embedded import PROGRAM, end, run


async def test_a_workflow_from_the_code_to_its_output(tmp_path: Path, connect: Connect) -> None:
    events = await run(tmp_path, connect, "quick")
    assert (end(events).outcome, end(events).error) == (Outcome.SUCCEEDED, "")
    assert end(events).answer
    assert end(events).seconds is not None
    tasks = [event for event in events if isinstance(event, TaskStarted | TaskFinished)]
    assert [(event.task, event.kind) for event in tasks] == [
        ("first", "set"),
        ("first", "set"),
        ("second", "set"),
        ("second", "set"),
    ]
    again = await run(tmp_path, connect, "quick", program=PROGRAM.replace('"b"', '"c"'))
    assert [event.changed for event in again if isinstance(event, ApplyFinished)] == [1]


async def test_a_failure_says_why(tmp_path: Path, connect: Connect) -> None:
    finished = end(await run(tmp_path, connect, "bad"))
    assert (finished.outcome, finished.exit_code) == (Outcome.FAILED, 1)
    assert "not today" in finished.error


async def test_an_interrupt_really_stops_it(tmp_path: Path, connect: Connect) -> None:
    def act(event: Event, running: Run) -> None:
        if isinstance(event, TaskStarted):
            running.cancel(CancelReason.INTERRUPTED)

    events = await run(tmp_path, connect, "slow", act=act)
    assert [event.outcome for event in events if isinstance(event, CancelFinished)] == [
        CancelOutcome.CONFIRMED
    ]
    assert (end(events).outcome, end(events).exit_code) == (Outcome.CANCELLED, 130)
    assert [event.state for event in events if isinstance(event, TaskFinished)] != [TaskState.COMPLETED]
    async with open_follow(end(events).execution, connect) as running:
        looked = [event async for event in running]
    assert [event.phase.value for event in looked if isinstance(event, PhaseChanged)] == ["cancelled"]
    assert end(looked).name == "slow"


async def test_an_agent_answers(tmp_path: Path, connect: Connect) -> None:
    events = await run(tmp_path, connect, "echo")
    assert (end(events).outcome, end(events).error) == (Outcome.SUCCEEDED, "")
    assert end(events).answer == "You said hello"
    said = [(event.role, event.text) for event in events if isinstance(event, MessageStarted)]
    assert said[0] == (Role.HUMAN, "hello")
    assert sum(role is Role.HUMAN for role, _ in said) == 1


async def test_a_workflow_that_calls_an_agent(tmp_path: Path, connect: Connect) -> None:
    program = PROGRAM + 'both = Workflow("both", namespace="demo")\nboth.call_agent("ask", "echo", "hello")\n'
    events = await run(tmp_path, connect, "both", program=program)
    assert (end(events).outcome, end(events).error) == (Outcome.SUCCEEDED, "")
    inside = [event for event in events if isinstance(event, Nested)]
    assert {(each.nested.name, each.nested.path) for each in inside} == {("echo", ("ask",))}
    assert [type(each.event) for each in (inside[0], inside[-1])] == [ExecutionCreated, PhaseChanged]
    said = [each.event.text for each in inside if isinstance(each.event, MessageStarted)]
    assert said[0] == "hello"
    assert "You said hello" in "".join(
        each.event.more if isinstance(each.event, MessageGrew) else getattr(each.event, "text", "")
        for each in inside
    )
    last = events.index(inside[-1])
    assert [type(event) for event in events[last + 1 :]] == [TaskFinished, PhaseChanged, RunFinished]


async def test_without_following_and_then_with(tmp_path: Path, connect: Connect) -> None:
    detached = end(await run(tmp_path, connect, "quick", follow=False))
    assert detached.outcome is Outcome.DETACHED
    with anyio.fail_after(30):
        async with open_follow(detached.execution, connect) as running:
            looked = [event async for event in running]
    assert end(looked).outcome is Outcome.SUCCEEDED
