"""Files that a target uses when it runs: an edit of one runs it again, and the new code answers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from devloop.loop.events import ExplanationShown, NotAffected, WatchReady
from devloop.loop.uses import counted, with_uses
from runcmd.events import RunFinished
from runcmd.pipeline import Connect
from runcmd.project import Project, ProjectRuntime
from runcmd.request import RunRequest, RuntimeVariable
from stigmer_api.agent_pb2 import Agent
from tests.devloop.loop.looping import looping
from tests.runcmd.declarations import agent, manifest
from tests.support.paths import MCP_SERVER

PROGRAM = f"""
from stigmer import Agent, Scripted, StdioServer, Workflow

Agent("first", "Use the tool and tell what it says.", model=Scripted("script.yaml"),
      mcp_servers=[StdioServer("tools", {sys.executable!r}, ["server.py"])])
Agent("second", "Use the tool and tell what it says.", model=Scripted("script.yaml"),
      mcp_servers=[StdioServer("tools", {sys.executable!r}, ["other.py"])])
flow = Workflow("flow")
answer = flow.call_agent("ask", "first", "Go.")
flow.set("said", text=answer.text)
"""
SCRIPT = "- call: {tool: echo, args: {text: x}}\n- say: 'It said {{ result }}.'\n"


def server(answer: str, *imports: str) -> str:
    text = MCP_SERVER.read_text().replace('return str(args["text"])', f"return {answer}")
    return text.replace("import json\n", "import json\n" + "".join(f"{each}\n" for each in imports))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "script.yaml": SCRIPT,
        "server.py": server("__import__('words').WORD"),
        "words.py": "WORD = 'one'\n",
        "other.py": server("'other'"),
        "README.md": "words.py",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


async def test_only_who_uses_a_file_runs_again(project: Path, connect: Connect) -> None:
    async with looping(project, connect, PROGRAM, selector="first") as hands:
        assert "It said one." in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        for file in ("README.md", "other.py"):
            hands.edit("# another\n", file)
            assert (await hands.until(NotAffected)).changed == (file,)
            await hands.until(WatchReady)
        hands.edit("WORD = 'two'\n", "words.py")
        assert "It said two." in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        hands.loop.press("e")
        (depends,) = (await hands.until(ExplanationShown)).depends
        assert depends.name == "first"
        assert depends.files == ("server.py", "words.py")


async def test_a_workflow_uses_what_its_agents_use(project: Path, connect: Connect) -> None:
    async with looping(project, connect, PROGRAM, selector="flow") as hands:
        assert "It said one." in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        hands.edit("WORD = 'two'\n", "words.py")
        assert "It said two." in (await hands.until(RunFinished)).answer


async def test_code_that_is_ignored_counts_and_data_does_not(project: Path, connect: Connect) -> None:
    (project / ".gitignore").write_text("dist/\nout.json\n")
    (project / "dist").mkdir()
    built = "WORD = {!r}\n"
    (project / "dist" / "words.py").write_text(built.format("one"))
    (project / "out.json").write_text("{}")
    text = server("words.WORD", "import sys; sys.path.insert(0, 'dist'); import words; DATA = 'out.json'")
    (project / "words.py").unlink()
    (project / "server.py").write_text(text.replace("import words", "import dist.words as words"))
    async with looping(project, connect, PROGRAM, selector="first") as hands:
        assert "It said one." in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        hands.edit("{1: 2}", "out.json")
        hands.edit("Read me.", "README.md")
        assert (await hands.until(NotAffected)).changed == ("README.md",)
        await hands.until(WatchReady)
        hands.edit(built.format("two"), "dist/words.py")
        assert "It said two." in (await hands.until(RunFinished)).answer


def with_server(folder: Path, *args: str) -> tuple[RunRequest, Agent]:
    project = Project(
        file=folder / "Stigmer.yaml", name="demo", runtime=ProjectRuntime.PYTHON, main=folder / "main.py"
    )
    word = RuntimeVariable(name="WHICH", value="tools", secret=False)
    declared = agent("one")
    declared.spec.env_spec.data["ENDING"].value = "py"
    declared.spec.mcp_servers.add(name="tools").stdio.command = sys.executable
    declared.spec.mcp_servers[0].stdio.args.extend(args)
    return RunRequest(project=project, selector=None, env=(word,)), declared


def test_variables_of_the_command_line_are_filled_in(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text("")
    request, one = with_server(tmp_path, "${WHICH}.${ENDING}", "${OTHER}")
    (uses,) = with_uses(manifest(one, dependencies={}), request).uses.values()
    assert list(uses.files) == [tmp_path / "tools.py"]


def test_what_is_mounted_into_a_container_is_used(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "words.txt").write_text("")
    request, one = with_server(tmp_path)
    one.spec.mcp_servers[0].docker.image = "words"
    one.spec.mcp_servers[0].docker.volumes.add(host_path="./data", container_path="/data")
    (uses,) = with_uses(manifest(one, dependencies={}), request).uses.values()
    assert list(uses.files) == [tmp_path / "data" / "words.txt"]


def test_what_a_link_leads_to_is_watched_where_it_lies(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shared = tmp_path_factory.mktemp("shared") / "words.py"
    shared.write_text("")
    (tmp_path / "words.py").symlink_to(shared)
    (tmp_path / "tools.py").write_text("import words")
    request, one = with_server(tmp_path, "tools.py")
    (uses,) = with_uses(manifest(one, dependencies={}), request).uses.values()
    assert set(uses.files) == {tmp_path / "tools.py", tmp_path / "words.py", shared.resolve()}


async def test_an_edit_outside_of_the_project_runs_who_uses_it(
    project: Path, connect: Connect, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shared = tmp_path_factory.mktemp("shared") / "words.py"
    shared.write_text("WORD = 'one'\n")
    (project / "words.py").unlink()
    (project / "words.py").symlink_to(shared)
    async with looping(project, connect, PROGRAM, selector="first") as hands:
        assert "It said one." in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        shared.write_text("WORD = 'two'\n")
        assert "It said two." in (await hands.until(RunFinished)).answer


def test_state_and_data_that_nobody_watches_do_not_count(tmp_path: Path) -> None:
    text = "for name in ('a.json', 'b.json', 'c.db', 'd.py'): open(name)\nN = 'e.json'\nopen(N); open(N, 'w')"
    for name in ("tools.py", "a.json", "b.json", "c.db", "d.py", "e.json"):
        (tmp_path / name).write_text(text if name == "tools.py" else "")
    request, one = with_server(tmp_path, "tools.py")
    found = counted(with_uses(manifest(one, dependencies={}), request), tmp_path, {"a.json", "e.json"})
    assert {file.name for file in found.uses["agent:one"].files} == {"tools.py", "a.json", "d.py"}
