"""What an agent says of its MCP servers beyond the contract."""

from __future__ import annotations

import json

import pytest

from stigmer import DeclarationError
from stigmer_api.facts import OPTIONS_ANNOTATION
from tests.stigmer.programs import Declare

MISTAKES = {
    'StdioServer("files", "x", log_levle="info")': 'no argument "log_levle" (did you mean "log_level"?)',
    'HttpServer("f", "http://x", header={})': 'HttpServer has no argument "header" (did you mean "headers"?)',
    'StdioServer("files", "x", log_level="warn")': "not 'warn' (did you mean \"warning\"?)",
    'StdioServer("files", "x", roots="docs")': "roots must be a list of folders, not 'docs'",
    'StdioServer("files", "x", timeout=0)': "timeout must be a number of seconds, above 0",
    'StdioServer("files", "x", tool_timeouts={"a": "9"})': "tool_timeouts['a'] must be a number of seconds",
    'HttpServer("files", "http://x", tool_timeouts=[9])': "tool_timeouts must be a dict of seconds",
    'HttpServer("files", "http://x", shared="yes")': "shared must be True or False, not 'yes'",
    'StdioServer("files", "x", sampling="yes")': 'sampling must be one of "ask", "allow", "deny"',
    'StdioServer("files", "x", elicitation="allow")': 'elicitation must be one of "ask", "deny"',
    'McpServer("files")': "or one that is stored: McpServer.platform",
    'McpServer.platform("Git Hub")': 'try "git-hub"',
    'HttpServer("files", "http://x", requires_approval="x")': "must be a list of names, True or False",
    'DockerServer("files", "x", roots=[""])': "an item of roots is empty",
}


def test_options_go_with_the_agent(declare: Declare) -> None:
    made = declare("""
        files = StdioServer("files", "x", log_level="debug", roots=["docs"])
        slow = HttpServer("slow", "http://x", tool_timeouts={"dig": 300}, shared=True)
        Agent("reader", "You read the files.", mcp_servers=[files, slow, StdioServer("git", "y")])
    """)
    said = json.loads(made.agent.metadata.annotations[OPTIONS_ANNOTATION])
    assert said == {
        "servers": {
            "files": {"log_level": "debug", "roots": ["docs"]},
            "slow": {"tool_timeouts": {"dig": 300}, "shared": True},
        }
    }


def test_a_stored_server_is_a_reference(declare: Declare) -> None:
    made = declare("""
        jira = McpServer.organization("acme", "jira", name="tickets", enabled_tools=["search"])
        Agent("clerk", "You look after the tickets.", mcp_servers=[jira, McpServer.platform("github")])
    """)
    said = json.loads(made.agent.metadata.annotations[OPTIONS_ANNOTATION])["servers"]
    assert said == {
        "tickets": {"reference": {"slug": "jira", "org": "acme"}},
        "github": {"reference": {"slug": "github", "platform": True}},
    }
    tickets, github = made.agent.spec.mcp_servers
    assert (tickets.name, tickets.enabled_tools, tickets.WhichOneof("server_type")) == (
        "tickets",
        ["search"],
        None,
    )
    assert github.name == "github"


@pytest.mark.parametrize("source", MISTAKES)
def test_mistakes(declare: Declare, source: str) -> None:
    with pytest.raises(DeclarationError) as mistake:
        declare(source)
    assert MISTAKES[source] in str(mistake.value)
    assert mistake.value.code in {"E0404", "E0408"}
