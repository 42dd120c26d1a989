"""E134: scripts that are made from runs; conversations that get long."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E1340",
        "Only what an agent says can be recorded",
        "The execution is one of a workflow. A script says what one agent's model said.",
        "Give the execution of the agent that the workflow called: stigmer executions list --nested.",
        """$ stigmer record --from wex-01m0
Error: wex-01m0… is a workflow's execution: only what an agent's model says is recorded""",
    ),
    ErrorPage(
        "E1341",
        "There is nothing to record",
        "In this execution no model has answered: it failed before, it was cancelled, or it is not over.",
        "Look at it (stigmer executions show ID), and run it again: stigmer record AGENT.",
        """$ stigmer record --from last
Error: no model answered in aex-01m0…""",
    ),
    ErrorPage(
        "E1342",
        "The file of the script is there already",
        "A script that somebody wrote by hand is not replaced by accident.",
        "Add --force, or give another file with --to.",
        """$ stigmer record critic -m hello
Error: there is a file critic.yaml already""",
    ),
    ErrorPage(
        "E1343",
        "The size of a model's context is no number of tokens",
        "STIGMER_LLM_CONTEXT_WINDOW says how many tokens a model reads at most, for one that nobody knows.",
        "Give a whole number, such as 8192, or leave it out.",
        """$ STIGMER_LLM_CONTEXT_WINDOW=8k stigmer run reviewer
Error: STIGMER_LLM_CONTEXT_WINDOW must be a whole number of tokens, 1000 or more, not '8k'""",
    ),
)
