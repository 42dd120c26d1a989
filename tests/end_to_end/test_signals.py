"""`stigmer executions signal`: a workflow goes on with what it was sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runcmd.errors import EXIT_BACKEND, EXIT_FAILED
from tests.support.world import World

WAITS = """
from stigmer import Workflow

holiday = Workflow("holiday")
decision = holiday.listen("decision", "approved")
holiday.set("answer", said=decision["approved"])
"""


@pytest.fixture(scope="module")
def waits(shared: World) -> Path:
    return shared.project(WAITS, name="waits")


@pytest.mark.parametrize(
    ("typed", "said"),
    [(['{"by": "Ada"}'], {"by": "Ada"}), (["yes, go on"], "yes, go on"), (["3"], 3), ([], None)],
)
def test_a_signal_brings_json_or_text(shared: World, waits: Path, typed: list[str], said: object) -> None:
    running = shared.start("run", "-o", "json", cwd=waits)
    execution = running.event("execution_created")["execution"]
    sent = shared.run("executions", "signal", execution, "approved", *typed)
    assert sent.code == 0, sent.text
    assert sent.out.startswith(f"sent approved to {execution}, which ")
    (ended,) = running.end().named("run_finished")
    assert json.loads(ended["answer"]) == {"said": said}


def test_one_that_has_ended_takes_no_signal(shared: World, waits: Path) -> None:
    started = shared.run("run", "--no-follow", "-o", "json", cwd=waits)
    (execution,) = (event["execution"] for event in started.named("execution_created"))
    assert shared.run("executions", "cancel", execution).code == 0
    refused = shared.run("executions", "signal", execution, "approved")
    assert refused.code == EXIT_BACKEND
    assert "has ended" in refused.err


def test_an_execution_that_nobody_knows(shared: World, waits: Path) -> None:
    refused = shared.run("executions", "signal", "wex-01m84cnjeev9qcsc3v5yj6ehay", "approved")
    assert refused.code == EXIT_FAILED
    assert "wex-01m84cnjeev9qcsc3v5yj6ehay" in refused.err
