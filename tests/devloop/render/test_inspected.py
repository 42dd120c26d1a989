"""An execution as a tree."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from unittest import mock

from devloop.render.inspected import show_execution
from devloop.render.output import Output
from devloop.terminal.cells import cells
from runcmd.events import Phase, Printed, Role, Source, TargetKind, TurnFinished, Usage, Waits
from runcmd.inspection import SUB_AGENT, TOOL, InspectedExecution, InspectedMessage, InspectedStep
from tests.devloop.render.screens import GOLDEN, Screen

NOW = datetime(2026, 11, 27, 12, 3, tzinfo=UTC)
USED = Usage(input_tokens=1200, output_tokens=88, cost_usd=0.0021)
RAISED = (
    "the activity shout raised ValueError: cannot shout: Traceback (most recent call last):\n"
    '  File "/home/ada/demo/main.py", line 9, in shout\n'
    "    raise ValueError('cannot shout')\n"
    "ValueError: cannot shout\n"
)
PAGE = "<html><title>502 Bad Gateway</title>" + "<p>" * 99


def step(path: str, state: str = "completed", kind: str = "set", **more: object) -> InspectedStep:
    name = path.rpartition("/")[2]
    empty = InspectedStep(
        path=path,
        name=name,
        kind=kind,
        state=state,
        started_at="",
        seconds=18.2,
        input="",
        output="",
        error="",
    )
    return replace(empty, **more)  # type: ignore[arg-type]


def execution(kind: TargetKind, name: str, phase: Phase, **more: object) -> InspectedExecution:
    empty = InspectedExecution(
        execution=f"{kind.value[0]}ex-01",
        kind=kind,
        name=name,
        phase=phase,
        started_at="2026-11-27T12:00:00Z",
        seconds=20.5,
        input="",
        output="",
        error="",
        usage=Usage(),
        waits=(),
        turns=(),
        messages=(),
        steps=(),
    )
    return replace(empty, **more)  # type: ignore[arg-type]


TURN = TurnFinished(
    index=1, model="claude-sonnet-4-5", address="", usage=USED, finish_reason="stop", seconds=2.0
)
POET = execution(
    TargetKind.AGENT,
    "poet",
    Phase.COMPLETED,
    usage=USED,
    turns=(TURN,),
    messages=(
        InspectedMessage(role=Role.HUMAN, text="a poem"),
        InspectedMessage(role=Role.AI, text="I look.", calls=("c1", "s1")),
        InspectedMessage(role=Role.TOOL, text="3 rows"),
        InspectedMessage(role=Role.AI, text="The sea is wide,\nthe sea is blue. " + "and so are you. " * 20),
    ),
    steps=(
        step("c1", kind=TOOL, name="find", input='{"of": "sea"}', output="3 rows"),
        step(
            "s1",
            kind=SUB_AGENT,
            name="helper",
            input="help",
            output="there",
            messages=(
                InspectedMessage(role=Role.HUMAN, text="help"),
                InspectedMessage(role=Role.AI, text="there"),
            ),
        ),
    ),
)
SHOUT = step(
    "child/shout",
    "failed",
    error=RAISED,
    printed=(Printed(source=Source.ACTIVITY, name="shout", stream="stdout", text="hello", task="shout"),),
)
WHOLE = execution(
    TargetKind.WORKFLOW,
    "publish",
    Phase.FAILED,
    input="execute",
    steps=(
        step("poem", kind="agent_call", executions=(POET,)),
        step("skip", "skipped", seconds=None),
        step(
            "page",
            "failed",
            error="HTTP 502 from GET http://shop/: <html><title>502 Bad Gateway</title>" + "<p>" * 99,
        ),
        step("child", "failed", steps=(SHOUT,), error="task child/shout failed: x"),
    ),
    error="task child failed: x",
)


def shown(whole: InspectedExecution, one: InspectedStep | None = None, output: Output = Output.AUTO) -> str:
    screen = Screen()
    show_execution(screen.out_terminal, output, whole, one, NOW)
    return screen.out


def test_a_tree_looks_like_this() -> None:
    assert shown(WHOLE) == (GOLDEN / "tree.txt").read_text("utf-8")


def test_one_step_is_whole() -> None:
    page = next(each for each in WHOLE.steps if each.path == "page")
    assert "<p><p>" in shown(WHOLE, page)
    poem = shown(WHOLE, WHOLE.steps[0])
    assert poem.count("and so are you.") == 20
    assert "--task" not in poem


def test_one_that_runs_says_what_it_waits_for() -> None:
    wait = Waits(
        on="signal approve",
        text="waiting for the signal approve",
        hint="stigmer executions signal wex-01 approve",
        task="listen",
        seconds=None,
    )
    running = execution(
        TargetKind.WORKFLOW, "w", Phase.IN_PROGRESS, waits=(wait,), steps=(step("listen", "running"),)
    )
    assert shown(running).endswith(
        "⚙️ Task: listen [Running] 18.2s\n"
        "⏳ waiting for the signal approve\n"
        "   stigmer executions signal wex-01 approve\n"
    )


def test_programs_get_one_object_or_the_answer() -> None:
    whole = json.loads(shown(WHOLE, output=Output.JSON))
    assert whole["steps"][0]["executions"][0]["steps"][1]["kind"] == "sub_agent"
    assert json.loads(shown(WHOLE, SHOUT, Output.JSON))["path"] == "child/shout"
    assert shown(POET, output=Output.QUIET).startswith("The sea is wide,\nthe sea is blue.")
    assert shown(execution(TargetKind.WORKFLOW, "w", Phase.FAILED), output=Output.QUIET) == ""


def test_it_fits_a_narrow_terminal() -> None:
    screen = Screen()
    screen.out_terminal.interactive = True
    with mock.patch.dict(os.environ, COLUMNS="50", LINES="24"):
        show_execution(screen.out_terminal, Output.AUTO, WHOLE, None, NOW)
    assert [
        line for line in screen.out.splitlines() if cells(line) > 50 and "stigmer executions" not in line
    ] == []
    assert '        File "/home/ada/demo/main.py", line 9, in' in screen.out
