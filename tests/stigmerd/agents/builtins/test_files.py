"""What the tools for files answer."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from stigmerd.agents.builtins.files.diff import diff
from stigmerd.agents.builtins.files.place import Root
from stigmerd.agents.builtins.files.reading import list_files, read_file
from stigmerd.agents.builtins.files.refused import Refused
from stigmerd.agents.builtins.files.searching import find_files, search_files
from stigmerd.agents.builtins.files.texts import TextReader
from stigmerd.agents.builtins.files.writing import edit_file, write_file

READER = TextReader()


def test_lines_have_numbers_and_parts_say_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("".join(f"line {number}\n" for number in range(1, 13)))
    assert (
        read_file(Root(tmp_path), READER, "a", 9, 3)
        == " 9\tline 9\n10\tline 10\n11\tline 11\n(lines 9 to 11 of 12)"
    )
    with pytest.raises(Refused, match="has 12 lines; there is no line 13"):
        read_file(Root(tmp_path), READER, "a", 13, 1)


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"", "a is empty"),
        ("é\r\nb".encode(), "1\té\n2\tb"),
        ("\ufeffx\n".encode(), "1\tx"),
        ("weit\n".encode("utf-16"), "1\tweit"),
        (b"caf\xe9", "1\tcaf\ufffd"),
    ],
)
def test_texts_of_all_kinds_are_read(tmp_path: Path, content: bytes, shown: str) -> None:
    (tmp_path / "a").write_bytes(content)
    assert read_file(Root(tmp_path), READER, "a", 1, 10) == shown


def test_what_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\0\0")
    with pytest.raises(Refused, match=r"a\.png is binary: 6 bytes"):
        read_file(Root(tmp_path), READER, "a.png", 1, 10)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(Refused, match="too large"):
        read_file(Root(tmp_path), READER, "large", 1, 10)
    with pytest.raises(Refused, match="is a directory"):
        read_file(Root(tmp_path), READER, ".", 1, 10)
    with pytest.raises(Refused, match="there is no nowhere"):
        read_file(Root(tmp_path), READER, "nowhere", 1, 10)


def test_a_directory_is_listed(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a.txt").write_text("abc")
    (tmp_path / "c").symlink_to("a.txt")
    assert list_files(Root(tmp_path), ".") == "a.txt (3 bytes)\nb/\nc (link)"
    assert list_files(Root(tmp_path), "b") == "b is empty"


def test_files_are_found_by_name(tmp_path: Path) -> None:
    for name in ("a.py", "src/b.py", "src/deep/c.py", "src/d.txt", "node_modules/e.py", ".git/f.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    root = Root(tmp_path)
    assert find_files(root, "*.py", ".").splitlines() == ["a.py", "src/b.py", "src/deep/c.py"]
    assert find_files(root, "src/*.py", ".") == "src/b.py"
    assert find_files(root, "src/**/*.py", ".").splitlines() == ["src/b.py", "src/deep/c.py"]
    assert find_files(root, "[ab].py", ".").splitlines() == ["a.py", "src/b.py"]
    assert find_files(root, "*.py", "node_modules") == "node_modules/e.py"
    assert find_files(root, "*.rs", ".") == "no file is called *.rs"


def test_lines_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def one():\n    return TWO\n")
    (tmp_path / "b.txt").write_text("two\n")
    (tmp_path / "c.bin").write_bytes(b"two\0")
    root = Root(tmp_path)
    assert search_files(root, READER, r"def \w+", ".", "", ignore_case=False) == "a.py:1: def one():"
    assert (
        search_files(root, READER, "two", ".", "", ignore_case=True) == "a.py:2:     return TWO\nb.txt:1: two"
    )
    assert search_files(root, READER, "two", ".", "*.txt", ignore_case=True) == "b.txt:1: two"
    assert search_files(root, READER, "two", "b.txt", "", ignore_case=False) == "b.txt:1: two"
    with pytest.raises(Refused, match="no regular expression"):
        search_files(root, READER, "(", ".", "", ignore_case=False)


def test_a_file_is_written_and_what_it_replaces_keeps_its_mode(tmp_path: Path) -> None:
    root = Root(tmp_path)
    made = write_file(root, READER, "new/deep/a.sh", "echo\n")
    assert (made.text, made.diff) == (
        "new/deep/a.sh created: 1 lines",
        "--- /dev/null\n+++ b/new/deep/a.sh\n@@ -0,0 +1 @@\n+echo\n",
    )
    (tmp_path / "new/deep/a.sh").chmod(0o750)
    write_file(root, READER, "new/deep/a.sh", "echo 2\n")
    assert stat.S_IMODE((tmp_path / "new/deep/a.sh").stat().st_mode) == 0o750
    assert [each.name for each in (tmp_path / "new/deep").iterdir()] == ["a.sh"]


def test_an_edit_is_of_one_passage(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\r\ntwo\r\none\r\n")
    root = Root(tmp_path)
    with pytest.raises(Refused, match="holds that text 2 times"):
        edit_file(root, READER, "a", "one", "x", all_of_them=False)
    with pytest.raises(Refused, match="does not hold that text"):
        edit_file(root, READER, "a", "three", "x", all_of_them=False)
    edited = edit_file(root, READER, "a", "two\none", "2\n1", all_of_them=False)
    assert (tmp_path / "a").read_bytes() == b"one\r\n2\r\n1\r\n"
    assert "-two\n-one\n+2\n+1\n" in edited.diff
    (tmp_path / "b").write_bytes(b"\xff")
    with pytest.raises(Refused, match="is not UTF-8"):
        edit_file(root, READER, "b", "x", "y", all_of_them=False)


def test_what_would_be_done_can_be_asked(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\n")
    root = Root(tmp_path)
    edit = edit_file(root, READER, "a", "one", "two", all_of_them=False, pretend=True)
    new = write_file(root, READER, "b/c/d", "x\n", pretend=True)
    old = write_file(root, READER, "a", "x\n", pretend=True)
    assert [each.diff.splitlines()[-1] for each in (edit, new, old)] == ["+two", "+x", "+x"]
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("a", "one\n")]


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("old")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_file(Root(tmp_path), READER, "a", "new")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("a", "old")]


def test_a_diff_of_a_long_file_is_of_what_changed() -> None:
    before = "".join(f"{number}\n" for number in range(100_000))
    shown = diff("a", before, before.replace("\n50000\n", "\nnew\n"))
    around = " 49997\n 49998\n 49999\n-50000\n+new\n 50001\n 50002\n 50003\n"
    assert shown == f"--- a/a\n+++ b/a\n@@ -49998,7 +49998,7 @@\n{around}"
    assert len(diff("a", before, "x\n" * 100_000)) < 21_000
    assert diff("a", "x\n", "x\n") == ""
