"""A few edits of two targets; `make soak` makes many."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.soak.targets import MODES, TARGETS, Content, TargetsEditor, TargetsJudge, soak_targets


@pytest.mark.parametrize("seed", range(len(MODES)))
def test_a_few_edits_of_two_targets_run_what_they_affect(seed: int) -> None:
    assert "0 doubled" in soak_targets(edits=10, seed=seed)


class Told:
    """A judge of a loop that does as it is told."""

    def __init__(self, root: Path) -> None:
        self.editor = TargetsEditor(root, Random(1))
        self.judge = TargetsJudge(self.editor, "restart")
        for target in TARGETS:
            self.run(1, target, self.editor.now.of(target))
        assert (self.judge.quiet, self.judge.faults) == (True, [])

    def tell(self, name: str, **more: Any) -> None:
        at = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="microseconds")
        self.judge.hear({"event": name, "at": at, **more})

    def run(self, gen: int, target: str, answer: Content) -> None:
        self.tell("run_started", gen=gen, target=target)
        text = json.dumps({"text": "|".join(answer)})
        self.tell("run_finished", gen=gen, target=target, outcome="succeeded", answer=text)
        self.tell("watch_ready")


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def test_the_judge_lets_pass_what_is_right(told: Told) -> None:
    told.editor.both()
    assert not told.judge.quiet
    for target in TARGETS:
        told.run(2, target, told.editor.now.of(target))
    assert (told.judge.quiet, told.judge.faults) == (True, [])


def test_a_run_of_the_one_that_is_not_affected_is_doubled(told: Told) -> None:
    told.run(2, "left", told.editor.now.of("left"))
    assert told.judge.faults == [f"doubled: left {told.editor.now.of('left')}"]


def test_what_was_on_disk_before_is_stale(told: Told) -> None:
    told.run(2, "right", ("never", "0"))
    assert "stale: right" in told.judge.faults[0]


def test_two_runs_of_a_target_at_once_are_one_too_many(told: Told) -> None:
    told.editor.both()
    told.tell("run_started", gen=2, target="left")
    told.tell("run_started", gen=2, target="right")
    assert told.judge.faults == []
    told.tell("run_started", gen=3, target="left")
    assert "left runs beside" in told.judge.faults[0]


def test_what_is_left_behind_is_told(told: Told) -> None:
    told.tell("watch_finished", left=["wex-1"])
    assert "left behind" in told.judge.faults[0]
