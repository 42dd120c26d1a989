"""Built-in tools are there only where agent and project agree."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from stigmer_api.agentexecution_pb2 import ExecutionPhase
from stigmer_api.values import from_struct
from tests.stigmerd.agents.builtins.asking import asking, calling, calls, facts, said
from tests.stigmerd.agents.stage import Stage, scripted, texts
from tests.support.poll import until

FAILED = ExecutionPhase.EXECUTION_FAILED


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.md").write_text("# A\nold\n")
    (tmp_path / "main.py").write_text("")
    return tmp_path


async def test_an_agent_edits_files_of_its_project_and_shows_how(stage: Stage, project: Path) -> None:
    agent = asking(
        project,
        calling("edit_file", path="a.md", old="old", new="new"),
        calling("read_file", path="a.md"),
        calling("read_file", path="../main.py"),
        {"say": "done"},
        files={"folder": "docs"},
    )
    execution = await stage.run(agent)
    edit, read, out = calls(execution)
    assert facts(edit) == {
        "file": "a.md",
        "diff": "--- a/a.md\n+++ b/a.md\n@@ -1,2 +1,2 @@\n # A\n-old\n+new\n",
    }
    assert read.result == "1\t# A\n2\tnew"
    assert "outside of the workspace" in out.error
    assert texts(execution)[-1] == "done"


async def test_read_only_means_no_tool_that_writes(stage: Stage, project: Path) -> None:
    agent = asking(
        project, calling("write_file", path="x", content="x"), {"say": "."}, files={"read_only": True}
    )
    await stage.run(agent)
    assert not (project / "x").exists()


@pytest.mark.parametrize(("allow", "line"), [("", "[shell]"), ("files", "[files, shell]")])
async def test_what_the_project_does_not_allow_fails(
    stage: Stage, project: Path, allow: str, line: str
) -> None:
    execution = await stage.run(asking(project, {"say": "."}, allow=allow, shell={}))
    assert execution.status.phase == FAILED
    assert "the agent helper wants the built-in tools for shell, which the project's Stigmer.yaml" in (
        execution.status.error
    )
    assert f"`allow: {line}`" in execution.status.error
    assert "E1316" in execution.status.error


async def test_without_a_project_the_owner_of_the_backend_allows(stage: Stage) -> None:
    agent = asking(None, calling("write_file", path="a", content="x"), {"say": "done"}, files={})
    assert (await stage.run(agent)).status.phase == FAILED
    stage.config_file.write_text("allow: [files]\n")
    try:
        execution = await stage.run(agent)
    finally:
        stage.config_file.unlink()
    assert calls(execution)[0].result == "a created: 1 lines"


async def test_a_manifest_of_a_file_is_of_no_project(stage: Stage, project: Path) -> None:
    agent = asking(project, {"say": "."}, files={})
    agent.metadata.annotations["devloop.stigmer.ai/file"] = str(project / "agent.yaml")
    assert "config.yaml does not allow" in (await stage.run(agent)).status.error


@pytest.mark.parametrize(
    ("builtins", "problem"),
    [
        ([], "builtins must be an object"),
        ({"fils": {}}, 'there is no built-in tool "fils"; there are files, shell, web'),
        ({"files": True}, "builtins.files must be an object"),
        ({"files": {"foldr": "x"}}, 'builtins.files has no "foldr"'),
        ({"shell": {"timeout": 0}}, "builtins.shell.timeout must be a number of seconds above 0"),
        ({"web": {"hosts": "x"}}, "builtins.web.hosts must be a list"),
        ({"files": {"folder": ".."}}, "the folder .. of its files is outside of"),
        ({"files": {"folder": "nowhere"}}, "there is no folder nowhere"),
        ({"shell": {"env": ["TEAM"]}}, "the variable TEAM, which has no value"),
    ],
)
async def test_a_declaration_that_cannot_be_followed_is_said(
    stage: Stage, project: Path, builtins: object, problem: str
) -> None:
    agent = asking(project, {"say": "."})
    agent.metadata.annotations["devloop.stigmer.ai/options"] = json.dumps({"builtins": builtins})
    execution = await stage.run(agent)
    assert execution.status.phase == FAILED
    assert problem in execution.status.error


async def test_a_helper_has_its_own(stage: Stage, project: Path) -> None:
    script = json.dumps(
        {
            "turns": [{"call": {"tool": "reader", "args": {"message": "read"}}}, {"say": "{{ result }}"}],
            "agents": {"reader": [calling("read_file", path="docs/a.md"), {"say": "{{ result }}"}]},
        }
    )
    agent = scripted(script)
    agent.metadata.annotations["devloop.stigmer.ai/project-dir"] = str(project)
    agent.metadata.annotations["devloop.stigmer.ai/allow"] = "files"
    agent.metadata.annotations["devloop.stigmer.ai/options"] = json.dumps(
        {"sub_agents": {"reader": {"builtins": {"files": {}}}}}
    )
    agent.spec.sub_agents.add(name="reader", instructions="You read files for others.")
    execution = await stage.run(agent)
    assert any(said(call) == "1\t# A\n2\told" for call in calls(execution)), execution


async def test_writing_is_asked_for_with_the_diff(stage: Stage, project: Path) -> None:
    turns = [calling("edit_file", path="docs/a.md", old="old", new="new"), {"say": "done"}]
    agent = asking(project, calling("read_file", path="docs/a.md"), *turns, files={"requires_approval": True})
    execution_id = stage.add(agent)
    task = asyncio.create_task(stage.host.run(execution_id))
    await until(
        lambda: (
            len(calls(stage.get(execution_id))) == 2
            and "questions" in facts(calls(stage.get(execution_id))[1])
        )
    )
    read, edit = calls(stage.get(execution_id))
    assert read.result
    assert "+new" in json.dumps(from_struct(edit.component_metadata.metadata))
    assert (project / "docs/a.md").read_text() == "# A\nold\n"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
