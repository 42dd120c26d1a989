"""An empty, short or foreign token file opens no door, and a secret is written whole or not at all."""

from __future__ import annotations

import base64
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from stigmerd.daemon import client
from stigmerd.daemon.client import Auth, DaemonError
from stigmerd.daemon.place import DaemonPlace
from stigmerd.server import ServerSettings, open_server
from stigmerd.services.transport import AddressError
from stigmerd.store.secret_files import write_whole
from stigmerd.store.vault import KEY_FILE, Vault, VaultError
from tests.attacks.token_calls import answer
from tests.support.files import mode
from tests.support.paths import ENVIRONMENT

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


def planted_link(path: Path) -> None:
    target = path.with_name("elsewhere")
    target.write_text("precious")
    path.symlink_to(target)


def open_to_all(path: Path) -> None:
    path.write_text("x" * 43)
    path.chmod(0o644)


PLANTS: Mapping[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_text(""),
    "short": lambda path: path.write_text("a"),
    "blank": lambda path: path.write_text("\n\n"),
    "link": planted_link,
    "open": open_to_all,
    "fifo": os.mkfifo,
}


@pytest.mark.parametrize("what", PLANTS)
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_whatever_lies_there_the_door_is_locked(place: DaemonPlace, what: str, host: str) -> None:
    place.prepare()
    PLANTS[what](place.token_file)
    running = client.start(place, (f"{host}:0",))
    token = place.token_file.read_text()
    assert await answer(running) == "UNAUTHENTICATED"
    assert await answer(running, "") == "UNAUTHENTICATED"
    assert await answer(running, "a") == "UNAUTHENTICATED"
    assert await answer(running, token) == "OK"
    assert stat.S_ISREG(place.token_file.lstat().st_mode)
    assert mode(place.token_file) == 0o600
    assert len(token) >= 43
    elsewhere = place.data_dir / "elsewhere"
    assert not elsewhere.exists() or elsewhere.read_text() == "precious"


async def test_a_token_is_of_one_start(place: DaemonPlace) -> None:
    client.start(place, ("127.0.0.1:0",))
    before = place.token_file.read_text()
    client.stop(place)
    running = client.start(place, ("127.0.0.1:0",))
    assert await answer(running, before) == "UNAUTHENTICATED"
    assert await answer(running, place.token_file.read_text()) == "OK"
    client.stop(place)
    client.start(place, ("127.0.0.1:0",), auth=Auth.NONE)
    assert not place.token_file.exists()


def test_what_cannot_be_replaced_is_told(place: DaemonPlace) -> None:
    (place.data_dir / "token" / "inner").mkdir(parents=True)
    with pytest.raises(DaemonError, match=r"cannot use .*/token: Is a directory"):
        client.start(place, ("0.0.0.0:0",))


@pytest.mark.parametrize("token", ["", "a", " " * 40, "x" * 31, "ä" * 40, "x" * 40 + "\n"])
async def test_a_server_with_a_token_that_can_be_guessed_does_not_open(short_dir: Path, token: str) -> None:
    settings = ServerSettings(addresses=("127.0.0.1:0",), token=token)
    with pytest.raises(AddressError, match="at least 32"):
        async with open_server(settings):
            raise AssertionError("it listens")


WRITER = """
import resource, signal, sys
from pathlib import Path
from stigmerd.store.secret_files import write_whole
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
if sys.argv[2] == "killed":
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
write_whole(Path(sys.argv[1]), b"n" * 43, keep=sys.argv[3] == "keep")
"""


@pytest.mark.parametrize("keep", ["keep", "replace"])
@pytest.mark.parametrize("end", ["fails", "killed"])
@pytest.mark.parametrize("before", [b"o" * 43, None])
def test_half_a_secret_is_never_there(tmp_path: Path, end: str, keep: str, before: bytes | None) -> None:
    """After ten bytes the write fails, or the kernel ends the writer."""
    path = tmp_path / "secret"
    if before is not None:
        path.write_bytes(before)
    command = [sys.executable, "-c", WRITER, str(path), end, keep]
    ran = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    assert ran.returncode == (1 if end == "fails" else -signal.SIGXFSZ), ran.stderr
    assert (path.read_bytes() if path.exists() else None) == before
    write_whole(path, b"n" * 43)
    assert path.read_bytes() == b"n" * 43
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]  # also not the draft of the dead one


def a_key(directory: Path) -> Path:
    path = directory / KEY_FILE
    path.write_bytes(base64.b64encode(b"k" * 32))
    path.chmod(0o600)
    return path


def test_a_key_that_others_could_read_is_closed_and_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = a_key(tmp_path)
    path.chmod(0o640)
    Vault.open(tmp_path)
    assert mode(path) == 0o600
    assert f"{path} could be read by other users (mode 640)" in caplog.text
    caplog.clear()
    Vault.open(tmp_path)
    assert caplog.text == ""


@as_root
def test_a_key_of_somebody_else_is_refused(tmp_path: Path) -> None:
    os.chown(a_key(tmp_path), NOBODY, NOBODY)
    with pytest.raises(VaultError, match=f"it belongs to user {NOBODY}"):
        Vault.open(tmp_path)


@pytest.mark.parametrize("text", ["", "\n", "a2V5", "k" * 44 + "!"])
def test_a_key_that_is_none_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    path = a_key(tmp_path)
    path.write_text(text)
    with pytest.raises(VaultError, match="holds no encryption key"):
        Vault.open(tmp_path)
    assert path.read_text() == text


@pytest.mark.timeout(20)
def test_a_key_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / KEY_FILE)
    with pytest.raises(VaultError, match="not a regular file"):
        Vault.open(tmp_path)
