"""The short form of `make starts`."""

from __future__ import annotations

from tests.starts.starts import perform

STARTS = 24


def test_a_loop_that_starts_gets_to_work() -> None:
    tally = perform(STARTS, at_once=2, busy_processes=2, seed=1)
    assert tally.deaths == []
    assert tally.starts == STARTS
    assert tally.cleaned
