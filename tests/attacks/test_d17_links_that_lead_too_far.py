"""Wherever a project's links lead: the loop gets ready, says what it left out, and can be left."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devloop.changes import bounds
from devloop.changes import scan as scan
from devloop.changes.bounds import Bounds, Note
from devloop.changes.fingerprint import difference, take
from devloop.ignore import Ignore
from tests.support.command import Running
from tests.support.poll import wait_until
from tests.support.world import World

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc and mounts as on Linux")

PROGRAM = 'from stigmer import Workflow\nWorkflow("w").set("a", b=1)\n'
TERMINATED, INTERRUPTED = 143, 130
WATCHERS = ["inotify", "watchfiles", "scan"]


@pytest.fixture
def linked(world: World) -> Path:
    return world.project(PROGRAM)


class Loop:
    """A loop that runs, and what it said."""

    def __init__(self, running: Running) -> None:
        self.running = running

    def ready(self) -> dict[str, object]:
        return self.running.event("watch_ready")

    def notes(self) -> list[str]:
        events = [json.loads(line) for line in self.running.lines]
        return [f"{each['text']} | {each['hint']}" for each in events if each["event"] == "watch_noted"]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.running.signal(number)
        return self.running.end().code


def loop(world: World, project: Path, *flags: str) -> Loop:
    arguments = ("run", "w", "--watch", "--ephemeral", "-o", "json", *flags)
    return Loop(world.start(*arguments, cwd=project))


def notices_an_edit(looping: Loop, project: Path) -> None:
    with (project / "main.py").open("a") as main:
        main.write("# edited\n")
    assert looping.running.event("change_seen")["modified"] == ["main.py"]
    looping.ready()


@pytest.mark.parametrize("watcher", WATCHERS)
@pytest.mark.parametrize(
    "target", ["/", "/proc", "/proc/self", "/sys", "/dev", "/usr", "/etc", "..", "/root"]
)
def test_a_link_that_leads_too_far(world: World, linked: Path, target: str, watcher: str) -> None:
    (linked / "lnk").symlink_to(target)
    looping = loop(world, linked, "--watcher", watcher)
    looping.ready()
    (note,) = looping.notes()
    assert note.startswith("lnk is not followed: it points to ")
    assert "/lnk to .stigmerignore" in note
    notices_an_edit(looping, linked)
    assert len(looping.notes()) == 1, "it is said once"
    assert looping.end() == TERMINATED


def test_a_home_directory(world: World, linked: Path) -> None:
    (linked / "lnk").symlink_to(world.dir)
    elsewhere = world.dir / "home"
    elsewhere.mkdir()
    (linked / "other").symlink_to(elsewhere)
    looping = Loop(
        world.start(
            *("run", "w", "--watch", "--ephemeral", "-o", "json"), cwd=linked, env={"HOME": str(elsewhere)}
        )
    )
    looping.ready()
    assert any("other is not followed" in note and "home directory" in note for note in looping.notes())
    looping.end()


def test_links_over_links(world: World, linked: Path) -> None:
    inner = world.dir / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "one").symlink_to("two")
    (inner / "two").symlink_to("../three")
    (inner.parent / "three").symlink_to("../../../../../..")
    (linked / "lnk").symlink_to(inner / "one")
    looping = loop(world, linked)
    looping.ready()
    assert "points to /," in looping.notes()[0]
    looping.end()


def test_one_that_is_made_while_it_runs(world: World, linked: Path) -> None:
    looping = loop(world, linked)
    looping.ready()
    (linked / "lnk").symlink_to("/")
    assert looping.running.event("watch_noted")["text"].startswith("lnk is not followed: it points to /")
    looping.ready()
    (linked / "sub").mkdir()
    (linked / "sub" / "lnk").symlink_to("/proc")
    assert looping.running.event("watch_noted")["text"].startswith(
        "sub/lnk is not followed: it points to /proc"
    )
    looping.ready()
    notices_an_edit(looping, linked)
    assert looping.end() == TERMINATED


def test_a_link_that_is_turned_to_everything(world: World, linked: Path) -> None:
    shared = world.dir / "shared"
    shared.mkdir()
    (world.dir / "current").symlink_to("shared")
    (linked / "lnk").symlink_to(world.dir / "current")
    looping = loop(world, linked)
    looping.ready()
    (world.dir / "next").symlink_to("/")
    (world.dir / "next").replace(world.dir / "current")
    assert looping.running.event("watch_noted")["text"].startswith("lnk is not followed")
    notices_an_edit(looping, linked)
    looping.end()


@pytest.mark.parametrize("watcher", WATCHERS)
def test_a_sibling_behind_a_link_still_counts(world: World, linked: Path, watcher: str) -> None:
    shared = world.dir / "shared"
    (shared / "deep").mkdir(parents=True)
    (shared / "deep" / "prompt.md").write_text("one")
    (linked / "lib").symlink_to("../shared")
    looping = loop(world, linked, "--watcher", watcher)
    looping.ready()
    (shared / "deep" / "prompt.md").write_text("two")
    assert looping.running.event("change_seen")["modified"] == ["lib/deep/prompt.md"]
    assert not looping.notes()
    looping.end()


def test_an_ignored_link_is_not_mentioned(world: World, linked: Path) -> None:
    (linked / "lnk").symlink_to("/")
    (linked / ".stigmerignore").write_text("/lnk\n")
    looping = loop(world, linked)
    looping.ready()
    assert not looping.notes()
    looping.end()


@pytest.mark.parametrize("watcher", WATCHERS)
def test_too_many_directories_behind_a_link(world: World, linked: Path, watcher: str) -> None:
    for outer in range(80):
        for inner in range(80):
            (world.dir / "many" / f"{outer}" / f"{inner}").mkdir(parents=True)
    (world.dir / "many" / "file").write_text("one")
    (linked / "lnk").symlink_to("../many")
    looping = loop(world, linked, "--watcher", watcher)
    looping.ready()
    (note,) = looping.notes()
    assert "more than 5,000 directories" in note
    assert "/lnk to .stigmerignore" in note
    # Ignored, as it says, or not: what is left out starts nothing.
    (world.dir / "many" / "file").write_text("two")
    notices_an_edit(looping, linked)
    looping.end()


def test_links_that_lead_to_each_other_without_end(world: World, linked: Path) -> None:
    names = [f"d{number}" for number in range(60)]
    for name in names:
        (linked / name).mkdir()
        for other in names:
            (linked / name / other).symlink_to(f"../{other}")
    looping = loop(world, linked)
    looping.ready()
    (linked / "d7" / "file").write_text("one")
    assert looping.running.event("change_seen")["created"] == ["d7/file"]
    assert looping.end() == TERMINATED


@pytest.mark.parametrize("watcher", WATCHERS)
def test_what_is_no_file(world: World, linked: Path, watcher: str) -> None:
    os.mkfifo(linked / "pipe")
    os.mkfifo(linked / ".git")
    os.mkfifo(linked / ".gitignore")
    (linked / "endless.bin").symlink_to("/proc/self/pagemap")
    (linked / "kernel.log").symlink_to("/proc/kmsg")
    (linked / "through.txt").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(linked / "socket"))
    if os.geteuid() == 0:
        os.mknod(linked / "tty", 0o600 | 0o020000, os.makedev(5, 0))
    looping = loop(world, linked, "--watcher", watcher)
    looping.ready()
    notices_an_edit(looping, linked)
    os.mkfifo(linked / "later")
    notices_an_edit(looping, linked)
    assert looping.end() == TERMINATED


def test_names_that_are_no_text(world: World, linked: Path) -> None:
    raw = os.fsencode(linked)
    Path(os.fsdecode(raw + b"/d\xff")).mkdir()
    Path(os.fsdecode(raw + b"/l\xfe")).symlink_to("/")
    looping = loop(world, linked)
    looping.ready()
    assert len(looping.notes()) == 1
    Path(os.fsdecode(raw + b"/d\xff/f\xfd")).write_text("one")
    assert len(looping.running.event("change_seen")["created"]) == 1
    looping.ready()
    assert looping.end() == TERMINATED


@pytest.mark.parametrize("mount", ["mount -t tmpfs none {at}", "mount --bind {other} {at}"])
def test_another_file_system_in_the_project(world: World, linked: Path, mount: str) -> None:
    at, other = linked / "data", world.dir / "other"
    at.mkdir()
    other.mkdir()
    (linked / "lnk").symlink_to("data")
    script = f'{mount.format(at=at, other=other)} && exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], check=False).returncode:
        pytest.skip("this user may not mount anything")
    arguments = ("run", "w", "--watch", "--ephemeral", "-o", "json")
    looping = Loop(world.start(*arguments, cwd=linked, through=command))
    looping.ready()
    notes = looping.notes()
    assert any(note.startswith("data is another file system") and "/data" in note for note in notes), notes
    notices_an_edit(looping, linked)
    assert looping.end() == TERMINATED


def large_files(project: Path) -> None:
    for index in range(12):
        with (project / f"{index}.bin").open("wb") as file:
            file.truncate(200 << 20)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_ends_the_first_look(world: World, linked: Path, number: signal.Signals) -> None:
    """However much there is to read; measured by what the whole look takes."""
    large_files(linked)

    def looking() -> Loop:
        looping = loop(world, linked)
        wait_until(lambda: _reads(looping.running.process.pid, ".bin"), "it reads")
        return looping

    began = time.monotonic()
    undisturbed = looking()
    undisturbed.ready()
    whole = time.monotonic() - began
    undisturbed.end()
    disturbed = looking()
    began = time.monotonic()
    code = disturbed.end(number)
    assert code == (INTERRUPTED if number is signal.SIGINT else TERMINATED)
    assert time.monotonic() - began < whole / 2
    assert not any('"watch_ready"' in line for line in disturbed.running.lines)


def test_the_first_signal_ends_a_later_look(world: World, linked: Path) -> None:
    def filled(looping: Loop) -> float:
        looping.ready()
        began = time.monotonic()
        large_files(linked)
        wait_until(lambda: _reads(looping.running.process.pid, ".bin"), "it reads")
        return began

    undisturbed = loop(world, linked)
    began = filled(undisturbed)
    undisturbed.running.event("change_seen")
    whole = time.monotonic() - began
    undisturbed.end()
    for file in linked.glob("*.bin"):
        file.unlink()
    disturbed = loop(world, linked)
    filled(disturbed)
    began = time.monotonic()
    assert disturbed.end() == TERMINATED
    assert time.monotonic() - began < whole / 2


def test_the_first_signal_ends_a_wait_for_git(world: World, linked: Path) -> None:
    (linked / ".git").mkdir()
    looping = loop(world, linked, "--explain")
    looping.ready()
    (linked / ".git" / "index.lock").touch()
    (linked / "main.py").write_text(PROGRAM + "# edited\n")
    looping.running.until("git is running")
    assert looping.end(signal.SIGINT) == INTERRUPTED
    assert not any('"change_seen"' in line for line in looping.running.lines)


def test_the_first_signal_ends_a_program_without_end(world: World, linked: Path) -> None:
    (linked / "main.py").write_text(f"open({str(world.dir / 'started')!r}, 'w')\nwhile True: pass\n")
    looping = loop(world, linked)
    wait_until((world.dir / "started").exists, "it runs")
    assert looping.end(signal.SIGINT) == INTERRUPTED
    world.nothing_is_left()


def _reads(process: int, suffix: str) -> bool:
    try:
        return any(str(each.readlink()).endswith(suffix) for each in Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return False


class TestBounds:
    """What is left out stays out, and what counts stays the same from scan to scan."""

    def test_too_many_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(scan, "MOST_FILES", 50)
        for number in range(200):
            (tmp_path / "d" / f"{number % 2}").mkdir(parents=True, exist_ok=True)
            (tmp_path / "d" / f"{number % 2}" / f"{number}").write_text("x")
        (tmp_path / "main.py").write_text("x")
        notes: list[Note] = []
        rules, limits = Ignore.load(tmp_path), Bounds(tmp_path, notes.append)
        first = take(tmp_path, rules, bounds=limits)
        assert "main.py" in first
        assert len(first) <= 50
        (tmp_path / "d" / "0" / "new").write_text("x")
        (tmp_path / "new").write_text("x")
        second = take(tmp_path, rules, first, bounds=limits)
        assert difference(first, second).paths == ("new",)
        assert len(notes) == 1
        assert ".stigmerignore" in notes[0].hint

    def test_too_many_files_in_the_root_itself(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(scan, "MOST_FILES", 50)
        for number in range(200):
            (tmp_path / f"{number:03}").write_text("x")
        notes: list[Note] = []
        rules, limits = Ignore.load(tmp_path), Bounds(tmp_path, notes.append)
        first = take(tmp_path, rules, bounds=limits)
        assert sorted(first) == [f"{number:03}" for number in range(50)]
        assert not difference(first, take(tmp_path, rules, first, bounds=limits))
        assert len(notes) == 1

    def test_the_line_that_leaves_out_a_link_with_a_strange_name(self, tmp_path: Path) -> None:
        (tmp_path / "all [of it]").symlink_to("/")
        notes: list[Note] = []
        take(tmp_path, Ignore.load(tmp_path), bounds=Bounds(tmp_path, notes.append))
        assert r"add the line /all \[of it] to .stigmerignore" in notes[0].hint

    def test_too_many_directories(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bounds, "MOST_FOLDERS", 20)
        for number in range(60):
            (tmp_path / f"{number:02}").mkdir()
            (tmp_path / f"{number:02}" / "file").write_text("x")
        notes: list[Note] = []
        rules, limits = Ignore.load(tmp_path), Bounds(tmp_path, notes.append)
        first = take(tmp_path, rules, bounds=limits)
        assert len(first) == 20
        assert not difference(first, take(tmp_path, rules, first, bounds=limits))
        assert len(notes) == 1

    def test_directories_that_come_and_go_use_nothing_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bounds, "MOST_FOLDERS", 20)
        rules, limits = Ignore.load(tmp_path), Bounds(tmp_path)
        seen = take(tmp_path, rules, bounds=limits)
        for number in range(60):
            (tmp_path / f"{number}").mkdir()
            (tmp_path / f"{number}" / "file").write_text("x")
            seen = take(tmp_path, rules, seen, bounds=limits)
            assert list(seen) == [f"{number}/file"]
            shutil.rmtree(tmp_path / f"{number}")
