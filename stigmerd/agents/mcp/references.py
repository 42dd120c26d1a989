"""An MCP server that an agent has by reference: the resource that is stored, as if it stood in the agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stigmer_api.agent_pb2 import DockerServer, HttpServer, McpServerDefinition, StdioServer
from stigmer_api.apiresource_pb2 import ApiResourceOwnerScope, ApiResourceReference
from stigmer_api.mcpserver_pb2 import McpServer
from stigmerd.agents.mcp.options import OptionProblem
from stigmerd.executions.variables import Variables, overlay
from stigmerd.store.json import Json

OPTION: Final = "reference"
WANTED: Final = "an object with the `slug` of a stored MCP server, and its `org` or `platform: true`"


def reference_of(definition: McpServerDefinition, said: Mapping[str, Json]) -> ApiResourceReference | None:
    """None: it stands in the agent. Without a type it is the stored one of that name.

    Raises OptionProblem.
    """
    named = said.get(OPTION)
    if definition.WhichOneof("server_type") is not None:
        if named is not None:
            raise OptionProblem(definition.name, OPTION, named, "left out: the server itself is declared")
        return None
    found = {"slug": definition.name, **named} if isinstance(named, dict) else {"slug": definition.name}
    slug, org, platform = found["slug"], found.get("org", ""), found.get("platform", False)
    typed = isinstance(slug, str) and isinstance(org, str) and isinstance(platform, bool)
    if (named is not None and not isinstance(named, dict)) or not typed:
        raise OptionProblem(definition.name, OPTION, named, WANTED)
    scope = ApiResourceOwnerScope.platform if platform else 0
    return ApiResourceReference(slug=slug, org=org, scope=scope)  # type: ignore[arg-type]


def in_place(definition: McpServerDefinition, stored: McpServer) -> McpServerDefinition:
    """`definition` with what the resource says. Its variables come from its environment."""
    spec = stored.spec
    made = McpServerDefinition(
        name=definition.name, enabled_tools=definition.enabled_tools or spec.default_enabled_tools
    )
    env = {name: f"${{{name}}}" for name in spec.env_spec.data}
    match spec.WhichOneof("server_type"):
        case "stdio":
            stdio = spec.stdio
            made.stdio.CopyFrom(
                StdioServer(
                    command=stdio.command,
                    args=stdio.args,
                    working_dir=stdio.working_dir,
                    env_placeholders=env,
                )
            )
        case "http":
            http = spec.http
            made.http.CopyFrom(
                HttpServer(
                    url=http.url,
                    headers=http.headers,
                    query_params=http.query_params,
                    timeout_seconds=http.timeout_seconds,
                )
            )
        case "docker":
            made.docker.CopyFrom(_docker(stored, env))
    return made


def _docker(stored: McpServer, env: Mapping[str, str]) -> DockerServer:
    docker = stored.spec.docker
    made = DockerServer(
        image=docker.image,
        args=docker.args,
        env_placeholders=env,
        network=docker.network,
        container_name=docker.container_name,
    )
    for volume in docker.volumes:
        made.volumes.add(
            host_path=volume.host_path, container_path=volume.container_path, read_only=volume.read_only
        )
    for port in docker.ports:
        made.ports.add(host_port=port.host_port, container_port=port.container_port, protocol=port.protocol)
    return made


def with_its_own(variables: Variables, stored: McpServer) -> Variables:
    """What the resource brings, unless the execution has a variable of that name."""
    own = overlay([stored.spec.env_spec.data])
    return Variables(values={**own.values, **variables.values}, secrets=own.secrets | variables.secrets)
