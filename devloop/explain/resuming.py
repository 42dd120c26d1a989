"""E064: executions that go on, and tasks that run alone."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0640",
        "The execution cannot go on",
        "It still runs, or is completed, or it ran one task alone, or what its tasks gave is not kept any "
        "more; or the workflow or its variables cannot be read.",
        "Do what the message says. Of a completed execution, --from TASK runs a part again.",
        """$ stigmer run --resume wex-01k
Error: wex-01kab… is completed; --from TASK runs a part of it again""",
    ),
    ErrorPage(
        "E0641",
        "There is no such task to go on from",
        "No task has this path or name, or the execution never reached it, or the code has it no more.",
        "Take a path from the message or from: stigmer executions show ID. A task of a loop is "
        "LOOP[2]/TASK, one of a fork FORK/BRANCH/TASK, one of a try TRY/try/TASK or TRY/catch/TASK.",
        """$ stigmer run --resume last --from pirce
Error: wex-01kab… has no task pirce (did you mean price?)""",
    ),
    ErrorPage(
        "E0642",
        "The task cannot be given this input",
        "The kind of task has another kind of input, or several tasks would run and it is for one.",
        "See the table of inputs in the page about resuming; name one task with --from.",
        """$ stigmer run report --task each --input '"text"'
Error: the input of a FOR task is a list, an object or a whole number""",
    ),
    ErrorPage(
        "E0643",
        "A value that the task needs is not known",
        "It speaks of what tasks before it give, and the last run has no such value, or there was no run.",
        "Give it with --values, or run the whole workflow once.",
        """$ stigmer run report --task poem
Error: poem needs fetch, which there is no run before that gave (give: --values '{"fetch": …}')""",
    ),
)
