"""Twenty stories for a live screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from devloop.loop import events as loops
from runcmd.events import (
    ApplyFinished,
    CallState,
    CancelFinished,
    CancelOutcome,
    CancelReason,
    CancelStarted,
    Event,
    ExecutionCreated,
    ExecutionEvent,
    MessageGrew,
    MessageStarted,
    Nested,
    NestedExecution,
    Outcome,
    Phase,
    PhaseChanged,
    Reconnected,
    Reconnecting,
    Role,
    RunFinished,
    SubAgentChanged,
    TargetKind,
    TaskFinished,
    TaskStarted,
    TaskState,
    ToolCallChanged,
    Totals,
    TurnFinished,
    Usage,
    WaitEnded,
    Waits,
)
from tests.devloop.render.live.stage import Stage

LEFT, RIGHT, DEEP = "both/left/poem", "both/right/check", "each[1]/tries/try/ask"
FLOW, AGENT = TargetKind.WORKFLOW, TargetKind.AGENT
POEM = """# Autumn

Leaves are **falling**, and
the `wind` is cold:

- one yellow
- one red
"""


def created(name: str, kind: TargetKind = FLOW) -> list[Event]:
    execution = f"{'wex' if kind is FLOW else 'aex'}-01"
    return [
        ExecutionCreated(execution=execution, kind=kind, name=name),
        PhaseChanged(execution=execution, phase=Phase.IN_PROGRESS),
    ]


def finished(name: str, outcome: Outcome = Outcome.SUCCEEDED, **more: object) -> RunFinished:
    done = RunFinished(
        outcome=outcome,
        exit_code=0 if outcome is Outcome.SUCCEEDED else 1,
        execution="wex-01",
        kind=FLOW,
        name=name,
        seconds=3.2,
        totals=Totals(tasks=2, completed=2),
    )
    return replace(done, **more)  # type: ignore[arg-type]


def started(task: str, kind: str = "set", parts: int | None = None) -> TaskStarted:
    name = task.rpartition("/")[2].partition("[")[0]
    return TaskStarted(task=task, name=name, kind=kind, parts=parts)


def ended(task: str, state: TaskState = TaskState.COMPLETED, error: str = "") -> TaskFinished:
    name = task.rpartition("/")[2]
    return TaskFinished(task=task, name=name, kind="set", state=state, seconds=0.4, error=error)


def call(name: str, state: CallState, key: str = "c1", result: str = "", error: str = "") -> ToolCallChanged:
    return ToolCallChanged(
        call=key,
        name=name,
        state=state,
        arguments='{"query": "leaves"}',
        result=result,
        error=error,
        seconds=1.5,
    )


def within(
    name: str, task: str, *events: ExecutionEvent, parent: str = "wex-01", path: str = ""
) -> list[Event]:
    nested = NestedExecution(
        execution=f"aex-{name}",
        kind=AGENT,
        name=name,
        path=(task,),
        parent=parent,
        origin=task,
    )
    return [Nested(nested=nested, event=each) for each in events]


def begins(name: str) -> ExecutionCreated:
    return ExecutionCreated(execution=f"aex-{name}", kind=AGENT, name=name)


def ends(name: str, phase: Phase = Phase.COMPLETED, error: str = "") -> PhaseChanged:
    return PhaseChanged(execution=f"aex-{name}", phase=phase, error=error)


def says(text: str, index: int = 1) -> MessageStarted:
    return MessageStarted(index=index, role=Role.AI, text=text)


def more(text: str, index: int = 1) -> MessageGrew:
    return MessageGrew(index=index, role=Role.AI, more=text)


def turn(tokens: int, cost: float) -> TurnFinished:
    usage = Usage(input_tokens=tokens, output_tokens=88, cost_usd=cost)
    return TurnFinished(index=1, model="gpt-5", address="", usage=usage, finish_reason="stop", seconds=2.0)


def parallel_agents(stage: Stage) -> None:
    """A workflow with two agents in parallel."""
    run = stage.run()
    stage.show(run, *created("review"), started("both", "fork", 2))
    stage.show(run, started(LEFT, "agent_call"), started(RIGHT, "agent_call"))
    stage.show(run, *within("poet", LEFT, begins("poet"), says("Leaves are falling, and")))
    stage.show(run, *within("critic", RIGHT, begins("critic"), call("search", CallState.RUNNING)))
    stage.take("both at work")
    stage.show(run, *within("poet", LEFT, more(" the wind is cold."), turn(1200, 0.0021)))
    stage.show(run, *within("critic", RIGHT, call("search", CallState.COMPLETED, result="3 hits")))
    stage.show(run, *within("critic", RIGHT, says("A **good** poem.")))
    stage.take("one has searched")
    stage.show(run, *within("poet", LEFT, ends("poet")), ended(LEFT))
    stage.show(run, *within("critic", RIGHT, ends("critic")), ended(RIGHT))
    stage.show(run, ended("both"), finished("review"))
    stage.take("the end")


def retry(stage: Stage) -> None:
    """A model that is busy is asked again."""
    run = stage.run()
    stage.show(run, *created("review"), started("ask", "agent_call"))
    stage.show(run, *within("poet", "ask", begins("poet")))
    wait = Waits(on="retry", text="HTTP 429 from the model", hint="", task="", seconds=45.0)
    stage.show(run, *within("poet", "ask", wait))
    stage.wait(12.0)
    stage.take("it waits")
    stage.show(run, *within("poet", "ask", WaitEnded(on="retry", task=""), says("Here I am.")))
    stage.take("it goes on")


def sub_agent(stage: Stage) -> None:
    """A sub-agent with tools."""
    run = stage.run()
    stage.show(run, *created("editor", AGENT))
    stage.show(run, MessageStarted(index=0, role=Role.HUMAN, text="Write about autumn"))
    sub = SubAgentChanged(
        call="s1", name="poet", state=CallState.RUNNING, input="autumn", output="", error="", seconds=None
    )
    stage.show(run, says("I ask the poet."), sub)
    inside = {"parent": "aex-01"}
    stage.show(run, *within("poet", "s1", begins("poet"), call("search", CallState.RUNNING, "t1"), **inside))
    stage.show(run, *within("poet", "s1", call("read", CallState.RUNNING, "t2"), **inside))
    stage.take("the sub-agent works")
    stage.show(run, *within("poet", "s1", call("search", CallState.COMPLETED, "t1", "9 hits"), **inside))
    stage.show(run, *within("poet", "s1", says("Leaves fall."), **inside))
    stage.take("it has found something")
    stage.show(run, *within("poet", "s1", ends("poet"), **inside))
    stage.show(run, replace(sub, state=CallState.COMPLETED, output="Leaves fall.", seconds=2.0))
    stage.show(run, says("Done.", 2), finished("editor", kind=AGENT, execution="aex-01"))
    stage.take("the end")


def deep_failure(stage: Stage) -> None:
    """A failure deep inside."""
    run = stage.run()
    stage.show(
        run, *created("import"), started("each", "for", 40), started("each[0]/load"), ended("each[0]/load")
    )
    stage.show(run, started("each[1]/tries", "try"), started(DEEP, "agent_call"))
    stage.show(run, *within("poet", DEEP, begins("poet"), call("fetch", CallState.RUNNING)))
    stage.take("deep inside")
    failed = call("fetch", CallState.FAILED, error="HTTP 500 from https://shop.example/prices")
    stage.show(run, *within("poet", DEEP, failed, ends("poet", Phase.FAILED, "no prices")))
    for task in (DEEP, "each[1]/tries", "each"):
        stage.show(run, ended(task, TaskState.FAILED, "no prices"))
    error = "task each failed: no prices"
    stage.show(run, finished("import", Outcome.FAILED, error=error, totals=Totals(tasks=4, failed=3)))
    stage.take("the end")


def _header(number: int, changed: tuple[str, ...] = (), target: str = "review") -> loops.RunStarted:
    cause = loops.Cause.CHANGE if changed else loops.Cause.START
    return loops.RunStarted(
        gen=number, run=number, cause=cause, changed=changed, applied=1, total=2, target=target
    )


READY = loops.WatchReady(gen=1, files=11, watcher="inotify", keys=True, paused=False)


def _applied(stage: Stage) -> ApplyFinished:
    return ApplyFinished(agents=1, workflows=1, changed=1, seconds=0.1)


def superseded(stage: Stage) -> None:
    """An edit in the middle of a run."""
    loop = stage.loop()
    stage.happen(loop, _header(1), *((1, each, "review") for each in created("review")))
    stage.happen(loop, (1, started("slow", "wait"), "review"))
    stage.take("run 1")
    stage.happen(
        loop,
        loops.EditNoticed(gen=2, changed=("main.py",)),
        loops.RunSuperseded(gen=1, by=2, target="review"),
        (1, CancelStarted(execution="wex-01", reason=CancelReason.SUPERSEDED), "review"),
    )
    stage.take("an edit")
    done = CancelFinished(execution="wex-01", outcome=CancelOutcome.CONFIRMED, seconds=0.01)
    stage.happen(loop, (1, done, "review"), (1, finished("review", Outcome.CANCELLED), "review"))
    stage.happen(loop, _header(2, ("main.py",)), *((2, each, "review") for each in created("review")))
    stage.happen(loop, (2, finished("review", seconds=0.5), "review"), READY)
    stage.take("run 2 is over")


def broken_and_mended(stage: Stage) -> None:
    """A broken edit and its mend."""
    loop = stage.loop()
    stage.happen(loop, _header(1), *((1, each, "review") for each in created("review")))
    stage.happen(loop, (1, finished("review"), "review"), READY)
    broken = loops.EditBroken(
        gen=2, error="main.py:3: SyntaxError: '(' was never closed", changed=("main.py",), details=("  x(",)
    )
    stage.happen(loop, broken, READY)
    stage.take("broken")
    stage.happen(loop, loops.EditMended(gen=3, name="main.py"), _header(2, ("main.py",)))
    stage.happen(loop, *((2, each, "review") for each in created("review")))
    stage.take("mended")
    stage.happen(loop, (2, finished("review", seconds=0.5), "review"), READY)
    stage.take("over")


def forty_columns(stage: Stage) -> None:
    """A narrow terminal."""
    parallel_agents(stage)


def two_thousand(stage: Stage) -> None:
    """More tasks side by side than any screen has lines."""
    run = stage.run()
    stage.show(run, *created("big"), started("all", "fork", 2000))
    stage.show(run, *(started(f"all/b{number}/work") for number in range(2000)), each=0.0)
    stage.take("all at work")
    stage.show(run, *(ended(f"all/b{number}/work") for number in range(1200)), each=0.0)
    stage.take("most are over")


def lost_backend(stage: Stage) -> None:
    """The connection is lost, and comes back."""
    run = stage.run()
    stage.show(run, *created("review"), started("ask", "agent_call"))
    stage.show(run, Reconnecting(attempt=1, delay=0.5, reason="the backend is gone"))
    stage.show(run, Reconnecting(attempt=2, delay=1.0, reason="the backend is gone"))
    stage.take("lost")
    stage.show(run, Reconnected(attempt=2), ended("ask"))
    stage.take("back")


def mcp_server_that_does_not_start(stage: Stage) -> None:
    """An agent waits for an MCP server in vain."""
    run = stage.run()
    stage.show(run, *created("helper", AGENT))
    stage.show(
        run, Waits(on="mcp_server git", text="starting the MCP server git", hint="", task="", seconds=None)
    )
    stage.wait(29.0)
    stage.take("it starts")
    error = "the MCP server git did not start within 30 s"
    stage.show(run, WaitEnded(on="mcp_server git", task=""))
    stage.show(run, finished("helper", Outcome.FAILED, kind=AGENT, error=error, hint="is git installed?"))
    stage.take("it did not")


def chat(stage: Stage) -> None:
    """One agent speaks Markdown."""
    run = stage.run()
    stage.show(run, *created("poet", AGENT), MessageStarted(index=0, role=Role.HUMAN, text="About autumn"))
    stage.show(run, says(""))
    for word in POEM.splitlines(keepends=True)[:4]:
        stage.show(run, more(word))
    stage.take("it grows")
    for word in POEM.splitlines(keepends=True)[4:]:
        stage.show(run, more(word))
    stage.show(run, turn(1200, 0.0021), finished("poet", kind=AGENT, execution="aex-01"))
    stage.take("it is over")


def wide_characters(stage: Stage) -> None:
    """Characters of two columns, emoji, combining characters, and controls."""
    run = stage.run()
    stage.show(run, *created("翻訳", AGENT), says("日本語の長い文章がここにあります。" * 6))
    stage.show(run, more(" e\u0301te\u0301 👩‍👩‍👧 \x1b[31mred\x07"))
    stage.take("it grows")
    stage.show(run, finished("翻訳", kind=AGENT, execution="aex-01"))
    stage.take("it is over")


def no_colour(stage: Stage) -> None:
    """NO_COLOR."""
    chat(stage)


def ascii_only(stage: Stage) -> None:
    """A terminal that shows only ASCII."""
    parallel_agents(stage)


def resize(stage: Stage) -> None:
    """The terminal gets narrower, then wider."""
    run = stage.run()
    stage.show(run, *created("review"), started("a-task-with-a-name-of-some-length", "wait"))
    stage.take("wide")
    stage.resize(40, 12)
    stage.take("narrow")
    stage.resize(100, 24)
    stage.take("wide again")


def megabyte(stage: Stage) -> None:
    """A message of 1 MB."""
    run = stage.run()
    stage.show(run, *created("talker", AGENT), says(""))
    line = "All work and no play makes Jack a dull boy. " * 4
    stage.show(run, *(more(f"{number} {line}\n\n") for number in range(5700)), each=0.0)
    stage.take("it grows")
    stage.show(run, more("the end"), finished("talker", kind=AGENT, execution="aex-01"))
    stage.take("it is over")


def several(stage: Stage) -> None:
    """Three targets side by side."""
    screen = stage.several()

    def show(target: str, *events: Event) -> None:
        for event in events:
            stage.now += 0.2
            with stage.size():
                screen.show(target, event)

    for target in ("one", "two", "three"):
        show(target, *created(target), started("work", "wait"))
    stage.take("all three")
    show("one", ended("work"), finished("one"))
    stage.take("one is over")


def queued(stage: Stage) -> None:
    """An edit waits for the current run."""
    loop = stage.loop()
    stage.happen(loop, _header(1), *((1, each, "review") for each in created("review")))
    stage.happen(loop, (1, started("slow", "wait"), "review"))
    stage.happen(loop, loops.RunQueued(gen=2, changed=("main.py",), behind=1, target="review"))
    stage.take("it waits")
    stage.happen(loop, (1, ended("slow"), "review"), (1, finished("review"), "review"))
    stage.happen(loop, _header(2, ("main.py",)), *((2, each, "review") for each in created("review")))
    stage.take("its turn")


def cancelled(stage: Stage) -> None:
    """Ctrl-C."""
    run = stage.run()
    stage.show(run, *created("review"), started("slow", "wait"), started("other", "wait"))
    stage.show(run, CancelStarted(execution="wex-01", reason=CancelReason.INTERRUPTED))
    stage.take("cancelling")
    stage.show(run, CancelFinished(execution="wex-01", outcome=CancelOutcome.CONFIRMED, seconds=0.2))
    stage.show(run, finished("review", Outcome.CANCELLED, exit_code=130))
    stage.take("the end")


def waiting_signal(stage: Stage) -> None:
    """A workflow waits for a person."""
    run = stage.run()
    stage.show(run, *created("approval"), started("approve", "listen"))
    hint = "stigmer executions signal wex-01 approve"
    stage.show(
        run,
        Waits(
            on="signal approve",
            text="waiting for the signal approve",
            hint=hint,
            task="approve",
            seconds=None,
        ),
    )
    stage.wait(75.0)
    stage.take("it waits")
    stage.show(run, WaitEnded(on="signal approve", task="approve"), ended("approve"), finished("approval"))
    stage.take("the end")


STORIES: tuple[Callable[[Stage], None], ...] = (
    parallel_agents,
    retry,
    sub_agent,
    deep_failure,
    superseded,
    broken_and_mended,
    forty_columns,
    two_thousand,
    lost_backend,
    mcp_server_that_does_not_start,
    chat,
    wide_characters,
    no_colour,
    ascii_only,
    resize,
    megabyte,
    several,
    queued,
    cancelled,
    waiting_signal,
)
SIZES: dict[str, dict[str, int]] = {"forty_columns": {"columns": 40}}
GOLDEN = Path(__file__).parent / "golden"


def played(story: Callable[[Stage], None]) -> Stage:
    """The stage at the end of the story."""
    name = story.__name__
    encoding = "ascii" if name == "ascii_only" else "utf-8"
    stage = Stage(**SIZES.get(name, {}), encoding=encoding, colour=name not in ("no_colour", "ascii_only"))
    story(stage)
    stage.end()
    return stage
