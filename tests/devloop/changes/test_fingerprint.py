"""What is on disk, compared by content."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devloop.changes import digest, scan
from devloop.changes.digest import CHUNK_BYTES, FileState, read_regular
from devloop.changes.fingerprint import Change, Fingerprint, difference, take
from devloop.ignore import Ignore
from tests.devloop.changes.saves import SAVES, Save
from tests.support.clock import file_clock_ticks

OLD = (1_600_000_000, 1_600_000_000)


class Project:
    """A directory, and what was seen of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.seen: Fingerprint = {}

    def write(self, path: str, text: str = "text") -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def scan(self, *only: str, extra: tuple[Path, ...] = (), rules: Ignore | None = None) -> Change:
        before = self.seen
        self.seen = take(self.root, rules or Ignore.load(self.root), before, only or None, extra)
        return difference(before, self.seen)


@pytest.fixture
def scanned(tmp_path: Path) -> Project:
    root = tmp_path / "project"
    root.mkdir()
    made = Project(root)
    made.write("main.py", "print(1)")
    made.write("prompts/review.md", "Review this.")
    made.scan()
    return made


def test_the_first_scan_sees_all_that_counts(scanned: Project) -> None:
    scanned.write(".gitignore", "*.log\n")
    scanned.write("run.log")
    scanned.write("__pycache__/main.pyc")
    scanned.scan()
    assert sorted(scanned.seen) == [".gitignore", "main.py", "prompts/review.md"]


def test_created_modified_deleted(scanned: Project) -> None:
    scanned.write("a/b/new.py")
    scanned.write("main.py", "print(2)")
    (scanned.root / "prompts/review.md").unlink()
    change = scanned.scan()
    assert change == Change(("a/b/new.py",), ("main.py",), ("prompts/review.md",))
    assert change.paths == ("a/b/new.py", "main.py", "prompts/review.md")
    assert not scanned.scan()


@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
def test_a_save_changes_one_file(scanned: Project, save: Save) -> None:
    save(scanned.root / "main.py", "print(2)")
    assert scanned.scan() == Change(modified=("main.py",))


@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
def test_saving_the_same_changes_nothing(scanned: Project, save: Save) -> None:
    save(scanned.root / "main.py", "print(1)")
    assert not scanned.scan()


def test_touch_chmod_and_a_second_link_change_nothing(scanned: Project) -> None:
    main = scanned.root / "main.py"
    main.touch()
    assert not scanned.scan()
    main.chmod(0o755)
    assert not scanned.scan()
    os.link(main, scanned.root.parent / "elsewhere")
    assert not scanned.scan()


def test_a_modification_time_in_the_past_hides_nothing(scanned: Project) -> None:
    main = scanned.write("main.py", "print(2)")
    os.utime(main, OLD)
    assert scanned.scan() == Change(modified=("main.py",))
    main.write_text("print(3)")
    os.utime(main, OLD)
    assert scanned.scan() == Change(modified=("main.py",))


def test_same_size_and_same_times_within_a_second(scanned: Project) -> None:
    main = scanned.root / "main.py"
    for number in range(2, 30):
        stat = main.stat()
        main.write_text(f"print({number % 10})")
        os.utime(main, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert scanned.scan("main.py") == Change(modified=("main.py",))


def test_a_young_stat_proves_nothing(scanned: Project) -> None:
    """Within one tick of the clock, a second write may leave the stat as it was."""
    young = scanned.seen["main.py"]
    assert young.stat == ()


def test_the_stat_of_a_file_that_changes_while_it_is_read_proves_nothing(scanned: Project) -> None:
    main = scanned.root / "main.py"
    main.write_bytes(bytes(2 * CHUNK_BYTES))
    moments = itertools.count(OLD[0])

    def written_meanwhile() -> bool:
        os.utime(main, (OLD[0], next(moments)))
        return False

    state = read_regular(str(main), written_meanwhile)
    assert state is not None and state.digest and not state.stat


def test_an_old_stat_proves_the_content(scanned: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "RACY_NS", 0)
    file_clock_ticks()
    main = scanned.root / "main.py"
    scanned.scan()
    state = scanned.seen["main.py"]
    assert state.stat
    # Nobody reads it again: what we know stays, even if it were wrong.
    wrong = FileState(b"another", state.stat)
    scanned.seen = {**scanned.seen, "main.py": wrong}
    scanned.scan()
    assert scanned.seen["main.py"] is wrong
    scanned.scan("main.py")
    assert scanned.seen["main.py"] is wrong
    main.touch()
    scanned.scan()
    assert scanned.seen["main.py"].digest == state.digest


def test_only_what_is_asked_for_is_scanned(scanned: Project) -> None:
    scanned.write("main.py", "print(2)")
    scanned.write("prompts/review.md", "Review that.")
    scanned.write("prompts/more/deep.md")
    assert scanned.scan("main.py") == Change(modified=("main.py",))
    assert scanned.scan("prompts") == Change(("prompts/more/deep.md",), ("prompts/review.md",))
    assert not scanned.scan()


def test_a_directory_goes_and_comes_as_a_whole(scanned: Project) -> None:
    away = scanned.root.parent / "away"
    (scanned.root / "prompts").rename(away)
    assert scanned.scan("prompts") == Change(deleted=("prompts/review.md",))
    shutil.copytree(away, scanned.root / "texts")
    assert scanned.scan("texts") == Change(created=("texts/review.md",))


def test_a_directory_becomes_a_file_and_back(scanned: Project) -> None:
    shutil.rmtree(scanned.root / "prompts")
    scanned.write("prompts")
    assert scanned.scan("prompts") == Change(("prompts",), (), ("prompts/review.md",))
    (scanned.root / "prompts").unlink()
    scanned.write("prompts/review.md")
    change = scanned.scan("prompts/review.md", "prompts")
    assert (change.created, change.deleted) == (("prompts/review.md",), ("prompts",))


def test_names_that_only_differ_in_case(scanned: Project) -> None:
    (scanned.root / "main.py").rename(scanned.root / "Main.py")
    change = scanned.scan("main.py", "Main.py")
    assert change == Change(("Main.py",), (), ("main.py",))


def test_a_path_through_a_link_that_is_not_followed(scanned: Project) -> None:
    (scanned.root / "up").symlink_to("..")
    scanned.scan()
    (scanned.root.parent / "other.py").write_text("print(1)")
    assert not scanned.scan("up/other.py")


def test_a_path_below_what_is_ignored(scanned: Project) -> None:
    scanned.write(".gitignore", "build/\n*.log\n")
    scanned.scan()
    scanned.write("build/out.py")
    scanned.write("run.log")
    assert not scanned.scan("build/out.py", "build", "run.log")


def test_odd_names(scanned: Project) -> None:
    for name in ("with space.py", "ü.py", "line\nbreak.py", "'quote'.py", "back\\slash.py"):
        scanned.write(name)
    bad = os.fsdecode(b"bad\xff.py")
    scanned.write(bad)
    assert bad in scanned.scan().created
    scanned.write(bad, "other")
    assert scanned.scan(bad) == Change(modified=(bad,))


def test_pipes_and_sockets_are_not_read(scanned: Project, short_dir: Path) -> None:
    os.mkfifo(scanned.root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(short_dir / "socket"))
        (short_dir / "socket").rename(scanned.root / "socket")
        os.mkfifo(short_dir / "main.py")
        (short_dir / "main.py").replace(scanned.root / "main.py")
        assert scanned.scan() == Change(deleted=("main.py",))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_counts_as_one_content(scanned: Project) -> None:
    main = scanned.root / "main.py"
    main.chmod(0)
    assert scanned.scan() == Change(modified=("main.py",))
    assert not scanned.scan()
    main.chmod(0o644)
    assert scanned.scan() == Change(modified=("main.py",))


def test_a_root_that_is_gone_is_empty(scanned: Project) -> None:
    rules = Ignore.load(scanned.root)
    shutil.rmtree(scanned.root)
    assert not take(scanned.root, rules, scanned.seen)


def test_files_outside_of_a_scan_count_for_the_most(
    scanned: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "MOST_FILES", len(scanned.seen) + 1)
    scanned.write("new/a.md")
    scanned.write("new/b.md")
    assert not scanned.scan("new")


class TestLinks:
    """They count by where they point, and by what is there."""

    def test_it_points_elsewhere(self, scanned: Project) -> None:
        link = scanned.root / "link.py"
        link.symlink_to("main.py")
        assert scanned.scan() == Change(created=("link.py",))
        link.unlink()
        link.symlink_to("prompts/review.md")
        assert scanned.scan("link.py") == Change(modified=("link.py",))
        link.unlink()
        link.symlink_to("nowhere")
        assert scanned.scan("link.py") == Change(modified=("link.py",))

    def test_a_file_outside_counts_by_its_content(self, scanned: Project) -> None:
        outside = scanned.root.parent / "shared.md"
        outside.write_text("one")
        (scanned.root / "shared.md").symlink_to(outside)
        scanned.scan()
        outside.write_text("two")
        assert scanned.scan() == Change(modified=("shared.md",))

    def test_a_file_inside_counts_once(self, scanned: Project) -> None:
        (scanned.root / "link.py").symlink_to("main.py")
        scanned.scan()
        scanned.write("main.py", "print(2)")
        assert scanned.scan() == Change(modified=("main.py",))

    def test_an_ignored_file_inside_counts_by_the_link(self, scanned: Project) -> None:
        scanned.write(".gitignore", "cache.json\n")
        scanned.write("cache.json", "1")
        (scanned.root / "link.json").symlink_to("cache.json")
        scanned.scan()
        scanned.write("cache.json", "2")
        assert scanned.scan() == Change(modified=("link.json",))

    def test_a_directory_from_elsewhere_is_a_part_of_the_project(self, scanned: Project) -> None:
        outside = scanned.root.parent / "shared"
        (outside / "deep").mkdir(parents=True)
        (outside / "deep/a.md").write_text("one")
        (scanned.root / "shared").symlink_to(outside)
        assert scanned.scan("shared") == Change(created=("shared", "shared/deep/a.md"))
        (outside / "deep/a.md").write_text("two")
        assert scanned.scan() == Change(modified=("shared/deep/a.md",))
        (outside / "deep/a.md").write_text("three")
        assert scanned.scan("shared/deep/a.md") == Change(modified=("shared/deep/a.md",))

    def test_a_link_to_a_directory_that_turns(self, scanned: Project, tmp_path: Path) -> None:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            (tmp_path / name / f"{name}.md").write_text(name)
        link = scanned.root / "current"
        link.symlink_to(tmp_path / "one")
        assert scanned.scan().created == ("current", "current/one.md")
        link.unlink()
        link.symlink_to(tmp_path / "two")
        assert scanned.scan("current") == Change(
            created=("current/two.md",), modified=("current",), deleted=("current/one.md",)
        )

    def test_a_directory_inside_counts_once(self, scanned: Project) -> None:
        (scanned.root / "texts").symlink_to("prompts")
        assert scanned.scan() == Change(created=("texts",))
        scanned.write("prompts/review.md", "Review that.")
        assert scanned.scan("texts/review.md", "prompts/review.md") == Change(modified=("prompts/review.md",))

    def test_circles_end(self, scanned: Project) -> None:
        outside = scanned.root.parent / "outside"
        outside.mkdir()
        (outside / "a.md").write_text("one")
        (outside / "again").symlink_to(outside)
        (scanned.root / "self").symlink_to("self")
        (scanned.root / "up").symlink_to("..")
        (scanned.root / "here").symlink_to(".")
        (scanned.root / "outside").symlink_to(outside)
        change = scanned.scan()
        assert "outside/a.md" in change.created
        assert {"here", "up", "outside"} <= set(change.created)
        assert len(change.created) < 8


class TestExtra:
    """Files that count wherever they are."""

    def test_outside(self, scanned: Project) -> None:
        env = scanned.root.parent / "dev.env"
        assert not scanned.scan(extra=(env,))
        env.write_text("A=1")
        assert scanned.scan(extra=(env,)) == Change(created=("../dev.env",))
        env.write_text("A=2")
        assert not scanned.scan("main.py", extra=(env,))
        assert scanned.scan("../dev.env", extra=(env,)) == Change(modified=("../dev.env",))
        env.unlink()
        assert scanned.scan(extra=(env,)) == Change(deleted=("../dev.env",))

    def test_inside_and_ignored(self, scanned: Project) -> None:
        env = scanned.write(".env", "A=1")
        scanned.write(".gitignore", ".env\n")
        assert ".env" not in scanned.scan().created
        assert scanned.scan(extra=(env,)) == Change(created=(".env",))
        env.write_text("A=2")
        assert scanned.scan(".env", extra=(env,)) == Change(modified=(".env",))
        assert not scanned.scan(extra=(env,))


NAMES = st.sampled_from(["a", "b", "d/a", "d/b", "d/e/a"])
CONTENTS = st.sampled_from(["", "1", "2"])
STEPS = st.one_of(
    st.tuples(st.just("write"), NAMES, CONTENTS),
    st.tuples(st.just("delete"), NAMES, st.just("")),
    st.tuples(st.just("rename"), NAMES, NAMES),
    st.tuples(st.just("delete directory"), st.sampled_from(["d", "d/e"]), st.just("")),
)


@given(st.lists(st.lists(STEPS, max_size=4), max_size=5))
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_scanning_the_dirty_paths_sees_as_much_as_scanning_everything(
    tmp_path: Path, rounds: list[list[tuple[str, str, str]]]
) -> None:
    root = tmp_path / "root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    project = Project(root)
    rules = Ignore.load(root)
    project.scan(rules=rules)
    for steps in rounds:
        dirty = [path for step in steps for path in _perform(root, *step)]
        before = contents(root)
        seen = project.scan(*dirty, rules=rules) if dirty else Change()
        everywhere = take(root, rules)
        assert not difference(project.seen, everywhere), (dirty, seen)
        assert sorted(everywhere) == sorted(before)


def _perform(root: Path, what: str, path: str, other: str) -> tuple[str, ...]:
    place = root / path
    if what == "write":
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(other)
    elif what == "delete":
        place.unlink(missing_ok=True)
    elif what == "rename" and place.exists():
        (root / other).parent.mkdir(parents=True, exist_ok=True)
        place.rename(root / other)
        return (path, other)
    elif what == "delete directory":
        shutil.rmtree(place, ignore_errors=True)
    return (path,)


def contents(root: Path) -> dict[str, str]:
    return {p.relative_to(root).as_posix(): p.read_text() for p in root.rglob("*") if p.is_file()}
