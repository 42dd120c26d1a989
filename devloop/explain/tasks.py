"""E07: why a task of a workflow failed."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0702",
        "The execution reached a limit",
        "Tasks, results and what one execution holds are limited, so that one does not slow down the "
        "others. No TRY catches it.",
        "Divide the work among several executions; keep big values elsewhere, and pass on where they are.",
        """$ stigmer run report
Error: task all failed: a loop over 200000 items; 100000 are allowed""",
    ),
)
