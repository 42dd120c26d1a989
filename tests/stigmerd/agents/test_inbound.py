"""What MCP servers tell by themselves: log messages, progress; and the folders that they ask for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from stigmer_api.agent_pb2 import McpServerDefinition
from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.devloop_pb2 import Print
from stigmer_api.facts import PROJECT_ANNOTATION
from stigmer_api.masking import masker_of
from stigmerd.agents.frames import Message
from stigmerd.agents.mcp.inbound import notifications
from stigmerd.agents.mcp.inbound.calls import ServerCall
from stigmerd.agents.mcp.inbound.inbound import Inbound
from stigmerd.agents.mcp.inbound.notifications import Notifications, words_of
from stigmerd.agents.mcp.inbound.progress import heard_progress
from stigmerd.agents.mcp.inbound.roots import roots_of
from stigmerd.agents.reporter import AgentReporter
from tests.stigmerd.agents.notes import told
from tests.stigmerd.agents.stage import Stage, texts
from tests.stigmerd.agents.talking import TALKING, called, results, talking


async def printed(stage: Stage, execution: AgentExecution) -> list[tuple[str, str]]:
    notes, _ = await told(stage, execution)
    prints: Iterator[Print] = (note.print for note in notes if note.HasField("print"))
    return [(each.stream, line) for each in prints for line in each.text.split("\n")]


async def test_log_messages_are_told_from_info_on(stage: Stage) -> None:
    script = (
        called("log", level="debug", text="looking")
        + called("log", level="info", text="found it")
        + called("log", level="error", text="lost\nit", logger="disk")
        + "- say: done"
    )
    execution = await stage.run(talking(script))
    assert texts(execution)[-1] == "done"
    assert await printed(stage, execution) == [
        ("log", "info: found it"),
        ("log", "error (disk): lost"),
        ("log", "it"),
    ]


async def test_the_server_is_asked_for_the_level_that_the_agent_declares(stage: Stage) -> None:
    script = called("log", level="debug", text="looking") + called("told") + "- say: done"
    execution = await stage.run(talking(script, log_level="debug"))
    assert ("log", "debug: looking") in await printed(stage, execution)
    assert json.loads(results(execution)[1])["level"] == "debug"


async def test_a_level_that_there_is_not_is_refused(stage: Stage) -> None:
    execution = await stage.run(talking("- say: done", log_level="loud"))
    assert '`log_level` of the MCP server "talking" must be one of debug, info' in execution.status.error
    assert "E1220" in execution.status.error


async def test_options_of_a_server_that_is_not_there_are_refused(stage: Stage) -> None:
    agent = talking("- say: done", log_level="info")
    agent.spec.mcp_servers[0].name = "other"
    execution = await stage.run(agent)
    assert "options are about the MCP server talking; it has other" in execution.status.error


async def test_progress_is_told_with_its_tool_first_and_last(stage: Stage) -> None:
    execution = await stage.run(talking(called("progress", steps=500) + "- say: done"))
    lines = await printed(stage, execution)
    assert lines[0] == ("progress", "progress: 1 of 500: step 1")
    assert lines[-1] == ("progress", "progress: 500 of 500: step 500")
    assert len(lines) < 250  # some in a second, however slow this machine is


async def test_the_project_is_the_root_of_a_server(stage: Stage) -> None:
    agent = talking(called("request", method="roots/list") + "- say: done")
    agent.metadata.annotations[PROJECT_ANNOTATION] = str(TALKING.parent)
    execution = await stage.run(agent)
    assert json.loads(results(execution)[0]) == {"roots": [{"uri": TALKING.parent.as_uri()}]}


def definition(kind: str, **fields: Any) -> McpServerDefinition:
    return McpServerDefinition(name="files", **{kind: fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("server", "said", "roots"),
    [
        (definition("stdio", command="x"), {}, ["file:///work/shop"]),
        (
            definition("stdio", command="x"),
            {"roots": ["docs", "/srv/a b"]},
            ["file:///work/shop/docs", "file:///srv/a%20b"],
        ),
        (definition("stdio", command="x"), {"roots": []}, []),
        (definition("http", url="https://mcp.example/mcp"), {}, []),
        (definition("http", url="http://127.0.0.1:80/mcp"), {}, ["file:///work/shop"]),
        (
            definition("docker", image="x", volumes=[{"host_path": "/srv", "container_path": "/data"}]),
            {},
            ["file:///data"],
        ),
    ],
)
def test_roots(server: McpServerDefinition, said: Mapping[str, Any], roots: list[str]) -> None:
    assert roots_of(server, said, Path("/work/shop")) == roots


class HeardLogs:
    fill_in: Any = None
    complete: Any = None

    def __init__(self) -> None:
        self.logs: list[str] = []

    def logged(self, server: Inbound, level: str, logger: str, data: Any) -> None:
        self.logs.append(data)


class Log:
    level, logger = "info", None

    def __init__(self, data: str) -> None:
        self.data = data


async def test_what_is_logged_before_anybody_hears_and_to_several() -> None:
    inbound = Inbound({"name": "files"})
    log = inbound.handlers()["log_handler"]
    one, other = HeardLogs(), HeardLogs()
    await log(Log("starting"))
    with inbound.hears(one), inbound.hears(other):
        await log(Log("at work"))
    await log(Log("alone again"))
    assert (one.logs, other.logs) == (["starting", "at work"], ["at work"])


def call_of(number: int) -> ServerCall:
    return ServerCall(tool="search", id=str(number), paused=nullcontext, sampler=None)


async def test_a_question_is_for_the_execution_whose_call_is_at_work() -> None:
    inbound = Inbound({"name": "files"})
    one, other = HeardLogs(), HeardLogs()
    first, second = call_of(1), call_of(2)
    with inbound.hears(one), inbound.hears(other):
        assert inbound.asked() is None
        with inbound.calling(other, first), inbound.calling(other, second):
            assert inbound.asked() == (other, second)
            with inbound.calling(one, call_of(3)):
                assert inbound.asked() is None  # it may be of either
    assert inbound.asked() is None


def told_of(*logged: tuple[str, str]) -> list[str]:
    sent: list[Message] = []
    listening = Notifications(AgentReporter("aex-1", sent.append), masker_of(("s3cret-value",)))
    for level, text in logged:
        listening.logged("files", "info", level, "", text)
    listening.end()
    return [message["note"]["print"]["text"] for message in sent]


def test_a_flood_is_told_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications.time, "monotonic", lambda: 7.0)  # all within one second
    lines = told_of(*[("info", str(number)) for number in range(1000)])
    assert len(lines) == notifications.MOST_LOGGED + 1
    assert lines[-1] == "… 980 log messages are left out"


def test_a_secret_is_hidden_before_a_long_text_is_cut() -> None:
    (line,) = told_of(("info", "x" * 3995 + "s3cret-value" + "y" * 100))
    assert "s3c" not in line
    assert line.endswith("… (4,104 characters)")


def test_words_of_progress() -> None:
    assert words_of(3, 10, " reading\n the index ") == "3 of 10: reading the index"
    assert words_of(0.5, None, None) == "0.5"


async def test_progress_is_heard_by_all_around_the_call() -> None:
    from stigmerd.agents.mcp.inbound.progress import pass_progress_on

    class Client:
        async def call_tool(self, name: str, progress_handler: Any = None) -> str:
            await progress_handler(1.0, 2.0, name)
            return name

    client = Client()
    pass_progress_on(client)  # type: ignore[arg-type]
    outer: list[str | None] = []
    inner: list[str | None] = []
    with heard_progress(lambda done, total, text: outer.append(text)):
        with heard_progress(lambda done, total, text: inner.append(text)):
            assert await client.call_tool("a") == "a"
        await client.call_tool("b")
    assert (outer, inner) == (["a", "b"], ["a"])
