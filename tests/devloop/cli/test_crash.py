"""A bug of ours, as users see it."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
import traceback
from pathlib import Path

import pytest

from devloop.cli import crash, entry
from devloop.cli.crash import report


def bug() -> BaseException:
    try:
        raise ExceptionGroup("outer", [ExceptionGroup("inner", [KeyError("hunter2")])])
    except ExceptionGroup as error:
        return error


def test_a_sentence_for_the_user_and_the_story_in_a_file() -> None:
    said = report(bug())
    assert said.startswith("stigmer stopped because of a bug in its own code (KeyError")
    assert "Traceback" not in said
    assert "hunter2" not in said
    found = re.search(r"in (\S+\.log);", said)
    assert found
    log = Path(found[1])
    assert log.parent == Path.home() / ".stigmer" / "logs"
    assert "Traceback" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_without_a_home_the_story_is_kept_elsewhere() -> None:
    (Path.home() / ".stigmer").write_text("not a directory")
    found = re.search(r"in (\S+\.log);", report(bug()))
    assert found
    log = Path(found[1])
    assert log.exists()
    log.unlink()


def test_who_looks_for_the_bug_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STIGMER_DEBUG", "1")
    assert "Traceback" in report(bug())


class Unspeakable(Exception):  # noqa: N818
    def __str__(self) -> str:
        raise RecursionError


def test_an_error_that_cannot_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # for the second one in the same second
    for error in Unspeakable(), RecursionError("\ud800"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"):
        said = report(error)
        assert said.startswith(f"stigmer stopped because of a bug in its own code ({type(error).__name__}")
        said.encode()
    assert [*(Path.home() / ".stigmer/logs").iterdir()]


def test_nowhere_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """No home, no temporary directory; then one that is full."""

    def nowhere() -> str:
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    (Path.home() / ".stigmer").write_text("not a directory")
    assert "Set STIGMER_DEBUG=1" in report(bug())
    (Path.home() / ".stigmer").unlink()

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fdopen", full)
    assert "Set STIGMER_DEBUG=1" in report(bug())
    assert [*(Path.home() / ".stigmer/logs").iterdir()] == []


def test_when_even_the_report_fails(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(traceback, "format_exception", fails)
    assert "to report it failed as well (MemoryError)" in report(bug())
    monkeypatch.setattr(crash, "report", fails)
    monkeypatch.setattr(entry, "directly", lambda arguments: 1 // 0)
    assert entry.main(["run"]) == 1
    assert capfd.readouterr().err == "stigmer stopped because of an error: ZeroDivisionError\n"
    monkeypatch.setattr(entry, "directly", lambda arguments: os.open("/no/such", os.O_RDONLY))
    monkeypatch.setattr(os, "write", lambda number, data: os.close(-1))
    assert entry.main(["run"]) == 1
