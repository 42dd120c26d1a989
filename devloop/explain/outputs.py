"""Errors of what agents answer, and of how much they may use."""

from __future__ import annotations

from typing import Final

from devloop.explain.page import ErrorPage

PAGES: Final = (
    ErrorPage(
        "E1285",
        "A limit is not a number that it can be",
        "Steps, tokens, cost, seconds and tool calls of an agent are limited by numbers above zero; all but"
        " cost and seconds are whole ones.",
        "Write what the message says: in Limits(…) of the agent, in its manifest, or with the flag.",
        """$ stigmer run reviewer --max-steps many
Error: --max-steps: "many" is not a whole number above zero""",
    ),
)
