"""The tools that an MCP server lists: one that is not as it must be is left out, not the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastmcp.client.transports.base import TransportOptions, VersionAwareClientSession
from mcp_types import methods
from pydantic import ValidationError

LISTING = "tools/list"
VERSION = "2025-11-25"  # of the protocol, where none is agreed yet


def sieve_tools(client: Any) -> None:
    """Of whatever kind of server: each session of this client of fastmcp is one of these."""
    client._transport_options = TransportOptions(session_class=ListingSession)


class ListingSession(VersionAwareClientSession):
    """A session that keeps apart what is wrong with single tools of a list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left_out: dict[str, str] = {}  # why, by the name of the tool
        ask = self._dispatcher.send_raw_request

        async def sieved(
            method: str, params: Mapping[str, Any] | None, opts: Any = None, **more: Any
        ) -> dict[str, Any]:
            result = await ask(method, params, opts, **more)
            return self._sieved(result) if method == LISTING else result

        self._dispatcher.send_raw_request = sieved  # type: ignore[method-assign]

    def _sieved(self, result: dict[str, Any]) -> dict[str, Any]:
        tools = result.get("tools")
        if not isinstance(tools, list):
            return result
        version = self.protocol_version or VERSION
        kept = []
        for number, tool in enumerate(tools, 1):
            if why := what_is_wrong(tool, version):
                self.left_out[name_of(tool, number)] = why
            else:
                kept.append(tool)
        return {**result, "tools": kept}


def what_is_wrong(tool: object, version: str) -> str:
    """With one tool of a list; empty if nothing is."""
    if not isinstance(tool, dict):
        return "it is no object"
    if not isinstance(tool.get("name"), str) or not tool["name"]:
        return "it has no name"
    schema = tool.get("inputSchema")
    if not isinstance(schema, dict):
        return "it has no inputSchema"
    if schema.get("type") != "object":
        found = f"it is {schema['type']!r}" if "type" in schema else "there is none"
        return f'the type of its inputSchema must be "object", and {found}'
    try:
        methods.validate_server_result(LISTING, version, {"tools": [tool]})
    except KeyError:  # a version that the library does not know
        return ""
    except ValidationError as error:
        # Only of the tool: newer versions of the protocol want more in a whole list.
        of_tool = [each for each in error.errors() if "tools" in each["loc"]]
        if not of_tool:
            return ""
        first = of_tool[0]
        place = ".".join(str(part) for part in first["loc"] if part not in ("tools", 0))
        return f"{place}: {first['msg']}"
    return ""


def name_of(tool: object, number: int) -> str:
    name = tool.get("name") if isinstance(tool, dict) else None
    return name if isinstance(name, str) and name else f"number {number}"
