"""Which tools must be approved, as an agent, a helper and a server say it."""

from __future__ import annotations

import json

import pytest

from stigmer import DeclarationError
from stigmer_api.facts import OPTIONS_ANNOTATION
from tests.stigmer.programs import Declare

MISTAKES = {
    "Approval('x')": "the tools of an approval must be a list of names, True or False, not 'x'",
    "Approval(timeout=0)": "the timeout of an approval must be a number of seconds above zero, not 0",
    "Approval(tool=['x'])": 'Approval has no argument "tool" (did you mean "tools"?)',
    "Agent('clerk', 'You keep files.', approval=7)": "must be a list of names, True or False, not 7",
}


def test_what_is_said_goes_with_the_agent(declare: Declare) -> None:
    made = declare("""
        files = StdioServer("files", "x", requires_approval=["delete_*"])
        all_of_it = HttpServer("mail", "http://x", requires_approval=True)
        free = SubAgent("free", "You read the files.", approval=False)
        shy = SubAgent("shy", "You read the files.", approval=["read"])
        same = SubAgent("same", "You read the files.")
        Agent(
            "clerk",
            "You keep the files.",
            mcp_servers=[files, all_of_it],
            sub_agents=[free, shy, same],
            approval=Approval(True, timeout=60),
        )
    """)
    assert json.loads(made.agent.metadata.annotations[OPTIONS_ANNOTATION]) == {
        "approval": {"tools": ["*"], "timeout": 60},
        "servers": {"files": {"requires_approval": ["delete_*"]}, "mail": {"requires_approval": True}},
        "sub_agents": {"free": {"approval": {"tools": []}}, "shy": {"approval": {"tools": ["read"]}}},
    }


@pytest.mark.parametrize("source", MISTAKES)
def test_mistakes(declare: Declare, source: str) -> None:
    with pytest.raises(DeclarationError) as mistake:
        declare(source)
    assert MISTAKES[source] in str(mistake.value)
