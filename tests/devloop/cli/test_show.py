"""A run on a real terminal, pipe or file, until it ends, is interrupted, or nobody reads any more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.support.paths import PYTHONPATH, ROOT


@contextmanager
def program(
    name: str, output: str = "plain", stdout: int | IO[str] = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.devloop.cli.programs", name, output],
        cwd=ROOT,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": PYTHONPATH},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def said(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.read()


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_a_signal_cancels_the_run(number: signal.Signals, status: int) -> None:
    with program("waits", "json") as process:
        assert "line 0" in first_line(process)
        process.send_signal(number)
        assert process.wait() == status
        lines = said(process.stdout).splitlines()
        assert [line.split('"')[3] for line in lines] == ["cancel_started", "cancel_finished", "run_finished"]
        assert said(process.stderr) == ""


def test_a_second_signal_leaves_at_once() -> None:
    with program("stubborn", "json") as process:
        assert "line 0" in first_line(process)
        process.send_signal(signal.SIGINT)
        # It cannot say that it was cancelled, so the second signal may come at any time.
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert process.wait() in (130, 143)
        assert "stopped at once" in said(process.stderr)


@pytest.mark.parametrize("output", ["plain", "json"])
def test_a_reader_that_leaves_ends_the_run_quietly(output: str) -> None:
    with program("floods", output) as process:
        assert "line 0" in first_line(process)
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait() == 141
        assert said(process.stderr) == ""


def test_a_reader_that_does_not_read_can_be_left() -> None:
    with program("floods") as process:
        assert "line 0" in first_line(process)
        while not _asleep(process.pid):
            process.poll()
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert process.wait() in (130, 143)


def test_a_full_disk_is_said() -> None:
    with Path("/dev/full").open("w") as full, program("ends", stdout=full) as process:
        assert process.wait() == 1
        assert "Error: cannot write to standard output: No space left on device" in said(process.stderr)


def _asleep(pid: int) -> bool:
    """It waits in the kernel: the pipe is full."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"
