"""A chosen model, as one of pydantic-ai's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_ai.models import Model, infer_model
from pydantic_ai.settings import ModelSettings

from stigmer_api.model_providers import KNOWN, LOCAL, SCRIPTED
from stigmerd.agents.models.clients.shared import SharedClients
from stigmerd.agents.models.local.connection import PROFILE
from stigmerd.agents.problems import AgentProblem
from stigmerd.agents.scripted import model as scripted_model

# Here `openai:` is what every compatible server speaks, too; there it is the newer API.
THEIRS = {"openai": "openai-chat"}
CLAUDE_TOO = {"bedrock", "openrouter"}


def build(
    choice: Mapping[str, Any],
    clients: SharedClients,
    *,
    agent: str,
    variables: Mapping[str, str],
    sub_agent: bool = False,
) -> Model:
    """Raises AgentProblem."""
    name = choice["provider"]
    if name == SCRIPTED:
        return scripted_model.model(
            choice["script"],
            agent=agent,
            variables=variables,
            name=choice["name"],
            # In a script of its own it is not one among several.
            sub_agent=sub_agent and not choice.get("own_script"),
        )
    try:
        provider = clients.provider(choice)
        if name == LOCAL:
            from pydantic_ai.models.openai import OpenAIChatModel

            return OpenAIChatModel(choice["name"], provider=provider, profile=PROFILE)
        model: Any = infer_model(f"{THEIRS.get(name, name)}:{choice['name']}", lambda _: provider)
        if name == "anthropic" or (name in CLAUDE_TOO and "claude" in choice["name"]):
            # Its prompts are cached only if one asks; what the agent says about it wins.
            model = type(model)(choice["name"], provider=provider, settings=ModelSettings(cache=True))
        return model  # type: ignore[no-any-return]
    except ImportError as error:
        raise missing(f"the provider {name}", KNOWN[name].extra) from error


def missing(what: str, extra: str) -> AgentProblem:
    return AgentProblem(
        f"{what} needs a library that is not installed: pip install 'stigmer-devloop[{extra}]'",
        code="E0816",
    )
