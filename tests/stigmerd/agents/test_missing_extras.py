"""A library that is not installed is a sentence with the command that installs it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stigmerd.agents.mcp.server import connection
from stigmerd.agents.models import build as models
from stigmerd.agents.models.clients.shared import SharedClients
from stigmerd.agents.problems import AgentProblem

CHOICE = {"name": "m", "base_url": "", "api_key": "k", "script": "", "more": {}}


@pytest.mark.parametrize(
    ("provider", "module", "extra"),
    [
        ("openai", "pydantic_ai.models.openai", "openai"),
        ("ollama", "pydantic_ai.models.ollama", "openai"),
        ("anthropic", "pydantic_ai.models.anthropic", "anthropic"),
    ],
)
def test_a_provider(monkeypatch: pytest.MonkeyPatch, provider: str, module: str, extra: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(AgentProblem, match=rf"pip install 'stigmer-devloop\[{extra}\]'"):
        models.build({**CHOICE, "provider": provider}, SharedClients(), agent="a", variables={})


def test_mcp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = {"name": "files", "kind": "http"}
    monkeypatch.setitem(sys.modules, "pydantic_ai.mcp", None)
    with pytest.raises(AgentProblem, match=r'the MCP server "files" needs .*stigmer-devloop\[mcp\]'):
        connection(config, tmp_path, None, None)
