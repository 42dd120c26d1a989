"""How to start or reach each MCP server of an agent, with its `${VAR}` places filled in."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from stigmer_api.agent_pb2 import DockerServer, HttpServer, McpServerDefinition, StdioServer
from stigmerd.agents.mcp.inbound.roots import roots_of
from stigmerd.agents.mcp.limits import call_limits
from stigmerd.agents.mcp.options import check_options
from stigmerd.agents.problems import AgentProblem
from stigmerd.executions.masking import Masker
from stigmerd.resources.arguments import PLACEHOLDER, exposed, refusal
from stigmerd.store.json import Json

HTTP_TIMEOUT_SECONDS = 30
SHORTEST_QUOTED = 8  # a shorter value may well be an innocent word of a command line


class ServerProblem(AgentProblem):
    """An MCP server that cannot be used as it is declared."""

    code = "E0851"


def resolve(
    definition: McpServerDefinition,
    variables: Mapping[str, str],
    folder: Path,
    secrets: Collection[str] = (),
    said: Mapping[str, Json] | None = None,
) -> dict[str, Json]:
    """How to start or reach it. Raises AgentProblem.

    Args:
        folder: where relative working directories begin.
        secrets: the names of the variables that are secret.
        said: what its agent says of it beyond the contract.
    """
    if trouble := exposed([(definition.name, definition)], secrets):
        raise ServerProblem(trouble)
    fill = Filler(definition.name, variables)
    match definition.WhichOneof("server_type"):
        case "stdio":
            config = stdio(definition.stdio, fill, folder)
        case "http":
            config = http(definition.http, fill)
        case "docker":
            config = docker(definition.docker, fill, folder)
        case _:
            raise ServerProblem(
                f'the MCP server "{definition.name}" has no type: it needs stdio, http or docker'
            )
    fill.check()
    said = said or {}
    check_options(definition.name, said)
    call_limits(definition.name, said)
    refuse_quoted(config, definition.name, {name: variables[name] for name in secrets if name in variables})
    return {
        "name": definition.name,
        "enabled_tools": list(definition.enabled_tools),
        "options": dict(said),
        "roots": roots_of(definition, said, folder),
        **config,
    }


def refuse_quoted(config: Mapping[str, Json], server: str, secrets: Mapping[str, str]) -> None:
    """An argument may also quote a secret by the value of another variable, or literally."""
    for name, value in secrets.items():
        if len(value) < SHORTEST_QUOTED:
            continue
        masker = Masker([value])
        for argument in (config.get("command", ""), *config.get("args", ())):
            if masker.text(argument) != argument:
                raise ServerProblem(refusal(server, name))


class Filler:
    """Fills in placeholders, and notes the ones that have no value."""

    def __init__(self, server: str, variables: Mapping[str, str]) -> None:
        self._server = server
        self._variables = variables
        self._missing: dict[str, None] = {}

    def text(self, text: str) -> str:
        return PLACEHOLDER.sub(self._value, text)

    def texts(self, values: Mapping[str, str]) -> dict[str, str]:
        return {name: self.text(value) for name, value in sorted(values.items())}

    def _value(self, found: re.Match[str]) -> str:
        if found[1] not in self._variables:
            self._missing[found[1]] = None
        return self._variables.get(found[1], "")

    def check(self) -> None:
        if self._missing:
            names = ", ".join(f"${{{name}}}" for name in self._missing)
            example = next(iter(self._missing))
            raise ServerProblem(
                f'the MCP server "{self._server}" needs {names}, which nobody set: give it with '
                f"-e {example}=… (-e secret:{example} for a secret), or in the agent's environment"
            )


def stdio(server: StdioServer, fill: Filler, folder: Path) -> dict[str, Json]:
    return {
        "kind": "stdio",
        "command": fill.text(server.command),
        "args": [fill.text(argument) for argument in server.args],
        "env": fill.texts(server.env_placeholders),
        "cwd": str(folder / at_home(fill.text(server.working_dir))),
        "project": str(folder),
        "image": "",
    }


def at_home(text: str) -> Path:
    """With `~` filled in."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # `~nobody`
        raise ServerProblem(f"{text}: there is no such user") from error


def http(server: HttpServer, fill: Filler) -> dict[str, Json]:
    address = urlsplit(fill.text(server.url))
    query = [*parse_qsl(address.query, keep_blank_values=True), *fill.texts(server.query_params).items()]
    return {
        "kind": "http",
        "url": urlunsplit(address._replace(query=urlencode(query))),
        "headers": fill.texts(server.headers),
        "connect_seconds": server.timeout_seconds or HTTP_TIMEOUT_SECONDS,
        "call_seconds": server.timeout_seconds,
    }


def docker(server: DockerServer, fill: Filler, folder: Path) -> dict[str, Json]:
    """A stdio server that is the docker client; values travel in its environment: arguments can be seen."""
    client = shutil.which("docker") or shutil.which("podman")
    if client is None:
        raise ServerProblem(
            f"the MCP server's image {server.image} needs docker (or podman), and no client is on the PATH; "
            "install one, or declare the server as stdio or http"
        )
    command = ["run", "--interactive", "--rm", "--init"]
    env = fill.texts(server.env_placeholders)
    for name in env:
        command += ["--env", name]
    for volume in server.volumes:
        host = folder / at_home(fill.text(volume.host_path))
        command += ["--volume", f"{host}:{volume.container_path}{':ro' if volume.read_only else ''}"]
    for port in server.ports:
        inner = f"{port.container_port}/{port.protocol}" if port.protocol else str(port.container_port)
        command += ["--publish", f"{port.host_port}:{inner}"]
    if server.network:
        command += ["--network", server.network]
    if server.container_name:
        command += ["--name", server.container_name]
    arguments = [fill.text(argument) for argument in server.args]
    return {
        "kind": "stdio",
        "command": client,
        "args": [*command, server.image, *arguments],
        "env": env,
        "cwd": str(folder),
        "project": str(folder),
        "image": server.image,
    }
