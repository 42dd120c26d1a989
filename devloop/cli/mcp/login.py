"""`stigmer mcp login`: the browser shows a page on which to agree, and comes back with a token."""

from __future__ import annotations

import json
import os
import sys
import webbrowser
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import anyio

from devloop.cli.mcp.place import checked, logins
from devloop.render.errors import error_block
from devloop.render.output import Output
from devloop.terminal.stream import Terminal, standard_terminals
from devloop.terminal.visible import visible
from runcmd.errors import EXIT_OK, RunError

if TYPE_CHECKING:
    from stigmerd.agents.mcp.oauth.login import Client
    from stigmerd.agents.mcp.oauth.place import Logins

PATIENCE_SECONDS = 300  # for somebody who has to find a password first
SECRET_VARIABLE = "STIGMER_MCP_CLIENT_SECRET"


def login(
    url: str, scopes: Sequence[str], client_id: str, port: int | None, output: Output, *, browser: bool
) -> int:
    """The exit status."""
    out, err = standard_terminals()
    try:
        place = logins()
        from stigmerd.agents.mcp.oauth.login import Client

        client = Client(
            id=client_id, secret=os.environ.get(SECRET_VARIABLE, ""), scopes=tuple(scopes), port=port
        )
        wanted, tools = anyio.run(_log_in, checked(url), place, client, partial(_open, err, browser))
    except RunError as error:
        error_block(err, error.message, error.hint, code=error.code)
        return error.exit_code
    _tell(out, output, url, wanted, tools)
    return EXIT_OK


async def _log_in(
    url: str, place: Logins, client: Client, open_page: Callable[[str], Awaitable[None]]
) -> tuple[bool, list[str]]:
    """Raises RunError."""
    from stigmerd.agents.mcp.oauth.login import log_in

    try:
        return await log_in(url, place, client, open_page, PATIENCE_SECONDS)
    except RunError:
        raise
    # Three foreign libraries with errors of many kinds; all of them mean that there is no login.
    except Exception as error:
        reason = first_of(error)
        if isinstance(reason, RunError):
            raise reason from error
        raise RunError(
            f"no login at {url}: {str(reason) or type(reason).__name__}",
            code="E1224",
            hint="is that the address of an MCP server? "
            "--client-id names a client that its operator registered",
        ) from error


def first_of(error: BaseException) -> BaseException:
    """Out of groups, and what made a connection fail before that it failed."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return first_of(error.__cause__) if error.__cause__ is not None else error


async def _open(err: Terminal, browser: bool, page: str) -> None:
    """Raises RunError where nobody can agree."""
    # In a thread: some browsers are waited for until they are closed.
    if browser and has_browser() and await anyio.to_thread.run_sync(webbrowser.open, page):
        err.line("A page has been opened in the browser; agree there. If it is not shown, open:")
    elif browser and not sys.stdin.isatty():
        raise RunError(
            "there is no browser here, and nobody to open a page in another one",
            code="E1225",
            hint="log in from a terminal with --no-browser, or give the server a token: "
            'headers={"Authorization": "Bearer ${TOKEN}"} and -e secret:TOKEN',
        )
    else:
        err.line("Open this page in a browser that reaches this machine, and agree there:")
    err.line(f"  {visible(page)}")
    err.flush()


def has_browser() -> bool:
    """A graphical one; one that takes the terminal would be in the way."""
    if os.environ.get("BROWSER"):
        return True
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _tell(out: Terminal, output: Output, url: str, wanted: bool, tools: Sequence[str]) -> None:
    if output is Output.JSON:
        out.record(json.dumps({"url": url, "login": wanted, "tools": list(tools)}))
    elif output is not Output.QUIET:
        has = f"{len(tools)} tool{'' if len(tools) == 1 else 's'}"
        out.line(f"✓ Logged in at {url}: it has {has}" if wanted else f"{url} needs no login: it has {has}")
    out.flush()
