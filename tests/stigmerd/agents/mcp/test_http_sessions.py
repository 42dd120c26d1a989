"""MCP servers over HTTP: who shares a session, and what becomes of one that the server has forgotten."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai.exceptions import ToolFailed

from stigmerd.agents.mcp.pool import ServerPool
from tests.stigmerd.agents.http_servers import Handler, serving
from tests.stigmerd.agents.mcp.lending import config, lending


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def pool(tmp_path: Path, anyio_backend: str) -> AsyncIterator[ServerPool]:
    made = ServerPool(tmp_path / "notes")
    yield made
    await made.aclose()


class Remote:
    """An MCP server that can be restarted: then it knows nothing of its sessions, and has another tool."""

    def __init__(self, *, sessions: bool) -> None:
        self.sessions: set[str] | None = set() if sessions else None
        self.tools: list[dict[str, Any]] = [tool("who"), tool("note", reads=False), {"name": "broken"}]
        self.called: list[str] = []
        self._numbers = count(1)

    def restart(self) -> None:
        if self.sessions is not None:
            self.sessions.clear()
        self.tools = [tool("who"), tool("note", reads=False), tool("later")]

    def __call__(self, handler: Handler, body: dict[str, Any]) -> None:
        headers: dict[str, str] = {}
        session = handler.headers.get("mcp-session-id", "none")
        method = body["method"]
        if self.sessions is not None:
            if method == "initialize":
                headers["mcp-session-id"] = session = f"session-{next(self._numbers)}"
                self.sessions.add(session)
            elif session not in self.sessions and method != "server/discover":
                handler.send("text/plain", "no such session", status=404)
                return
        if "id" not in body:
            handler.send("text/plain", "", status=202)
            return
        reply = {"jsonrpc": "2.0", "id": body["id"], **self._answer(method, body, session)}
        handler.send("application/json", json.dumps(reply), headers=headers)

    def _answer(self, method: str, body: dict[str, Any], session: str) -> dict[str, Any]:
        match method:
            case "initialize":
                version = body["params"]["protocolVersion"]
                info = {"name": "remote", "version": "1"}
                can: dict[str, Any] = {"tools": {}}
                return {"result": {"protocolVersion": version, "capabilities": can, "serverInfo": info}}
            case "tools/list":
                return {"result": {"tools": self.tools}}
            case "tools/call":
                self.called.append(body["params"]["name"])
                return {"result": {"content": [{"type": "text", "text": session}], "isError": False}}
            case "ping":
                return {"result": {}}
        return {"error": {"code": -32601, "message": "no such method"}}


def tool(name: str, *, reads: bool = True) -> dict[str, Any]:
    schema = {"type": "object", "properties": {}}
    return {"name": name, "inputSchema": schema, "annotations": {"readOnlyHint": reads}}


@contextmanager
def at(remote: Remote) -> Iterator[dict[str, Any]]:
    """How to reach it."""
    with serving(remote) as (url, _):
        more = {"kind": "http", "url": url, "headers": {}, "connect_seconds": 30, "call_seconds": 0}
        yield config(Path("/"), name="remote", **more)


async def test_a_restarted_server_gets_a_new_session_and_lists_its_tools_again(pool: ServerPool) -> None:
    remote = Remote(sessions=True)
    with at(remote) as there:
        async with lending(pool, [there]) as lender:
            first = await lender.call("note")
            remote.restart()
            assert await lender.call("note") != first
            assert "later" in await lender.names()
    assert remote.called == ["note", "note"]  # what never reached it was made again, and only that


async def test_a_server_that_forgets_each_session_at_once_fails_the_call(pool: ServerPool) -> None:
    remote = Remote(sessions=True)
    with at(remote) as there:
        async with lending(pool, [there]) as lender:
            answer = remote._answer

            def forgetful(method: str, body: dict[str, Any], session: str) -> dict[str, Any]:
                if method == "tools/list":
                    remote.sessions = set()
                return answer(method, body, session)

            remote._answer = forgetful  # type: ignore[method-assign]
            remote.restart()
            with pytest.raises(ToolFailed, match='"remote" gave no answer to note'):
                await lender.call("note")


async def test_a_session_belongs_to_who_may_have_left_something_in_it(
    pool: ServerPool,
) -> None:
    with at(Remote(sessions=True)) as there:
        async with lending(pool, [there]) as first, lending(pool, [there]) as second:
            assert await first.call("who") == await second.call("who")
            own = await first.call("note")
            assert await first.call("who") == own != await second.call("note")
        async with lending(pool, [there]) as third:
            assert await third.call("who") not in {own, ""}


async def test_a_connection_without_a_session_is_shared(pool: ServerPool) -> None:
    with at(Remote(sessions=False)) as there:
        async with lending(pool, [there]) as first, lending(pool, [there]) as second:
            await first.call("note")
            await second.call("note")
            assert first.lent.server is second.lent.server


async def test_an_answer_that_cannot_be_read_is_said_in_plain_words(pool: ServerPool) -> None:
    remote = Remote(sessions=False)
    answer = remote._answer

    def half(method: str, body: dict[str, Any], session: str) -> dict[str, Any]:
        return {"done": True} if method == "tools/call" else answer(method, body, session)

    remote._answer = half  # type: ignore[method-assign]
    with at(remote) as there:
        async with lending(pool, [there]) as lender:
            with pytest.raises(ToolFailed) as failed:
                await lender.call("who")
    assert str(failed.value).endswith("of who: the answer cannot be read, it is no message of JSON-RPC 2.0")


async def test_a_tool_with_a_wrong_schema_is_left_out_here_too(pool: ServerPool) -> None:
    with at(Remote(sessions=True)) as there:
        async with lending(pool, [there]) as lender:
            assert await lender.names() == ["who", "note"]
            assert "the tool broken of the MCP server" in str(lender.notes)
