"""A short soak; `make soak` is the long one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.soak.soak import soak

EDITS = 40
SEED = 7


@pytest.mark.skipif(not Path("/proc/self/fdinfo").is_dir(), reason="only /proc tells what a process holds")
def test_forty_edits_are_seen_once_and_leave_nothing_behind() -> None:
    result = soak(int(os.environ.get("SOAK_EDITS", EDITS)), int(os.environ.get("SOAK_SEED", SEED)))
    assert result.judge.runs
