"""E122 and E123: MCP servers, beyond starting them."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E1220",
        "An option of an MCP server cannot be what it is",
        "The agent's `options` say something of a server that it does not understand: a level of log "
        "messages, a list of folders, a policy that there is not.",
        "The message names the option and what it may be; see docs/mcp.md.",
        """$ stigmer run librarian
Error: the option `log_level` of the MCP server "books" must be one of debug, info, notice, warning, error, \
critical, alert, emergency, not 'loud'""",
    ),
)
