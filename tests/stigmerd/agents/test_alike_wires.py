"""Providers that speak OpenAI's chat by the same code: each is asked at its own address, with its own key."""

from __future__ import annotations

import pytest

from stigmer_api.model_providers import KNOWN
from stigmerd.executions.client_env import client_env_of
from tests.stigmerd.agents.stage import Stage, agent, texts
from tests.support.providers.server import fake
from tests.support.providers.wires.table import ALIKE


@pytest.mark.parametrize("name", ALIKE)
async def test_it_is_asked_by_its_own_variables(stage: Stage, name: str) -> None:
    known = KNOWN[name]
    with fake("openai-responses" if name == "meta" else "openai") as provider:
        shell = {known.urls[0]: f"{provider.url}/v1", known.keys[0]: provider.KEY}
        flag = {"models": f'{{"": ["{name}:fake", ""]}}'}
        execution_id = stage.add(agent(), annotations=flag)
        stage.executions.secrets.set_client_env(execution_id, client_env_of(shell))
        await stage.host.run(execution_id)
        assert texts(stage.get(execution_id))[-1] == "Hello."
    assert provider.requests[0].headers["authorization"] == f"Bearer {provider.KEY}"
    assert provider.requests[0].path.endswith("/v1/responses" if name == "meta" else "/v1/chat/completions")
