"""Which files are packed, and which are refused."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from devloop.cli.skill import folder
from devloop.cli.skill.folder import contents
from devloop.cli.skill.pack import packed, version_of
from runcmd.errors import UsageError

MANUAL = "---\nname: reviewing\ndescription: how to review\n---\nRead the diff first.\n"


@pytest.fixture
def skill(tmp_path: Path) -> Path:
    place = tmp_path / "reviewing"
    place.mkdir()
    (place / "SKILL.md").write_text(MANUAL)
    return place


def add(skill: Path, *names: str) -> None:
    for name in names:
        (skill / name).parent.mkdir(parents=True, exist_ok=True)
        (skill / name).write_text(name)


def names(skill: Path) -> list[str]:
    return [each.name for each in contents(skill).files]


def test_what_tools_leave_behind_and_secrets_stay_out(skill: Path) -> None:
    kept = [".env.example", ".github/a.yml", ".gitignore", "docs/venv-notes.md", "environment.md", "run.sh"]
    add(skill, *kept)
    (skill / ".gitignore").write_text("*.tmp\nbuild/\n")
    left = [
        ".env",
        ".env.local",
        ".git/config",
        "node_modules/x/y.js",
        "venv/z",
        ".venv/z",
        "__pycache__/a.pyc",
    ]
    left += ["a.pyc", "b~", ".a.swp", ".DS_Store", "Thumbs.db", "x.log", "x.tmp", "build/out"]
    add(skill, *left)
    found = contents(skill)
    assert [each.name for each in found.files] == sorted([*kept, "SKILL.md"])
    reasons = dict(found.left_out)
    assert reasons["x.tmp"] == ".gitignore:1: *.tmp"
    assert reasons["build/"] == ".gitignore:2: build/"
    assert reasons[".env"] == ".env"


def test_executable_bits_are_kept_and_nothing_else_counts(skill: Path, tmp_path: Path) -> None:
    add(skill, "run.sh", "b/c.txt")
    (skill / "run.sh").chmod(0o775)
    first = packed(contents(skill))
    modes = {
        each.filename: each.external_attr >> 16 for each in zipfile.ZipFile(io.BytesIO(first)).infolist()
    }
    assert modes == {"SKILL.md": 0o100644, "b/c.txt": 0o100644, "run.sh": 0o100755}
    for each in skill.rglob("*"):
        os.utime(each, (1, 1))
    (skill / "b" / "c.txt").chmod(0o600)
    moved = skill.rename(tmp_path / "elsewhere")
    assert packed(contents(moved)) == first
    (moved / "run.sh").chmod(0o644)
    assert version_of(packed(contents(moved))) != version_of(first)


def test_links_within_are_followed(skill: Path) -> None:
    add(skill, "real/a.txt")
    (skill / "link.txt").symlink_to("real/a.txt")
    (skill / "folder").symlink_to("real")
    assert names(skill) == ["SKILL.md", "folder/a.txt", "link.txt", "real/a.txt"]
    assert packed(contents(skill))


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("/etc/hostname", "leads out of the skill"),
        ("../outside", "leads out of the skill"),
        ("..", "leads out of the skill"),
        ("gone", "is not there"),
        (".", "in which it is itself"),
    ],
)
def test_links_that_lead_elsewhere_are_refused(skill: Path, target: str, said: str) -> None:
    (skill.parent / "outside").write_text("x")
    (skill / "link").symlink_to(target)
    with pytest.raises(UsageError, match=said) as caught:
        contents(skill)
    assert caught.value.code == "E0162"


def test_no_skill(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no directory"):
        contents(tmp_path / "gone")
    with pytest.raises(UsageError, match=r"has no SKILL\.md"):
        contents(tmp_path)
    (tmp_path / "skill.md").touch()
    with pytest.raises(UsageError) as caught:
        contents(tmp_path)
    assert caught.value.hint in ("rename skill.md to SKILL.md", "name the directory that has a SKILL.md")


def test_a_manual_that_git_ignores(skill: Path) -> None:
    (skill / ".gitignore").write_text("*.md\n")
    with pytest.raises(UsageError, match=r"\.gitignore:1"):
        contents(skill)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b" \n", "is empty"), (b"\xff", "not UTF-8"), (b"x" * ((1 << 20) + 1), "are allowed")],
)
def test_a_manual_that_is_none(skill: Path, content: bytes, said: str) -> None:
    (skill / "SKILL.md").write_bytes(content)
    with pytest.raises(UsageError, match=said) as caught:
        packed(contents(skill))
    assert caught.value.code == "E0161"


def test_names_that_other_systems_do_not_know(skill: Path) -> None:
    add(skill, "a:b")
    with pytest.raises(UsageError, match="outside of the skill"):
        packed(contents(skill))


def test_what_is_no_file_is_left_out(skill: Path) -> None:
    os.mkfifo(skill / "pipe")
    assert dict(contents(skill).left_out) == {"pipe": "no ordinary file"}


def test_too_much(skill: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (skill / "noise").write_bytes(os.urandom(11 << 20))
    with pytest.raises(UsageError, match=r"11\.0 MiB, and 10 MiB are the most") as caught:
        packed(contents(skill))
    assert caught.value.code == "E0163"
    monkeypatch.setattr(folder, "MOST_FILES", 1)
    with pytest.raises(UsageError, match="files and 500 MiB are the most"):
        contents(skill)
