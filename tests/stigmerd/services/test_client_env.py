"""The variables of a client's shell: through the socket only, in memory only, for one execution only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import grpc
import pytest

from stigmer_api.devloop_pb2 import CancelRequest
from tests.stigmerd.services.served import OpenWorld, Refused, ServedBackend
from tests.support.api import Api, agent, agent_execution, workflow, workflow_execution
from tests.support.poll import until
from tests.support.tasks import task

KEY = "sk-handed-over-abcdef"
SHELL = {"OPENAI_API_KEY": KEY, "STIGMER_LLM_MODEL": "tiny", "HOME": "/home/x", "STIGMER_LLM_PROVIDER": ""}


def shell(values: Any = SHELL) -> tuple[tuple[str, bytes], ...]:
    return (("stigmer-shell-bin", json.dumps(values).encode()),)


async def waiting(world: ServedBackend, values: Any = SHELL) -> str:
    made = await world.api.agent.apply(agent())
    sent = agent_execution(made.metadata.id, message="wait")
    return str((await world.api.agent_execution.create(sent, metadata=shell(values))).metadata.id)


async def test_only_what_concerns_models_is_taken(world: ServedBackend) -> None:
    given = world.agents.executions.secrets.client_env(await waiting(world))
    assert given.values == {"OPENAI_API_KEY": KEY, "STIGMER_LLM_MODEL": "tiny"}
    assert KEY not in repr(given)


async def test_it_goes_with_the_execution(world: ServedBackend) -> None:
    execution_id = await waiting(world)
    await world.api.control.cancel(CancelRequest(execution_id=execution_id, wait_seconds=5))
    given = world.agents.executions.secrets.client_env(execution_id)
    assert (given.values, given.lost) == ({}, ("OPENAI_API_KEY", "STIGMER_LLM_MODEL"))


async def test_it_is_stored_nowhere_and_masked(open_world: OpenWorld, tmp_path: Path) -> None:
    async with open_world(tmp_path / "data") as world:
        execution_id = await waiting(world)
        assert world.agents.executions.secrets.masker(execution_id).text(f"it is {KEY}!") == "it is ***!"
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert files
    assert not any(KEY.encode() in path.read_bytes() for path in files)
    async with open_world(tmp_path / "data") as world:
        given = world.agents.executions.secrets.client_env(execution_id)
        assert (given.values, given.lost) == ({}, ("OPENAI_API_KEY", "STIGMER_LLM_MODEL"))


async def test_a_workflow_hands_it_on_to_its_agents(world: ServedBackend) -> None:
    await world.api.agent.apply(agent("Helper"))
    ask = task("ask", "AGENT_CALL", {"agent": "helper", "message": "wait"})
    made = await world.api.workflow.apply(workflow("Asking", ask))
    sent = workflow_execution(made.metadata.id)
    await world.api.workflow_execution.create(sent, metadata=shell())
    await until(lambda: world.agents.ran)
    assert world.agents.executions.secrets.client_env(world.agents.ran[0]).values["OPENAI_API_KEY"] == KEY


async def test_another_machines_shell_is_not_taken(open_world: OpenWorld) -> None:
    async with (
        open_world(listen=("127.0.0.1:0",)) as world,
        grpc.aio.insecure_channel(world.server.addresses[1]) as channel,
    ):
        elsewhere = ServedBackend(world.server, Api(channel), world.agents, None)
        assert not world.agents.executions.secrets.client_env(await waiting(elsewhere)).names


@pytest.mark.parametrize("values", [[1], {"OPENAI_API_KEY": 1}])
async def test_what_is_no_shell_is_refused(world: ServedBackend, refused: Refused, values: Any) -> None:
    with refused("INVALID_ARGUMENT", "stigmer-shell-bin: a JSON object of texts"):
        await waiting(world, values)
