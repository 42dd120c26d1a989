"""One agent host, with a real child process, for all tests: importing its libraries takes seconds."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution, ExecutionPhase
from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.mcpserver_pb2 import McpServer
from stigmer_api.skill_pb2 import Skill
from stigmerd.agents.host import AgentHost, AgentSettings
from stigmerd.executions.log import Executions
from stigmerd.executions.records import Record
from stigmerd.executions.turns import turn_of
from stigmerd.store.json import Json
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault
from tests.support.paths import MCP_SERVER


@dataclass
class Shelf:
    """Resources without a server: what an agent looks up."""

    executions: Executions
    agents: dict[str, Agent] = field(default_factory=dict)  # by execution
    sessions: dict[str, list[str]] = field(default_factory=dict)
    skills: dict[str, tuple[Skill, bytes]] = field(default_factory=dict)
    servers: dict[str, McpServer] = field(default_factory=dict)

    def agent_of(self, execution_id: str) -> Agent:
        return self.agents[execution_id]

    def session_history(self, execution_id: str) -> Sequence[Mapping[str, Json]]:
        session = next((ids for ids in self.sessions.values() if execution_id in ids), [execution_id])
        return [turn_of(self.executions, other) for other in session[: session.index(execution_id)]]

    def skill_artifact(self, reference: ApiResourceReference) -> tuple[Skill, bytes]:
        if reference.slug not in self.skills:
            raise LookupError(f'no skill "{reference.slug}"')
        return self.skills[reference.slug]

    def mcp_server(self, reference: ApiResourceReference, org: str) -> McpServer:
        if reference.slug not in self.servers:
            raise LookupError(f'no MCP server "{reference.slug}"')
        return self.servers[reference.slug]


class Listening(Executions):
    """Real executions that also remember what was said, in order."""

    def __init__(self, store: Store, vault: Vault) -> None:
        super().__init__(store, vault)
        self.said: dict[str, list[Record]] = {}

    def record(self, execution_id: str, *records: Record) -> None:
        super().record(execution_id, *records)
        self.said.setdefault(execution_id, []).extend(records)

    def record_masked(self, execution_id: str, *records: Record) -> None:
        super().record_masked(execution_id, *records)
        self.said.setdefault(execution_id, []).extend(records)


class Stage:
    """Real executions, a real agent host, agents made on the spot."""

    def __init__(self, home: Path, environ: Mapping[str, str]) -> None:
        self.executions = Listening(Store.open(None), Vault.open(None))
        self.shelf = Shelf(self.executions)
        self.home = home
        self.config_file = home / "config.yaml"
        self.host = self.new_host(environ)
        self._numbers = count(1)

    def new_host(self, environ: Mapping[str, str], **settings: float) -> AgentHost:
        return AgentHost(
            self.executions,
            self.shelf,
            AgentSettings(
                directory=self.home / f"agents-{len(list(self.home.iterdir()))}",
                environ={"PATH": os.environ["PATH"], **environ},
                config_file=self.config_file,
                **settings,  # type: ignore[arg-type]
            ),
        )

    def add(
        self,
        agent: Agent,
        message: str = "hello",
        *,
        env: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        session: str = "",
        model: str = "",
        annotations: Mapping[str, str] | None = None,
    ) -> str:
        execution_id = f"aex-{next(self._numbers):026d}"
        execution = AgentExecution(kind="AgentExecution")
        execution.metadata.id = execution_id
        execution.spec.message = message
        for name, value in (annotations or {}).items():
            execution.metadata.annotations[f"devloop.stigmer.ai/{name}"] = value
        execution.spec.execution_config.model_name = model
        for name, value in (env or {}).items():
            execution.spec.runtime_env[name].value = value
        for name, value in (secrets or {}).items():
            execution.spec.runtime_env[name].value = value
            execution.spec.runtime_env[name].is_secret = True
        self.shelf.agents[execution_id] = agent
        if session:
            self.shelf.sessions.setdefault(session, []).append(execution_id)
        self.executions.add(execution)
        return execution_id

    async def run(self, agent: Agent, message: str = "hello", **more: object) -> AgentExecution:
        execution_id = self.add(agent, message, **more)  # type: ignore[arg-type]
        await self.host.run(execution_id)
        return self.get(execution_id)

    def get(self, execution_id: str) -> AgentExecution:
        execution = self.executions.get(execution_id)
        assert isinstance(execution, AgentExecution)
        return execution


def scripted(script: str, *, name: str = "helper", instructions: str = "You are a helper.") -> Agent:
    agent = Agent(kind="Agent")
    agent.metadata.name = name
    agent.metadata.annotations["devloop.stigmer.ai/script"] = script
    agent.spec.instructions = instructions
    return agent


def with_server(agent: Agent, name: str = "tools", *args: str, enabled: Sequence[str] = ()) -> Agent:
    server = agent.spec.mcp_servers.add(name=name, enabled_tools=enabled)
    server.stdio.command = sys.executable
    server.stdio.args.extend([str(MCP_SERVER), *args])
    return agent


@pytest.fixture(scope="package")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="package")
def _stage_home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="st", dir="/tmp"))
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="package")
async def stage(_stage_home: Path, anyio_backend: str) -> AsyncIterator[Stage]:
    made = Stage(_stage_home, {})
    yield made
    await made.host.aclose()


def agent() -> Agent:
    made = Agent(kind="Agent")
    made.metadata.name = "calculator"
    made.spec.instructions = "You can add."
    return made


def texts(execution: AgentExecution) -> list[str]:
    assert execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED, execution.status.error
    return [message.content for message in execution.status.messages]


def started(notes: Path) -> list[int]:
    """The servers with `--note`, in the order in which they were started."""
    return [int(line) for line in notes.read_text().split()] if notes.exists() else []
