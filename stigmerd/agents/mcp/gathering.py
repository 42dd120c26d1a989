"""The MCP servers of one execution, also those by reference, and what is secret of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stigmer_api.agent_pb2 import Agent
from stigmerd.agents.interfaces import Resources
from stigmerd.agents.mcp.config import resolve
from stigmerd.agents.mcp.oauth.place import Logins
from stigmerd.agents.mcp.options import said_of_servers
from stigmerd.agents.mcp.references import in_place, reference_of, with_its_own
from stigmerd.executions.variables import Variables
from stigmerd.store.json import Json


@dataclass(frozen=True, kw_only=True)
class Servers:
    """How to start or reach each, and the values that stored servers bring along and nobody may see."""

    configs: list[dict[str, Json]]
    secrets: frozenset[str]


def gathered(
    agent: Agent,
    options: Mapping[str, Json],
    variables: Variables,
    folder: Path,
    resources: Resources,
    caller: Mapping[str, str],
    logins: Logins,
) -> Servers:
    """Of an agent with these options. Raises AgentProblem, LookupError.

    Args:
        folder: the project's.
        caller: where the shell that started the execution finds programs: PATH, VIRTUAL_ENV.
    """
    said = said_of_servers(options, [server.name for server in agent.spec.mcp_servers])
    configs = []
    secrets: set[str] = set()
    for definition in agent.spec.mcp_servers:
        its_own = variables
        if (reference := reference_of(definition, said[definition.name])) is not None:
            stored = resources.mcp_server(reference, agent.metadata.org)
            its_own = with_its_own(variables, stored)
            secrets |= its_own.secret_values
            definition = in_place(definition, stored)
        config = resolve(definition, its_own.values, folder, its_own.secrets, said[definition.name])
        if config["kind"] == "http" and "authorization" not in map(str.lower, config["headers"]):
            config["logins"] = {"folder": str(logins.folder), "key": logins.key}
        configs.append({**config, "caller": dict(caller)} if config["kind"] == "stdio" else config)
    return Servers(configs=configs, secrets=frozenset(secrets))
