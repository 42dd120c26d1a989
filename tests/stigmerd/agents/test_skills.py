"""Skills: unpacked where they can do no harm, told to the model."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from stigmer_api.skill_pb2 import Skill
from stigmerd.agents.skills import SkillProblem, unpack
from stigmerd.resources import skill_archive
from tests.stigmerd.agents.stage import Stage, scripted, with_server


def archive(files: dict[str, str], *, links: dict[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, text in files.items():
            opened.writestr(name, text)
        for name, target in (links or {}).items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            opened.writestr(entry, target)
    return buffer.getvalue()


def test_files_are_unpacked(tmp_path: Path) -> None:
    unpack("s", archive({"SKILL.md": "# S", "scripts/run.sh": "echo"}), tmp_path / "s")
    assert (tmp_path / "s/scripts/run.sh").read_text() == "echo"


@pytest.mark.parametrize("name", ["../out", "/etc/out", "a/../../out", "C:\\out", "..\\out"])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    with pytest.raises(SkillProblem, match="outside of the skill's directory"):
        unpack("s", archive({"SKILL.md": "x", name: "evil"}), tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_links_bombs_and_damage_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SkillProblem, match="is a link or a device"):
        unpack("s", archive({}, links={"home": "/"}), tmp_path / "s")
    with pytest.raises(SkillProblem, match="damaged"):
        unpack("s", b"no zip", tmp_path / "s")
    monkeypatch.setattr(skill_archive, "MAX_UNPACKED_BYTES", 10)
    with pytest.raises(SkillProblem, match="11 bytes unpacked"):
        unpack("s", archive({"big": "x" * 11}), tmp_path / "s")
    monkeypatch.setattr(skill_archive, "MAX_ENTRIES", 1)
    with pytest.raises(SkillProblem, match="2 files"):
        unpack("s", archive({"a": "", "b": ""}), tmp_path / "s")


async def test_the_model_is_told_about_a_skill_and_a_tool_can_read_it(stage: Stage) -> None:
    skill = Skill(kind="Skill")
    skill.metadata.slug = "writing"
    skill.spec.skill_md = "# Writing\nBe brief."
    skill.status.version_hash = "a" * 64
    stage.shelf.skills["writing"] = (skill, archive({"SKILL.md": "# Writing", "words.txt": "short"}))
    agent = scripted("- say: '{{ instructions }}'")
    agent.spec.skill_refs.add(slug="writing")
    text = (await stage.run(agent)).status.messages[-1].content
    assert text.startswith("You are a helper.\n\n# Skills")
    assert '<skill name="writing"' in text
    assert "Be brief." in text
    agent = with_server(
        scripted(
            """- call: {tool: read, args: {file: "{{ instructions | match('folder=.([^\\"]+)') }}/words.txt"}}
- say: '{{ result }}'"""
        )
    )
    agent.spec.skill_refs.add(slug="writing")
    assert (await stage.run(agent)).status.messages[-1].content == "short"


async def test_a_skill_that_is_not_there_fails_the_execution(stage: Stage) -> None:
    agent = scripted("- say: x")
    agent.spec.skill_refs.add(slug="nowhere")
    assert (await stage.run(agent)).status.error == 'no skill "nowhere"'
