"""Each of several runs that begin together has its block, unless one takes its time."""

from __future__ import annotations

from functools import partial

import anyio
import pytest

from devloop.render.blocks import PATIENCE_SECONDS, Blocks, RunOf

A, B, C = (1, "a"), (1, "b"), (1, "c")


class Written:
    """What was shown, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[str] = []
        self.blocks = Blocks(lambda: self.now)

    def say(self, run: RunOf, text: str, *, ends: bool = False) -> None:
        self.blocks.say(run, partial(self.lines.append, f"{run[1]}{text}"), ends=ends)


@pytest.fixture
def written() -> Written:
    return Written()


def test_a_block_is_shown_whole_and_then_the_next(written: Written) -> None:
    for run in (A, B, C):
        written.say(run, "1")
    written.say(B, "2", ends=True)
    written.say(A, "2")
    assert written.lines == ["a1", "a2"]
    written.say(A, "3", ends=True)
    assert written.lines == ["a1", "a2", "a3", "b1", "b2", "c1"]
    written.say(C, "2")
    assert written.lines[-1] == "c2", "it has a block of its own now"


def test_who_takes_its_time_has_no_block_any_more(written: Written) -> None:
    written.say(A, "1")
    written.say(B, "1")
    written.now = PATIENCE_SECONDS
    written.say(B, "2")
    assert written.lines == ["a1", "b1", "b2"]
    written.say(A, "2")
    written.say(B, "3", ends=True)
    written.say(A, "3", ends=True)
    assert written.lines[3:] == ["a2", "b3", "a3"]


def test_a_newer_generation_waits_for_no_older_one(written: Written) -> None:
    written.say(A, "1")
    written.say((2, "b"), "1")
    written.say((2, "a"), "1")
    assert written.lines == ["a1", "b1"]
    written.say(A, "2")
    assert written.lines[-1] == "a2"
    written.say((2, "b"), "2", ends=True)
    assert written.lines[-1] == "a1"


def test_the_end_of_the_loop_shows_all(written: Written) -> None:
    written.say(A, "1")
    written.say(B, "1")
    written.blocks.release()
    assert written.lines == ["a1", "b1"]


async def test_nobody_waits_for_who_says_nothing_more(written: Written) -> None:
    shown = anyio.Event()
    written.say(A, "1")
    written.blocks.say(B, shown.set)
    assert not shown.is_set()
    await shown.wait()


async def test_what_cannot_be_written_is_said_to_who_shows_the_next(written: Written) -> None:
    tried = anyio.Event()

    def gone() -> None:
        tried.set()
        raise BrokenPipeError

    written.say(A, "1")
    written.blocks.say(B, gone)
    await tried.wait()
    with pytest.raises(BrokenPipeError):
        written.say(A, "2")
