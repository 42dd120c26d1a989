"""Errors about the tools that come with the product: files, shell, web, skills."""

from __future__ import annotations

from typing import Final

from devloop.explain.page import ErrorPage

PAGES: Final = (
    ErrorPage(
        "E1315",
        "A declaration of built-in tools cannot be followed",
        "The agent's options ask for a kind of built-in tool that there is not, or an option is wrong.",
        "Declare them with FileTools, ShellTool and WebFetch; in a manifest, mend what the message names.",
        "$ stigmer run -f agent.yaml\n"
        'Error: the agent helper: there is no built-in tool "fils"; there are files, shell, web',
    ),
    ErrorPage(
        "E1316",
        "The project does not allow a built-in tool",
        "An agent has built-in tools only if it asks for them and the project allows them: what its program"
        " asks for is not enough.",
        "If the agent may read and write files, run commands or fetch pages, say so in Stigmer.yaml; for an"
        " agent of no project, in ~/.stigmer/config.yaml.",
        """$ stigmer run coder
Error: the agent coder wants the built-in tools for shell, which the project's Stigmer.yaml does not allow""",
    ),
    ErrorPage(
        "E1317",
        "Commands cannot be kept from the network here",
        "The agent has a ShellTool(network=False), which takes Landlock of Linux 6.7 or newer.",
        "Run it where the backend has such a kernel, or allow the network.",
        "$ stigmer run coder\n"
        "Error: ShellTool(network=False) needs Linux 6.7 with Landlock, which this system has not",
    ),
)
