"""E015 and E065: commands on what is deployed, and on what ran."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0150",
        "Nobody can be asked",
        "What would be done cannot be taken back, so the command asks first; here is no terminal to ask on.",
        "Add --yes if it is what you want.",
        """$ stigmer delete reviewer < /dev/null
Error: Delete agent reviewer: that needs a yes, and there is no terminal to ask on""",
    ),
    ErrorPage(
        "E0151",
        "There is no such status",
        "An execution is pending, running, completed, failed or cancelled.",
        "Write one of these, or several with commas.",
        """$ stigmer executions list --status broken
Error: --status: there is no status "broken\"""",
    ),
    ErrorPage(
        "E0152",
        "Which executions?",
        "Either executions are named, or all that run are meant (--all).",
        "Give the ones that you mean: by ID, or last.",
        """$ stigmer executions cancel
Error: give the executions to cancel, or --all""",
    ),
    ErrorPage(
        "E0153",
        "This is not JSON",
        "What follows --data, or is in its file, cannot be read as JSON. The message says where.",
        "Write it in single quotes, so that the shell leaves it alone.",
        """$ stigmer executions signal last approve --data {yes}
Error: --data is not JSON (line 1, column 2: Expecting property name enclosed in double quotes)""",
    ),
    ErrorPage(
        "E0154",
        "There is no such kind",
        "Kinds of resource are agent, workflow, agent-instance, workflow-instance, environment, mcp-server,"
        " skill and session.",
        "Write one of these, several with commas, or all.",
        """$ stigmer list --kind agnet
Error: --kind: there is no kind "agnet\"""",
    ),
)

FOUND = (
    ErrorPage(
        "E0650",
        "Several resources are meant",
        "More than one has this name, or an ID that begins like this.",
        "Give the ID, more of it, or kind:name.",
        """$ stigmer delete host
Error: 2 resources are called "host\"""",
    ),
    ErrorPage(
        "E0651",
        "There is no such resource",
        "The backend has none with this name, slug or ID.",
        "See stigmer list; --kind and --org say where to look.",
        """$ stigmer show reviewr
Error: no resource called "reviewr\"""",
    ),
    ErrorPage(
        "E0652",
        "It is at work",
        "Executions of it run. What they do would no longer be told by its name.",
        "Wait for them, or cancel them first.",
        """$ stigmer delete reviewer
Error: agent reviewer (agt-01abc) is at work: 1 of its executions run""",
    ),
)
