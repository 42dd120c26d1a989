"""A short fuzz, with another seed each time; `make fuzz` is the long one."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from random import randrange

import pytest

from tests.attacks.raw import all_methods, path_of
from tests.fuzz.fuzz import REQUESTS, fuzz
from tests.fuzz.requests import Known, Requests


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only /proc tells what a process holds")
@pytest.mark.timeout(900)
def test_whatever_is_asked_gets_an_honest_answer_and_nothing_else_happens() -> None:
    seed = int(os.environ.get("FUZZ_SEED") or randrange(10**6))
    print(f"again with: make fuzz FUZZ_SEED={seed} FUZZ_REQUESTS={REQUESTS}")
    result = fuzz(REQUESTS, seed)
    print(result)
    assert not result.faults, "\n\n".join([str(result), *result.faults[:10]])
    assert result.codes.total() == REQUESTS
    assert result.codes["OK"] > REQUESTS / 5, "too few requests get far"


def test_a_seed_tells_all_that_is_sent() -> None:
    one, other = (Requests(7, Known(), "/canary") for _ in range(2))
    assert [one.make(number) for number in range(500)] == [other.make(number) for number in range(500)]
    assert one.make(1) != Requests(8, Known(), "/canary").make(1)


def test_every_method_is_asked_in_every_way() -> None:
    requests = Requests(1, Known(), "/canary")
    asked = Counter((made.path, made.way) for made in map(requests.make, range(12_000)))
    methods = {path_of(method) for method in all_methods()}
    for way in ("good", "hostile in one place", "hostile in places", "garbled"):
        assert {path for path, each in asked if each == way} == methods
    assert any(way == "unknown" for _, way in asked)
