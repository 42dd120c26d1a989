"""A few faults of each kind; `make faults` is the long form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.faults.archives import skill_archives
from tests.faults.disks import full_disks
from tests.faults.escapes import terminal_escapes
from tests.faults.figure import Figure
from tests.faults.helpers import helper_kills
from tests.faults.kills import backend_kills
from tests.faults.planted import planted_secrets
from tests.faults.sandbox import jq_sandbox
from tests.faults.starts import parallel_starts

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only /proc tells what is left")

PARTS: dict[str, Callable[[], Figure]] = {
    "kills of the backend": lambda: backend_kills(2, Random(1)),
    "kills of helpers": lambda: helper_kills(4, Random(1)),
    "planted secrets": lambda: planted_secrets(Random(1)),
    "full disks": lambda: full_disks(1, Random(1)),
    "starts at once": lambda: parallel_starts(6),
    "terminal escapes": terminal_escapes,
    "jq programs": jq_sandbox,
    "skill archives": skill_archives,
}


@pytest.mark.parametrize("part", PARTS)
def test_nothing_is_violated(part: str) -> None:
    figure = PARTS[part]()
    if figure.skipped:
        pytest.skip(figure.line)
    assert not figure.violations, str(figure)
