"""`stigmer mcp list` and `stigmer mcp logout`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from devloop.cli.mcp.place import checked, logins
from devloop.render.errors import error_block
from devloop.render.output import Output
from devloop.terminal.stream import Terminal, standard_terminals
from runcmd.errors import EXIT_OK, RunError

if TYPE_CHECKING:
    from stigmerd.agents.mcp.oauth.place import Logins


def show_list(output: Output) -> int:
    """The exit status."""

    def show(out: Terminal, place: Logins) -> None:
        from stigmerd.agents.mcp.oauth.store import urls

        known = list(urls(place))
        if output is Output.JSON:
            out.record(json.dumps([{"url": url} for url in known]))
            return
        for url in known:
            out.line(url)
        if not known and output is not Output.QUIET:
            out.line("no login at an MCP server; for one: stigmer mcp login URL")

    return _with_logins(show)


def logout(url: str, output: Output) -> int:
    """The exit status."""

    def forget(out: Terminal, place: Logins) -> None:
        from stigmerd.agents.mcp.oauth.store import LoginStore

        if not LoginStore(place, checked(url)).forget():
            raise RunError(f"there is no login at {url}", code="E1226", hint="see stigmer mcp list")
        if output is Output.JSON:
            out.record(json.dumps({"url": url}))
        elif output is not Output.QUIET:
            out.line(f"✓ Forgot the login at {url}")

    return _with_logins(forget)


def _with_logins(perform: Callable[[Terminal, Logins], None]) -> int:
    out, err = standard_terminals()
    try:
        perform(out, logins())
    except RunError as error:
        error_block(err, error.message, error.hint, code=error.code)
        return error.exit_code
    out.flush()
    return EXIT_OK
