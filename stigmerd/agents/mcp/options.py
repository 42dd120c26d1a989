"""What an agent says of its MCP servers beyond the contract, as `servers` of its options."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Final

from stigmerd.agents.problems import AgentProblem
from stigmerd.store.json import Json

SERVERS: Final = "servers"
LOG_LEVEL: Final = "log_level"
RESOURCES: Final = "resources"
PROMPTS: Final = "prompts"
LEVELS: Final = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
SAMPLING: Final = "sampling"
ELICITATION: Final = "elicitation"
ASK: Final = "ask"
ALLOW: Final = "allow"
DENY: Final = "deny"
CHOICES: Final[Mapping[str, tuple[Json, ...]]] = {
    LOG_LEVEL: LEVELS,
    RESOURCES: (False, True),
    PROMPTS: (False, True),
    SAMPLING: (ASK, ALLOW, DENY),
    ELICITATION: (ASK, DENY),
}


class OptionProblem(AgentProblem):
    """An option of an MCP server that cannot be what it is."""

    code = "E1220"

    def __init__(self, server: str, option: str, value: Json, wanted: str) -> None:
        super().__init__(
            f'the option `{option}` of the MCP server "{server}" must be {wanted}, not {value!r:.60}'
        )


def said_of_servers(options: Mapping[str, Json], names: Collection[str]) -> dict[str, dict[str, Json]]:
    """By the name of each server. Raises AgentProblem for what is said of a server that is not there."""
    said = options.get(SERVERS, {})
    if not isinstance(said, dict) or not all(isinstance(each, dict) for each in said.values()):
        raise AgentProblem("the option `servers` of the agent must be an object of an object for each server")
    if unknown := sorted(set(said) - set(names)):
        has = ", ".join(names) or "none"
        raise AgentProblem(f"the agent's options are about the MCP server {', '.join(unknown)}; it has {has}")
    return {name: dict(said.get(name, {})) for name in names}


def check_options(server: str, said: Mapping[str, Json]) -> None:
    """Those that are used long after the execution has begun. Raises OptionProblem."""
    for option, allowed in CHOICES.items():
        if said.get(option, allowed[0]) not in allowed:
            raise OptionProblem(server, option, said[option], f"one of {', '.join(map(_json, allowed))}")


def _json(value: Json) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)
