"""Does the judge see what is wrong when the backend is lost?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.soak.executions import Execution, faults_of
from tests.soak.losses import ATTEMPTS
from tests.soak.story import START, B, C, Story


@pytest.fixture
def story() -> Story:
    """A run of B is under way."""
    story = Story()
    story.save(B)
    story.see(2, "a")
    story.begin(2, B)
    return story


def test_a_run_that_outlives_a_loss_is_all_right(story: Story) -> None:
    story.lose()
    story.tell("reconnecting", 2)
    story.end(2, "succeeded", B)
    story.tell("watch_ready", 2)
    assert not story.faults()
    assert not story.judge.unquiet()


def test_a_run_that_is_lost_for_good_runs_once_more(story: Story) -> None:
    story.lose(20)
    story.lose_sight(2)
    assert "the last run did not succeed" in story.judge.unquiet()
    story.tell("backend_lost", 3)
    story.tell("leftover_cancelled", 3, execution="wex-2", outcome="confirmed")
    story.tell("backend_back", 3)
    story.run(3, B, cause="backend")
    story.tell("watch_ready", 3)
    assert not story.faults()
    assert not story.judge.unquiet()
    story.run(4, B)
    assert "doubled: the run of generation 3" in story.faults()


def test_a_run_that_is_lost_without_a_loss(story: Story) -> None:
    story.lose_sight(2)
    assert "it ended as error" in story.faults()


def test_a_run_that_fails_otherwise_during_a_loss(story: Story) -> None:
    story.lose()
    story.end(2, "error", exit_code=1)
    assert "it ended as error" in story.faults()


def test_a_run_with_the_backend_as_its_cause_although_none_was_lost(story: Story) -> None:
    story.end(2, "succeeded", B)
    story.run(3, B, cause="backend")
    assert "its cause is backend" in story.faults()


def test_what_was_lost_is_affected_by_anything(story: Story) -> None:
    story.lose(20)
    story.lose_sight(2)
    story.tell("not_affected", 3)
    assert "it is affected" in story.faults()


def test_a_loss_that_nobody_made(story: Story) -> None:
    story.tell("backend_lost", 2)
    assert "it was not lost" in story.faults()


def test_a_loss_is_said_once(story: Story) -> None:
    story.lose(1)
    story.tell("backend_lost", 3)
    assert not story.faults()
    story.tell("backend_lost", 3)
    assert "it is said to be lost a second time" in story.faults()


def test_a_loss_that_is_over_is_not_said_again(story: Story) -> None:
    story.lose(1)
    story.tell("backend_lost", 3)
    story.wait()
    story.tell("backend_back", 3)
    story.tell("backend_lost", 3)
    assert "it was not lost" in story.faults()


def test_back_without_having_been_away(story: Story) -> None:
    story.tell("backend_back", 2)
    assert "nobody said that it was lost" in story.faults()


def test_a_run_begins_only_when_it_is_back(story: Story) -> None:
    story.lose(20)
    story.lose_sight(2)
    story.tell("backend_lost", 3)
    story.run(3, B, cause="backend")
    assert "it begins although the backend is said to be lost" in story.faults()


def test_a_flood_of_attempts(story: Story) -> None:
    story.lose(1)
    for _ in range(ATTEMPTS):
        story.tell("reconnecting", 2)
    assert not story.faults()
    story.tell("reconnecting", 2)
    assert f"it reconnects {ATTEMPTS + 1} times for 1 losses" in story.faults()


def test_a_run_that_reconnects_for_nothing(story: Story) -> None:
    story.tell("reconnecting", 2)
    assert "it reconnects 1 times for 0 losses" in story.faults()


@pytest.mark.parametrize(("lost", "fault"), [(True, ""), (False, "it ended as detached")])
def test_a_run_that_cannot_be_cancelled(story: Story, lost: bool, fault: str) -> None:
    story.save(C)
    story.see(3, "b")
    story.tell("run_superseded", 2, by=3)
    if lost:
        story.lose()
    story.end(2, "detached")
    assert fault in story.faults()
    assert bool(story.faults()) is not lost


def test_what_was_not_left_over_is_not_cancelled(story: Story) -> None:
    story.lose()
    story.end(2, "succeeded", B)
    story.tell("leftover_cancelled", 3, execution="wex-2", outcome="confirmed")
    assert "it was not left over: wex-2" in story.faults()


def test_what_is_left_over_has_to_end(story: Story) -> None:
    story.lose(20)
    story.lose_sight(2)
    story.tell("leftover_cancelled", 3, execution="wex-2", outcome="still_running")
    assert "wex-2 is still_running" in story.faults()


# -- executions --------------------------------------------------------------------------------------


def execution(number: int, **otherwise: Any) -> Execution:
    """One second each, one after the other."""
    usual = {"id": f"wex-{number}", "variables": "X=1", "over": True}
    times = {"began": START + 100 + number, "ended": START + 101 + number}
    return Execution(**{**usual, **times, **otherwise})


@pytest.mark.parametrize(
    ("second", "fault"),
    [
        ({}, ""),
        ({"over": False}, "wex-2 is still alive"),
        ({"variables": "X=2"}, "wex-2 of generation 2 got X=2, not one of ['X=1']"),
        ({"began": START + 101.5}, "wex-2 began before wex-1 had ended"),
        ({"id": "wex-9"}, "wex-9 was never told"),
        ({"id": "wex-9"}, "wex-2 is unknown to the backend"),
    ],
)
def test_executions(story: Story, second: dict[str, Any], fault: str) -> None:
    faults = faults_of([execution(1), execution(2, **second)], story.judge)
    assert fault in "\n".join(faults)
    assert bool(faults) is bool(second)


def test_an_execution_whose_answer_was_lost_may_be_untold(story: Story) -> None:
    story.lose()
    (loss,) = story.judge.losses.all
    found = [execution(1), execution(2)]
    assert not faults_of([*found, execution(9, began=loss.at, ended=loss.at + 0.1)], story.judge)
    assert faults_of([*found, execution(9)], story.judge) == ["wex-9 was never told"]
