"""E130: calls of tools that a person must approve."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E1300",
        "An approval that is declared protects nothing",
        "An agent requires approval for a tool that it does not have, or says so in a way that nobody"
        " understands. A misspelt name would protect nothing, so the execution ends first.",
        "Use names as the tools have them; the message lists them. * in a name stands for anything.",
        """$ stigmer run
Error: approval is required for "delete_fiel", which is no tool of this agent; it has delete_file""",
    ),
    ErrorPage(
        "E1301",
        "A tool needs an approval, and nobody is there",
        "The run was started with --on-approval fail, and its agent called a tool that must be approved.",
        "Approve it beforehand with --approve TOOL, or let the run wait and answer with stigmer executions"
        " approve.",
        """$ stigmer run --on-approval fail
Error: delete_file needs an approval, and nobody is there to approve it (--on-approval fail)""",
    ),
    ErrorPage(
        "E1302",
        "Nothing asks that",
        "The execution has no such call, or the call needs no answer; or it asks nothing at all.",
        "See what waits: stigmer executions show ID.",
        """$ stigmer executions approve aex-01abc call_7
Error: aex-01abc asks nothing called call_7""",
    ),
    ErrorPage(
        "E1303",
        "The answer comes too late",
        "Somebody else has answered, the time for an answer is over, or the execution has ended: the first"
        " answer counts.",
        "See what became of it: stigmer executions show ID.",
        """$ stigmer executions deny aex-01abc call_1
Error: call_1 waits no more: approved""",
    ),
    ErrorPage(
        "E1304",
        "Several calls wait",
        "More than one call of the execution waits for an approval, and it was not said which one is meant.",
        "Name one by its id; the message lists them. Or answer for all of them with --all.",
        """$ stigmer executions approve last
Error: 2 calls of aex-01abc wait for an approval""",
    ),
)
