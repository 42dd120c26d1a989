"""E07: why a task of a workflow failed."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0701",
        "A task is configured in a way that cannot work",
        "What it got when it ran does not fit: a loop over something that is no list, a request that "
        "cannot be sent, a secret where none may be, an activity whose project is gone, a method that"
        " does not exist.",
        "Look at the task's input in stigmer executions show ID, and correct what the message names.",
        """$ stigmer run report
Error: task all failed: FOR needs a list, not 3""",
    ),
    ErrorPage(
        "E0702",
        "The execution reached a limit",
        "Tasks, results and what one execution holds are limited, so that one does not slow down the "
        "others. No TRY catches it.",
        "Divide the work among several executions; keep big values elsewhere, and pass on where they are.",
        """$ stigmer run report
Error: task all failed: a loop over 200000 items; 100000 are allowed""",
    ),
    ErrorPage(
        "E0703",
        "An HTTP call failed",
        "The server answered with 400 or above, moved, or did not answer: an unknown host, a refused "
        "connection, a certificate that is not trusted, too late. Calls are tried again where that is"
        " safe.",
        "See the status and the words of the server in the message; check the address. A TRY around "
        "the task can catch it (type http).",
        """$ stigmer run report
Error: task get failed: HTTP 502 from GET http://shop/prices: Bad Gateway""",
    ),
    ErrorPage(
        "E0704",
        "A gRPC call failed",
        "The server answered with an error, does not describe itself (reflection), or the method "
        "cannot be called so.",
        "See its status in the message; check address, service and method.",
        """$ stigmer run report
Error: task ask failed: shop.Prices/Get answered NOT_FOUND: no such shop""",
    ),
    ErrorPage(
        "E0705",
        "An expression failed",
        "A jq program inside of ${ } met a value that it cannot work with, or is no jq.",
        "See the message for the place in the program; try it in a terminal: jq -n 'PROGRAM'.",
        """$ stigmer run report
Error: task sum failed: jq: number (3) and string ("a") cannot be added""",
    ),
    ErrorPage(
        "E0706",
        "An activity failed",
        "The Python function of the activity raised an exception, ended its process, or returned "
        "something that is no JSON.",
        "The message has the exception with file and line in your code; what it printed is in the run.",
        """$ stigmer run report
Error: task price failed: ValueError: no such price (main.py:9)""",
    ),
    ErrorPage(
        "E0707",
        "A task took too long",
        "It reached the time-out of the task, of the workflow or of its kind.",
        "Raise the time-out, or divide the work.",
        """$ stigmer run report
Error: task price failed: the activity price took longer than 600 s""",
    ),
    ErrorPage(
        "E0708",
        "The system gave a task no more",
        "No memory, processes, files or disk were left on the machine of the backend.",
        "See the message, and free what it names.",
        """$ stigmer run report
Error: task price failed: this process has too many open files""",
    ),
    ErrorPage(
        "E0709",
        "The workflow cannot be run",
        "Its definition or its input is not what the backend understands; it was stored by another "
        "version, say.",
        "Deploy it again: stigmer apply.",
        """$ stigmer run report
Error: the workflow cannot be run: task poem: unknown kind""",
    ),
)
