"""What is said at once: of a save, of a change that waits, of an edit that mends the last one."""

from __future__ import annotations

from pathlib import Path

import pytest

from devloop.loop.events import (
    ChangeSeen,
    EditBroken,
    EditMended,
    EditNoticed,
    LoopEvent,
    NotAffected,
    RunQueued,
    RunStarted,
    TargetMissing,
    WatchReady,
)
from devloop.loop.reactions import AGAIN_SECONDS, Reactions
from runcmd.events import ExecutionCreated, RunFinished, TargetKind
from runcmd.pipeline import Connect
from runcmd.project import OnChange
from tests.devloop.loop.edits import Editing, editing, ends, goes_on
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import says
from tests.support.weak_server import WeakServer

UNAFFECTED = NotAffected(gen=2, kind=TargetKind.AGENT, name="a", changed=(), applied=0, total=1)
MISSING = TargetMissing(gen=2, kind=TargetKind.AGENT, name="a", applied=0, total=1)
BROKEN = EditBroken(gen=2, error="it is broken")


def kinds(loop: Editing, *wanted: type[LoopEvent]) -> list[type[LoopEvent]]:
    return [type(event) for _, event in loop.screen.seen if isinstance(event, wanted)]


async def test_a_save_is_noticed_once_before_it_settles(server: WeakServer) -> None:
    ends(server)
    async with editing(server) as loop:
        await loop.until(WatchReady)
        loop.change_early(main="two")
        assert (await loop.until(EditNoticed)) == EditNoticed(gen=2, changed=("main",))
        loop.edit()
        await loop.until(RunStarted)
        assert kinds(loop, EditNoticed, ChangeSeen) == [EditNoticed, ChangeSeen]


async def test_the_draft_that_an_editor_writes_first_is_not_named(server: WeakServer) -> None:
    ends(server)
    async with editing(server) as loop:
        await loop.until(WatchReady)
        loop.change_early(draft="two")
        loop.change_early(main="two")
        assert (await loop.until(EditNoticed)).changed == ("main",)


async def test_a_change_that_nobody_saw_early_is_noticed_when_it_has_settled(server: WeakServer) -> None:
    ends(server)
    async with editing(server) as loop:
        await loop.until(WatchReady)
        for text in ("two", "three"):
            loop.edit(main=text)
            await loop.until(RunStarted)
            await loop.until(WatchReady)
        assert (
            kinds(loop, EditNoticed, ChangeSeen, RunStarted)[1:] == [EditNoticed, ChangeSeen, RunStarted] * 2
        )


async def test_nothing_is_noticed_during_a_pause(server: WeakServer) -> None:
    ends(server)
    async with editing(server) as loop:
        await loop.until(WatchReady)
        loop.press("p")
        loop.change_early(main="two")
        loop.edit()
        assert (await loop.until(ChangeSeen)).held
        assert not loop.screen.all(EditNoticed)


async def test_a_change_that_waits_says_for_what(server: WeakServer) -> None:
    goes_on(server)
    async with editing(server, on_change=OnChange.QUEUE) as loop:
        await loop.until(ExecutionCreated)
        loop.edit(main="two")
        assert await loop.until(RunQueued) == RunQueued(gen=2, changed=("main",), behind=1, target="main")
        loop.edit(main="two", more="one")
        assert set((await loop.until(RunQueued, gen=3, behind=1)).changed) == {"main", "more"}
        loop.press("c")
        await loop.until(RunFinished)
        assert (await loop.until(RunStarted)).gen == 3


async def test_a_change_that_makes_no_difference_does_not_wait(server: WeakServer) -> None:
    goes_on(server)
    async with editing(server, on_change=OnChange.QUEUE) as loop:
        await loop.until(ExecutionCreated)
        loop.edit(other="two")
        await loop.until(NotAffected)
        assert not loop.screen.all(RunQueued)


async def test_mending_a_broken_edit_is_said_before_the_run(server: WeakServer) -> None:
    ends(server)
    async with editing(server) as loop:
        await loop.until(WatchReady)
        for text in ("broken", "two", "three"):
            loop.edit(main=text)
            await loop.until(WatchReady)
        assert kinds(loop, EditBroken, EditMended, RunStarted) == [
            RunStarted,
            EditBroken,
            EditMended,
            RunStarted,
            RunStarted,
        ]
        assert loop.screen.all(EditMended) == [EditMended(gen=3, name="main.py")]


async def test_undoing_a_broken_edit_mends_it_too(server: WeakServer) -> None:
    ends(server)
    async with editing(server) as loop:
        await loop.until(WatchReady)
        for text in ("broken", "one"):
            loop.edit(main=text)
            await loop.until(WatchReady)
        assert kinds(loop, EditBroken, EditMended, NotAffected) == [EditBroken, EditMended, NotAffected]


async def test_a_save_without_another_content_is_not_noticed(tmp_path: Path, connect: Connect) -> None:
    project, same = tmp_path / "project", tmp_path / "same.py"
    async with looping(project, connect, says("one")) as hands:
        await hands.until(WatchReady)
        same.write_text(says("one"))
        same.replace(project / "main.py")
        (project / "main.py").touch()
        hands.edit("a change", "notes.md")
        await hands.until(NotAffected)
        assert {each.changed for each in hands.screen.all(EditNoticed)} == {("notes.md",)}


def noticed(reactions: Reactions, *paths: str, now: float) -> list[tuple[str, ...]]:
    return [event.changed for event in reactions.noticed(2, paths, now)]


def test_of_a_burst_the_first_save_is_said_and_each_that_comes_a_second_later() -> None:
    reactions = Reactions()
    assert noticed(reactions, "a", now=10.0) == [("a",)]
    for at in range(1, 10):
        assert noticed(reactions, "a", f"b{at}", now=10.0 + at / 10) == []
    assert noticed(reactions, "a", "c", now=10.0 + AGAIN_SECONDS) == [("a", "c")]
    assert noticed(reactions, "c", now=30.0) == [], "it was said, and nothing has come of it yet"


@pytest.mark.parametrize("event", [UNAFFECTED, MISSING, BROKEN])
def test_a_save_after_something_came_of_the_last_one_is_said_at_once(event: LoopEvent) -> None:
    reactions = Reactions()
    assert noticed(reactions, "a", now=10.0) == [("a",)]
    assert not [*reactions.before(event)]
    assert noticed(reactions, "a", now=10.01) == [("a",)]


def test_what_was_broken_has_a_name() -> None:
    reactions = Reactions()
    for program, name in (("", "the project"), ("main.py", "main.py"), ("Stigmer.yaml", "Stigmer.yaml")):
        reactions.program = program
        reactions.before(BROKEN)
        reactions.before(BROKEN)
        reactions.program = "main.py"
        assert [*reactions.before(UNAFFECTED)] == [EditMended(gen=2, name=name)]
        assert [*reactions.before(UNAFFECTED)] == []
