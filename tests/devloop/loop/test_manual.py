"""With --on-change manual, changes are collected, and run when somebody asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from devloop.changes.digest import FileState
from devloop.loop.events import (
    Cause,
    ChangesCollected,
    ChangeSeen,
    EditBroken,
    EditMended,
    EditNoticed,
    LoopEvent,
    NotAffected,
    RunStarted,
    StormPaused,
    WatchReady,
)
from devloop.loop.reactions import Reactions
from runcmd.events import ExecutionCreated, RunFinished, TargetKind
from runcmd.pipeline import Connect
from runcmd.project import OnChange
from tests.devloop.loop.edits import Editing, editing, ends, goes_on
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import says
from tests.support.weak_server import WeakServer

MANUAL = OnChange.MANUAL


def collected(loop: Editing) -> list[tuple[str, ...]]:
    return [event.changed for event in loop.screen.all(ChangesCollected)]


async def test_changes_are_collected_and_r_runs_them(server: WeakServer) -> None:
    ends(server)
    async with editing(server, on_change=MANUAL) as loop:
        await loop.until(WatchReady)
        loop.edit(main="two")
        await loop.until(ChangesCollected)
        loop.edit(other="two")
        await loop.until(ChangesCollected)
        assert collected(loop) == [("main",), ("main", "other")]
        assert all(event.held and event.collected for event in loop.screen.all(ChangeSeen))
        assert len(loop.discovered) == 1, "no program runs before"
        loop.press("r")
        started = await loop.until(RunStarted, gen=2)
        assert (started.cause, started.changed) == (Cause.REQUEST, ("main", "other"))
        await loop.until(WatchReady)
        loop.edit(main="three")
        await loop.until(ChangesCollected)
        assert collected(loop)[2:] == [("main",)], "what has run is not collected any more"
        assert not loop.screen.all(EditNoticed)


async def test_a_new_file_is_said_when_it_has_settled(server: WeakServer) -> None:
    ends(server)
    async with editing(server, on_change=MANUAL) as loop:
        await loop.until(WatchReady)
        loop.change_early(draft="two")
        assert not collected(loop)
        loop.edit()
        await loop.until(ChangesCollected)
        assert collected(loop) == [("draft",)]


async def test_each_save_is_said_early_and_once(server: WeakServer) -> None:
    ends(server)
    async with editing(server, on_change=MANUAL) as loop:
        await loop.until(WatchReady)
        loop.change_early(main="two")
        await loop.until(ChangesCollected)
        loop.edit()
        await loop.until(ChangeSeen)
        assert collected(loop) == [("main",)]
        loop.edit(main="three")
        await loop.until(ChangeSeen)
        assert collected(loop) == [("main",), ("main",)]


async def test_what_is_undone_is_said_too(server: WeakServer) -> None:
    ends(server)
    async with editing(server, on_change=MANUAL) as loop:
        await loop.until(WatchReady)
        for text in ("two", "one"):
            loop.edit(main=text)
            await loop.until(ChangesCollected)
        assert collected(loop) == [("main",), ()]


async def test_r_takes_the_place_of_what_runs(server: WeakServer) -> None:
    goes_on(server)
    async with editing(server, on_change=MANUAL) as loop:
        await loop.until(ExecutionCreated)
        loop.edit(main="two")
        await loop.until(ChangesCollected)
        loop.press("r")
        await loop.until(RunFinished)
        assert (await loop.until(RunStarted)).changed == ("main",)


async def test_a_broken_version_is_collected_again_once_it_is_mended(server: WeakServer) -> None:
    ends(server)
    async with editing(server, on_change=MANUAL) as loop:
        await loop.until(WatchReady)
        loop.edit(main="broken")
        await loop.until(ChangesCollected)
        loop.press("r")
        await loop.until(EditBroken)
        loop.edit(main="two")
        await loop.until(ChangesCollected)
        loop.press("r")
        await loop.until(EditMended)
        assert (await loop.until(RunStarted)).run == 2


async def test_a_pause_collects_quietly_and_ends_without_a_run(server: WeakServer) -> None:
    ends(server)
    async with editing(server, on_change=MANUAL) as loop:
        await loop.until(WatchReady)
        loop.press("p")
        loop.edit(main="two")
        assert not (await loop.until(ChangeSeen)).collected
        loop.press("p")
        loop.edit(other="two")
        await loop.until(ChangesCollected)
        assert collected(loop) == [("main", "other")]
        assert len(loop.screen.all(RunStarted)) == 1


async def test_stigmer_yaml_can_say_it_and_take_it_back(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, says("one"), yaml="watch: {on_change: manual}\n") as hands:
        await hands.until(WatchReady)
        hands.edit(says("two"))
        await hands.until(ChangesCollected, changed=("main.py",))
        hands.edit("name: demo\nruntime: python\n", "Stigmer.yaml")
        await hands.until(ChangesCollected)
        hands.loop.press("r")
        await hands.until(RunFinished)
        await hands.until(WatchReady)
        hands.edit(says("three"))
        assert (await hands.until(RunStarted)).cause is Cause.CHANGE
        assert not hands.screen.all(StormPaused)


def said(reactions: Reactions, text: str, now: float, *, early: bool) -> bool:
    files = {"main.py": FileState(text.encode(), ())}
    return bool(reactions.collected(1, files, ["main.py"], now, keys=True, early=early))


def test_of_a_burst_the_first_save_is_said_early_and_what_settles() -> None:
    reactions = Reactions()
    assert said(reactions, "a", 10.0, early=True)
    assert not said(reactions, "a", 10.1, early=False)
    assert not said(reactions, "b", 10.2, early=True)
    assert said(reactions, "b", 10.3, early=False)
    assert said(reactions, "c", 20.0, early=True)


@pytest.mark.parametrize(
    "event",
    [
        EditBroken(gen=2, error="it is broken"),
        NotAffected(gen=2, kind=TargetKind.AGENT, name="a", changed=(), applied=0, total=1),
    ],
)
def test_once_something_came_of_a_save_the_next_one_is_said_early(event: LoopEvent) -> None:
    reactions = Reactions()
    assert said(reactions, "a", 10.0, early=True)
    reactions.before(event)
    assert said(reactions, "b", 10.1, early=True)
