"""A log that is damaged, cut, gone or not its own is told, and the files are kept as they were found."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stigmerd.store.errors import StoreError
from stigmerd.store.examination import kept_beside
from stigmerd.store.store import Store
from tests.end_to_end.programs import ONE_WORKFLOW
from tests.support.poll import wait_until
from tests.support.world import World

ROWS = 150
PAGE = 4096
HEADER, FRAME = 32, 24 + PAGE
# Writes as the backend does, one row a commit, until it is killed. With `checkpoint` all of the first part is
# in the database itself.
WRITER = """
import os, signal, sys
from pathlib import Path
from stigmerd.store.rows import Row
from stigmerd.store.store import Store

path, first, count, checkpoint = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "yes"
store = Store.open(path)
for number in range(first, first + count):
    store.insert(Row(kind=40, id=f"agt-{number}", org="local", slug=f"agent-{number}", name="agent",
                     parent="", phase=0, tags=(), data=b"x" * 700, created_at="", updated_at=""))
    print(number, flush=True)
    if checkpoint and number == first + count // 2:
        store._database._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
os.kill(os.getpid(), signal.SIGKILL)
"""


def kill_while_writing(path: Path, first: int = 0, count: int = ROWS, *, checkpoint: bool = False) -> None:
    how = [str(path), str(first), str(count), "yes" if checkpoint else "no"]
    done = subprocess.run([sys.executable, "-c", WRITER, *how], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr


@pytest.fixture(scope="module")
def all_in_the_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("all-in-the-log")
    kill_while_writing(directory / "stigmerd.db")
    return directory


@pytest.fixture(scope="module")
def half_in_the_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("half-in-the-log")
    kill_while_writing(directory / "stigmerd.db", checkpoint=True)
    return directory


@pytest.fixture(params=["all_in_the_log", "half_in_the_log"])
def killed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The database of a backend that was killed."""
    shutil.copytree(request.getfixturevalue(request.param), tmp_path, dirs_exist_ok=True)
    return tmp_path / "stigmerd.db"


def log_of(path: Path) -> Path:
    return path.with_name("stigmerd.db-wal")


def index_of(path: Path) -> Path:
    return path.with_name("stigmerd.db-shm")


def opened(path: Path) -> tuple[str, int]:
    """What it says is missing, and how many rows there are."""
    store = Store.open(path)
    try:
        return store.missing, store.page([40]).total
    finally:
        store.close()


def flip(path: Path, at: int, count: int = 1) -> None:
    data = bytearray(path.read_bytes())
    for position in range(at, at + count):
        data[position] ^= 0xFF
    path.write_bytes(data)


def told(path: Path) -> int:
    """It says that something may be missing and keeps the files as they were; the rows that are left."""
    before = {each.name: each.read_bytes() for each in (path, log_of(path)) if each.exists()}
    missing, rows = opened(path)
    assert "may be missing" in missing
    kept = {each.name.rpartition(".damaged-")[0]: each for each in kept_beside(path)}
    assert {name: each.read_bytes() for name, each in kept.items()} == before
    assert all(str(each) in missing for each in kept.values())
    assert all(each.stat().st_mode & 0o077 == 0 for each in kept.values())
    assert opened(path) == ("", rows), "said once; and the database works"
    return rows


def test_what_is_whole_is_read_whole_and_nothing_is_said(killed: Path) -> None:
    assert opened(killed) == ("", ROWS)
    assert kept_beside(killed) == []


@pytest.mark.parametrize("at", range(0, HEADER, 4))
def test_a_damaged_header(killed: Path, at: int) -> None:
    flip(log_of(killed), at, 4)
    assert told(killed) < ROWS


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("where", [0, 4, 8, 16, 30, 2000])
def test_a_damaged_frame(killed: Path, share: float, where: int) -> None:
    log = log_of(killed)
    frames = (log.stat().st_size - HEADER) // FRAME
    number = min(int(frames * share), frames - 1)
    flip(log, HEADER + number * FRAME + where)
    assert told(killed) < ROWS


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_damaged_frame_without_the_index(killed: Path, share: float) -> None:
    index_of(killed).unlink()
    log = log_of(killed)
    flip(log, HEADER + int((log.stat().st_size - HEADER) // FRAME * share) * FRAME + 100)
    assert told(killed) < ROWS


@pytest.mark.parametrize(
    "bytes_left", [1, 31, HEADER, HEADER + 100, HEADER + 4 * FRAME, HEADER + 9 * FRAME + 77]
)
def test_a_log_that_was_cut(killed: Path, bytes_left: int) -> None:
    os.truncate(log_of(killed), bytes_left)
    assert told(killed) < ROWS


def test_a_log_of_zeros(killed: Path) -> None:
    log = log_of(killed)
    log.write_bytes(bytes(log.stat().st_size))
    assert told(killed) < ROWS


def test_an_emptied_log(killed: Path) -> None:
    os.truncate(log_of(killed), 0)
    assert told(killed) < ROWS


def test_a_log_that_is_gone(killed: Path) -> None:
    log_of(killed).unlink()
    assert told(killed) < ROWS


def test_a_log_that_is_gone_with_its_index(half_in_the_log: Path, tmp_path: Path) -> None:
    shutil.copy(half_in_the_log / "stigmerd.db", tmp_path)
    assert told(tmp_path / "stigmerd.db") < ROWS


@pytest.mark.parametrize("damage", ["gone", "empty", "rubbish", "zeros", "short"])
def test_the_index_is_made_again(killed: Path, damage: str) -> None:
    index = index_of(killed)
    match damage:
        case "gone":
            index.unlink()
        case "empty":
            os.truncate(index, 0)
        case "rubbish":
            index.write_bytes(random.Random(1).randbytes(index.stat().st_size))
        case "zeros":
            index.write_bytes(bytes(index.stat().st_size))
        case "short":
            os.truncate(index, 100)
    assert opened(killed) == ("", ROWS)
    assert kept_beside(killed) == []


@pytest.mark.parametrize("with_index", [False, True])
def test_the_log_of_another_database(half_in_the_log: Path, tmp_path: Path, with_index: bool) -> None:
    shutil.copytree(half_in_the_log, tmp_path, dirs_exist_ok=True)
    other = tmp_path / "other"
    other.mkdir()
    kill_while_writing(other / "stigmerd.db", first=5000)
    path = tmp_path / "stigmerd.db"
    shutil.copy(log_of(other / "stigmerd.db"), log_of(path))
    if with_index:
        shutil.copy(index_of(other / "stigmerd.db"), index_of(path))
    rows = told(path)
    assert 0 < rows < ROWS
    store = Store.open(path)
    assert store.get(40, "agt-0") is not None
    assert store.get(40, "agt-5000") is None, "nothing of the other one"
    store.close()


@pytest.mark.parametrize("gone", [False, True])
def test_a_database_that_lost_all_but_its_log(killed: Path, gone: bool) -> None:
    killed.unlink() if gone else os.truncate(killed, 0)
    before = log_of(killed).read_bytes()
    with pytest.raises(
        StoreError, match=r"(empty|missing), but its log .* is not: both were left as they are"
    ):
        Store.open(killed)
    assert log_of(killed).read_bytes() == before


def test_a_database_that_was_cut_beside_its_log(half_in_the_log: Path, tmp_path: Path) -> None:
    shutil.copytree(half_in_the_log, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "stigmerd.db"
    os.truncate(path, PAGE * 3)
    before = {each.name: each.read_bytes() for each in (path, log_of(path))}
    with pytest.raises(StoreError, match=r"is damaged .*left as it is"):
        Store.open(path)
    assert {each.name: each.read_bytes() for each in (path, log_of(path))} == before


def test_a_half_written_last_commit_is_the_usual_end_of_a_killed_process(killed: Path) -> None:
    """It was promised to nobody; the index of that moment did not know of it either."""
    log = log_of(killed)
    index_of(killed).unlink()
    os.truncate(log, log.stat().st_size - 100)
    missing, rows = opened(killed)
    assert (missing, rows) == ("", ROWS - 1)


def test_killed_at_any_moment_nothing_is_said_and_nothing_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "stigmerd.db"
    chance = random.Random(15)
    stored = 0
    for turn in range(12):
        how = [str(path), str(turn * 1_000_000), "1000000", "no"]
        with subprocess.Popen([sys.executable, "-c", WRITER, *how], stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            for _ in range(chance.randrange(1, 400)):
                writer.stdout.readline()
                stored += 1
            time.sleep(chance.uniform(0, 0.003))  # sleeps: the random moment
            writer.kill()
            stored += len(writer.stdout.read().splitlines())
        missing, rows = opened(path)
        assert missing == ""
        assert rows in (stored, stored + 1), "one may be stored and not said"
        stored = rows


def damage_header(data: Path) -> None:
    flip(log_of(data / "stigmerd.db"), 8, 4)


def cut(data: Path) -> None:
    os.truncate(log_of(data / "stigmerd.db"), HEADER + 5 * FRAME)


@pytest.mark.parametrize("damage", [damage_header, cut])
def test_the_next_command_tells_and_so_does_the_status(world: World, damage: Callable[[Path], None]) -> None:
    data = world.data
    data.mkdir(mode=0o700)
    kill_while_writing(data / "stigmerd.db")
    damage(data)
    listed = world.run("executions", "list")
    assert listed.code == 0
    assert "may be missing" in listed.err
    assert "may be missing" in world.run("server", "status").out
    assert ".damaged-" in world.run("server", "status").out
    assert "may be missing" not in world.run("executions", "list").err, "said once"
    world.run("server", "stop")
    again = world.run("server", "start")
    assert "may be missing" not in again.out
    assert ".damaged-" in again.out, "what is kept is named for as long as it is there"


def test_what_was_stored_is_in_the_database_itself_when_it_is_quiet(world: World) -> None:
    assert world.run("run", cwd=world.project(ONE_WORKFLOW)).code == 0
    log = log_of(world.data / "stigmerd.db")
    wait_until(lambda: log.stat().st_size == 0, "the log is empty")
    world.kill_daemon()
    log.unlink()
    index_of(world.data / "stigmerd.db").unlink()
    listed = world.run("executions", "list")
    assert "greet" in listed.out
    assert "may be missing" in listed.err, "nobody can know that it was empty"


def test_what_a_killed_backend_left_in_the_log_is_in_the_database_after_the_next_start(
    world: World,
) -> None:
    world.data.mkdir(mode=0o700)
    path = world.data / "stigmerd.db"
    kill_while_writing(path)
    before = path.stat().st_size
    assert world.run("server", "start").code == 0
    wait_until(lambda: log_of(path).stat().st_size == 0, "the log is empty")
    assert path.stat().st_size > before
