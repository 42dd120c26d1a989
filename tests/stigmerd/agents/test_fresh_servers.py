"""Each execution gets an MCP server that no other one has used, made of the files as they are."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from stigmer_api.agent_pb2 import Agent
from stigmer_api.program.search import MOST_FILES
from stigmerd.agents.mcp.bytecode import remove_doubtful
from stigmerd.agents.mcp.state import state_of
from tests.stigmerd.agents.stage import Stage, scripted, started, texts, with_server
from tests.support.paths import MCP_SERVER
from tests.support.poll import until
from tests.support.processes import alive

PID = "- call: pid\n- say: '{{ result }}'"
ECHO = "- call: {tool: echo, args: {text: x}}\n- say: '{{ result }}'"


def said(execution: object) -> str:
    return texts(execution)[-1]  # type: ignore[arg-type]


async def test_the_next_execution_finds_a_server_that_is_up_and_was_not_used(
    stage: Stage, tmp_path: Path
) -> None:
    notes = tmp_path / "started.log"
    agent = with_server(scripted(PID), "warm", "--note", str(notes))
    first = int(said(await stage.run(agent)))
    await until(lambda: len(started(notes)) == 2)
    await until(lambda: not alive(first))
    assert int(said(await stage.run(agent))) == started(notes)[1] != first


async def test_the_next_server_starts_when_the_one_before_is_gone(stage: Stage, tmp_path: Path) -> None:
    """It may hold what only one of them can have."""
    agent = with_server(scripted(PID), "alone", "--alone", str(tmp_path / "alone.lock"))
    first, second = [said(await stage.run(agent)) for _ in range(2)]
    assert first != second


async def test_two_at_once_have_one_each(stage: Stage) -> None:
    agent = with_server(scripted(PID), "both")
    both = await asyncio.gather(stage.run(agent), stage.run(agent))
    assert len({said(execution) for execution in both}) == 2


async def test_other_variables_are_another_server(stage: Stage, tmp_path: Path) -> None:
    agent = with_server(scripted("- call: {tool: env, args: {name: MODE}}\n- say: '{{ result }}'"), "mode")
    for mode in ("one", "other"):
        agent.spec.mcp_servers[0].stdio.env_placeholders["MODE"] = mode
        assert said(await stage.run(agent)) == mode


async def test_a_server_that_was_not_used_serves_the_next_one(stage: Stage, tmp_path: Path) -> None:
    notes = tmp_path / "started.log"
    await stage.run(with_server(scripted("- say: nothing to do"), "unused", "--note", str(notes)))
    served = int(said(await stage.run(with_server(scripted(PID), "unused", "--note", str(notes)))))
    assert served == started(notes)[0]


class Edited:
    """An agent with a server of which a part is edited."""

    def __init__(self, stage: Stage, folder: Path, part: str, *args: str, working_dir: str = "") -> None:
        self._stage = stage
        self._part = folder / part
        self._part.parent.mkdir(parents=True, exist_ok=True)
        self._notes = folder / "started.log"
        self.agent = in_project(
            scripted(ECHO), folder, *args, "--note", str(self._notes), working_dir=working_dir
        )

    async def answers(self, word: str, content: str) -> None:
        """The agent says the word after the part was written, always in one and the same second.

        On return the next server is up, which has read what was just written.
        """
        before = len(started(self._notes))
        self._part.write_text(content)
        os.utime(self._part, (1_000_000_000, 1_000_000_000))
        assert said(await self._stage.run(self.agent)) == word
        await until(lambda: len(started(self._notes)) == before + 2, "one for this, one for the next")


def in_project(agent: Agent, folder: Path, *args: str, working_dir: str = "") -> Agent:
    agent.metadata.annotations["devloop.stigmer.ai/project-dir"] = str(folder)
    server = agent.spec.mcp_servers.add(name="tools")
    server.stdio.command = sys.executable
    server.stdio.args.extend(args)
    server.stdio.working_dir = working_dir
    return agent


def server_text(answer: str, *imports: str) -> str:
    """A server that answers each call of `echo` with the value of this expression."""
    text = MCP_SERVER.read_text().replace('return str(args["text"])', f"return {answer}")
    return text.replace("import json\n", "import json\n" + "".join(f"{each}\n" for each in imports))


@pytest.mark.parametrize(
    ("part", "files", "args", "text"),
    [
        ("server.py", {}, ["server.py"], None),
        (
            "helper.py",
            {"server.py": server_text("helper.WORD", "import helper")},
            ["server.py"],
            "WORD = '{}'\n",
        ),
        (
            "pkg/words.py",
            {
                "pkg/__init__.py": "",
                "pkg/server.py": server_text("WORD", "from .words import WORD"),
            },
            ["-m", "pkg.server"],
            "WORD = '{}'\n",
        ),
        (
            "late.py",
            {"server.py": server_text("__import__('importlib').import_module('late').WORD")},
            ["server.py"],
            "WORD = '{}'\n",
        ),
        (
            "data/words.txt",
            {
                "server.py": server_text(
                    "WORDS", "import pathlib", "WORDS = (pathlib.Path('data') / 'words.txt').read_text()"
                )
            },
            ["server.py"],
            "{}",
        ),
    ],
    ids=["script", "module", "package", "late", "data"],
)
async def test_an_edit_is_answered_by_the_new_code(
    stage: Stage, tmp_path: Path, part: str, files: dict[str, str], args: list[str], text: str | None
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    edited = Edited(stage, tmp_path, part, *args)
    for word in ("one", "two", "one", "six"):
        await edited.answers(word, server_text(repr(word)) if text is None else text.format(word))


async def test_a_server_in_a_directory_of_its_own(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv" / "server.py").write_text(server_text("helper.WORD", "import helper"))
    edited = Edited(stage, tmp_path, "srv/helper.py", "server.py", working_dir="srv")
    for word in ("one", "two"):
        await edited.answers(word, f"WORD = {word!r}\n")


async def test_a_program_that_is_built_anew(stage: Stage, tmp_path: Path) -> None:
    edited = Edited(stage, tmp_path, "bin")
    edited.agent.spec.mcp_servers[0].stdio.command = "./bin"
    (tmp_path / "bin").touch(0o755)
    for word in ("one", "two"):
        await edited.answers(word, f"#!{sys.executable}\n{server_text(repr(word))}")


async def test_a_server_of_no_project_is_looked_at_too(stage: Stage, tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    agent = scripted(ECHO)
    agent.spec.mcp_servers.add(name="tools").stdio.command = sys.executable
    agent.spec.mcp_servers[0].stdio.args.append(str(script))
    for word in ("one", "two"):
        script.write_text(server_text(repr(word)))
        assert said(await stage.run(agent)) == word


async def test_an_edit_of_something_else_keeps_the_server(stage: Stage, tmp_path: Path) -> None:
    notes = tmp_path / "started.log"
    shutil.copy(MCP_SERVER, tmp_path / "server.py")
    agent = in_project(scripted(PID), tmp_path, "server.py", "--note", str(notes))
    await stage.run(agent)
    await until(lambda: len(started(notes)) == 2)
    (tmp_path / "README.md").write_text("Read me.")
    (tmp_path / "main.py").write_text("pass")
    assert int(said(await stage.run(agent))) == started(notes)[1]


async def test_a_server_of_more_than_can_be_looked_at_serves_one_execution(
    stage: Stage, tmp_path: Path
) -> None:
    notes = tmp_path / "started.log"
    (tmp_path / "data").mkdir()
    for number in range(MOST_FILES + 1):
        (tmp_path / "data" / f"{number}.txt").touch()
    (tmp_path / "server.py").write_text(MCP_SERVER.read_text() + "\nDATA = 'data/'\n")
    for number, script in enumerate(("- say: nothing to do", PID, PID)):
        agent = in_project(scripted(script), tmp_path, "server.py", "--note", str(notes))
        answer = said(await stage.run(agent))
        assert len(started(notes)) == number + 1
        assert answer in ("nothing to do", str(started(notes)[number]))


def test_an_image_that_was_built_anew_is_another_server(tmp_path: Path) -> None:
    docker, ids = tmp_path / "docker", tmp_path / "ids"
    docker.write_text(f"#!/bin/sh\ncat {ids}\n")
    docker.chmod(0o755)
    config = {"kind": "stdio", "command": str(docker), "image": "words:latest"}
    states = []
    for each in ("sha256:one", "sha256:two", "sha256:one"):
        ids.write_text(each)
        states.append(state_of(config))
    assert states[0] == states[2] != states[1]
    ids.unlink()  # the client says nothing
    assert state_of(config) is None


def test_only_bytecode_that_may_be_of_an_earlier_edit_is_removed(tmp_path: Path) -> None:
    cache = tmp_path / "__pycache__"
    cache.mkdir()
    for name, age in (("edited", 0), ("settled", 60)):
        (tmp_path / f"{name}.py").write_text("")
        bytecode = cache / f"{name}.cpython-311.pyc"
        bytecode.write_bytes(b"")
        changed = (tmp_path / f"{name}.py").stat().st_mtime + age
        os.utime(bytecode, (changed, changed))
    remove_doubtful([tmp_path / "edited.py", tmp_path / "settled.py", tmp_path / "no" / "such.py"])
    assert [each.name for each in cache.iterdir()] == ["settled.cpython-311.pyc"]
