"""One daemon for each data directory, whatever happens to it."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stigmer_api.version import PROTOCOL, VERSION
from stigmerd.daemon import client
from stigmerd.daemon.client import DaemonError
from stigmerd.daemon.lock import holder
from stigmerd.daemon.place import DaemonPlace, Info
from tests.stigmerd.daemon.older import pretend_older
from tests.support.files import mode
from tests.support.paths import ENVIRONMENT, ROOT
from tests.support.poll import wait_until


def test_started_once_then_found_then_stopped(place: DaemonPlace) -> None:
    assert client.status(place) is None
    first = client.ensure(place)
    assert (first.started, first.version, first.protocol) == (True, VERSION, PROTOCOL)
    assert first.address == f"unix:{place.socket}"
    assert first.pid == holder(place.lock_file)
    again = client.ensure(place)
    assert again == first._replace(started=False)
    assert client.status(place) == again
    assert client.stop(place)
    assert client.status(place) is None
    assert not place.info_file.exists()
    assert not client.stop(place)
    log = place.log_file.read_text()
    assert "ready in" in log
    assert "stopped" in log


def test_only_its_owner_can_reach_it(place: DaemonPlace) -> None:
    place.data_dir.mkdir(mode=0o755)
    client.ensure(place)
    assert (mode(place.data_dir), mode(place.socket), mode(place.log_file)) == (0o700, 0o600, 0o600)
    assert {mode(path) for path in place.data_dir.iterdir() if path.is_file()} == {0o600}


def test_eight_commands_at_once_end_with_one_daemon(place: DaemonPlace) -> None:
    program = (
        "import sys; from pathlib import Path; from stigmerd.daemon.client import *;"
        "print(ensure(DaemonPlace.of(Path(sys.argv[1])), timeout=30).pid)"
    )
    command = [sys.executable, "-c", program, str(place.data_dir)]
    started = [
        subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    said = [process.communicate() for process in started]
    assert {error for _, error in said} == {""}
    assert {int(out) for out, _ in said} == {holder(place.lock_file)}


def test_a_killed_one_is_replaced(place: DaemonPlace) -> None:
    first = client.ensure(place)
    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: holder(place.lock_file) is None)
    assert place.socket.exists()
    assert place.info_file.exists()
    assert client.status(place) is None
    second = client.ensure(place)
    assert second.started
    assert second.pid != first.pid


def test_a_socket_that_nobody_answers_is_replaced(place: DaemonPlace) -> None:
    place.prepare()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(place.socket))
    assert client.ensure(place).started
    assert client.status(place)


def test_a_long_path_gets_a_short_socket(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_dir))
    long = DaemonPlace.of(short_dir / ("d" * 120) / "data")
    other = DaemonPlace.of(short_dir / ("d" * 120) / "more")
    assert len(str(long.socket)) <= 100
    assert long.socket != other.socket
    running = client.ensure(long)
    try:
        assert running.address == f"unix:{long.socket}"
        assert mode(long.socket.parent) == 0o700
        # A command with another environment finds it all the same.
        monkeypatch.delenv("XDG_RUNTIME_DIR")
        assert client.ensure(long) == running._replace(started=False)
    finally:
        client.stop(long)


def test_it_ends_when_nobody_needs_it(place: DaemonPlace) -> None:
    running = client.start(place, idle_stop_seconds=0.3)
    wait_until(lambda: holder(place.lock_file) is None)
    assert client.status(place) is None
    assert "idle for 0.3 seconds" in place.log_file.read_text()
    assert running.pid != client.ensure(place).pid


def test_it_ends_when_its_directory_is_removed(place: DaemonPlace) -> None:
    first = client.ensure(place)
    # In one step: a backend that has just started still writes in there.
    removed = place.data_dir.rename(place.data_dir.with_name("removed"))
    shutil.rmtree(removed, ignore_errors=True)
    second = client.ensure(place)
    assert second.started
    wait_until(lambda: not Path(f"/proc/{first.pid}").exists() if sys.platform == "linux" else True)
    assert client.ensure(place) == second._replace(started=False)


def test_it_runs_our_code_whatever_lies_around(
    place: DaemonPlace, short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = short_dir / "hostile"
    hostile.mkdir()
    for name in ("grpc", "json", "stigmerd", "sitecustomize", "usercustomize", "anyio"):
        (hostile / f"{name}.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(hostile)
    monkeypatch.setenv("PYTHONPATH", str(hostile))
    monkeypatch.setenv("PYTHONSTARTUP", str(hostile / "json.py"))
    assert client.ensure(place).started


def test_it_keeps_no_file_of_its_caller_open(place: DaemonPlace) -> None:
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    client.ensure(place)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], 5)
    assert ready
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_it_is_nobodys_child_and_leads_no_terminal(place: DaemonPlace) -> None:
    running = client.ensure(place)
    assert os.getsid(running.pid) != os.getsid(0)
    with pytest.raises(ChildProcessError):
        os.waitpid(running.pid, os.WNOHANG)


@pytest.fixture
def impostor(place: DaemonPlace) -> Iterator[Info]:
    """Answers at the socket and says that it is another version."""
    place.prepare()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place.socket))
        listening.listen()
        yield Info(
            pid=1, version="9.0.0", protocol=PROTOCOL, socket=str(place.socket), addresses=(), started_at=""
        )


def test_a_newer_protocol_is_refused_with_advice(place: DaemonPlace, impostor: Info) -> None:
    place.write_info(impostor._replace(protocol=PROTOCOL + 1))
    with pytest.raises(DaemonError, match=r"is newer \(9\.0\.0, protocol 2\)") as caught:
        client.ensure(place)
    assert "update this installation" in caught.value.hint


def test_a_newer_version_with_our_protocol_is_fine(place: DaemonPlace, impostor: Info) -> None:
    place.write_info(impostor)
    assert client.ensure(place).version == "9.0.0"


@pytest.mark.parametrize("text", ["{", '{"pid": 1}', "[]", ""])
def test_an_unreadable_info_file_counts_while_somebody_holds_the_lock(place: DaemonPlace, text: str) -> None:
    client.ensure(place)
    place.info_file.write_text(text)
    with pytest.raises(DaemonError, match=r"daemon\.json cannot be read"):
        client.ensure(place)
    client.stop(place)
    place.info_file.write_text(text)
    assert client.ensure(place).started


def test_a_newer_one_may_say_more(place: DaemonPlace, impostor: Info) -> None:
    place.info_file.write_text(json.dumps({**impostor._asdict(), "mood": "good"}))
    assert client.ensure(place).version == "9.0.0"


def test_an_older_idle_one_is_replaced(place: DaemonPlace) -> None:
    first = client.ensure(place)
    pretend_older(place)
    second = client.ensure(place)
    assert (second.started, second.version) == (True, VERSION)
    assert second.pid != first.pid


def test_the_process_in_the_file_is_not_believed(place: DaemonPlace) -> None:
    place.prepare()
    with subprocess.Popen(["sleep", "60"]) as bystander:
        info = Info(
            pid=bystander.pid, version="0.0.1", protocol=0, socket="/none", addresses=(), started_at=""
        )
        place.write_info(info)
        assert not client.stop(place)
        assert client.ensure(place).started
        assert client.stop(place)
        assert bystander.poll() is None
        bystander.kill()


def test_another_process_that_holds_the_lock_is_told_of(place: DaemonPlace) -> None:
    place.prepare()
    program = (
        "import sys; from pathlib import Path; from stigmerd.daemon.lock import Lock;"
        "lock = Lock.take(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(place.lock_file)]
    with subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(DaemonError, match=f"process {other.pid} holds"):
            client.ensure(place, timeout=0.2)
        assert other.stdin is not None
        other.stdin.close()
    assert client.ensure(place).started


def test_a_damaged_database_is_told_of_and_kept(place: DaemonPlace) -> None:
    place.prepare()
    database = place.data_dir / "stigmerd.db"
    database.write_bytes(b"this is no database" * 1000)
    with pytest.raises(DaemonError, match="damaged"):
        client.ensure(place)
    assert database.read_bytes().startswith(b"this is no database")
    assert holder(place.lock_file) is None


def test_a_death_at_start_shows_the_end_of_the_log(
    place: DaemonPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = place.data_dir.parent / "python"
    script.write_text("#!/bin/sh\necho 'ImportError: no module named grpc' >&2\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    for _ in range(2):
        with pytest.raises(DaemonError, match="ImportError: no module named grpc") as caught:
            client.ensure(place)
        assert caught.value.message.count("ImportError") == 1
    monkeypatch.setattr(sys, "executable", str(script) + "-gone")
    with pytest.raises(DaemonError):
        client.ensure(place)


def test_one_that_says_nothing_in_time(place: DaemonPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    script = place.data_dir.parent / "python"
    script.write_text("#!/bin/sh\n(sleep 1) &\n")  # keeps the pipe open, as a daemon does that still starts
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    with pytest.raises(DaemonError, match="not ready yet"):
        client.ensure(place, timeout=0.2)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a directory that another user cannot write")
@pytest.mark.parametrize("which", ["parent", "socket", "log", "foreign"])
def test_a_directory_that_cannot_be_used(short_dir: Path, which: str) -> None:
    """As an unprivileged user: for root everything is writable."""
    data = short_dir / "data"
    nobody = 65534
    short_dir.chmod(0o755)
    if which != "parent":
        (data / "logs").mkdir(parents=True)
        os.chown(data / "logs", nobody, nobody)
        if which != "foreign":
            os.chown(data, nobody, nobody)
    if which == "socket":
        data.chmod(0o500)
    if which == "log":
        (data / "logs").chmod(0o500)
    program = (
        "import os, sys; from pathlib import Path; from stigmerd.daemon.client import *;"
        f"os.setgid({nobody}); os.setuid({nobody});\n"
        "try: ensure(DaemonPlace.of(Path(sys.argv[1])))\n"
        "except DaemonError as error: print(error.message); print(error.hint)"
    )
    command = [sys.executable, "-c", program, str(data)]
    ran = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    message, hint = ran.stdout.splitlines()
    assert message.startswith(f"cannot use {data}")
    assert "STIGMER_DATA_DIR" in hint


def test_the_client_needs_the_standard_library_only() -> None:
    program = (
        "import sys; before = set(sys.modules); import stigmerd.daemon.client; new = {*sys.modules} - before;"
        "print(sorted({name.partition('.')[0] for name in new} - sys.stdlib_module_names))"
    )
    ran = subprocess.run([sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("['stigmer_api', 'stigmerd']\n", "")


def test_the_version_is_that_of_the_distribution() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION


def test_info_is_written_whole(place: DaemonPlace) -> None:
    place.prepare()
    info = Info(pid=1, version="1", protocol=1, socket="s", addresses=("a", "b"), started_at="t")
    place.write_info(info)
    assert place.read_info() == info
    assert json.loads(place.info_file.read_text()) == {
        **info._asdict(),
        "addresses": ["a", "b"],
        "allowed": [],
    }
