"""Skills in folders of the project: checked where they are declared, packed as `skill push` does."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from devloop.cli.skill.folder import contents
from devloop.cli.skill.pack import packed as pushed
from stigmer._program.skill_folders import packed
from stigmer.errors import DeclarationError
from stigmer.skills import SkillFolder

MANUAL = "---\nname: pdf\ndescription: How PDFs are made\n---\nUse pandoc.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pdf/bin").mkdir(parents=True)
    (tmp_path / "pdf/SKILL.md").write_text(MANUAL)
    (tmp_path / "pdf/bin/run.sh").write_text("echo")
    (tmp_path / "pdf/bin/run.sh").chmod(0o755)
    (tmp_path / "pdf/.env").write_text("KEY=s3cr3t")
    (tmp_path / "pdf/__pycache__").mkdir()
    (tmp_path / "pdf/__pycache__/x.pyc").write_text("x")
    return tmp_path / "pdf"


def test_it_is_the_version_that_a_push_makes(folder: Path) -> None:
    skill = SkillFolder(str(folder))
    data = packed(skill)
    assert skill.slug == "pdf"
    assert skill.version == hashlib.sha256(data).hexdigest()
    assert data == pushed(contents(folder))
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert names == ["SKILL.md", "bin/run.sh"]


def test_times_do_not_count_and_content_does(folder: Path) -> None:
    before = packed(SkillFolder(folder))
    os.utime(folder / "SKILL.md", (1, 1))
    assert packed(SkillFolder(folder)) == before
    (folder / "SKILL.md").write_text(MANUAL + "More.\n")
    assert packed(SkillFolder(folder)) != before


@pytest.mark.parametrize(
    ("manual", "mistake"),
    [
        ("Use pandoc.", "does not say when to use the skill"),
        ("---\nname: pdf\n---\n", "does not say when to use the skill"),
        ("---\nname: pdf\ndescription: x\n", "has no end: another line ---"),
        ("---\nname: Päh\ndescription: x\n---\n", "skill"),
    ],
)
def test_a_manual_that_says_too_little_is_a_mistake(folder: Path, manual: str, mistake: str) -> None:
    (folder / "SKILL.md").write_text(manual)
    with pytest.raises(DeclarationError, match=mistake):
        SkillFolder(folder)


def test_what_is_no_skill_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"there is no directory .*nowhere with a skill"):
        SkillFolder(tmp_path / "nowhere")
    with pytest.raises(DeclarationError, match=r"the skill cannot be read: .*SKILL\.md"):
        SkillFolder(tmp_path)


def test_nothing_outside_is_packed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cr3t")
    (folder / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(DeclarationError, match="link leads out of"):
        packed(SkillFolder(folder))
    (folder / "link").unlink()
    (folder / "again").symlink_to(folder)
    with pytest.raises(DeclarationError, match="is a link to where it is itself"):
        packed(SkillFolder(folder))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MANUAL, ("pdf", "How PDFs are made")),
        ('---\ndescription: >-\n  two\n  lines\nname: "a"\n---\n', ("a", "two lines")),
        ("no front matter", ("", "")),
    ],
)
def test_front_matter_is_read_without_a_library(tmp_path: Path, text: str, said: tuple[str, str]) -> None:
    (tmp_path / "SKILL.md").write_text(text)
    from stigmer.skills import front_matter

    assert front_matter(text, "SKILL.md") == said
