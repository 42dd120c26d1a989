"""A bug of ours, as users see it."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

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
