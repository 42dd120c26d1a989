"""Built-in tools, todos and a skill of a project, from the declaration to the screen."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.support.poll import wait_until
from tests.support.processes import alive
from tests.support.world import World

PROGRAM = """
from stigmer import Agent, FileTools, Scripted, ShellTool, Todos

Agent(
    "keeper",
    "You keep the documentation in order.",
    tools=[FileTools("docs", requires_approval=False), ShellTool(requires_approval=False), Todos()],
    skills=["./skills/style"],
    model=Scripted("keeper.yaml"),
)
"""
SCRIPT = """
- call: {tool: read_skill, args: {name: style}}
- call: {tool: write_todos, args: {todos: [{id: a, content: mend, status: in_progress}]}}
- call: {tool: edit_file, args: {path: a.md, old: old, new: new}}
- call: {tool: run_command, args: {command: "cat docs/a.md; exit 3"}}
- say: "{{ results.read_skill }}"
"""
MANUAL = "---\nname: style\ndescription: How we write\n---\nBe brief."


@pytest.fixture
def project(world: World) -> Path:
    folder = world.project(PROGRAM)
    (folder / "keeper.yaml").write_text(SCRIPT)
    (folder / "docs").mkdir()
    (folder / "docs/a.md").write_text("old\n")
    (folder / "skills/style").mkdir(parents=True)
    (folder / "skills/style/SKILL.md").write_text(MANUAL)
    return folder


def allow(project: Path, kinds: str) -> None:
    file = project / "Stigmer.yaml"
    file.write_text(f"{file.read_text()}allow: [{kinds}]\n")


def test_what_is_not_allowed_says_the_line_to_add(world: World, project: Path) -> None:
    done = world.run("run", "keeper", "-m", "go", "--ephemeral", cwd=project)
    assert done.code == 1
    assert "wants the built-in tools for files, shell, which the project's Stigmer.yaml" in done.err
    assert "`allow: [files, shell]`" in done.err
    assert (project / "docs/a.md").read_text() == "old\n"


def test_each_call_is_seen_and_an_edit_of_the_skill_runs_again(world: World, project: Path) -> None:
    allow(project, "files, shell")
    done = world.run("run", "keeper", "-m", "go", "--ephemeral", cwd=project)
    assert "   --- a/a.md\n   +++ b/a.md\n   @@ -1 +1 @@\n   -old\n   +new\n" in done.out
    assert "   exit status 3\n" in done.out
    assert "Todo: mend" in done.out
    assert done.out.count("Be brief.") >= 1
    assert (project / "docs/a.md").read_text() == "new\n"
    (project / "docs/a.md").write_text("old\n")
    running = world.start(
        *("run", "keeper", "-m", "go", "--watch", "--ephemeral", "-o", "json", "--no-keys"), cwd=project
    )
    assert running.event("run_finished")["answer"] == "Be brief."
    (project / "skills/style/SKILL.md").write_text(MANUAL + " And kind.")
    assert running.event("run_finished")["answer"] == "Be brief. And kind."
    running.signal(signal.SIGTERM)
    running.end()
    calls = [json.loads(line) for line in running.lines if '"tool_call_changed"' in line]
    ended = {each["name"]: each for each in calls if each["state"] == "completed"}
    assert ended["edit_file"]["diff"].endswith("-old\n+new\n")
    assert ended["run_command"]["exit_status"] == 3


OWN_WRITE = "main.py: written by an agent, which starts no run"


def test_an_agent_that_edits_its_own_program_runs_once(world: World, project: Path) -> None:
    allow(project, "files, shell")
    (project / "main.py").write_text(PROGRAM.replace('FileTools("docs"', 'FileTools("."'))
    edit = {"path": "main.py", "old": "in order.", "new": "in good order."}
    turns = [{"call": {"tool": "edit_file", "args": edit}}, {"say": "{{ instructions | first_line }}"}]
    (project / "keeper.yaml").write_text(json.dumps(turns))
    running = world.start(
        *("run", "keeper", "-m", "go", "--watch", "--ephemeral", "-o", "json", "--no-keys"), cwd=project
    )
    running.until(OWN_WRITE)
    if not any('"run_finished"' in line for line in running.lines):
        running.event("run_finished")
    (project / "main.py").write_text((project / "main.py").read_text() + "# by hand\n")
    assert running.event("run_finished")["answer"] == "You keep the documentation in good order."
    running.signal(signal.SIGTERM)
    running.end()
    assert sum('"run_started"' in line for line in running.lines) == 2


def test_a_command_ends_with_its_backend(world: World, project: Path) -> None:
    allow(project, "files, shell")
    command = "setsid sleep 3600 & echo $! $$ > pids.part; mv pids.part pids; sleep 3600"
    turns = [{"call": {"tool": "run_command", "args": {"command": command}}}, {"say": "done"}]
    (project / "keeper.yaml").write_text(json.dumps(turns))
    assert world.run("run", "keeper", "-m", "go", "--no-follow", cwd=project).code == 0
    wait_until((project / "pids").exists)
    pids = [int(each) for each in (project / "pids").read_text().split()]
    assert all(map(alive, pids))
    world.kill_daemon()
    wait_until(lambda: not any(map(alive, pids)))
