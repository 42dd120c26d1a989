"""A few renames of a target and edits of a library; `make soak` makes many."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.soak.names import OTHER, TARGET, NamesEditor, NamesJudge, soak_names


@pytest.mark.parametrize("seed", range(2))
def test_a_few_renames_and_edits_beside_the_project(seed: int) -> None:
    assert "0 doubled" in soak_names(edits=10, seed=seed)


class Told:
    """A judge of a loop that does as it is told."""

    def __init__(self, root: Path) -> None:
        self.editor = NamesEditor(root, Random(1))
        self.judge = NamesJudge(self.editor)
        self.run(1, "1")

    def tell(self, name: str, **more: Any) -> None:
        at = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="microseconds")
        self.judge.hear({"event": name, "at": at, **more})

    def run(self, gen: int, text: str) -> None:
        self.tell("run_started", gen=gen)
        self.tell("run_finished", gen=gen, outcome="succeeded", answer=json.dumps({"text": text}))
        self.tell("watch_ready")


@pytest.fixture
def told(tmp_path: Path) -> Told:
    (tmp_path / "project").mkdir()
    return Told(tmp_path / "project")


def test_the_judge_lets_pass_what_is_right(told: Told) -> None:
    told.editor._renamed()
    assert not told.judge.quiet
    told.tell("target_missing")
    assert told.judge.quiet and told.editor.now.name == OTHER
    told.editor._renamed()
    told.editor.new_text()
    assert not told.judge.quiet and told.editor.now.name == TARGET
    told.run(3, told.editor.now.text)
    assert (told.judge.quiet, told.judge.faults) == (True, [])


def test_what_was_never_there_is_stale(told: Told) -> None:
    told.run(2, "never")
    assert "stale: it said never" in told.judge.faults[0]
    told.tell("target_missing")
    assert "stale" in told.judge.faults[1]


def test_the_same_once_more_is_doubled(told: Told) -> None:
    told.run(2, "1")
    assert told.judge.faults == ["doubled: 1"]
