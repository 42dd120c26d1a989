"""No id, and nothing else that a client chooses, ever leads to a file."""

from __future__ import annotations

import ast
import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution, AgentExecutionId
from stigmer_api.executioncontext_pb2 import ExecutionContext
from stigmer_api.skill_pb2 import PushSkillRequest
from stigmer_api.workflow_pb2 import Workflow
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.rows import row_of
from stigmerd.resources.kinds import SKILL
from stigmerd.resources.starter import DEFINITION
from stigmerd.server import DATABASE, ServerSettings, open_server
from stigmerd.store.store import Store
from tests.attacks.messages import Path as Way
from tests.attacks.messages import call, methods, plant, texts
from tests.support.api import (
    Api,
    agent,
    agent_execution,
    environment,
    mcp_server,
    workflow,
    workflow_execution,
)
from tests.support.paths import ROOT
from tests.support.skills import packed

SCRIPT = {"devloop.stigmer.ai/script": "- say: done"}
AT_ONCE = 8
SECONDS = 30


class Yard:
    """A server with a real agent host, and around it what nobody may touch."""

    def __init__(self, directory: Path, channel: grpc.aio.Channel) -> None:
        self.directory = directory
        self.channel = channel
        self.api = Api(channel)
        self._before = self._outside()

    def hostile(self) -> list[str]:
        canary = self.directory / "canary"
        return [
            str(canary),
            "../" * 40 + str(canary).lstrip("/"),
            "../../../canary",
            f"{canary}\0.zip",
            "~nosuchuser/x",
            "x" * 300,
            "A",
            "a",
        ]

    def unharmed(self, after: str) -> None:
        now = self._outside()
        lost, new = self._before.keys() - now.keys(), now.keys() - self._before.keys()
        assert (lost, new) == (set(), set()), after
        assert now == self._before, after

    def _outside(self) -> dict[str, bytes]:
        """Every file but those of the backend: its data and its socket."""
        return {
            path.relative_to(self.directory).as_posix(): b"" if path.is_dir() else path.read_bytes()
            for path in self.directory.rglob("*")
            if path.relative_to(self.directory).parts[0] not in ("data", "s.sock")
        }

    async def ended(self, kind: type[Message], execution_id: str) -> Any:
        """The last snapshot."""
        family: Any = self.api.agent_execution if kind is AgentExecution else self.api.workflow_execution
        if kind is AgentExecution:
            snapshots = family.subscribe(AgentExecutionId(value=execution_id))
            return [each async for each in snapshots][-1]
        return await self.api.follow(execution_id)


@asynccontextmanager
async def opened(directory: Path) -> AsyncIterator[Yard]:
    address = f"unix:{directory}/s.sock"
    settings = ServerSettings(data_dir=directory / "data", addresses=(address,))
    async with open_server(settings), grpc.aio.insecure_channel(address) as channel:
        yield Yard(directory, channel)


@pytest.fixture
def grounds(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    canary = short_dir / "canary"
    for place in (canary / "inner", short_dir / "temporary", short_dir / "here", short_dir / "data"):
        place.mkdir(parents=True)
    (canary / "inner" / "file").write_text("sings")
    docker = short_dir / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text("#!/bin/sh\nexit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(short_dir / "temporary"))
    monkeypatch.chdir(short_dir / "here")
    return short_dir


@pytest.fixture
async def yard(grounds: Path) -> AsyncIterator[Yard]:
    async with opened(grounds) as made:
        yield made


async def test_an_execution_with_the_name_of_a_directory_is_refused(yard: Yard) -> None:
    made = await yard.api.agent.apply(agent("Victim", annotations=SCRIPT))
    for text in yard.hostile()[:6]:
        execution = agent_execution(made.metadata.id)
        execution.metadata.id = text
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await yard.api.agent_execution.create(execution)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        yard.unharmed(text)


async def test_every_kind_has_the_same_rule_for_ids(yard: Yard) -> None:
    made = await yard.api.agent.apply(agent("Victim", annotations=SCRIPT))
    flow = await yard.api.workflow.apply(workflow("Flow"))
    context = ExecutionContext(api_version="agentic.stigmer.ai/v1", kind="ExecutionContext")
    context.metadata.name = "context"
    context.spec.execution_id = "wex-1"
    kinds: Mapping[str, Any] = {
        "agent": agent("Other"),
        "agent_execution": agent_execution(made.metadata.id),
        "environment": environment(),
        "mcp_server": mcp_server(),
        "workflow": workflow("Other flow"),
        "workflow_execution": workflow_execution(flow.metadata.id),
        "context": context,
    }
    for name, request in kinds.items():
        for field in ("id", "slug"):
            for text in ("..", ".", "a/b", "a b", "a\0", "ä", "x" * 300, "a\n"):
                bad = type(request)()
                bad.CopyFrom(request)
                setattr(bad.metadata, field, text)
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    await getattr(yard.api, name).create(bad)
                told = (name, field, text, refused.value.details())
                assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT, told
        request.metadata.id, request.metadata.slug = "Own.id_1-" + name[:20], ""
        assert (await getattr(yard.api, name).create(request)).metadata.id == request.metadata.id
    context.metadata.id, context.metadata.name, context.spec.execution_id = "", "more", "../x"
    with pytest.raises(grpc.aio.AioRpcError, match=r"spec\.execution_id"):
        await yard.api.context.create(context)


async def test_ids_that_differ_in_case_only_do_not_meet(yard: Yard) -> None:
    made = await yard.api.agent.apply(agent("Twins", annotations=SCRIPT))
    flow = await yard.api.workflow.apply(workflow("Twins"))
    for request in (agent_execution(made.metadata.id), workflow_execution(flow.metadata.id)):
        family = yard.api.agent_execution if "agent_id" in str(request) else yard.api.workflow_execution
        ids = [f"{request.kind}-{end}" for end in ("A.b", "a.b", "ab")]
        for each in ids:
            request.metadata.id = each
            await family.create(request)
        lasts = await asyncio.gather(*(yard.ended(type(request), each) for each in ids))
        assert [last.status.phase for last in lasts] == [3, 3, 3], lasts


@pytest.mark.timeout(600)
async def test_no_text_of_any_message_leads_to_a_file(yard: Yard) -> None:
    requests = await good_requests(yard)
    at_once = asyncio.Semaphore(AT_ONCE)
    tried: Counter[str] = Counter()

    async def attempt(method: Any, way: Way, text: str) -> None:
        request = GetMessageClass(method.input_type)()
        if (good := fitting(requests, method.input_type.full_name, way)) is not None:
            request.CopyFrom(good)
        plant(request, way, text)
        async with at_once:
            tried["done" if await performed(yard, method, request) else "refused"] += 1

    for method in methods():
        async with asyncio.TaskGroup() as group:
            ways = [
                way for way in texts(method.input_type) if way[0][0] != "status" or "Status" in method.name
            ]
            for way in ways:  # a status that comes with a resource is dropped
                for text in yard.hostile():
                    group.create_task(attempt(method, way, text))
        yard.unharmed(method.full_name)
    assert tried["refused"] > 1000
    assert tried["done"] > 1000


async def good_requests(yard: Yard) -> list[Message]:
    """That work, so that one hostile text in them is what makes the difference."""
    made = await yard.api.agent.apply(agent("Victim", annotations=SCRIPT))
    flow = await yard.api.workflow.apply(workflow("Victim"))
    skill = PushSkillRequest(name="skilled", artifact=packed({"SKILL.md": "# Be good"}), tag="v1", scope=2)
    await yard.api.skill.push(skill)
    agents = [agent(f"Hostile {number}", annotations=SCRIPT) for number in range(3)]
    for each in agents:
        each.spec.skill_refs.add(slug="skilled", kind=SKILL.number)
        helper = each.spec.sub_agents.add(name="helper", description="helps", instructions="Help as you can.")
        helper.skill_refs.add(slug="skilled", kind=SKILL.number)
        each.spec.mcp_servers.add(name="tools")
    agents[0].spec.mcp_servers[0].stdio.command = "true"
    agents[1].spec.mcp_servers[0].http.url = "http://127.0.0.1:9/"
    docker = agents[2].spec.mcp_servers[0].docker
    docker.image = "image"
    docker.volumes.add(host_path="in", container_path="/in")
    docker.ports.add(host_port=9999, container_port=9999)
    good: list[Message] = [
        *agents,
        agent_execution(made.metadata.id),
        workflow("Hostile flow"),
        workflow_execution(flow.metadata.id),
        environment(),
        mcp_server(),
        skill,
    ]
    for request in good:
        method = next(
            each
            for each in methods()
            if each.input_type is request.DESCRIPTOR and each.name in ("create", "apply", "push")
        )
        assert await performed(yard, method, request), request
    return good


def fitting(requests: Sequence[Message], name: str, way: Way) -> Message | None:
    """Of the agents, the one whose server is of that type."""
    found = [each for each in requests if each.DESCRIPTOR.full_name == name]
    names = [step for step, _ in way]
    if len(found) == 3:
        return found[1 if "http" in names else 2 if "docker" in names else 0]
    return found[0] if found else None


async def performed(yard: Yard, method: Any, request: Message) -> bool:
    """The call; what it made is executed, and is awaited. False: refused, by whichever code."""
    try:
        async with asyncio.timeout(SECONDS):
            for answer in await call(yard.channel, method, request):
                if isinstance(answer, AgentExecution | WorkflowExecution) and method.name == "create":
                    await yard.ended(type(answer), answer.metadata.id)
                elif method.name != "apply":
                    continue
                elif isinstance(answer, Agent):
                    made = await yard.api.agent_execution.create(agent_execution(answer.metadata.id))
                    last = await yard.ended(AgentExecution, made.metadata.id)
                    assert "internal error" not in last.status.error, request
                elif isinstance(answer, Workflow):
                    made = await yard.api.workflow_execution.create(workflow_execution(answer.metadata.id))
                    await yard.ended(WorkflowExecution, made.metadata.id)
    except grpc.aio.AioRpcError:
        return False
    return True


@pytest.mark.parametrize("absolute", [True, False])
async def test_what_an_older_version_stored_does_no_harm(grounds: Path, absolute: bool) -> None:
    hostile = str(grounds / "canary") if absolute else "../../../canary"
    store = Store.open(grounds / "data" / DATABASE)
    execution = agent_execution("agt-1")
    execution.metadata.id = execution.metadata.slug = hostile
    execution.status.phase = 1
    at = "2026-01-01T00:00:00.000000Z"
    store.insert(row_of(execution, created_at=at, updated_at=at))
    store.journal.put(hostile, DEFINITION, encoded(agent("Old", annotations=SCRIPT)))
    store.close()
    async with opened(grounds) as yard:
        last = await yard.ended(AgentExecution, hostile)
        assert last.status.phase == 3, last.status.error
        yard.unharmed("the end")
        assert not list((grounds / "data" / "agents" / "executions").iterdir())


def encoded(message: Message) -> str:
    import base64

    return base64.b64encode(message.SerializeToString()).decode()


ID_WORDS = {"id", "ids", "slug", "org", "tag", "key", "selector"}
# What may look like an id and is none.
OWN_NAMES = {
    # A path of a file, relative to the project, that the program itself looked up on disk.
    "devloop/changes/scope.py: self.root / key",
}


def test_no_path_is_built_from_an_id() -> None:
    found = {
        f"{file.relative_to(ROOT).as_posix()}: {ast.unparse(node)}"
        for package in ("devloop", "runcmd", "stigmer", "stigmerd")
        for file in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if any(speaks_of_an_id(part) for part in parts_of_a_path(node))
    }
    assert found == OWN_NAMES


def parts_of_a_path(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(op=ast.Div(), right=right):
            yield right
        case ast.Call(func=ast.Attribute(attr="joinpath" | "join" | "with_name"), args=arguments):
            if "path" in ast.unparse(node.func).lower() or node.func.attr != "join":  # type: ignore[attr-defined]
                yield from arguments
        case ast.Call(func=ast.Name(id="Path"), args=arguments):
            yield from arguments[1:]


def speaks_of_an_id(part: ast.expr) -> bool:
    for node in ast.walk(part):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name == "id" or set(name.split("_")) & ID_WORDS:
            return True
    return False


def test_the_lint_sees_what_it_is_for() -> None:
    seen = ast.parse('root / "executions" / execution_id').body[0]
    assert any(speaks_of_an_id(part) for node in ast.walk(seen) for part in parts_of_a_path(node))
