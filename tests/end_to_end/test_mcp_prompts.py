"""`--prompt` and `/prompt`: an agent is asked what a prompt of an MCP server says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.chat import open_chat
from tests.support.original.server import original_server
from tests.support.paths import ROOT
from tests.support.world import World

SERVER = ROOT / "tests" / "stigmerd" / "agents" / "talking_server.py"
PROGRAM = f"""
from stigmer import Agent, Scripted, StdioServer, Workflow

talking = StdioServer("talking", {sys.executable!r}, [{str(SERVER)!r}], prompts=True)
reader = Agent("reader", "You read what you are given.", model=Scripted("reader.yaml"), mcp_servers=[talking])
Workflow("play").call_agent("scene", reader, "Begin.")
"""
REVIEW = ("--prompt", "talking/review", "--prompt-arg")


@pytest.fixture(scope="module")
def stage(shared: World) -> Path:
    project = shared.project(PROGRAM)
    (project / "reader.yaml").write_text('- say: "[{{ message }}]"\n', "utf-8")
    return project


def test_a_run_begins_with_a_prompt(shared: World, stage: Path) -> None:
    done = shared.run("run", "reader", *REVIEW, "book=Moby Dick", "-m", "Be brief.", cwd=stage)
    assert done.code == 0, done.text
    assert "🤖 Agent: [Review Moby Dick in a plain tone." in done.out
    assert "Be brief.]" in done.out
    again = shared.run("run", "--session", "last", *REVIEW, "book=Emma", "-o", "quiet", cwd=stage)
    assert again.out.startswith("[Review Emma in a plain tone."), again.text


def test_a_conversation_has_prompts(shared: World, stage: Path) -> None:
    with open_chat(shared, stage, "reader", *REVIEW, "book=Emma") as chat:
        chat.say("/prompt", "talking/review book=… [tone=…]: Reviews a book.")
        chat.say("/prompt talking/review book=x tone='very dry'", "[Review x in a very dry tone.")
        chat.say("/talking/review book=y", "[Review y in a plain tone.")
        chat.say("/prompt review", "is not SERVER/NAME")
        chat.say("and now?", "[and now?]")


@pytest.mark.parametrize(
    ("args", "code", "problem"),
    [
        (("reader", "--prompt", "review"), 2, '"review" is not SERVER/NAME'),
        (("reader", *REVIEW, "book"), 2, '"book" is not KEY=VALUE'),
        (("reader", "--prompt", "list", "--prompt-arg", "a=b"), 2, "list takes no arguments"),
        (("reader", "--prompt-arg", "a=b"), 2, "--prompt-arg works only with --prompt"),
        (("play", "--prompt", "talking/cover"), 2, "play is a workflow: prompts are given to agents"),
        (("reader", "--prompt", "talking/revue"), 1, 'has no prompt revue (did you mean "review"?)'),
    ],
)
def test_what_is_wrong_is_said(
    shared: World, stage: Path, args: tuple[str, ...], code: int, problem: str
) -> None:
    done = shared.run("run", *args, cwd=stage)
    assert done.code == code, done.text
    assert problem in done.err


def test_a_plain_server_takes_no_prompts(shared: World, stage: Path) -> None:
    with original_server() as server:
        done = shared.run("run", "reader", "--prompt", "list", "--server", server.address, cwd=stage)
    assert done.code == 4
    assert "takes no prompts with a message" in done.err
