"""The tables of `stigmer apply`."""

from __future__ import annotations

from devloop.render.choose import apply_renderer
from devloop.render.output import Output
from devloop.render.table import aligned
from devloop.terminal.cells import cells
from runcmd.events import (
    Action,
    AppliedChange,
    Event,
    Outcome,
    ResourceApplied,
    ResourcePlanned,
    RunFinished,
    SynthesisFinished,
    TargetKind,
)
from tests.devloop.render.screens import Screen

DONE = RunFinished(outcome=Outcome.SUCCEEDED, exit_code=0)
APPLIED: list[Event] = [
    SynthesisFinished(agents=1, workflows=1, seconds=0.1),
    ResourceApplied(
        kind=TargetKind.AGENT, name="reviewer", slug="reviewer", id="agt-01", change=AppliedChange.CREATED
    ),
    ResourceApplied(
        kind=TargetKind.WORKFLOW, name="sync", slug="sync", id="wfl-01", change=AppliedChange.UNCHANGED
    ),
]


def shown(events: list[Event], output: Output = Output.AUTO, encoding: str = "utf-8") -> Screen:
    screen = Screen(encoding)
    renderer = apply_renderer(output, screen.out_terminal, screen.err_terminal)
    for event in events:
        renderer.show(event)
    renderer.close()
    return screen


def test_what_was_deployed() -> None:
    assert shown([*APPLIED, DONE]).out == (
        "✓ Manifest loaded: 2 resource(s) discovered\n"
        "\n"
        "TYPE       NAME       STATUS        ID\n"
        "Agent      reviewer   ✓ Created     agt-01\n"
        "Workflow   sync       ✓ Unchanged   wfl-01\n"
        "\n"
        "✓ Deployment successful\n"
    )


def test_what_would_be_deployed() -> None:
    planned = ResourcePlanned(kind=TargetKind.AGENT, name="reviewer", action=Action.UPDATE)
    assert shown([planned, DONE], encoding="ascii").out == (
        "\nTYPE    NAME       ACTION\nAgent   reviewer   Update\n\nDry run successful\n"
    )


def test_what_was_deployed_before_it_broke_off() -> None:
    screen = shown([*APPLIED, RunFinished(outcome=Outcome.ERROR, exit_code=4, error="refused")])
    assert "Agent      reviewer   ✓ Created     agt-01\n" in screen.out
    assert "successful" not in screen.out
    assert screen.err == "Error: refused\n"


def test_quiet_is_silent_unless_it_fails() -> None:
    assert shown([*APPLIED, DONE], Output.QUIET).out == ""
    failed = shown([RunFinished(outcome=Outcome.ERROR, exit_code=4, error="refused")], Output.QUIET)
    assert failed.err == "Error: refused\n"


def test_columns_stand_below_each_other_whatever_the_width_of_a_sign() -> None:
    rows = aligned([("NAME", "ID"), ("海の詩", "1"), ("poet", "2"), ("e\u0301", "3")])
    assert {cells(row[:-1].removesuffix("I")) for row in rows} == {cells("海の詩") + 3}
