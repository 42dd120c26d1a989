"""What is exported after the daemon was started counts for the next execution."""

from __future__ import annotations

import pytest

from runcmd.backend.address import Address
from runcmd.backend.calls import open_backend
from runcmd.events import TargetKind
from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmerd.daemon import client
from stigmerd.daemon.place import DaemonPlace
from tests.support.api import agent, agent_execution


async def test_the_shell_of_the_command_counts_not_that_of_the_daemon(
    place: DaemonPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STIGMER_LLM_PROVIDER", "nonsense")
    running = client.ensure(place)
    answers: list[AgentExecution] = []
    ends: list[AgentExecution] = []

    async def received(snapshot: AgentExecution) -> None:
        answers.append(snapshot)

    async with open_backend(Address(target=running.address)) as backend:
        made = await backend.apply(TargetKind.AGENT, agent())
        for provider in ("nonsense", "scripted"):
            monkeypatch.setenv("STIGMER_LLM_PROVIDER", provider)
            execution = await backend.create(agent_execution(made.metadata.id, message="hello"))
            await backend.subscribe(TargetKind.AGENT, execution.metadata.id, received)
            ends.append(answers[-1])
    failed, completed = ends
    assert "no provider 'nonsense'" in failed.status.error
    assert completed.status.phase == 3, completed.status.error
