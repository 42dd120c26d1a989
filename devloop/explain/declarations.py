"""E04: mistakes in what a program declares with the SDK."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0401",
        "The program declares something that cannot work",
        "An agent, a workflow or one of its tasks got an argument that does not fit: an unknown name,"
        " a value of another kind, an expression that is no jq, two things of one name. All mistakes "
        "are found in one run, each with its file and line and what was probably meant.",
        "Correct the lines that the message names. Nothing was deployed.",
        """$ stigmer run
Error: main.py:7: Agent has no argument "instuctions" (did you mean "instructions"?)""",
    ),
    ErrorPage(
        "E0402",
        "A task calls an agent or a workflow that is neither declared nor deployed",
        "The project declares none of that name, and the backend has none in this organization. "
        "The backend is asked before anything is deployed.",
        "Correct the name, declare in this project what is called, or deploy first what declares it.",
        """$ stigmer run
Error: main.py:9: there is no agent "critik", neither in the project nor deployed (did you mean "critic"?)""",
    ),
)
