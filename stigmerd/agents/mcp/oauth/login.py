"""Somebody logs in at an MCP server: a browser, a page on which to agree, a token that is kept."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic_ai.mcp import MCPToolset

from stigmerd.agents.mcp.oauth.client import Login
from stigmerd.agents.mcp.oauth.place import Logins
from stigmerd.agents.mcp.oauth.store import LoginStore


@dataclass(frozen=True, kw_only=True)
class Client:
    """What the server's operator gave out; all empty: the server registers us by itself."""

    id: str = ""
    secret: str = ""
    scopes: tuple[str, ...] = ()
    port: int | None = None  # of the address that the browser comes back to


async def log_in(
    url: str,
    logins: Logins,
    client: Client,
    open_page: Callable[[str], Awaitable[None]],
    seconds: float,
) -> tuple[bool, list[str]]:
    """Whether the server wanted a login, and its tools. Raises what the libraries raise."""
    logging.getLogger("fastmcp").setLevel(logging.ERROR)  # it tells of its own server, in color
    store = LoginStore(logins, url)
    more: dict[str, Any] = {"scopes": list(client.scopes) or None, "callback_timeout": seconds}
    if client.id:
        more |= {"client_id": client.id, "client_secret": client.secret if client.secret != "" else None}
    if client.port is not None:
        more["callback_port"] = client.port
    login = Login(url, store, open_page=open_page, **more)
    async with MCPToolset(url, auth=login, init_timeout=seconds) as toolset:
        tools = [tool.name for tool in await toolset.list_tools()]
    if login.context.current_tokens is None:
        store.forget()  # what was registered before nobody asked for it
        return False, tools
    login.remember_server()
    return True, tools
