"""What an MCP server or a library writes beside the conversation is in no file with a secret in it."""

from __future__ import annotations

import stat
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic_ai.exceptions import ModelHTTPError

from stigmer_api.agent_pb2 import Agent
from stigmerd.agents.failures import explain
from stigmerd.agents.mcp.last_lines import KEPT_BYTES, LastLines
from tests.attacks.planted import is_nowhere, stored
from tests.stigmerd.agents.stage import Stage, scripted
from tests.support.paths import MCP_SERVER
from tests.support.poll import until

SECRET = "hunter2-correct-horse-battery-staple"
LOUD = f"""
import os, runpy, sys
print("my token is", os.environ["TOKEN"], file=sys.stderr, flush=True)
runpy.run_path({str(MCP_SERVER)!r}, run_name="__main__")
"""
BROKEN = """
import os, sys
print("cannot use", os.environ["TOKEN"], file=sys.stderr, flush=True)
sys.exit(3)
"""
GARBAGE = f"""
import os, runpy, sys
print("no JSON:", os.environ["TOKEN"], flush=True)
runpy.run_path({str(MCP_SERVER)!r}, run_name="__main__")
"""
# A notification that is none: the library of MCP logs why, with what it got.
UNFIT = f"""
import json, os, runpy
params = {{"progressToken": [os.environ["TOKEN"]], "progress": 1}}
print(json.dumps({{"jsonrpc": "2.0", "method": "notifications/progress", "params": params}}), flush=True)
runpy.run_path({str(MCP_SERVER)!r}, run_name="__main__")
"""


@pytest.fixture
def home(short_dir: Path) -> Iterator[Path]:
    home = short_dir / "agents"
    home.mkdir()
    yield home


@pytest.fixture
async def stage(home: Path) -> AsyncIterator[Stage]:
    made = Stage(home, {})
    yield made
    await made.host.aclose()


def agent(program: str, script: str) -> Agent:
    made = scripted(script)
    server = made.spec.mcp_servers.add(name="tools")
    server.stdio.command = sys.executable
    server.stdio.args.extend(["-c", program])
    server.stdio.env_placeholders["TOKEN"] = "${TOKEN}"
    return made


async def test_its_standard_error_is_in_no_file_while_it_lives(stage: Stage, home: Path) -> None:
    execution = await stage.run(agent(LOUD, "- call: pid\n- say: done"), secrets={"TOKEN": SECRET})
    assert execution.status.phase == 3, execution.status.error
    is_nowhere(SECRET, stored(home))  # the server is kept warm: all that it made is there


async def test_its_last_words_are_told_without_the_secret(stage: Stage, home: Path) -> None:
    execution = await stage.run(agent(BROKEN, "- say: hello"), secrets={"TOKEN": SECRET})
    assert "cannot use ***" in execution.status.error
    is_nowhere(SECRET, stored(home), str(execution))


async def test_what_is_printed_in_place_of_an_answer_is_nowhere_in_clear(stage: Stage, home: Path) -> None:
    execution = await stage.run(agent(GARBAGE, "- call: pid\n- say: done"), secrets={"TOKEN": SECRET})
    assert execution.status.phase == 3, execution.status.error
    (log,) = home.rglob("agents.log")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    is_nowhere(SECRET, stored(home))


async def test_what_a_library_logs_of_it_is_masked(stage: Stage, home: Path) -> None:
    execution = await stage.run(agent(UNFIT, "- call: pid\n- say: done"), secrets={"TOKEN": SECRET})
    assert execution.status.phase == 3, execution.status.error
    (log,) = home.rglob("agents.log")
    await until(lambda: "progressToken" in log.read_text())
    assert "***" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    is_nowhere(SECRET, stored(home))


async def test_only_the_end_is_kept_and_no_half_line() -> None:
    lines = LastLines()
    with lines.opened() as file:
        for number in range(3000):
            file.write(f"line {number} {SECRET}\n")
            file.flush()
            lines.shown()
        assert len(lines._kept) <= KEPT_BYTES
        assert lines.shown() == " / ".join(f"line {number} {SECRET}" for number in range(2995, 3000))
        file.write("x" * 2 * KEPT_BYTES)
        file.flush()
        assert lines.shown() == ""
    assert lines.shown() == ""


@pytest.mark.parametrize("before", range(440, 500, 12))
async def test_the_start_of_a_long_refusal_by_a_model(before: int) -> None:
    error = ModelHTTPError(401, "tiny", body="." * before + SECRET)
    model = {"provider": "openai", "name": "tiny", "base_url": "http://here", "api_key": SECRET}
    text = await explain(error, {"limits": {}, "model": model, "secrets": [SECRET]})
    assert "HTTP 401 from http://here" in text
    assert SECRET[:8] not in text
