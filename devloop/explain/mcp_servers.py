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
    ErrorPage(
        "E1222",
        "An MCP server wants a login",
        "The server answers only those who have logged in, and this backend has no login there, or one that "
        "is not good any more.",
        "Log in with stigmer mcp login URL, on the machine of the backend; or give the server a token in its "
        "headers.",
        """$ stigmer run clerk
Error: the MCP server "tickets" did not start: it wants a login, and there is none that is still good: \
stigmer mcp login https://mcp.example.com/mcp""",
    ),
    ErrorPage(
        "E1223",
        "Logins at MCP servers cannot be kept",
        "The directory of the local backend cannot be written, or its encryption key cannot be read.",
        "See stigmer doctor.",
        """$ stigmer mcp login https://mcp.example.com/mcp
Error: logins cannot be kept: [Errno 13] Permission denied""",
    ),
    ErrorPage(
        "E1224",
        "There is no login at an MCP server",
        "The server cannot be reached, is no MCP server, refuses to register this client, or nobody agreed "
        "in time.",
        "Check the address. If the server's operator registers clients by hand: --client-id ID.",
        """$ stigmer mcp login https://mcp.example.com
Error: no login at https://mcp.example.com: OAuth callback timed out after 300 seconds""",
    ),
    ErrorPage(
        "E1225",
        "There is no browser here to log in with",
        "A login needs somebody who agrees on a page, and here is neither a browser nor a terminal.",
        "Log in from a terminal with --no-browser, or give the server a token in its headers.",
        """$ stigmer mcp login https://mcp.example.com/mcp < /dev/null
Error: there is no browser here, and nobody to open a page in another one""",
    ),
    ErrorPage(
        "E1226",
        "There is no such login",
        "Nobody has logged in at a server with this address.",
        "See stigmer mcp list.",
        """$ stigmer mcp logout https://mcp.example.com
Error: there is no login at https://mcp.example.com""",
    ),
    ErrorPage(
        "E1227",
        "A prompt of an MCP server cannot be had",
        "The run begins with a prompt of an MCP server, and the agent has no such server, the server has no "
        "such prompt or does not take these arguments, or it refused.",
        "--prompt list shows which prompts there are and what they take. A server's prompts are offered "
        "where it is declared with prompts=True.",
        """$ stigmer run librarian --prompt books/revue
Error: agent librarian failed: the MCP server "books" has no prompt revue (did you mean "review"?); it has \
review, summary""",
    ),
    ErrorPage(
        "E1228",
        "A prompt is not written as it must be",
        "A prompt of an MCP server is named by its server and its name, an argument by its name and value.",
        "Write --prompt SERVER/NAME --prompt-arg KEY=VALUE, in a conversation /prompt SERVER/NAME KEY=VALUE.",
        """$ stigmer run librarian --prompt review
Error: --prompt: "review" is not SERVER/NAME""",
    ),
)
