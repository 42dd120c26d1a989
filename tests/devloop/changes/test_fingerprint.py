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
def project(tmp_path: Path) -> Project:
    root = tmp_path / "project"
    root.mkdir()
    made = Project(root)
    made.write("main.py", "print(1)")
    made.write("prompts/review.md", "Review this.")
    made.scan()
    return made


def test_the_first_scan_sees_all_that_counts(project: Project) -> None:
    project.write(".gitignore", "*.log\n")
    project.write("run.log")
    project.write("__pycache__/main.pyc")
    project.scan()
    assert sorted(project.seen) == [".gitignore", "main.py", "prompts/review.md"]


def test_created_modified_deleted(project: Project) -> None:
    project.write("a/b/new.py")
    project.write("main.py", "print(2)")
    (project.root / "prompts/review.md").unlink()
    change = project.scan()
    assert change == Change(("a/b/new.py",), ("main.py",), ("prompts/review.md",))
    assert change.paths == ("a/b/new.py", "main.py", "prompts/review.md")
    assert not project.scan()


@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
def test_a_save_changes_one_file(project: Project, save: Save) -> None:
    save(project.root / "main.py", "print(2)")
    assert project.scan() == Change(modified=("main.py",))


@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
def test_saving_the_same_changes_nothing(project: Project, save: Save) -> None:
    save(project.root / "main.py", "print(1)")
    assert not project.scan()


def test_touch_chmod_and_a_second_link_change_nothing(project: Project) -> None:
    main = project.root / "main.py"
    main.touch()
    assert not project.scan()
    main.chmod(0o755)
    assert not project.scan()
    os.link(main, project.root.parent / "elsewhere")
    assert not project.scan()


def test_a_modification_time_in_the_past_hides_nothing(project: Project) -> None:
    main = project.write("main.py", "print(2)")
    os.utime(main, OLD)
    assert project.scan() == Change(modified=("main.py",))
    main.write_text("print(3)")
    os.utime(main, OLD)
    assert project.scan() == Change(modified=("main.py",))


def test_same_size_and_same_times_within_a_second(project: Project) -> None:
    main = project.root / "main.py"
    for number in range(2, 30):
        stat = main.stat()
        main.write_text(f"print({number % 10})")
        os.utime(main, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert project.scan("main.py") == Change(modified=("main.py",))


def test_a_young_stat_proves_nothing(project: Project) -> None:
    """Within one tick of the clock, a second write may leave the stat as it was."""
    young = project.seen["main.py"]
    assert young.stat == ()


def test_the_stat_of_a_file_that_changes_while_it_is_read_proves_nothing(project: Project) -> None:
    main = project.root / "main.py"
    main.write_bytes(bytes(2 * CHUNK_BYTES))
    moments = itertools.count(OLD[0])

    def written_meanwhile() -> bool:
        os.utime(main, (OLD[0], next(moments)))
        return False

    state = read_regular(str(main), written_meanwhile)
    assert state is not None and state.digest and not state.stat


def test_an_old_stat_proves_the_content(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "RACY_NS", 0)
    file_clock_ticks()
    main = project.root / "main.py"
    project.scan()
    state = project.seen["main.py"]
    assert state.stat
    # Nobody reads it again: what we know stays, even if it were wrong.
    wrong = FileState(b"another", state.stat)
    project.seen = {**project.seen, "main.py": wrong}
    project.scan()
    assert project.seen["main.py"] is wrong
    project.scan("main.py")
    assert project.seen["main.py"] is wrong
    main.touch()
    project.scan()
    assert project.seen["main.py"].digest == state.digest


def test_only_what_is_asked_for_is_scanned(project: Project) -> None:
    project.write("main.py", "print(2)")
    project.write("prompts/review.md", "Review that.")
    project.write("prompts/more/deep.md")
    assert project.scan("main.py") == Change(modified=("main.py",))
    assert project.scan("prompts") == Change(("prompts/more/deep.md",), ("prompts/review.md",))
    assert not project.scan()


def test_a_directory_goes_and_comes_as_a_whole(project: Project) -> None:
    away = project.root.parent / "away"
    (project.root / "prompts").rename(away)
    assert project.scan("prompts") == Change(deleted=("prompts/review.md",))
    shutil.copytree(away, project.root / "texts")
    assert project.scan("texts") == Change(created=("texts/review.md",))


def test_a_directory_becomes_a_file_and_back(project: Project) -> None:
    shutil.rmtree(project.root / "prompts")
    project.write("prompts")
    assert project.scan("prompts") == Change(("prompts",), (), ("prompts/review.md",))
    (project.root / "prompts").unlink()
    project.write("prompts/review.md")
    change = project.scan("prompts/review.md", "prompts")
    assert (change.created, change.deleted) == (("prompts/review.md",), ("prompts",))


def test_names_that_only_differ_in_case(project: Project) -> None:
    (project.root / "main.py").rename(project.root / "Main.py")
    change = project.scan("main.py", "Main.py")
    assert change == Change(("Main.py",), (), ("main.py",))


def test_a_path_through_a_link_that_is_not_followed(project: Project) -> None:
    (project.root / "up").symlink_to("..")
    project.scan()
    (project.root.parent / "other.py").write_text("print(1)")
    assert not project.scan("up/other.py")


def test_a_path_below_what_is_ignored(project: Project) -> None:
    project.write(".gitignore", "build/\n*.log\n")
    project.scan()
    project.write("build/out.py")
    project.write("run.log")
    assert not project.scan("build/out.py", "build", "run.log")


def test_odd_names(project: Project) -> None:
    for name in ("with space.py", "ü.py", "line\nbreak.py", "'quote'.py", "back\\slash.py"):
        project.write(name)
    bad = os.fsdecode(b"bad\xff.py")
    project.write(bad)
    assert bad in project.scan().created
    project.write(bad, "other")
    assert project.scan(bad) == Change(modified=(bad,))


def test_pipes_and_sockets_are_not_read(project: Project, short_dir: Path) -> None:
    os.mkfifo(project.root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(short_dir / "socket"))
        (short_dir / "socket").rename(project.root / "socket")
        os.mkfifo(short_dir / "main.py")
        (short_dir / "main.py").replace(project.root / "main.py")
        assert project.scan() == Change(deleted=("main.py",))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_counts_as_one_content(project: Project) -> None:
    main = project.root / "main.py"
    main.chmod(0)
    assert project.scan() == Change(modified=("main.py",))
    assert not project.scan()
    main.chmod(0o644)
    assert project.scan() == Change(modified=("main.py",))


def test_a_root_that_is_gone_is_empty(project: Project) -> None:
    rules = Ignore.load(project.root)
    shutil.rmtree(project.root)
    assert not take(project.root, rules, project.seen)


def test_files_outside_of_a_scan_count_for_the_most(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "MOST_FILES", len(project.seen) + 1)
    project.write("new/a.md")
    project.write("new/b.md")
    assert not project.scan("new")


class TestLinks:
    """They count by where they point, and by what is there."""

    def test_it_points_elsewhere(self, project: Project) -> None:
        link = project.root / "link.py"
        link.symlink_to("main.py")
        assert project.scan() == Change(created=("link.py",))
        link.unlink()
        link.symlink_to("prompts/review.md")
        assert project.scan("link.py") == Change(modified=("link.py",))
        link.unlink()
        link.symlink_to("nowhere")
        assert project.scan("link.py") == Change(modified=("link.py",))

    def test_a_file_outside_counts_by_its_content(self, project: Project) -> None:
        outside = project.root.parent / "shared.md"
        outside.write_text("one")
        (project.root / "shared.md").symlink_to(outside)
        project.scan()
        outside.write_text("two")
        assert project.scan() == Change(modified=("shared.md",))

    def test_a_file_inside_counts_once(self, project: Project) -> None:
        (project.root / "link.py").symlink_to("main.py")
        project.scan()
        project.write("main.py", "print(2)")
        assert project.scan() == Change(modified=("main.py",))

    def test_an_ignored_file_inside_counts_by_the_link(self, project: Project) -> None:
        project.write(".gitignore", "cache.json\n")
        project.write("cache.json", "1")
        (project.root / "link.json").symlink_to("cache.json")
        project.scan()
        project.write("cache.json", "2")
        assert project.scan() == Change(modified=("link.json",))

    def test_a_directory_from_elsewhere_is_a_part_of_the_project(self, project: Project) -> None:
        outside = project.root.parent / "shared"
        (outside / "deep").mkdir(parents=True)
        (outside / "deep/a.md").write_text("one")
        (project.root / "shared").symlink_to(outside)
        assert project.scan("shared") == Change(created=("shared", "shared/deep/a.md"))
        (outside / "deep/a.md").write_text("two")
        assert project.scan() == Change(modified=("shared/deep/a.md",))
        (outside / "deep/a.md").write_text("three")
        assert project.scan("shared/deep/a.md") == Change(modified=("shared/deep/a.md",))

    def test_a_directory_inside_counts_once(self, project: Project) -> None:
        (project.root / "texts").symlink_to("prompts")
        assert project.scan() == Change(created=("texts",))
        project.write("prompts/review.md", "Review that.")
        assert project.scan("texts/review.md", "prompts/review.md") == Change(modified=("prompts/review.md",))

    def test_circles_end(self, project: Project) -> None:
        outside = project.root.parent / "outside"
        outside.mkdir()
        (outside / "a.md").write_text("one")
        (outside / "again").symlink_to(outside)
        (project.root / "self").symlink_to("self")
        (project.root / "up").symlink_to("..")
        (project.root / "here").symlink_to(".")
        (project.root / "outside").symlink_to(outside)
        change = project.scan()
        assert "outside/a.md" in change.created
        assert {"here", "up", "outside"} <= set(change.created)
        assert len(change.created) < 8


class TestExtra:
    """Files that count wherever they are."""

    def test_outside(self, project: Project) -> None:
        env = project.root.parent / "dev.env"
        assert not project.scan(extra=(env,))
        env.write_text("A=1")
        assert project.scan(extra=(env,)) == Change(created=(env.as_posix(),))
        env.write_text("A=2")
        assert not project.scan("main.py", extra=(env,))
        assert project.scan(env.as_posix(), extra=(env,)) == Change(modified=(env.as_posix(),))
        env.unlink()
        assert project.scan(extra=(env,)) == Change(deleted=(env.as_posix(),))

    def test_inside_and_ignored(self, project: Project) -> None:
        env = project.write(".env", "A=1")
        project.write(".gitignore", ".env\n")
        assert ".env" not in project.scan().created
        assert project.scan(extra=(env,)) == Change(created=(".env",))
        env.write_text("A=2")
        assert project.scan(".env", extra=(env,)) == Change(modified=(".env",))
        assert not project.scan(extra=(env,))


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
