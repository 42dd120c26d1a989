"""A data directory that another user could have put there, or could replace, is not used."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from stigmer_api.version import PROTOCOL, VERSION
from stigmerd.daemon import client
from stigmerd.daemon.client import DaemonError
from stigmerd.daemon.place import DaemonPlace, Info
from tests.support.world import World

STRANGER = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


def link_of(owner: int, *, directory: int) -> Callable[[Path], Path]:
    def build(base: Path) -> Path:
        (base / "room").mkdir()
        (base / "real").mkdir(mode=0o700)
        link = base / "room" / "link"
        link.symlink_to(base / "real")
        os.lchown(link, owner, -1)
        (base / "room").chmod(directory)
        return link / "data"

    return build


def room_of(owner: int, mode: int, *, parent: int = 0o755) -> Callable[[Path], Path]:
    def build(base: Path) -> Path:
        room = base / "outer" / "room"
        room.mkdir(parents=True)
        os.chown(room, owner, -1)
        room.chmod(mode)
        (base / "outer").chmod(parent)
        return room / "data"

    return build


def relative_chain(base: Path) -> Path:
    for name in ("one", "two", "real"):
        (base / name).mkdir()
    (base / "one" / "link").symlink_to("../two/link")
    (base / "two" / "link").symlink_to("../real")
    os.lchown(base / "two" / "link", STRANGER, -1)
    return base / "one" / "link" / "data"


def loop(base: Path) -> Path:
    (base / "a").symlink_to("b")
    (base / "b").symlink_to("a")
    return base / "a" / "data"


US = os.geteuid()
REFUSED: Mapping[str, tuple[Callable[[Path], Path], str]] = {
    "another user's link": (link_of(STRANGER, directory=0o755), f"is a link that belongs to user {STRANGER}"),
    "another user's link where all may write": (
        link_of(STRANGER, directory=0o1777),
        "is a link that belongs",
    ),
    "a link that all may replace": (link_of(US, directory=0o777), "may have put link there"),
    "a link that a group may replace": (link_of(US, directory=0o775), "may have put link there"),
    "a link by way of another user's": (relative_chain, "is a link that belongs"),
    "a room where all may write": (room_of(US, 0o777), "could put something else in its place"),
    "another user's room beside ours": (room_of(STRANGER, 0o755, parent=0o1777), "room belongs to user"),
    "a circle of links": (loop, "Too many levels of symbolic links"),
}
FINE: Mapping[str, Callable[[Path], Path]] = {
    "our link": link_of(US, directory=0o755),
    "our link where all may write but not replace": link_of(US, directory=0o1777),
    "a room of ours": room_of(US, 0o755),
    "a room where all may write but not replace": room_of(US, 0o1777),
    "a room of a group": room_of(US, 0o775),
}


@as_root
@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("made", [True, False])
def test_what_another_user_may_have_made_is_refused(short_dir: Path, what: str, made: bool) -> None:
    build, reason = REFUSED[what]
    data = build(short_dir)
    if made and what != "a circle of links":
        data.mkdir(mode=0o700)
        if "may write" in what and "room" in what:
            reason = "could put|may have put"
    for use in (
        DaemonPlace.of(data).prepare,
        lambda: client.status(DaemonPlace.of(data)),
        lambda: client.ensure(DaemonPlace.of(data)),
    ):
        with pytest.raises(DaemonError, match=reason) as refused:
            use()
        assert "STIGMER_DATA_DIR" in refused.value.hint


@as_root
@pytest.mark.parametrize("what", FINE)
def test_what_only_we_can_have_made_is_used(short_dir: Path, what: str) -> None:
    place = DaemonPlace.of(FINE[what](short_dir))
    assert client.status(place) is None
    place.prepare()
    place.prepare()
    assert client.status(place) is None


def test_a_link_of_ours_is_followed(short_dir: Path) -> None:
    (short_dir / "real").mkdir()
    (short_dir / "link").symlink_to("real")
    place = DaemonPlace.of(short_dir / "link")
    assert client.ensure(place).started
    assert (short_dir / "real" / "stigmerd.db").exists()
    assert client.stop(place)


LISTENER = """
import os, socket, sys
os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))
listening = socket.socket(socket.AF_UNIX); listening.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o777)
listening.listen(); print("ready", flush=True)
while True: listening.accept()
"""


@contextmanager
def stranger_listens(path: Path) -> Iterator[None]:
    command = [sys.executable, "-c", LISTENER, str(path), str(STRANGER)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield
        finally:
            process.kill()


def says(path: Path) -> str:
    info = Info(
        pid=os.getpid(), version=VERSION, protocol=PROTOCOL, socket=str(path), addresses=(), started_at=""
    )
    return json.dumps(info._asdict())


@as_root
def test_a_daemon_of_another_user_is_not_taken_for_ours(world: World) -> None:
    """With all that it takes to be believed: a directory, the file, somebody who answers."""
    world.data.mkdir()
    os.chown(world.data, STRANGER, STRANGER)
    world.dir.chmod(0o755)
    with stranger_listens(world.data / "stigmerd.sock"):
        (world.data / "daemon.json").write_text(says(world.data / "stigmerd.sock"))
        for command in (("executions", "list"), ("server", "status"), ("server", "start")):
            done = world.run(*command)
            assert done.code == 4, done.text
            assert f"it belongs to user {STRANGER}" in done.text
    shutil.rmtree(world.data)


@as_root
def test_a_short_directory_that_another_user_made_again(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket with a long name is elsewhere, where a cleaner of old files may have removed its directory."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_dir))
    short_dir.chmod(0o1777)
    place = DaemonPlace.of(short_dir / ("d" * 120))
    place.prepare()
    place.info_file.write_text(says(place.socket))
    shutil.rmtree(place.socket.parent)
    place.socket.parent.mkdir()
    os.chown(place.socket.parent, STRANGER, STRANGER)
    with stranger_listens(place.socket):
        for use in (client.status, client.ensure):
            with pytest.raises(DaemonError, match=f"belongs to user {STRANGER}"):
                use(place)


@as_root
def test_a_socket_of_another_user_in_our_own_directory(short_dir: Path) -> None:
    short_dir.chmod(0o755)
    place = DaemonPlace.of(short_dir / "data")
    place.prepare()
    os.chown(place.data_dir, STRANGER, STRANGER)
    with stranger_listens(place.socket):
        os.chown(place.data_dir, US, US)
        place.info_file.write_text(says(place.socket))
        with pytest.raises(DaemonError, match=f"answered by a process of user {STRANGER}"):
            client.status(place)


def test_the_client_says_who_answers(short_dir: Path) -> None:
    """Our own process, as ourselves."""
    place = DaemonPlace.of(short_dir / "data")
    place.prepare()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place.socket))
        listening.listen()
        place.info_file.write_text(says(place.socket))
        assert client.status(place) is not None
