"""From raw events to changes that are settled, real, and emitted once."""

from __future__ import annotations

import os
import random
import shutil

import anyio
import pytest

from devloop.changes.bounds import Note
from devloop.changes.fingerprint import Change, Fingerprint, difference, take
from devloop.changes.scope import MOST_WARNINGS, WatchedFiles
from devloop.changes.settings import ChangeSettings
from devloop.changes.stream import Changes
from devloop.ignore import Ignore
from devloop.watcher import WatchMode
from tests.devloop.changes.saves import SAVES, Save, jetbrains, vim_renaming
from tests.devloop.changes.watched import Watched
from tests.support.poll import until

SLOW = ChangeSettings(settle_seconds=0.4, rescan_seconds=60)
SAFE = ChangeSettings(rescan_seconds=0.2)


@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
async def test_a_save_is_one_change(watched: Watched, save: Save) -> None:
    async with watched.watched(ChangeSettings(settle_seconds=0.06)):
        save(watched.root / "main.py", "print(2)")
        assert await watched.next() == Change(modified=("main.py",))
        save(watched.root / "main.py", "print(3)")
        assert await watched.next() == Change(modified=("main.py",))
        await watched.nothing_more()


@pytest.mark.parametrize("save", [vim_renaming, jetbrains], ids=lambda save: save.__name__)
async def test_a_save_is_one_change_without_events(watched: Watched, save: Save) -> None:
    async with watched.watched(ChangeSettings(mode=WatchMode.SCAN, settle_seconds=0.06)):
        save(watched.root / "main.py", "print(2)")
        assert await watched.next() == Change(modified=("main.py",))
        await watched.nothing_more()


@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
async def test_saving_the_same_is_none(watched: Watched, save: Save) -> None:
    async with watched.watched(ChangeSettings(settle_seconds=0.06)) as changes:
        save(watched.root / "main.py", "print(1)")
        await until(lambda: "its content did not change" in reasons(changes, "main.py"))
        await watched.nothing_more()


async def test_touch_and_chmod_are_none(watched: Watched) -> None:
    async with watched.watched() as changes:
        (watched.root / "main.py").touch()
        await until(lambda: "its content did not change" in reasons(changes, "main.py"))
        (watched.root / "main.py").chmod(0o755)
        await watched.nothing_more()


async def test_a_formatter_right_after_the_save(watched: Watched) -> None:
    async with watched.watched(SLOW):
        watched.write("main.py", "print( 2 )")
        await anyio.sleep(0.02)  # sleeps: a formatter takes a moment
        watched.write("main.py", "print(2)")
        assert await watched.next() == Change(modified=("main.py",))
        assert watched.read("main.py") == "print(2)"
        await watched.nothing_more()


async def test_what_vanishes_and_returns_was_never_away(watched: Watched) -> None:
    async with watched.watched(SLOW) as changes:
        main = watched.root / "main.py"
        main.unlink()
        await until(lambda: "the file is gone: waiting in case it comes back" in reasons(changes, "main.py"))
        main.write_text("print(1)")
        await watched.nothing_more()


async def test_what_vanishes_and_stays_away_is_deleted(watched: Watched) -> None:
    async with watched.watched():
        (watched.root / "main.py").unlink()
        assert await watched.next() == Change(deleted=("main.py",))
        watched.write("main.py", "print(1)")
        assert await watched.next() == Change(created=("main.py",))


async def test_same_size_and_times_at_once(watched: Watched) -> None:
    async with watched.watched():
        main = watched.root / "main.py"
        for number in range(2, 10):
            stat = main.stat()
            main.write_text(f"print({number})")
            os.utime(main, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            assert await watched.next() == Change(modified=("main.py",))


async def test_a_modification_time_in_the_past(watched: Watched) -> None:
    async with watched.watched():
        copy = watched.root.parent / "main.py"
        copy.write_text("print(2)")
        os.utime(copy, (1_600_000_000, 1_600_000_000))
        copy.replace(watched.root / "main.py")
        assert await watched.next() == Change(modified=("main.py",))


async def test_a_new_name(watched: Watched) -> None:
    async with watched.watched():
        (watched.root / "main.py").rename(watched.root / "Main.py")
        assert await watched.next() == Change(created=("Main.py",), deleted=("main.py",))
        await watched.nothing_more()


async def test_a_directory_moved_in_as_a_whole_and_out_again(watched: Watched) -> None:
    away = watched.root.parent / "away"
    for name in ("a.md", "deep/er/b.md"):
        (away / name).parent.mkdir(parents=True, exist_ok=True)
        (away / name).write_text("text")
    async with watched.watched():
        away.rename(watched.root / "texts")
        assert await watched.next() == Change(created=("texts/a.md", "texts/deep/er/b.md"))
        watched.write("texts/deep/er/b.md", "other")
        assert await watched.next() == Change(modified=("texts/deep/er/b.md",))
        (watched.root / "texts").rename(away)
        assert await watched.next() == Change(deleted=("texts/a.md", "texts/deep/er/b.md"))
        await watched.nothing_more()


async def test_the_first_file_of_a_new_directory(watched: Watched) -> None:
    async with watched.watched():
        for number in range(20):
            watched.write(f"new-{number}/a/b/c.md")
            assert await watched.next() == Change(created=(f"new-{number}/a/b/c.md",))


async def test_many_files_at_once(watched: Watched) -> None:
    away = watched.root.parent / "away"
    names = [f"many/{number // 100}/{number}.md" for number in range(10_000)]
    for name in names:
        place = away / name
        if not place.parent.exists():
            place.parent.mkdir(parents=True)
        place.write_text("text")
    async with watched.watched() as changes:
        (away / "many").rename(watched.root / "many")
        assert await watched.next() == Change(created=tuple(sorted(names)))
        assert changes.files == 10_002
        await watched.nothing_more()


async def test_many_files_one_after_the_other(watched: Watched) -> None:
    async with watched.watched():
        for number in range(3000):
            watched.write(f"many/{number % 30}/{number}.md")
        created: list[str] = []
        while len(created) < 3000:
            change = await watched.next()
            assert not change.modified and not change.deleted
            created += change.created
        assert len(set(created)) == 3000
        await watched.nothing_more()


async def test_a_link_to_another_place(watched: Watched) -> None:
    link = watched.root / "link.md"
    link.symlink_to("prompts/review.md")
    async with watched.watched():
        new = watched.root / "link.new"
        new.symlink_to("main.py")
        new.replace(link)
        assert await watched.next() == Change(modified=("link.md",))


async def test_a_directory_from_elsewhere(watched: Watched) -> None:
    shared = watched.root.parent / "shared"
    (shared / "deep").mkdir(parents=True)
    (shared / "deep/a.md").write_text("one")
    (watched.root / "shared").symlink_to(shared)
    async with watched.watched():
        (shared / "deep/a.md").write_text("two")
        assert await watched.next() == Change(modified=("shared/deep/a.md",))
        await watched.nothing_more()


async def test_a_project_behind_a_link(watched: Watched) -> None:
    link = watched.root.parent / "link"
    link.symlink_to(watched.root)
    async with Watched(link).watched() as changes:
        watched.write("main.py", "print(2)")
        with anyio.fail_after(10):
            assert await changes.next() == Change(modified=("main.py",))


async def test_a_lost_event_is_healed(watched: Watched) -> None:
    """A write through another name of the same file, from a directory that nobody watches."""
    other = watched.root.parent / "other.py"
    os.link(watched.root / "main.py", other)
    async with watched.watched(SAFE) as changes:
        other.write_text("print(2)")
        assert await watched.next() == Change(modified=("main.py",))
        if changes.watcher == "inotify":
            assert "it changed without an event; a routine scan found it" in reasons(changes, "main.py")
        await watched.nothing_more()


class TestIgnored:
    async def test_what_is_ignored_is_explained(self, watched: Watched) -> None:
        watched.write(".gitignore", "*.log\n")
        async with watched.watched() as changes:
            watched.write("run.log")
            await until(lambda: "ignored: .gitignore:1: *.log" in reasons(changes, "run.log"))
            await watched.nothing_more()

    async def test_what_is_ignored_from_now_on_was_not_deleted(self, watched: Watched) -> None:
        watched.write("run.log")
        async with watched.watched() as changes:
            watched.write(".gitignore", "*.log\n")
            assert await watched.next() == Change(created=(".gitignore",))
            assert "run.log" not in changes.current
            watched.write("run.log", "more")
            await watched.nothing_more()

    async def test_what_counts_from_now_on_is_watched(self, watched: Watched) -> None:
        watched.write(".gitignore", "build/\n")
        watched.write("build/deep/out.md")
        async with watched.watched():
            watched.write(".gitignore", "")
            assert await watched.next() == Change(("build/deep/out.md",), (".gitignore",))
            watched.write("build/deep/out.md", "other")
            assert await watched.next() == Change(modified=("build/deep/out.md",))
            await watched.nothing_more()

    async def test_rules_that_nobody_watches(self, watched: Watched) -> None:
        watched.git("init", "-q")
        watched.write("run.log")
        async with watched.watched(SAFE) as changes:
            (watched.root / ".git/info/exclude").write_text("*.log\n")
            await until(lambda: changes.files == 2)
            watched.write("run.log", "more")
            await watched.nothing_more()

    async def test_patterns_of_the_settings(self, watched: Watched) -> None:
        async with watched.watched(ChangeSettings(ignore=("prompts/",))) as changes:
            assert list(changes.current) == ["main.py"]
            watched.write("prompts/review.md", "Review that.")
            await watched.nothing_more()

    async def test_an_ignored_file_of_rules(self, watched: Watched) -> None:
        watched.write(".gitignore", ".gitignore\n")
        watched.write("run.log")
        async with watched.watched() as changes:
            watched.write(".gitignore", ".gitignore\n*.log\n")
            await until(lambda: changes.files == 2)
            await watched.nothing_more()

    async def test_rules_are_loaded_once_for_each_content(self, watched: Watched) -> None:
        scope = WatchedFiles(watched.root, ChangeSettings(), (), lambda path, reason: None)
        await scope.load()
        change = Change(created=(".gitignore",))
        watched.write(".gitignore", "*.log")
        one = await scope.take(None, None)
        assert [scope.rules_differ(change, one) for _ in range(2)] == [True, False]
        watched.write(".gitignore", "*.tmp")
        assert scope.rules_differ(change, await scope.take(None, None))

    async def test_of_many_lines_that_do_nothing_some_are_told(self, watched: Watched) -> None:
        watched.write(".gitignore", "[\n" * 2 * MOST_WARNINGS)
        notes: list[Note] = []
        async with watched.watched(on_note=notes.append):
            assert len(notes) == MOST_WARNINGS + 1
            assert notes[0].text == ".gitignore:1: a [ without ] matches nothing"
            assert notes[-1].text == "more lines of ignore files do nothing"


class TestExtra:
    async def test_a_file_outside(self, watched: Watched) -> None:
        env = watched.root.parent / "env" / "dev.env"
        env.parent.mkdir()
        async with watched.watched(extra=(env,)):
            env.write_text("A=1")
            assert await watched.next() == Change(created=("../env/dev.env",))
            (env.parent / "other").write_text("A=1")
            beside = env.with_suffix(".new")
            beside.write_text("A=2")
            beside.replace(env)
            assert await watched.next() == Change(modified=("../env/dev.env",))
            await watched.nothing_more()

    async def test_a_file_that_is_ignored(self, watched: Watched) -> None:
        watched.write(".gitignore", ".env\n")
        env = watched.write(".env", "A=1")
        async with watched.watched(extra=(env,)):
            env.write_text("A=2")
            assert await watched.next() == Change(modified=(".env",))
            watched.write(".gitignore", ".env\n*.log\n")
            assert await watched.next() == Change(modified=(".gitignore",))
            env.write_text("A=3")
            assert await watched.next() == Change(modified=(".env",))


class TestEmitting:
    async def test_what_happens_meanwhile_is_one_change(self, watched: Watched) -> None:
        async with watched.watched() as changes:
            watched.write("main.py", "print(2)")
            watched.write("other.py")
            await until(lambda: changes.files == 3)
            (watched.root / "other.py").unlink()
            watched.write("main.py", "print(3)")
            watched.write("new.py")
            watched.write("newer.py")
            await until(lambda: changes.files == 4)
            assert await watched.next() == Change(("new.py", "newer.py"), ("main.py",))
            await watched.nothing_more()

    async def test_what_has_not_settled_is_waited_for(self, watched: Watched) -> None:
        early: list[Fingerprint] = []
        async with watched.watched(SLOW, on_early_change=early.append) as changes:
            watched.write("new.py")
            await until(lambda: changes.files == 3)
            early.clear()
            watched.write("main.py", "print(2)")
            await until(lambda: bool(early))
            assert await watched.next() == Change(("new.py",), ("main.py",))

    async def test_what_was_undone_meanwhile_is_no_change(self, watched: Watched) -> None:
        async with watched.watched() as changes:
            watched.write("new.py")
            await until(lambda: changes.files == 3)
            (watched.root / "new.py").unlink()
            await until(lambda: changes.files == 2)
            await watched.nothing_more()

    async def test_what_a_scan_in_between_found_is_not_emitted_again(self, watched: Watched) -> None:
        early: list[Fingerprint] = []
        async with watched.watched(SLOW, on_early_change=early.append) as changes:
            watched.write("main.py", "print(2)")
            await until(lambda: bool(early))
            assert await changes.scan_now() == Change(modified=("main.py",))
            assert not await changes.scan_now()
            await watched.nothing_more()

    async def test_an_early_change_comes_at_once(self, watched: Watched) -> None:
        seen: list[Fingerprint] = []
        async with watched.watched(SLOW, on_early_change=seen.append) as changes:
            (watched.root / "main.py").touch()
            watched.write("prompts/new.md", "Review that.")
            watched.write("prompts/review.md", "Review that.")
            await until(lambda: bool(seen))
            assert changes.files == 2  # it has not settled
            assert await watched.next() == Change(("prompts/new.md",), ("prompts/review.md",))
            assert not difference(seen[-1], changes.current)

    async def test_no_early_change_when_nothing_differs(self, watched: Watched) -> None:
        seen: list[Fingerprint] = []
        async with watched.watched(on_early_change=seen.append) as changes:
            (watched.root / "main.py").touch()
            await until(lambda: "its content did not change" in reasons(changes, "main.py"))
            assert not seen

    async def test_what_the_caller_raises_is_raised(self, watched: Watched) -> None:
        with pytest.raises(ZeroDivisionError):
            async with watched.watched():
                raise ZeroDivisionError

    async def test_waiting_may_be_given_up(self, watched: Watched) -> None:
        async with watched.watched() as changes:
            with anyio.move_on_after(0.05):
                await changes.next()
            watched.write("main.py", "print(2)")
            assert await watched.next() == Change(modified=("main.py",))

    async def test_facts_for_the_screen(self, watched: Watched) -> None:
        async with watched.watched(ChangeSettings(mode=WatchMode.SCAN)) as changes:
            assert (changes.files, changes.watcher) == (2, "scan")
            assert sorted(changes.current) == ["main.py", "prompts/review.md"]


async def test_random_edits_at_random_moments(watched: Watched) -> None:
    """Nothing is missed and nothing is emitted twice."""
    dice = random.Random(7)
    async with watched.watched(ChangeSettings(settle_seconds=0.01, rescan_seconds=60)) as changes:
        known = dict(changes.current)
        for number in range(150):
            _edit(watched, dice, number)
            if dice.random() < 0.5:
                await anyio.sleep(dice.choice((0, 0.005, 0.02, 0.05)))  # sleeps: edits come at random moments
            if dice.random() < 0.3:
                with anyio.move_on_after(0.05):
                    before = changes.current
                    change = await changes.next()
                    assert change == difference(before, changes.current) and change
                    known = dict(changes.current)
        watched.write("last")
        while "last" not in known:
            await watched.next()
            known = dict(changes.current)
        assert not difference(known, take(watched.root, Ignore.load(watched.root)))
        await watched.nothing_more()


def _edit(project: Watched, dice: random.Random, number: int) -> None:
    path = dice.choice(("a.py", "b.py", "d/a.py", "d/e/b.py"))
    place = project.root / path
    if dice.random() < 0.2 and place.parent != project.root:
        shutil.rmtree(place.parent, ignore_errors=True)
    elif dice.random() < 0.2:
        place.unlink(missing_ok=True)
    else:
        project.write(path, f"{dice.choice((0, number))}")


def reasons(changes: Changes, path: str) -> list[str]:
    return [each.reason for each in changes.explanations if each.path == path]
