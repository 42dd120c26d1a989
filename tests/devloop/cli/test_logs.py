"""The end of a log, and what comes after it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from devloop.cli.logs import Log


def last_lines(file: Path, count: int) -> list[str]:
    with closing(Log(file)) as log:
        return log.last_lines(count)


def test_the_last_lines(tmp_path: Path) -> None:
    file = tmp_path / "log"
    assert last_lines(file, 2) == []
    file.write_bytes(b"one\ntwo\n\xff three\nfour")
    assert last_lines(file, 2) == ["\ufffd three", "four"]
    assert last_lines(file, 0) == []
    assert len(last_lines(file, 9)) == 4


def test_what_comes_after_also_in_a_new_file(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("old\n")
    log = Log(file)
    assert log.last_lines(1) == ["old"]
    with file.open("a") as writer:
        writer.write("first\n")  # before anybody follows it
    texts = log.appended()
    assert next(texts) == "first\n"
    with file.open("a") as writer:
        writer.write("last words\n")
    file.rename(tmp_path / "log.1")
    file.write_text("in the new file\n")
    assert next(texts) == "last words\n"
    assert next(texts) == "in the new file\n"
    texts.close()


def test_a_log_that_is_emptied(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("a long line that goes\n")
    log = Log(file)
    assert log.last_lines(0) == []
    texts = log.appended()
    file.write_text("anew\n")
    assert next(texts) == "anew\n"
    texts.close()


def test_a_log_that_begins_later(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    assert not log.exists
    texts = log.appended()
    (tmp_path / "log").write_text("first\n")
    assert next(texts) == "first\n"
    texts.close()
