"""A branch that loses a race has not failed: in every form of the output it was cancelled, and why."""

from __future__ import annotations

import json

from tests.support.world import World

PROGRAM = """
from stigmer import Workflow

race = Workflow("race")
with race.fork("first", compete=True) as first:
    with first.branch("slow"):
        race.wait("nap", 600)
    with first.branch("quick"):
        race.set("now", done=True)
"""


def test_the_loser_is_cancelled_in_all_words(shared: World) -> None:
    project = shared.project(PROGRAM, name="race")
    plain = shared.run("run", cwd=project)
    assert plain.code == 0, plain.text
    assert "⊘ Task: first/slow/nap [Cancelled]" in plain.out
    assert "lost the race to quick" in plain.out
    assert "Cancelled: 1" in plain.out
    assert "Failed" not in plain.text
    events = shared.run("run", "-o", "json", cwd=project)
    [lost] = [each for each in events.named("task_finished") if each["task"] == "first/slow/nap"]
    assert (lost["state"], lost["error"]) == ("cancelled", "lost the race to quick")
    [end] = events.named("run_finished")
    assert (end["totals"]["failed"], end["totals"]["cancelled"]) == (0, 1)
    shown = shared.run("executions", "show", end["execution"])
    assert "⊘ Task: first/slow/nap [Cancelled]" in shown.out
    assert "lost the race to quick" in shown.out
    assert "Failed" not in shown.out
    [step] = [
        inner
        for fork in json.loads(shared.run("executions", "show", end["execution"], "-o", "json").out)["steps"]
        for inner in fork["steps"]
        if inner["name"] == "nap"
    ]
    assert step["state"] == "cancelled"


def test_in_a_terminal(shared: World) -> None:
    screen = shared.terminal("run", cwd=shared.project(PROGRAM, name="live"))
    screen.expect(r"nap \[Cancelled\]")
    screen.expect("Done!")
    screen.expect("Cancelled: 1")
    screen.wait()
    assert screen.exitstatus == 0
