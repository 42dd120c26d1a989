"""What goes from the shell of a run to the backend, and where it never goes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from runcmd.backend.address import Address
from runcmd.backend.calls import open_backend
from runcmd.backend.client_env import client_env
from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.client_env import METADATA_KEY


def sent(environ: dict[str, str]) -> Any:
    return json.loads(client_env(environ))


def test_variables_that_concern_models_and_no_others() -> None:
    chosen = {"ANTHROPIC_API_KEY": "a", "STIGMER_LLM_MODEL": "m", "STIGMER_AGENT_MAX_STEPS": "9"}
    others = {"HOME": "/root", "GITHUB_TOKEN": "s", "STIGMER_API_KEY": "k", "OPENAI_API_KEY": ""}
    assert sent(chosen | others) == chosen


def test_where_the_shell_finds_programs() -> None:
    place = {"PATH": "/opt/bin:/bin", "VIRTUAL_ENV": "/opt"}
    assert sent(place | {"HOME": "/root"}) == place


def test_a_script_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert sent({"STIGMER_LLM_SCRIPT": "s.yaml"}) == {"STIGMER_LLM_SCRIPT": str(tmp_path / "s.yaml")}


def test_it_fits_into_the_metadata_of_a_call() -> None:
    many = {f"STIGMER_LLM_{number}": "x" * 900 for number in range(20)}
    assert len(client_env({"OPENAI_API_KEY": "k", **many})) <= 6000
    assert sent({"OPENAI_API_KEY": "k", **many})["OPENAI_API_KEY"] == "k"


class Listener(grpc.GenericRpcHandler):
    """Takes every call as the creation of an execution."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        self.heard.append(dict(details.invocation_metadata or ()))

        async def created(request: AgentExecution, context: Any) -> AgentExecution:
            return request

        return grpc.unary_unary_rpc_method_handler(
            created, AgentExecution.FromString, AgentExecution.SerializeToString
        )


@asynccontextmanager
async def listening(address: str) -> AsyncIterator[tuple[Listener, str]]:
    listener, server = Listener(), grpc.aio.server()
    server.add_generic_rpc_handlers((listener,))
    port = server.add_insecure_port(address)
    await server.start()
    try:
        yield listener, address if address.startswith("unix:") else f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


async def test_through_the_socket_and_not_over_the_network(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-exported-later")
    heard = []
    for address in (f"unix:{short_dir}/s", "127.0.0.1:0"):
        async with listening(address) as (listener, target), open_backend(Address(target=target)) as backend:
            await backend.create(AgentExecution(kind="AgentExecution"))
            heard += listener.heard
    local, remote = heard
    assert json.loads(local[METADATA_KEY])["OPENAI_API_KEY"] == "sk-exported-later"
    assert METADATA_KEY not in remote
