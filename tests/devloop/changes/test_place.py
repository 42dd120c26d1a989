"""The project's directory goes and comes back, is replaced, or is reached by a link that turns."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TypeVar

import anyio
import pytest

from devloop.changes.fingerprint import Change
from devloop.changes.place import PlaceBack, PlaceGone
from devloop.changes.settings import ChangeSettings
from devloop.watcher import WatchMode
from tests.devloop.changes.watched import Watched, git
from tests.support.files import exchange, turn
from tests.support.poll import PATIENCE_SECONDS, until

NEEDED = "Stigmer.yaml"
WATCHERS = [WatchMode.INOTIFY, WatchMode.WATCHFILES, WatchMode.SCAN]
News = TypeVar("News", PlaceGone, PlaceBack)


class Heard:
    """What is said about the place, in its order."""

    def __init__(self) -> None:
        self.all: list[PlaceGone | PlaceBack] = []
        self._more = anyio.Event()
        self._seen = 0

    def __call__(self, news: PlaceGone | PlaceBack) -> None:
        self.all.append(news)
        self._more.set()

    async def next(self, kind: type[News]) -> News:
        with anyio.fail_after(PATIENCE_SECONDS):
            while len(self.all) == self._seen:
                self._more = anyio.Event()
                await self._more.wait()
        news = self.all[self._seen]
        self._seen += 1
        assert isinstance(news, kind), self.all
        return news


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(params=WATCHERS)
def how(request: pytest.FixtureRequest) -> ChangeSettings:
    return ChangeSettings(needs=NEEDED, rescan_seconds=600, mode=request.param)


@pytest.fixture
def project(watched: Watched) -> Watched:
    watched.write(NEEDED, "name: demo")
    return watched


async def test_what_was_away_and_is_the_same_makes_no_change(
    project: Watched, how: ChangeSettings, heard: Heard
) -> None:
    away = project.root.with_name("away")
    async with project.watched(how, on_place=heard) as changes:
        project.root.rename(away)
        assert (await heard.next(PlaceGone)).missing == str(project.root)
        assert changes.gone
        away.rename(project.root)
        assert await heard.next(PlaceBack) == PlaceBack(
            place=str(project.root), target="", replaced=False, changed=False
        )
        assert not changes.gone
        await project.nothing_more()


async def test_what_changed_while_it_was_away_is_a_change(
    project: Watched, how: ChangeSettings, heard: Heard
) -> None:
    away = project.root.with_name("away")
    async with project.watched(how, on_place=heard):
        project.root.rename(away)
        await heard.next(PlaceGone)
        (away / "main.py").write_text("print(2)")
        away.rename(project.root)
        assert (await heard.next(PlaceBack)).changed
        assert await project.next() == Change(modified=("main.py",))
        await project.nothing_more()


async def test_deleted_and_made_again(project: Watched, how: ChangeSettings, heard: Heard) -> None:
    other = project.root.with_name("other")
    shutil.copytree(project.root, other)
    (other / "main.py").write_text("print(2)")
    async with project.watched(how, on_place=heard):
        shutil.rmtree(project.root)
        await heard.next(PlaceGone)
        other.rename(project.root)
        assert (await heard.next(PlaceBack)).replaced
        assert await project.next() == Change(modified=("main.py",))
        project.write("main.py", "print(3)")
        assert await project.next() == Change(modified=("main.py",))


async def test_with_all_that_is_above_it(watched: Watched, how: ChangeSettings, heard: Heard) -> None:
    deep = Watched(watched.root / "a" / "b" / "c")
    deep.write(NEEDED)
    deep.write("main.py", "print(1)")
    async with deep.watched(how, on_place=heard):
        shutil.rmtree(watched.root / "a")
        await heard.next(PlaceGone)
        deep.write(NEEDED)
        deep.write("main.py", "print(2)")
        await heard.next(PlaceBack)
        assert await deep.next() == Change(modified=("main.py",))


async def test_another_directory_takes_its_place(project: Watched, how: ChangeSettings, heard: Heard) -> None:
    other = project.root.with_name("other")
    shutil.copytree(project.root, other)
    (other / "main.py").write_text("print(2)")
    async with project.watched(how, on_place=heard):
        exchange(project.root, other)
        assert await heard.next(PlaceBack) == PlaceBack(
            place=str(project.root), target="", replaced=True, changed=True
        )
        assert await project.next() == Change(modified=("main.py",))
        project.write("main.py", "print(3)")
        assert await project.next() == Change(modified=("main.py",))


async def test_a_link_turns(project: Watched, how: ChangeSettings, heard: Heard, tmp_path: Path) -> None:
    other = project.root.with_name("other")
    shutil.copytree(project.root, other)
    (other / "main.py").write_text("print(2)")
    current = Watched(tmp_path / "current")
    current.root.symlink_to(project.root)
    async with current.watched(how, on_place=heard):
        turn(current.root, other)
        assert await heard.next(PlaceBack) == PlaceBack(
            place=str(current.root), target=str(other), replaced=True, changed=True
        )
        assert await current.next() == Change(modified=("main.py",))
        (other / "main.py").write_text("print(3)")
        assert await current.next() == Change(modified=("main.py",))


async def test_the_file_that_it_needs(project: Watched, how: ChangeSettings, heard: Heard) -> None:
    needed = project.root / NEEDED
    async with project.watched(how, on_place=heard):
        needed.rename(project.root / "elsewhere")
        assert (await heard.next(PlaceGone)).missing == str(needed)
        (project.root / "elsewhere").rename(needed)
        assert not (await heard.next(PlaceBack)).replaced
        await project.nothing_more()


@pytest.mark.parametrize("by_link", [False, True])
async def test_the_rules_of_the_other_directory_hold(project: Watched, heard: Heard, by_link: bool) -> None:
    """Those of its repository, too, and not those of the one that was there before."""
    first, second = project.root, project.root.with_name("second")
    for each in (first, second):
        each.mkdir(exist_ok=True)
        git(each, "init", "-q")
        (each / NEEDED).write_text("name: demo")
    (first / ".git/info/exclude").write_text("*.one\n")
    (second / ".git/info/exclude").write_text("*.two\n")
    shutil.copytree(first / "prompts", second / "prompts")
    shutil.copy(first / "main.py", second)
    current = Watched(project.root.with_name("current")) if by_link else project
    if by_link:
        current.root.symlink_to(first)
    async with current.watched(ChangeSettings(needs=NEEDED, rescan_seconds=600), on_place=heard):
        if by_link:
            turn(current.root, second)
        else:
            exchange(first, second)
        assert not (await heard.next(PlaceBack)).changed
        current.write("ignored.two")
        current.write("seen.one")
        assert await current.next() == Change(created=("seen.one",))


async def test_an_editor_that_moves_the_needed_file_away_first(project: Watched, heard: Heard) -> None:
    settings = ChangeSettings(needs=NEEDED, settle_seconds=0.4, rescan_seconds=600)
    async with project.watched(settings, on_place=heard) as changes:
        needed = project.root / NEEDED
        needed.rename(project.root / f"{NEEDED}~")
        awaited = (str(needed), "is gone: waiting in case it comes back")
        await until(lambda: awaited in [(each.path, each.reason) for each in changes.explanations])
        needed.write_text("name: other")
        assert await project.next() == Change(modified=(NEEDED,))
    assert heard.all == []


async def test_a_routine_scan_finds_what_no_event_reported(
    project: Watched, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    from devloop.changes.intake import EventIntake

    monkeypatch.setattr(EventIntake, "mark_dirty", lambda self, event: None)
    away = project.root.with_name("away")
    async with project.watched(ChangeSettings(needs=NEEDED, rescan_seconds=0.05), on_place=heard):
        project.root.rename(away)
        await heard.next(PlaceGone)
        away.rename(project.root)
        await heard.next(PlaceBack)


async def test_one_that_is_gone_when_the_watching_begins(project: Watched, heard: Heard) -> None:
    """As when it is watched anew; what it was before is what the files are compared with."""
    async with project.watched() as changes:
        before = changes.current
    away = project.root.with_name("away")
    project.root.rename(away)
    async with project.watched(ChangeSettings(needs=NEEDED), on_place=heard) as changes:
        await heard.next(PlaceGone)
        assert changes.gone
        changes.go_on_from(before)
        away.rename(project.root)
        assert not (await heard.next(PlaceBack)).changed
        await project.nothing_more()


async def test_it_is_not_scanned_while_it_is_away(
    project: Watched, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when a routine scan is due, nor when somebody asks for one."""
    away = project.root.with_name("away")
    async with project.watched(ChangeSettings(needs=NEEDED, rescan_seconds=600), on_place=heard) as changes:
        known = changes.current
        project.root.rename(away)
        await heard.next(PlaceGone)
        detector = changes._detector

        async def take(*_: object, **__: object) -> None:
            raise AssertionError("it is scanned")

        monkeypatch.setattr(detector.scope, "take", take)
        assert await detector._rescan() == 0
        assert not await changes.scan_now()
        assert changes.current is known
