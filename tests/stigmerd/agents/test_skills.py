"""Skills: unpacked where they can do no harm, told to the model."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from stigmer_api.skill_pb2 import Skill
from stigmerd.agents.skills.front_matter import front_matter
from stigmerd.agents.skills.unpacking import SkillProblem, unpack
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


MANUAL = """---
name: writing
description: How we write;
  use it before you do
---
# Writing
Be brief."""


def put(stage: Stage, manual: str = MANUAL, **files: str) -> None:
    skill = Skill(kind="Skill")
    skill.metadata.slug = "writing"
    skill.spec.skill_md = manual
    stage.shelf.skills["writing"] = (skill, archive({"SKILL.md": manual, **files}))


async def test_the_prompt_has_names_and_the_agent_reads_the_rest(stage: Stage) -> None:
    put(stage, **{"words.txt": "short", "bin/count.sh": "wc"})
    agent = scripted(
        """- call: {tool: read_skill, args: {name: writing}}
- call: {tool: read_skill, args: {name: writing, file: words.txt}}
- call: {tool: read_skill, args: {name: writing, file: ../../x}}
- call: {tool: read_skill, args: {name: editing}}
- say: '{{ instructions }}'"""
    )
    agent.spec.skill_refs.add(slug="writing")
    execution = await stage.run(agent)
    manual, words, outside, unknown = execution.status.tool_calls
    assert manual.result.startswith("# Writing\nBe brief.\n\nThe files of this skill, in /")
    assert manual.result.endswith(":\nbin/count.sh\nwords.txt")
    assert words.result == "short"
    assert "outside of the workspace" in outside.error
    assert unknown.error == 'there is no skill "editing"; there are writing'
    prompt = execution.status.messages[-1].content
    assert prompt.endswith("\n\n- writing: How we write; use it before you do")
    assert "Be brief" not in prompt


async def test_the_same_skill_makes_the_same_prompt_and_the_same_folder(stage: Stage) -> None:
    put(stage, "No front matter, only words.", a="1")
    agent = scripted("- call: {tool: read_skill, args: {name: writing}}\n- say: '{{ instructions }}'")
    agent.spec.skill_refs.add(slug="writing")
    first, second = (await stage.run(agent), await stage.run(agent))
    assert first.status.tool_calls[0].result == second.status.tool_calls[0].result
    assert first.status.messages[-1].content == second.status.messages[-1].content
    assert first.status.messages[-1].content.endswith("- writing: No front matter, only words.")


async def test_a_server_of_the_agent_can_read_its_files(stage: Stage) -> None:
    put(stage, **{"words.txt": "short"})
    agent = with_server(
        scripted(
            """- call: {tool: read_skill, args: {name: writing}}
- call: {tool: read, args: {file: "{{ result | match('in (/.+):') }}/words.txt"}}
- say: '{{ result }}'"""
        )
    )
    agent.spec.skill_refs.add(slug="writing")
    assert (await stage.run(agent)).status.messages[-1].content == "short"


async def test_a_helper_has_skills_of_its_own(stage: Stage) -> None:
    put(stage)
    agent = scripted(
        """turns:
- call: {tool: writer, args: {message: go}}
- say: '{{ result }}'
agents:
  writer:
  - call: {tool: read_skill, args: {name: writing}}
  - say: '{{ result }}'"""
    )
    agent.spec.sub_agents.add(name="writer", instructions="You write.").skill_refs.add(slug="writing")
    assert (await stage.run(agent)).status.messages[-1].content == "# Writing\nBe brief."


@pytest.mark.parametrize(
    ("manual", "name", "description"),
    [
        ("---\nname: a\ndescription: >\n  two\n  lines\n---\nx", "a", "two lines"),
        ("---\n: [\n---\n# Title\n", "", "Title"),
        ("---\nname: a\n", "", "name: a"),
        ("\ufeff---\nname: a\ndescription: b\n---", "a", "b"),
        ("", "", ""),
    ],
)
def test_what_a_skill_says_of_itself(manual: str, name: str, description: str) -> None:
    said = front_matter(manual)
    assert (said.name, said.description) == (name, description)


async def test_a_skill_that_is_not_there_fails_the_execution(stage: Stage) -> None:
    agent = scripted("- say: x")
    agent.spec.skill_refs.add(slug="nowhere")
    assert (await stage.run(agent)).status.error == 'no skill "nowhere"'
