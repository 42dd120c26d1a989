"""What a newcomer does first: run the sample project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.world import World


@pytest.fixture(scope="module")
def sample(shared: World) -> Path:
    return shared.sample()


def test_the_workflow_runs_to_its_end_and_every_task_is_shown(shared: World, sample: Path) -> None:
    done = shared.run("run", "week-report", "-o", "json", cwd=sample)
    assert done.code == 0, done.text
    started = {event["task"] for event in done.named("task_started")}
    finished = {event["task"]: event["state"] for event in done.named("task_finished")}
    assert started == set(finished)
    assert set(finished.values()) == {"completed"}
    end = done.events[-1]
    assert (end["event"], end["outcome"]) == ("run_finished", "succeeded")
    assert end["totals"]["tasks"] == len(finished)
    assert json.loads(end["answer"])["revenue"] == 3337.4


def test_an_agent_answers(shared: World, sample: Path) -> None:
    order = '{"supplier": "Uji Tea House", "product": "Matcha", "amount": 40}'
    done = shared.run("run", "buyer", "-m", order, "-o", "json", cwd=sample)
    assert done.code == 0, done.text
    assert [event["role"] for event in done.named("message_started")] == ["human", "ai"]
    assert "please send us 40 x Matcha" in done.events[-1]["answer"]


def test_an_edit_of_the_data_counts_at_the_next_run(shared: World, sample: Path) -> None:
    stock = sample / "data" / "stock.json"
    known = stock.read_text()
    stock.write_text(known.replace('"weekly_target": 3200', '"weekly_target": 4000'))
    assert stock.read_text() != known
    done = shared.run("run", "week-report", "-o", "quiet", cwd=sample)
    stock.write_text(known)
    assert done.code == 0, done.text
    assert json.loads(done.out)["verdict"] == "662.60 short of 4000"


def test_in_memory_it_runs_without_a_daemon(world: World) -> None:
    done = world.run("run", "week-report", "--ephemeral", "-o", "quiet", cwd=world.sample())
    assert done.code == 0, done.text
    assert world.daemon_pid() is None
    assert not world.data.exists()
    world.nothing_is_left()


def test_standard_output_is_the_answer_only_so_that_it_can_be_piped(shared: World, sample: Path) -> None:
    done = shared.run("run", "buyer", "-m", "-", "-o", "quiet", cwd=sample, stdin="A crate of lemons")
    assert done.code == 0, done.text
    assert "A crate of lemons" in done.out
    assert len(done.out.splitlines()) == 1


def test_without_a_name_a_terminal_asks(shared: World, sample: Path) -> None:
    terminal = shared.terminal("run", "-o", "plain", cwd=sample)
    terminal.expect("Select resource to run")
    for label in ("host", "buyer", "week-report"):
        terminal.expect(label)
    terminal.sendintr()
    terminal.expect("Selection cancelled")
    terminal.read()
    terminal.wait()
    assert terminal.exitstatus == 130
