"""An engine on a real store, with a real web server to call; agents are played by a table."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.workflow_pb2 import Workflow
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.engine.engine import Engine
from stigmerd.engine.limits import EngineLimits, Retries
from stigmerd.executions.limits import RecordLimits
from stigmerd.executions.log import Executions
from stigmerd.executions.records import Began, Ended, MessageSet
from stigmerd.resources.repository import Repository
from stigmerd.resources.starter import Starter
from stigmerd.store.json import Json
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault
from tests.support.tasks import task

AT = "2030-01-01T00:00:00.000000Z"
QUICK = EngineLimits(http_retries=Retries(first_seconds=0.01), pause_seconds=0.02)


def workflow_of(*tasks: Json) -> Workflow:
    return ParseDict({"spec": {"document": {"name": "w"}, "tasks": list(tasks)}}, Workflow())


@dataclass
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: Json


Answer = Callable[[Request, int], tuple[int, str, bytes]]


def as_json(value: Json, status: int = 200) -> Answer:
    return lambda request, times: (status, "application/json", json.dumps(value).encode())


@dataclass
class WebServer:
    """Counts every request by its path. `answers` by path; a path that `holds` has is never answered."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    holds: set[str] = field(default_factory=set)
    headers: dict[str, str] = field(default_factory=dict)  # of every answer
    requests: list[Request] = field(default_factory=list)
    times: Counter[str] = field(default_factory=Counter)
    connections: list[asyncio.Task[None]] = field(default_factory=list)
    arrived: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def call(self, name: str, path: str, method: str = "GET", export: str = "", **more: Json) -> Json:
        config = {"method": method, "endpoint": {"uri": self.url(path)}, "timeout_seconds": 5, **more}
        return task(name, "HTTP_CALL", config, export=export)

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(asyncio.get_running_loop().create_task(self.serve(reader, writer)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                method, path, _ = line.decode().split(" ")
                headers = {}
                while (header := (await reader.readline()).decode().strip()) != "":
                    name, _, value = header.partition(":")
                    headers[name.lower()] = value.strip()
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                request = Request(method, path, headers, body.decode())
                self.requests.append(request)
                self.times[path] += 1
                self.arrived.release()
                if path in self.holds:
                    await asyncio.Event().wait()
                status, media, content = self.answers.get(path, as_json({"path": path}))(
                    request, self.times[path]
                )
                more = {"content-type": media, "content-length": len(content), **self.headers}
                head = "".join(f"{name}: {value}\r\n" for name, value in more.items())
                writer.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + content)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def web() -> AsyncIterator[WebServer]:
    web = WebServer()
    server = await asyncio.start_server(web.connected, "127.0.0.1", 0)
    web.port = server.sockets[0].getsockname()[1]
    yield web
    server.close()
    for connection in web.connections:
        connection.cancel()
    await asyncio.gather(*web.connections, return_exceptions=True)


class Agents:
    """Plays agents: `replies` by the message they get. A message without a reply waits until cancelled."""

    def __init__(self) -> None:
        self.executions: Executions
        self.replies: dict[str, Json] = {}
        self.started: list[str] = []
        self.stopped: list[str] = []
        self.begun = asyncio.Semaphore(0)
        self.closed = self.warmed = False

    async def run(self, execution_id: str) -> None:
        self.started.append(execution_id)
        self.begun.release()
        message = self.executions.spec(execution_id).spec.message
        self.executions.record(execution_id, Began(at=AT))
        reply = self.replies.get(message)
        try:
            if reply is None:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.stopped.append(execution_id)
            raise
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, str):
            said = MessageSet(index=0, role="AI", content=reply, complete=True, at=AT, metadata={})
            self.executions.record(execution_id, said, Ended(phase="COMPLETED", output=None, error="", at=AT))
        elif isinstance(reply, Ended):
            self.executions.record(execution_id, reply)

    async def warm(self) -> None:
        self.warmed = True

    async def aclose(self) -> None:
        self.closed = True


class Bench:
    """The engine and all that it needs."""

    def __init__(
        self,
        path: Path | None,
        agents: Agents,
        limits: EngineLimits = QUICK,
        records: RecordLimits = RecordLimits(),  # noqa: B008
    ) -> None:
        self.store = Store.open(path)
        vault = Vault.open(path.parent if path else None)
        self.executions = Executions(self.store, vault, records)
        self.agents = agents
        agents.executions = self.executions
        self.workflows: dict[str, Workflow] = {}
        self.by_slug: dict[str, Workflow] = {}
        self.launched: dict[tuple[str, str], str] = {}
        self.messages: list[Mapping[str, Json]] = []
        self._ids = count()
        self.engine = Engine(
            executions=self.executions,
            starter=Starter(Repository(self.store, vault), self.executions),
            workflows=self.workflows.__getitem__,
            launcher=self,
            agents=agents,
            limits=limits,
        )

    def agent(self, *, parent: str, key: str, **given: Json) -> str:
        if (parent, key) not in self.launched:
            self.messages.append(given)
            execution = AgentExecution()
            execution.metadata.id = self.launched[parent, key] = self._id("aex")
            execution.spec.message = given["message"]
            for name, value in given["env"].items():
                execution.spec.runtime_env[name].value = value
                execution.spec.runtime_env[name].is_secret = name in given["secret_env"]
            self.executions.add(execution)
        return self.launched[parent, key]

    def workflow(self, *, slug: str, org: str, input: Json, parent: str, key: str) -> str:  # noqa: A002
        if (parent, key) not in self.launched:
            launched = self.add(self.by_slug[slug], message=json.dumps(input), parent=f"{parent}/{key}")
            self.launched[parent, key] = launched
        return self.launched[parent, key]

    def add(
        self,
        workflow: Workflow,
        message: str = "",
        parent: str = "",
        env: Mapping[str, str] = {},
        secrets: Mapping[str, str] = {},
    ) -> str:
        execution = WorkflowExecution()
        execution.metadata.id = execution_id = self._id("wex")
        execution.metadata.annotations["devloop.stigmer.ai/parent"] = parent
        execution.spec.trigger_message = message
        for name, value in {**env, **secrets}.items():
            execution.spec.runtime_env[name].value = value
            execution.spec.runtime_env[name].is_secret = name in secrets
        self.workflows[execution_id] = workflow
        self.executions.add(execution)
        return execution_id

    def start(self, *tasks: Json, **more: Any) -> str:
        execution_id = self.add(workflow_of(*tasks), **more)
        self.engine.start(execution_id)
        return execution_id

    async def run(self, *tasks: Json, **more: Any) -> WorkflowExecution:
        return await self.ended(self.start(*tasks, **more))

    async def ended(self, execution_id: str) -> WorkflowExecution:
        found = await self.executions.subscriptions.ended(execution_id)
        assert isinstance(found, WorkflowExecution)
        return found

    def said(self, execution_id: str) -> str:
        """All that is stored of it, as text."""
        records = self.executions.records(execution_id)
        journal = self.executions.journal(execution_id)
        return repr([records, [journal.get(key) for key in journal.keys()]])  # noqa: SIM118

    def _id(self, prefix: str) -> str:
        return f"{prefix}-{next(self._ids):026}"


@asynccontextmanager
async def open_bench(
    path: Path | None = None, agents: Agents | None = None, **limits: Any
) -> AsyncIterator[Bench]:
    bench = Bench(path, agents or Agents(), **limits)
    async with bench.engine:
        yield bench
    bench.store.close()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with open_bench() as opened:
        yield opened


def tasks_of(execution: WorkflowExecution) -> dict[str, str]:
    """State by id."""
    from stigmer_api.workflowexecution_pb2 import WorkflowTaskStatus

    return {
        each.task_id: WorkflowTaskStatus.Name(each.status).removeprefix("WORKFLOW_TASK_")
        for each in execution.status.tasks
    }
