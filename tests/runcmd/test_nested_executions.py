"""Everything that a run starts is in its stream: on the embedded backend, in this process."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import anyio
import pytest

from runcmd.events import (
    CallState,
    CancelReason,
    Event,
    ExecutionCreated,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    Nested,
    NestedExecution,
    Outcome,
    Phase,
    PhaseChanged,
    RunFinished,
    SubAgentChanged,
    TaskFinished,
    TaskStarted,
    ToolCallChanged,
)
from runcmd.pipeline import Connect, Run, open_run
from runcmd.reattach import open_follow
from runcmd.request import RunRequest
from tests.support.paths import ROOT
from tests.support.project import load_project

TOOLS = ROOT / "tests" / "stigmerd" / "agents" / "mcp_server.py"

TWO_AGENTS = """
from stigmer import Agent, Scripted, Workflow
for name in ("ada", "bob"):
    Agent(name, "Answer what you are asked.", model=Scripted("answer.yaml"))
both = Workflow("both", namespace="demo")
with both.fork("ask") as ask:
    with ask.branch("left"):
        both.call_agent("first", "ada", "left")
    with ask.branch("right"):
        both.call_agent("second", "bob", "right")
"""

# A workflow runs a workflow that calls an agent that asks a sub-agent, which has a tool.
DEEP = f"""
from stigmer import Agent, Scripted, StdioServer, SubAgent, Workflow
tools = StdioServer("tools", {sys.executable!r}, [{str(TOOLS)!r}])
Agent(
    "boss", "Delegate to the adder.", model=Scripted("boss.yaml"), mcp_servers=[tools],
    sub_agents=[SubAgent("adder", "Add the numbers.", mcp_servers=["tools"])],
)
inner = Workflow("inner", namespace="demo")
with inner.for_each("each", [1]) as item:
    inner.call_agent("ask", "boss", "what is 2 + 3?")
outer = Workflow("outer", namespace="demo")
outer.run("child", "inner")
"""

BOSS = """
turns:
- say: I ask the adder.
  call: {tool: adder, args: {message: add 2 and 3}}
- say: 'It is {{ result }}.'
agents:
  adder:
  - say: Let me add.
    call: {tool: add, args: {a: 2, b: 3}}
  - say: 'the sum {{ result }}'
"""

BROKEN = """
turns:
- call: {tool: adder, args: {message: add}}
- fail: no helper
agents:
  adder:
  - fail: out of order
"""

ENDLESS = """
- say: this takes very long
  chunk: {seconds: 5, characters: 1}
"""


class Seen:
    """What a stream said of each execution; `""` is the run's own."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events
        self.nested = {each.nested.execution: each.nested for each in events if isinstance(each, Nested)}

    def named(self, name: str) -> NestedExecution:
        (found,) = [each for each in self.nested.values() if each.name == name]
        return found

    def of(self, nested: NestedExecution) -> list[Event]:
        return [each.event for each in self.events if isinstance(each, Nested) and each.nested == nested]

    def texts(self, nested: NestedExecution) -> list[str]:
        """Its messages as a reader has them in the end."""
        return texts_of(self.of(nested))

    def check(self) -> None:
        """Each begins with its creation and ends with its end, before what started it ends; nothing twice."""
        for nested in self.nested.values():
            events = self.of(nested)
            assert isinstance(events[0], ExecutionCreated)
            assert isinstance(events[-1], PhaseChanged)
            assert events[-1].phase.terminal
            once = [repr(each) for each in events if not isinstance(each, MessageGrew | ToolCallChanged)]
            assert len(once) == len(set(once))
            last = max(i for i, each in enumerate(self.events) if self._is_of(each, nested.execution))
            assert last < self._end_of_origin(nested)
        assert isinstance(self.events[-1], RunFinished)

    def _is_of(self, event: Event, execution: str) -> bool:
        return isinstance(event, Nested) and event.nested.execution == execution

    def _end_of_origin(self, nested: NestedExecution) -> int:
        of_parent = nested.parent if nested.parent in self.nested else ""
        for place, each in enumerate(self.events):
            event, of = (each.event, each.nested.execution) if isinstance(each, Nested) else (each, "")
            if of == of_parent:
                match event:
                    case TaskFinished(task=nested.origin):
                        return place
                    case SubAgentChanged(call=nested.origin, state=CallState.COMPLETED | CallState.FAILED):
                        return place
        raise AssertionError(f"{nested.origin} does not end")


Perform = Callable[..., Awaitable[Seen]]


def texts_of(events: list[Event]) -> list[str]:
    said: dict[int, str] = {}
    for event in events:
        match event:
            case MessageStarted() | MessageReplaced():
                said[event.index] = event.text
            case MessageGrew():
                said[event.index] += event.more
            case _:
                pass
    return [said[index] for index in sorted(said)]


@pytest.fixture
def run(tmp_path: Path, connect: Connect) -> Perform:
    async def perform(
        program: str,
        selector: str,
        scripts: Mapping[str, str] | None = None,
        act: Callable[[Event, Run], object] = lambda event, running: None,
    ) -> Seen:
        project = load_project(tmp_path, program)
        for name, text in (scripts or {}).items():
            (tmp_path / name).write_text(text)
        events: list[Event] = []
        with anyio.fail_after(120):
            async with open_run(RunRequest(project=project, selector=selector), connect) as running:
                async for event in running:
                    events.append(event)
                    act(event, running)
        return Seen(events)

    return perform


async def followed(execution: str, connect: Connect) -> Seen:
    with anyio.fail_after(120):
        async with open_follow(execution, connect) as running:
            return Seen([event async for event in running])


def own(seen: Seen) -> RunFinished:
    finished = seen.events[-1]
    assert isinstance(finished, RunFinished)
    return finished


async def test_two_agents_in_parallel(run: Perform, connect: Connect) -> None:
    seen = await run(TWO_AGENTS, "both", {"answer.yaml": "- say: 'You said {{ message }}'\n  chunk: 0.01\n"})
    assert own(seen).outcome is Outcome.SUCCEEDED
    seen.check()
    assert seen.named("ada").path == ("ask/left/first",)
    assert seen.named("bob").path == ("ask/right/second",)
    assert seen.texts(seen.named("ada")) == ["left", "You said left"]
    assert seen.texts(seen.named("bob")) == ["right", "You said right"]
    again = await followed(own(seen).execution, connect)
    again.check()
    for name in ("ada", "bob"):
        assert again.texts(again.named(name)) == seen.texts(seen.named(name))


async def test_a_child_workflow_that_calls_an_agent_with_a_sub_agent_with_tools(
    run: Perform, connect: Connect
) -> None:
    seen = await run(DEEP, "outer", {"boss.yaml": BOSS})
    assert own(seen).outcome is Outcome.SUCCEEDED, own(seen).error
    for each in (seen, await followed(own(seen).execution, connect)):
        each.check()
        inner, boss, adder = map(each.named, ("inner", "boss", "adder"))
        assert inner.path == ("child",)
        assert boss.path == ("child", "each[0]/ask")
        assert adder.path == ("child", "each[0]/ask", "adder")
        assert (boss.parent, adder.parent) == (inner.execution, boss.execution)
        tasks = [event for event in each.of(inner) if isinstance(event, TaskStarted | TaskFinished)]
        assert [event.task for event in tasks] == ["each", "each[0]/ask", "each[0]/ask", "each"]
        assert each.texts(boss) == ["what is 2 + 3?", "I ask the adder.", "It is the sum 5."]
        assert each.texts(adder) == ["add 2 and 3", "Let me add.", "the sum 5"]
        calls = [event for event in each.of(adder) if isinstance(event, ToolCallChanged)]
        assert calls[-1].name == "add"
        assert (calls[-1].state, calls[-1].arguments, calls[-1].result) == (
            CallState.COMPLETED,
            '{"a": 2, "b": 3}',
            "5",
        )
        assert not any(event in each.of(boss) for event in calls)
        assert not any(isinstance(event, ToolCallChanged | MessageStarted) for event in each.events)


async def test_a_failure_deep_inside_is_known_at_its_place(run: Perform, connect: Connect) -> None:
    seen = await run(DEEP, "outer", {"boss.yaml": BROKEN})
    assert own(seen).outcome is Outcome.FAILED
    for each in (seen, await followed(own(seen).execution, connect)):
        each.check()
        ends = {name: each.of(each.named(name))[-1] for name in ("inner", "boss", "adder")}
        assert {end.phase for end in ends.values() if isinstance(end, PhaseChanged)} == {Phase.FAILED}
        assert "out of order" in ends["adder"].error
        assert "no helper" in ends["boss"].error
        assert "boss" in ends["inner"].error


async def test_two_hundred_nested_executions_in_a_loop(run: Perform, connect: Connect) -> None:
    program = """
from stigmer import Workflow
small = Workflow("small", namespace="demo")
small.set("only", {"a": 1})
many = Workflow("many", namespace="demo")
with many.for_each("each", [n for n in range(200)]) as item:
    many.run("child", "small")
"""
    seen = await run(program, "many")
    assert own(seen).outcome is Outcome.SUCCEEDED
    for each in (seen, await followed(own(seen).execution, connect)):
        each.check()
        assert [nested.path for nested in each.nested.values()] == [
            (f"each[{number}]/child",) for number in range(200)
        ]
        for nested in each.nested.values():
            assert len([event for event in each.of(nested) if isinstance(event, TaskFinished)]) == 1


async def test_a_cancelled_run_ends_with_what_it_nested(run: Perform) -> None:
    talking = set()

    def act(event: Event, running: Run) -> None:
        if isinstance(event, Nested) and isinstance(event.event, MessageStarted) and event.event.index == 1:
            talking.add(event.nested.name)
            if len(talking) == 2:
                running.cancel(CancelReason.INTERRUPTED)

    seen = await run(TWO_AGENTS, "both", {"answer.yaml": ENDLESS}, act)
    assert (own(seen).outcome, own(seen).exit_code) == (Outcome.CANCELLED, 130)
    for name in ("ada", "bob"):
        last = seen.of(seen.named(name))[-1]
        assert isinstance(last, PhaseChanged)
        assert last.phase is Phase.CANCELLED
    seen.check()


async def test_the_loser_of_a_race_ends_at_its_place(run: Perform) -> None:
    program = TWO_AGENTS.replace('fork("ask")', 'fork("ask", compete=True)').replace(
        'Scripted("answer.yaml")', 'Scripted(f"{name}.yaml")'
    )
    seen = await run(program, "both", {"ada.yaml": ENDLESS, "bob.yaml": "- say: first\n"})
    assert own(seen).outcome is Outcome.SUCCEEDED
    seen.check()
    ends = {name: seen.of(seen.named(name))[-1] for name in ("ada", "bob")}
    assert [end.phase for end in ends.values() if isinstance(end, PhaseChanged)] == [
        Phase.CANCELLED,
        Phase.COMPLETED,
    ]


async def test_who_comes_later_sees_all_of_it(run: Perform, connect: Connect) -> None:
    """A second reader, who begins to follow while both agents speak."""
    later: list[Seen] = []
    begun: list[str] = []

    async with anyio.create_task_group() as group:

        async def come_later(execution: str) -> None:
            later.append(await followed(execution, connect))

        def act(event: Event, running: Run) -> None:
            speaks = isinstance(event, Nested) and isinstance(event.event, MessageStarted)
            if speaks and not begun:
                begun.append(event.nested.parent)
                group.start_soon(come_later, event.nested.parent)

        slow = "- say: one two three four five\n  chunk: {seconds: 0.1, characters: 3}\n"
        seen = await run(TWO_AGENTS, "both", {"answer.yaml": slow}, act)
    for each in (seen, *later):
        each.check()
        assert each.texts(each.named("ada")) == ["left", "one two three four five"]
        assert each.texts(each.named("bob")) == ["right", "one two three four five"]
    assert len(later) == 1
