"""Which files go with a message, and as what?"""

from __future__ import annotations

from pathlib import Path

import pytest

from devloop.cli import dotenv
from devloop.cli.input.attached import attachments_of, kind_of, mentioned
from runcmd.errors import UsageError
from stigmer_api.attachments import Attachment, decoded, encoded

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    for name in ("photo.png", "my notes.txt", "a.txt", "b.txt"):
        (tmp_path / name).write_bytes(PNG if name.endswith("png") else b"text")
    return tmp_path


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ("@photo.png", ["photo.png"]),
        ("What is on @photo.png?", ["photo.png"]),
        ("Compare @a.txt, @b.txt.", ["a.txt", "b.txt"]),
        ('Read @"my notes.txt" now', ["my notes.txt"]),
        ("write to ada@photo.png", []),
        ("ask @ada about it", []),
        ("an @ alone, and @@a.txt", []),
        ("a line\n@a.txt", ["a.txt"]),
        ("@. and @/ are no files", []),
        ("@" + "x" * 5000 + " long", []),
        ("@\0 odd", []),
    ],
)
def test_files_that_a_message_names(here: Path, message: str, names: list[str]) -> None:
    assert [file.name for file in mentioned(message)] == names


@pytest.mark.parametrize("message", ["@foto.png", " @nothing/here.txt ", '@"no file"'])
def test_a_message_that_is_only_a_file_that_is_not_there(here: Path, message: str) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        mentioned(message)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0 jpeg", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"RIFF\0\0\0\0AVI LIST", None),
        (b"%PDF-1.7", "application/pdf"),
        (b"ID3\4", "audio/mpeg"),
        ("name: Jürgen\n".encode(), "text/plain"),
        (b"\0\1\2\3", None),
        (b"\xff\xfe\xfd", None),
    ],
)
def test_the_kind_is_seen_from_the_content(data: bytes, kind: str | None) -> None:
    assert kind_of(data) == kind


def test_a_file_is_given_once(here: Path) -> None:
    files = [here / "a.txt", Path("a.txt"), here / "photo.png"]
    assert [each.name for each in attachments_of(files, dotenv.whole)] == ["a.txt", "photo.png"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "it is empty"), (b"\0\1", "neither text nor a picture"), (b"x" * (5 << 20), "cannot attach")],
)
def test_what_cannot_be_given_is_said(here: Path, content: bytes, problem: str) -> None:
    (here / "odd").write_bytes(content)
    with pytest.raises(UsageError, match=problem):
        attachments_of([here / "odd"], dotenv.whole)


def test_too_many_and_too_much(here: Path) -> None:
    for number in range(21):
        (here / f"{number}.txt").write_bytes(b"x")
    with pytest.raises(UsageError, match="21 files are too many"):
        attachments_of([here / f"{number}.txt" for number in range(21)], dotenv.whole)
    for number in range(2):
        (here / f"{number}.txt").write_bytes(b"x" * (7 << 19))
    with pytest.raises(UsageError, match=r"have 7\.0 MiB, and 6 MiB can be attached"):
        attachments_of([here / "0.txt", here / "1.txt"], dotenv.whole)


def test_they_come_through_the_annotation() -> None:
    given = [Attachment("photo.png", "image/png", PNG), Attachment("é.txt", "text/plain", b"\xff")]
    assert decoded(encoded(given)) == given
    assert decoded("") == []


@pytest.mark.parametrize(
    "text",
    ["{", "[1]", '[{"name": "a"}]', '[{"name": "a", "kind": "text/plain", "data": "!"}]', "[" * 100_000],
)
def test_an_annotation_of_somebody_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a list of name, kind and data"):
        decoded(text)


def test_an_annotation_with_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be attached"):
        decoded(encoded([Attachment("x", "application/x-sh", b"rm")]))
