"""E122 and E123: MCP servers, beyond starting them."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E1200",
        "The number of processes of MCP servers is none",
        "`backend.local.mcp` in the configuration says how many processes of MCP servers agents may have, in "
        "all and of one server, and one of the numbers cannot be that.",
        "Write a whole number from 1 to 1000, or leave the line out: 32 in all, and 8 of one server.",
        """$ stigmer run librarian
Error: /home/me/.stigmer/config.yaml: backend.local.mcp.processes must be a whole number from 1 to 1000, \
not 0""",
    ),
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
    ErrorPage(
        "E1221",
        "An agent refers to an MCP server that is not stored",
        "`McpServer.platform(…)`, `McpServer.organization(…)` and an entry of `mcp_servers` without a type "
        "mean a server that was deployed as a resource of its own, and the backend has none of that name.",
        "See stigmer list --kind mcp-server; bring it with the agent: stigmer run AGENT -f server.yaml.",
        """$ stigmer run clerk
Error: there is no MCP server "jria" in this backend: apply it (did you mean "acme/jira"?)""",
    ),
)
