"""An agent as pydantic-ai wants it: the execution's own, or a helper of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic_ai import Agent, Tool
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings
from pydantic_ai.toolsets import AbstractToolset

from stigmerd.agents.asking.approval import Approvals
from stigmerd.agents.outputs.asking import asked_as, check_answers
from stigmerd.agents.outputs.declared import output_of
from stigmerd.agents.scarcity import Scarcity
from stigmerd.store.json import Json

TOOL_RETRIES = 3  # wrong arguments, an unknown name
TEXT_RETRIES = 1  # an answer without any text


def built(
    entry: Mapping[str, Json],
    model: Model,
    *,
    settings: Mapping[str, Json],
    approvals: Approvals,
    tools: Sequence[Tool[None]] = (),
    toolsets: Sequence[AbstractToolset[None]] = (),
) -> Agent[None, Any]:
    """`entry`: its `name`, its `instructions`, and the `options` that it declares beyond the contract."""
    output = output_of(entry["options"])
    agent: Agent[None, Any] = Agent(
        model,
        instructions=entry["instructions"],
        deps_type=type(None),
        name=entry["name"],
        model_settings=cast(ModelSettings, settings),
        tools=tools,
        toolsets=toolsets,
        capabilities=[approvals, Scarcity()],
        output_type=asked_as(output),
        retries={"tools": TOOL_RETRIES, "output": output.retries if output else TEXT_RETRIES},
    )
    if output is not None:
        check_answers(agent, output)
    return agent
