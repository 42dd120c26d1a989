"""The reference server of npm that has all of MCP: prompts, resources, log messages, and what it asks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stigmer_api.agent_options import annotation_of
from stigmer_api.agent_pb2 import Agent
from stigmerd.executions.questions import Decided
from tests.stigmerd.agents.notes import told
from tests.stigmerd.agents.prompting import ask
from tests.stigmerd.agents.questions import answer, asked, running, status_of, waits
from tests.stigmerd.agents.stage import Stage, scripted, texts
from tests.stigmerd.agents.talking import called, results
from tests.support.paths import ROOT

PROGRAM: Path = ROOT / ".mcp-servers" / "node_modules" / ".bin" / "mcp-server-everything"


def agent(script: str, **options: Any) -> Agent:
    if not PROGRAM.exists():
        pytest.skip("mcp-server-everything is not installed: .ci/mcp-servers does that")
    made = scripted(script)
    made.spec.mcp_servers.add(name="every").stdio.command = str(PROGRAM)
    for name, value in annotation_of({"servers": {"every": options}} if options else {}, {}).items():
        made.metadata.annotations[name] = value
    return made


async def test_its_prompts(stage: Stage) -> None:
    every = agent('- say: "[{{ message }}]"\n', prompts=True)
    done = await ask(stage, every, "every/args-prompt", city="Lima")
    assert "Lima" in texts(done)[0]
    done = await ask(stage, every, "every/resource-prompt", resourceType="Text", resourceId="1")
    assert '<file name="demo://resource/' in texts(done)[0]
    done = await ask(stage, every, "")
    assert "every/args-prompt city=… [state=…]: A prompt with two arguments" in texts(done)[1]


async def test_its_resources(stage: Stage) -> None:
    uri = "demo://resource/static/document/features.md"
    script = called("list_resources") + called("read_resource", server="every", uri=uri) + "- say: done"
    listed, read = results(await stage.run(agent(script, resources=True)))
    (server,) = json.loads(listed)
    assert uri in [each["uri"] for each in server["resources"]]
    assert server["templates"]
    assert "# Everything Server" in read


async def test_its_log_messages(stage: Stage) -> None:
    script = called("toggle-simulated-logging") + "- say: done"
    notes, _ = await told(stage, await stage.run(agent(script, log_level="debug")))
    assert [note for note in notes if note.print.stream == "log"]


async def test_it_asks_the_model(stage: Stage) -> None:
    script = (
        "- {when: sea, say: It is wet.}\n"
        + called("trigger-sampling-request", prompt="the sea", maxTokens=20).replace(
            "- call", "- when: hello\n  call"
        )
        + "- {when: hello, say: done}"
    )
    assert "It is wet." in results(await stage.run(agent(script, sampling="allow")))[0]


async def test_it_asks_somebody(stage: Stage) -> None:
    script = called("trigger-elicitation-request") + "- say: done"
    async with running(stage, agent(script)) as (execution_id, task):
        (question,) = await waits(stage, execution_id)
        (form,) = asked(status_of(stage, execution_id).tool_calls[0])
        answer(stage, execution_id, question, Decided(action="decline"))
        await task
    assert form["kind"] == "form"
    assert "declined" in results(stage.get(execution_id))[0]
