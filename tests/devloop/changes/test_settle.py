"""When a batch has come to rest, and what is learned from it."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devloop.changes.settle import (
    IN_ALL_SECONDS,
    LONGEST_SECONDS,
    MARGIN,
    MOST_UNPROVEN,
    SHORTEST_SECONDS,
    START_SECONDS,
    Settle,
)

# Moments of raw events, and those at which a batch is taken for complete; milliseconds.
TABLE = {
    "nothing": ([], []),
    "one event": ([0], [25]),
    "a save of several calls": ([0, 3, 10], [35]),
    "two saves": ([0, 5000], [25, 5012.5]),
    "the second one is due sooner": ([0, 3000, 6000, 9000], [25, 3012.5, 6010, 9010]),
    "a formatter after each save": ([0, 200, 5000, 5200, 9000, 9200], [25, 212.5, 5450, 9450]),
    "a formatter that went away": ([0, 100, 5000, 8000, 11000], [25, 112.5, 5125, 8012.5, 11010]),
    "somebody who types fast": ([0, 900], [25, 912.5]),
    "no rest at all": (list(range(0, 3000, 20)), [2000, 3005]),
}


@pytest.mark.parametrize(("events", "ends"), TABLE.values(), ids=TABLE.keys())
def test_when_it_ends(events: list[float], ends: list[float]) -> None:
    assert played(Settle(), events) == ends


def test_a_fixed_wait_learns_nothing() -> None:
    settle = Settle(0.05)
    assert played(settle, [0, 100, 200, 5000]) == [50, 150, 250, 5050]
    assert settle.quiet == 0.05


def test_a_fixed_wait_may_be_longer_than_all_that_is_learned() -> None:
    assert played(Settle(5), [0, 4000]) == [5000]


def test_nothing_is_learned_from_what_made_no_difference() -> None:
    settle = Settle()
    for moment in (0.0, 0.2, 0.4):
        settle.event(moment)
        settle.ended(counted=False)
    assert settle.quiet == START_SECONDS


def test_a_batch_without_an_event() -> None:
    settle = Settle()
    assert settle.remaining(7) == 0
    settle.begin(7)
    settle.begin(7.01)
    assert settle.remaining(7.01) == pytest.approx(START_SECONDS - 0.01)


def test_the_pause_before_a_batch_begins_with_the_last_event() -> None:
    settle = Settle()
    played(settle, [0, 20, 220])
    assert settle.quiet == pytest.approx(0.2 * MARGIN)


def test_a_longer_wait_that_helped_shrinks_slowly() -> None:
    settle = Settle()
    assert played(settle, [0, 200]) == [25, 212.5]
    assert settle.quiet == pytest.approx(0.25)
    assert played(settle, [5000, 5200]) == [5450]
    waits = []
    for save in range(2, 6):
        played(settle, [save * 5000])
        waits.append(round(settle.quiet, 6))
    assert waits == [0.125, 0.0625, 0.03125, 0.015625]


def test_a_longer_wait_that_did_not_help_is_taken_back() -> None:
    settle = Settle()
    played(settle, [0, 200, 5000])
    assert settle.quiet == START_SECONDS / 2  # as it was before the step up


def test_a_step_up_that_fails_is_tried_again_ever_later() -> None:
    """Each edit comes 200 ms after the batch before: no wait helps."""
    settle = Settle()
    steps = edits_until_steps_up(settle, 8)
    assert steps == [2, 4, 6, 10, 18, 34, 66, 66]


def test_a_step_up_that_helped_restores_trust() -> None:
    settle = Settle()
    edits_until_steps_up(settle, 3)
    played(settle, [1_000_000])  # the third was in vain, too
    for batch in range(100):
        played(settle, [2_000_000 + batch * 5000])
    for save in range(2):
        played(settle, [3_000_000 + save * 10_000, 3_000_200 + save * 10_000])
    assert settle.quiet > 0.2, "it was learned, and helped"
    for batch in range(10):
        played(settle, [4_000_000 + batch * 5000])
    assert edits_until_steps_up(settle, 2, start=5_000_000)[1] == 4, "as after the first failure"


def test_pauses_that_were_waited_out_are_no_reason_to_wait_longer() -> None:
    settle = Settle()
    assert played(settle, [0, 24]) == [49]
    assert settle.quiet == START_SECONDS


def test_the_longest_pause_counts_wherever_it_is() -> None:
    settle = Settle()
    played(settle, [0, 18, 20])
    assert settle.quiet == pytest.approx(0.018 * MARGIN)


@given(st.lists(st.floats(0, 3, allow_nan=False), max_size=60))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_bounds_hold_whatever_comes(pauses: list[float]) -> None:
    settle = Settle()
    events = [moment * 1000 for moment in accumulate(pauses)]
    done = batches(settle, events)
    assert SHORTEST_SECONDS <= settle.quiet <= LONGEST_SECONDS
    assert all(0 < end - first <= IN_ALL_SECONDS * 1000 + 0.01 for first, end in done)
    assert all(end <= first + 0.01 for (_, end), (first, _) in pairwise(done))
    assert bool(done) == bool(events)


@given(st.floats(0.03, LONGEST_SECONDS / 1.3))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_what_always_writes_twice_runs_once(pause: float) -> None:
    """From the second save on."""
    settle = Settle()
    for save in range(2):
        played(settle, [save * 10_000, save * 10_000 + pause * 1000])
    for save in range(2, 6):
        assert len(played(settle, [save * 10_000, save * 10_000 + pause * 1000])) == 1


@given(st.lists(st.floats(0, 1, allow_nan=False), min_size=1, max_size=30))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_calm_makes_it_quick_again(pauses: list[float]) -> None:
    settle = Settle()
    events = [moment * 1000 for moment in accumulate(pauses)]
    played(settle, events)
    played(settle, [events[-1] + 5000 * (save + 1) for save in range(10)])
    assert settle.quiet == SHORTEST_SECONDS


@given(st.floats(0, 0.9), st.integers(2, 200))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_who_waits_for_us_before_each_edit_is_not_made_to_wait(thought: float, edits: int) -> None:
    """Such as a coding agent, or a test: each edit comes a little after the batch before it was emitted."""
    settle = Settle()
    now, slow = 0.0, 0
    for _ in range(edits):
        slow += settle.quiet > START_SECONDS
        settle.event(now)
        now += settle.remaining(now)
        settle.ended(counted=True)
        now += thought
    assert slow <= edits.bit_length() + edits // 2**MOST_UNPROVEN


def edits_until_steps_up(settle: Settle, count: int, start: float = 0.0) -> list[int]:
    """After how many edits, each 200 ms after the batch before, the wait becomes longer, again and again."""
    found, now, edits = [], start / 1000, 0
    while len(found) < count:
        edits += 1
        before = settle.quiet
        settle.event(now)
        now += settle.remaining(now)
        settle.ended(counted=True)
        if settle.quiet > before:
            found.append(edits)
            edits = 0
        now += 0.2
    return found


def played(settle: Settle, events: list[float]) -> list[float]:
    """The ends of the batches, in milliseconds."""
    return [end for _, end in batches(settle, events)]


def batches(settle: Settle, events: list[float]) -> list[tuple[float, float]]:
    """The first event and the end of each."""
    done = []
    first = None
    for number, event in enumerate(events):
        settle.event(event / 1000)
        first = event if first is None else first
        coming = events[number + 1] if number + 1 < len(events) else float("inf")
        end = event + settle.remaining(event / 1000) * 1000
        if end <= coming:
            settle.ended(counted=True)
            done.append((first, round(end, 6)))
            first = None
    return done
