"""Which secrets would become arguments of a process? Every user of the machine can read those."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from stigmer_api.agent_pb2 import McpServerDefinition
from stigmer_api.mcpserver_pb2 import McpServerSpec

PLACEHOLDER: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def exposed(
    servers: Iterable[tuple[str, McpServerDefinition | McpServerSpec]], secrets: Collection[str]
) -> str:
    """Why the first of these servers cannot have a secret variable where it asks for it; empty: all can."""
    for name, server in servers:
        for text in _arguments(server):
            for variable in PLACEHOLDER.findall(text):
                if variable in secrets:
                    return refusal(name, variable)
    return ""


def refusal(server: str, variable: str) -> str:
    return (
        f'the MCP server "{server}" gets the secret {variable} as an argument, and every user of this '
        "computer can read the arguments of a process: pass it in the server's environment, "
        f'env={{"{variable}": "${{{variable}}}"}}'
    )


def _arguments(server: McpServerDefinition | McpServerSpec) -> Iterator[str]:
    """The texts that are filled in and become arguments: of the server, or of docker's client."""
    match server.WhichOneof("server_type"):
        case "stdio":
            yield server.stdio.command
            yield from server.stdio.args
        case "docker":
            yield from server.docker.args
            yield from (volume.host_path for volume in server.docker.volumes)
