"""A real server on a Unix socket; only the agents are played, by a double that answers at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmerd.executions.log import Executions
from stigmerd.executions.questions import Decided
from stigmerd.executions.records import Began, Ended, MessageSet, QuestionSet, ToolCallSet
from stigmerd.resources.lookup import Lookup
from stigmerd.server import Server, ServerSettings, open_server
from tests.support.api import Api

AT = "2026-01-01T00:00:00.000000Z"


class ParrotAgents:
    """Says each message back, letter by letter; waits for ever when told to."""

    def __init__(self, executions: Executions, lookup: Lookup) -> None:
        self.executions = executions
        self.lookup = lookup
        self.ran: list[str] = []
        self.answers: list[Decided] = []
        self.closed = self.warmed = False

    async def run(self, execution_id: str) -> None:
        self.ran.append(execution_id)
        message = self.executions.spec(execution_id).spec.message
        self.executions.record(execution_id, Began(at=AT), said(0, "HUMAN", message))
        if message == "wait":
            await asyncio.Event().wait()
        if message == "ask":
            self.executions.questions.remember(execution_id, {})
            await self._ask(execution_id)
        for end in range(1, len(message) + 1):
            self.executions.record(execution_id, said(1, "AI", message[:end], complete=end == len(message)))
            await asyncio.sleep(0)
        self.executions.record(execution_id, Ended(phase="COMPLETED", output=None, error="", at=AT))

    async def _ask(self, execution_id: str) -> None:
        """May it be done?"""
        call = ToolCallSet(
            id="call_1",
            message=0,
            name="do",
            args={"what": "it"},
            status="PENDING",
            result="",
            error="",
            started_at="",
            completed_at="",
        )
        question = QuestionSet(
            id="call_1",
            call="call_1",
            kind="approval",
            input={"tool": "do", "fingerprint": "f1"},
            state="WAITING",
            output={},
            asked_at=AT,
            answered_at="",
        )
        self.executions.record(execution_id, call)
        answered: asyncio.Future[Decided] = asyncio.get_running_loop().create_future()
        self.executions.questions.ask(execution_id, question, answered.set_result)
        self.answers.append(await answered)

    async def warm(self) -> None:
        self.warmed = True

    async def aclose(self) -> None:
        self.closed = True


def said(index: int, role: str, content: str, *, complete: bool = True) -> MessageSet:
    return MessageSet(index=index, role=role, content=content, complete=complete, at=AT, metadata={})


class ServedBackend:
    """A server and a client."""

    def __init__(self, server: Server, api: Api, agents: ParrotAgents, data_dir: Path | None) -> None:
        self.server = server
        self.api = api
        self.agents = agents
        self.data_dir = data_dir


OpenWorld = Callable[..., AbstractAsyncContextManager[ServedBackend]]


@pytest.fixture
def open_world(short_dir: Path) -> OpenWorld:
    @asynccontextmanager
    async def opened(data_dir: Path | None = None, **settings: Any) -> AsyncIterator[ServedBackend]:
        doubles: list[ParrotAgents] = []

        def agents(executions: Executions, lookup: Lookup, directory: Path | None) -> ParrotAgents:
            doubles.append(ParrotAgents(executions, lookup))
            return doubles[0]

        address = f"unix:{short_dir}/s.sock"
        extra = settings.pop("listen", ())
        given = ServerSettings(data_dir=data_dir, addresses=(address, *extra), **settings)
        async with open_server(given, agents=agents) as server, grpc.aio.insecure_channel(address) as channel:
            yield ServedBackend(server, Api(channel), doubles[0], data_dir)

    return opened


@pytest.fixture
async def world(open_world: OpenWorld) -> AsyncIterator[ServedBackend]:
    async with open_world() as opened:
        yield opened


@pytest.fixture
def api(world: ServedBackend) -> Api:
    return world.api


Refused = Callable[..., Any]


@pytest.fixture
def refused() -> Refused:
    """`with refused("NOT_FOUND", "part of the text"):`"""

    @contextmanager
    def expect(code: str, *parts: str) -> Iterator[None]:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            yield
        assert (caught.value.code().name, caught.value.details()) == (code, caught.value.details())
        for part in parts:
            assert part in (caught.value.details() or "")

    return expect


async def gone(world: ServedBackend, slug: str) -> None:
    """The context goes with the end: who has seen that finds it no more."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await world.api.context.getByReference(ApiResourceReference(slug=slug))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
