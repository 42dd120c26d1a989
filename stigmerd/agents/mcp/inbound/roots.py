"""The folders that an MCP server is told to work in, where it asks."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from stigmer_api.agent_pb2 import McpServerDefinition
from stigmerd.agents.mcp.options import OptionProblem
from stigmerd.store.json import Json

OPTION = "roots"


def roots_of(definition: McpServerDefinition, said: Mapping[str, Json], folder: Path) -> list[str]:
    """As addresses. Raises OptionProblem.

    Those that are declared; else `folder`, the project's. In a container that is what is mounted. A server
    elsewhere has no use for a folder of this machine, and need not know of it.
    """
    declared = said.get(OPTION)
    if declared is not None:
        if not isinstance(declared, list) or not all(isinstance(each, str) and each for each in declared):
            raise OptionProblem(definition.name, OPTION, declared, "a list of folders")
        return [(folder / Path(each).expanduser()).as_uri() for each in declared]
    match definition.WhichOneof("server_type"):
        case "docker":
            return [_inside(volume.container_path) for volume in definition.docker.volumes]
        case "http" if not is_here(definition.http.url):
            return []
    return [folder.as_uri()]


def is_here(url: str) -> bool:
    """On this machine."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _inside(path: str) -> str:
    return f"file:///{path.strip('/')}"
