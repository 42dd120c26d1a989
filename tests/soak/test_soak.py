"""A short soak; `make soak` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.soak import Setting, soak

EDITS = 20
SEEDS = (2, 3)  # the second one in a queue


@pytest.mark.skipif(not Path("/proc/self/fdinfo").is_dir(), reason="only /proc tells what a process holds")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_few_edits_are_seen_once_and_leave_nothing_behind(seed: int) -> None:
    result = soak(Setting(edits=EDITS, seed=seed))
    assert result.judge.runs
    assert result.judge.losses.all
