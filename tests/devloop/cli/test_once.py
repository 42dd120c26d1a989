"""Files that can be read only once, read once and kept."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from devloop.cli.once import ReadOnce, refuse_twice
from runcmd.errors import UsageError

MOST = 1 << 16


def silent(_: str) -> None:
    """Nothing is to be said."""


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


async def test_a_pipe_is_read_once(pipe: Path) -> None:
    once = ReadOnce(MOST)
    once.begin([pipe])
    pipe.write_text("one")
    await once.wait(silent)
    assert (once.content(pipe), once.content(pipe)) == (b"one", b"one")
    once.begin([pipe])  # nobody would write to it
    await once.wait(silent)
    assert once.kept == [pipe]


async def test_it_is_said_who_is_waited_for(pipe: Path) -> None:
    once, said = ReadOnce(MOST), []
    once.begin([pipe])

    def say(text: str) -> None:
        said.append(text)
        pipe.write_text("late")

    await once.wait(say)
    assert said == [f"waiting for somebody to write to {pipe}, and to close it"]
    assert once.content(pipe) == b"late"


async def test_who_stops_waiting_loses_nothing(pipe: Path) -> None:
    import anyio

    once = ReadOnce(MOST)
    once.begin([pipe])
    with anyio.move_on_after(0):
        await once.wait(silent)
    pipe.write_text("one")
    await once.wait(silent)
    assert once.content(pipe) == b"one"


async def test_an_ordinary_file_in_its_place_is_not_held(pipe: Path) -> None:
    once = ReadOnce(MOST)
    once.begin([pipe])
    pipe.write_text("one")
    await once.wait(silent)
    pipe.unlink()
    assert once.holds(pipe)
    pipe.write_text("ordinary")
    assert not once.holds(pipe)
    assert once.kept == []


async def test_ordinary_files_and_devices(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    files = [tmp_path / "file", tmp_path / "none", tmp_path, Path("/dev/null")]
    once = ReadOnce(MOST)
    once.begin(files)
    await once.wait(silent)
    assert [once.holds(file) for file in files] == [False, False, False, True]
    assert once.content(Path("/dev/null")) == b""
    assert once.kept == []


async def test_one_without_an_end(pipe: Path) -> None:
    once = ReadOnce(MOST)
    once.begin([Path("/dev/zero")])
    with pytest.raises(OSError, match="larger than 64 KiB"):
        once.content(Path("/dev/zero"))


def test_standard_input_for_two(pipe: Path) -> None:
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    before = os.dup(0)
    os.dup2(reading, 0)
    try:
        for same in (Path("/dev/stdin"), Path("/dev/fd/0"), pipe):
            with pytest.raises(UsageError, match="both read standard input"):
                refuse_twice([("--env-file", same)], "-")
            refuse_twice([("--env-file", same)], "text")
            with pytest.raises(UsageError, match=f"--input {same} and --env-file .* both read"):
                refuse_twice([("--env-file", Path("/dev/stdin")), ("--input", same)], "text")
        refuse_twice([("--env-file", Path("/dev/null")), ("--input", pipe.parent)], "-")
    finally:
        os.dup2(before, 0)
        os.close(before)
        os.close(reading)


async def test_a_socket(tmp_path: Path) -> None:
    """As Node.js gives standard input to what it starts."""
    ours, theirs = socket.socketpair()
    once = ReadOnce(MOST)
    with ours, theirs:
        file = Path(f"/dev/fd/{theirs.fileno()}")
        once.begin([file])
        ours.sendall(b"A=1\n")
        ours.shutdown(socket.SHUT_WR)
        await once.wait(silent)
        assert once.content(file) == b"A=1\n"
